"""Matomo's API module: segment dimensions and their values, and its SegmentEditor module: saved segments."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from itertools import islice
from typing import Any

from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.engine.dimensions import DIMENSIONS, Dimension, dimension_named
from matomo_tui.demo.engine.segment_expressions import compile_segment
from matomo_tui.demo.errors import found_or_refused, refusal, refuse_if
from matomo_tui.demo.method_registry import SUCCESS, method
from matomo_tui.demo.number_formats import written
from matomo_tui.demo.stored_annotations import StoredSegment

_LOOKED_AT, _SUGGESTED, _FAR_BACK = 600, 30, 2 * 86_400
_PERMITTED = frozenset({"visitIp", "fingerprint", "userId", "visitId", "visitorId"})
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
    """The values of recent visits, most frequent first."""
    site, segment = call.site(), dimension_named(call.text("segmentName"))
    counted: Counter[str] = Counter()
    for number, visit in enumerate(islice(call.store.newest(site, call.now, call.now - _FAR_BACK), _LOOKED_AT)):
        values = (str(value) for value in segment.values(segment.column.of_visit(visit)) if value not in ("", None))
        # Each value once per visit, in an order that does not depend on the process's hash seed.
        counted.update(dict.fromkeys(values, 1))
        if not number % 50:
            await asyncio.sleep(0)
    return [value for value, _ in counted.most_common(_SUGGESTED)]


def _as_json(segment: StoredSegment) -> dict[str, Json]:
    return {
        "idsegment": segment.id,
        "name": segment.name,
        "definition": segment.definition,
        "hash": segment.hash,
        "login": segment.login,
        "enable_all_users": int(segment.for_all_users),
        "enable_only_idsite": segment.site_id,
        "auto_archive": int(segment.auto_archive),
        "ts_created": written(segment.created),
        "ts_last_edit": None if segment.edited is None else written(segment.edited),
        "deleted": 0,
    }


@method("SegmentEditor.getAll")
def get_all(call: ApiRequest) -> Json:
    """The segments available to the user on one site or on any."""
    site_id = call.site().id if call.params.get("idSite") else None
    call.check_somewhere("view")
    return [_as_json(segment) for segment in call.store.notes.segments_for(call.user.login, site_id)]


def _own(call: ApiRequest, *, reading: bool = False) -> StoredSegment:
    wanted = call.number("idSegment")
    segment = next((segment for segment in call.store.notes.segments if segment.id == wanted), None)
    found = found_or_refused(segment, "unknown saved segment")
    if not call.user.superuser and found.login != call.user.login and not (reading and found.for_all_users):
        raise refusal("other's segment")
    return found


method("SegmentEditor.get")(lambda call: _as_json(_own(call, reading=True)))


def _fields(call: ApiRequest) -> dict[str, Any]:
    """The fields of a segment to save. Raises ``ApiError``."""
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
    """Save a segment and return its id as a string."""
    segment = StoredSegment(**_fields(call), login=call.user.login, created=call.now)
    return str(call.store.notes.save(segment).id)


@method("SegmentEditor.update", writes=True)
def update(call: ApiRequest) -> Json:
    segment = _own(call)
    for name, value in _fields(call).items():
        setattr(segment, name, value)
    segment.edited = call.now
    return SUCCESS


@method("SegmentEditor.delete", writes=True)
def delete(call: ApiRequest) -> Json:
    call.check_signed_in()
    call.store.notes.segments.remove(_own(call))
    return SUCCESS
