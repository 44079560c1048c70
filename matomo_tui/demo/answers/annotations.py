"""Matomo's Annotations module: notes on dates."""

from __future__ import annotations

from datetime import date

from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.entities import StoredSite
from matomo_tui.demo.errors import ApiError
from matomo_tui.demo.method_registry import SUCCESS, method
from matomo_tui.demo.periods import containing, parse, today
from matomo_tui.demo.stored_annotations import StoredAnnotation


def _as_json(note: StoredAnnotation, site: StoredSite, ask: ApiRequest) -> dict[str, Json]:
    mine = note.user == ask.user.login and ask.user.login != "anonymous"
    return {
        "date": note.day.isoformat(),
        "note": note.text,
        "starred": int(note.starred),
        "user": note.user,
        "idNote": note.id,
        "canEditOrDelete": mine or ask.user.at_least("admin", site.id),
    }


def _days(ask: ApiRequest, site: StoredSite) -> tuple[date, date]:
    """First and last day of a period, of the ``lastN`` periods that end with it, or of all time."""
    text, name = ask.params.get("date", ""), ask.params.get("period", "day")
    if not text or text == "false":
        return date.min, date.max
    current = today(ask.now, site.timezone)
    periods, _ = parse(name, text, current)
    first, last = periods[0].first, periods[-1].last
    count = ask.number("lastN", 0)
    if count > 0 and name != "range":
        until = containing(name, last).last
        before, _ = parse(name, f"last{count}", until)
        first = before[0].first
    return first, last


@method("Annotations.getAll", filters_itself=True)
def get_all(ask: ApiRequest) -> Json:
    sites, _ = ask.sites()
    found = []
    for site in sites:
        first, last = _days(ask, site)
        found.append([_as_json(note, site, ask) for note in ask.store.notes.annotations(site.id, first, last)])
    return found


def _day(ask: ApiRequest, site: StoredSite) -> date:
    periods, _ = parse("day", ask.text("date"), today(ask.now, site.timezone))
    return periods[0].first


@method("Annotations.add", writes=True)
def add(ask: ApiRequest) -> Json:
    """Add a note; requires write access."""
    site = ask.site("write")
    day = _day(ask, site)
    text = ask.typed("note").strip()
    if not text:
        raise ApiError("Please specify a value for 'note'.")
    made = ask.store.notes.annotate(site.id, day, text, ask.user.login, starred=ask.flag("starred"))
    return _as_json(made, site, ask)


def _own(ask: ApiRequest, site: StoredSite) -> StoredAnnotation:
    number = ask.number("idNote")
    found = ask.store.notes.annotation(site.id, number)
    if found is None:
        raise ApiError(f"There is no note with id '{number}' for site with id '{site.id}'.")
    if found.user != ask.user.login and not ask.user.at_least("admin", site.id):
        raise ApiError("The current user is not allowed to modify the annotation.")
    return found


@method("Annotations.get")
def get(ask: ApiRequest) -> Json:
    site = ask.site()
    number = ask.number("idNote")
    found = ask.store.notes.annotation(site.id, number)
    if found is None:
        raise ApiError(f"There is no note with id '{number}' for site with id '{site.id}'.")
    return _as_json(found, site, ask)


@method("Annotations.save", writes=True)
def save(ask: ApiRequest) -> Json:
    """Change one of the user's own notes; parameters that are not sent keep their values."""
    site = ask.site("write")
    note = _own(ask, site)
    if ask.params.get("date"):
        note.day = _day(ask, site)
    note.text = ask.typed("note", note.text)
    if "starred" in ask.params:
        note.starred = ask.flag("starred")
    return _as_json(note, site, ask)


@method("Annotations.delete", writes=True)
def delete(ask: ApiRequest) -> Json:
    site = ask.site("write")
    ask.store.notes.remove_annotation(site.id, _own(ask, site).id)
    return SUCCESS
