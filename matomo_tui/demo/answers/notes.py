"""Matomo's Annotations and SegmentEditor modules, and the segment dimensions of its API module."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import date
from itertools import islice
from typing import Any

from msgspec.structs import replace

from matomo_tui.demo.api_request import ApiRequest, Json, method
from matomo_tui.demo.engine.columns import DIMENSIONS, Dimension, dimension_named
from matomo_tui.demo.engine.selection import compile_segment
from matomo_tui.demo.errors import found_or_refused, refusal, refuse_if
from matomo_tui.demo.formats import containing, declared, parse, today
from matomo_tui.demo.store import StoredAnnotation, StoredSegment
from matomo_tui.demo.world import StoredSite

_LOOKED_AT, _SUGGESTED, _FAR_BACK = 600, 30, 2 * 86_400
_PERMITTED = frozenset({"visitIp", "fingerprint", "userId", "visitId", "visitorId"})


def _annotation(note: StoredAnnotation, site: StoredSite, call: ApiRequest) -> dict[str, Json]:
    mine = note.user == call.user.login != "anonymous"
    return {**declared("note", note), "canEditOrDelete": mine or call.user.at_least("admin", site.id)}


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
def get_annotations(call: ApiRequest) -> Json:
    notes = call.store.notes
    return [
        [_annotation(note, site, call) for note in notes.annotations(site.id, *_days(call, site))]
        for site in call.sites()[0]
    ]


method("Annotations.get")(lambda call: _annotation(_found(call, call.site()), call.site(), call))


@method("Annotations.add", writes=True)
def add_annotation(call: ApiRequest) -> Json:
    site = call.site("write")
    day, text = _day(call, site), call.typed("note").strip()
    refuse_if(not text, "missing", name="note")
    note = StoredAnnotation(day, text, call.user.login, call.flag("starred"))
    return _annotation(call.store.notes.annotate(site.id, note), site, call)


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
    return _annotation(note, site, call)


@method("Annotations.delete", writes=True)
def delete_annotation(call: ApiRequest) -> None:
    site = call.site("write")
    call.store.notes.remove_annotation(site.id, _found(call, site, own=True))


_UNIONS = {"actionUrl": ["pageUrl", "downloadUrl", "outlinkUrl"], "productCategory": ["productCategory"]}


def _described(name: str, segment: Dimension) -> dict[str, Json]:
    found: dict[str, Json] = {"type": segment.kind, "category": segment.category}
    found |= {"name": segment.title, "segment": name}
    found |= {"acceptedValues": segment.accepted} if segment.accepted else {}
    found |= {"permission": True} if name in _PERMITTED else {}
    return found | ({"unionOfSegments": _UNIONS[name]} if name in _UNIONS else {})


@method("API.getSegmentsMetadata", filters_itself=True)
def get_segments_metadata(call: ApiRequest) -> Json:
    """The segment dimensions and metrics; ecommerce ones only if one of the sites is a shop."""
    text = call.params.get("idSites") or call.params.get("idSite", "")
    if text:
        sites, _ = replace(call, params={**call.params, "idSite": text}).sites()
    else:
        call.check_somewhere("view")
        sites = list(call.visible_sites())
    shop = any(site.ecommerce for site in sites)
    return [_described(name, each) for name, each in DIMENSIONS.items() if shop or each.category != "Ecommerce"]


@method("API.getSuggestedValuesForSegment", filters_itself=True)
async def get_suggested_values_for_segment(call: ApiRequest) -> Json:
    site, segment = call.site(), dimension_named(call.text("segmentName"))
    counted: Counter[str] = Counter()
    for number, visit in enumerate(islice(call.store.newest(site, call.now, call.now - _FAR_BACK), _LOOKED_AT)):
        values = (str(value) for value in segment.values(segment.column.of_visit(visit)) if value not in ("", None))
        # Each value once per visit, in an order that does not depend on the process's hash seed.
        counted.update(dict.fromkeys(values, 1))
        if not number % 50:
            await asyncio.sleep(0)
    return [value for value, _ in counted.most_common(_SUGGESTED)]


@method("SegmentEditor.getAll")
def get_all(call: ApiRequest) -> Json:
    site_id = call.site().id if call.params.get("idSite") else None
    call.check_somewhere("view")
    return [declared("stored segment", segment) for segment in call.store.notes.segments_for(call.user.login, site_id)]


def _own(call: ApiRequest, *, reading: bool = False) -> StoredSegment:
    wanted = call.number("idSegment")
    segment = next((segment for segment in call.store.notes.segments if segment.id == wanted), None)
    found = found_or_refused(segment, "unknown saved segment")
    if not call.user.superuser and found.login != call.user.login and not (reading and found.for_all_users):
        raise refusal("other's segment")
    return found


method("SegmentEditor.get")(lambda call: declared("stored segment", _own(call, reading=True)))


def _fields(call: ApiRequest) -> dict[str, Any]:
    call.check_signed_in()
    site_id = call.site().id if call.params.get("idSite", "0") not in ("", "0", "false") else 0
    call.check_somewhere("view")
    name, definition = call.typed("name", most=255).strip(), call.text("definition")
    refuse_if(not name, "segment name")
    compile_segment(definition)
    for_all = call.flag("enabledAllUsers")
    refuse_if(for_all and not call.user.superuser, "shared segment")
    fields = {"name": name, "definition": definition, "site_id": site_id, "for_all_users": for_all}
    return fields | {"auto_archive": call.flag("autoArchive")}


@method("SegmentEditor.add", writes=True)
def add(call: ApiRequest) -> Json:
    segment = StoredSegment(**_fields(call), login=call.user.login, created=call.now)
    return str(call.store.notes.save(segment).id)


@method("SegmentEditor.update", writes=True)
def update(call: ApiRequest) -> None:
    segment = _own(call)
    for name, value in _fields(call).items():
        setattr(segment, name, value)
    segment.edited = call.now


@method("SegmentEditor.delete", writes=True)
def delete(call: ApiRequest) -> None:
    call.check_signed_in()
    call.store.notes.segments.remove(_own(call))
