"""Matomo's Annotations module: notes on dates."""

from __future__ import annotations

from datetime import date

from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.entities import StoredSite
from matomo_tui.demo.errors import found_or_refused, refuse_if
from matomo_tui.demo.method_registry import SUCCESS, method
from matomo_tui.demo.periods import containing, parse, today
from matomo_tui.demo.stored_annotations import StoredAnnotation


def _as_json(note: StoredAnnotation, site: StoredSite, call: ApiRequest) -> dict[str, Json]:
    mine = note.user == call.user.login != "anonymous"
    return {
        "date": note.day.isoformat(),
        "note": note.text,
        "starred": int(note.starred),
        "user": note.user,
        "idNote": note.id,
        "canEditOrDelete": mine or call.user.at_least("admin", site.id),
    }


def _days(call: ApiRequest, site: StoredSite) -> tuple[date, date]:
    """First and last day of a period, of the ``lastN`` periods that end with it, or of all time."""
    text, name = call.params.get("date", ""), call.params.get("period", "day")
    if not text or text == "false":
        return date.min, date.max
    periods, _ = parse(name, text, today(call.now, site.timezone))
    first, last = periods[0].first, periods[-1].last
    count = call.number("lastN", 0)
    if count > 0 and name != "range":
        before, _ = parse(name, f"last{count}", containing(name, last).last)
        first = before[0].first
    return first, last


def _day(call: ApiRequest, site: StoredSite) -> date:
    periods, _ = parse("day", call.text("date"), today(call.now, site.timezone))
    return periods[0].first


def _found(call: ApiRequest, site: StoredSite, *, own: bool = False) -> StoredAnnotation:
    """The note ``idNote``; with ``own`` only one that the user may change."""
    number = call.number("idNote")
    found = next((note for note in call.store.notes.annotations(site.id) if note.id == number), None)
    note = found_or_refused(found, "unknown note", note=number, site=site.id)
    refuse_if(own and note.user != call.user.login and not call.user.at_least("admin", site.id), "other's note")
    return note


@method("Annotations.getAll", filters_itself=True)
def get_all(call: ApiRequest) -> Json:
    notes = call.store.notes
    return [
        [_as_json(note, site, call) for note in notes.annotations(site.id, *_days(call, site))]
        for site in call.sites()[0]
    ]


method("Annotations.get")(lambda call: _as_json(_found(call, call.site()), call.site(), call))


@method("Annotations.add", writes=True)
def add(call: ApiRequest) -> Json:
    """Add a note; requires write access."""
    site = call.site("write")
    day, text = _day(call, site), call.typed("note").strip()
    refuse_if(not text, "missing", name="note")
    note = StoredAnnotation(day, text, call.user.login, call.flag("starred"))
    return _as_json(call.store.notes.annotate(site.id, note), site, call)


@method("Annotations.save", writes=True)
def save(call: ApiRequest) -> Json:
    """Change one of the user's own notes; parameters that are not sent keep their values."""
    site = call.site("write")
    note = _found(call, site, own=True)
    if call.params.get("date"):
        note.day = _day(call, site)
    note.text = call.typed("note", note.text)
    if "starred" in call.params:
        note.starred = call.flag("starred")
    return _as_json(note, site, call)


@method("Annotations.delete", writes=True)
def delete(call: ApiRequest) -> Json:
    site = call.site("write")
    call.store.notes.remove_annotation(site.id, _found(call, site, own=True))
    return SUCCESS
