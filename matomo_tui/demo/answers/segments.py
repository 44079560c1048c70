"""Segment dimensions, and Matomo's SegmentEditor module: saved segments."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from itertools import islice

from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.engine.segment_table import SEGMENTS, Segment, compile_segment, segment_named
from matomo_tui.demo.errors import ApiError
from matomo_tui.demo.method_registry import SUCCESS, method
from matomo_tui.demo.stored_annotations import StoredSegment

_LOOKED_AT = 600
_SUGGESTED = 30
_FAR_BACK = 2 * 86_400

_PERMITTED = frozenset({"visitIp", "fingerprint", "userId", "visitId", "visitorId"})
_UNIONS = {"actionUrl": ["pageUrl", "downloadUrl", "outlinkUrl"], "productCategory": ["productCategory"]}


def _described(name: str, segment: Segment) -> dict[str, Json]:
    found: dict[str, Json] = {
        "type": segment.kind,
        "category": segment.category,
        "name": segment.title,
        "segment": name,
    }
    found |= {"acceptedValues": segment.accepted} if segment.accepted else {}
    found |= {"permission": True} if name in _PERMITTED else {}
    return found | ({"unionOfSegments": _UNIONS[name]} if name in _UNIONS else {})


@method("API.getSegmentsMetadata", filters_itself=True)
def get_segments_metadata(ask: ApiRequest) -> Json:
    """The segment dimensions and metrics; ecommerce ones only if one of the sites is a shop."""
    name = "idSites" if ask.params.get("idSites") else "idSite"
    text = ask.params.get(name, "")
    if text:
        ask = ApiRequest({**ask.params, "idSite": text}, ask.user, ask.store, ask.now, ask.options)
        sites, _ = ask.sites()
    else:
        ask.check_somewhere("view")
        sites = list(ask.store.world.sites_with(ask.user, "view", "write", "admin", "superuser"))
    shop = any(site.ecommerce for site in sites)
    return [_described(name, each) for name, each in SEGMENTS.items() if shop or each.category != "Ecommerce"]


@method("API.getSuggestedValuesForSegment", filters_itself=True)
async def get_suggested_values_for_segment(ask: ApiRequest) -> Json:
    """The values of recent visits, most frequent first."""
    site = ask.site()
    name = ask.text("segmentName")
    segment = segment_named(name)
    counted: Counter[str] = Counter()
    newest = ask.store.newest(site, ask.now, ask.now - _FAR_BACK)
    for number, sighting in enumerate(islice(newest, _LOOKED_AT)):
        visit = ask.store.visit(site, sighting, ask.now)
        values = (str(value) for value in segment.values(segment.column.of_visit(visit)) if value not in ("", None))
        # Each value once per visit, in an order that does not depend on the process's hash seed.
        counted.update(dict.fromkeys(values, 1))
        if not number % 50:
            await asyncio.sleep(0)
    return [value for value, _ in counted.most_common(_SUGGESTED)]


def _written(at: float | None) -> str | None:
    return None if at is None else time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at))


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
        "ts_created": _written(segment.created),
        "ts_last_edit": _written(segment.edited),
        "deleted": 0,
    }


@method("SegmentEditor.getAll")
def get_all(ask: ApiRequest) -> Json:
    """The segments available to the user on one site or on any."""
    site_id = ask.site().id if ask.params.get("idSite") else None
    ask.check_somewhere("view")
    return [_as_json(segment) for segment in ask.store.notes.segments_for(ask.user.login, site_id)]


@method("SegmentEditor.get")
def get(ask: ApiRequest) -> Json:
    return _as_json(_own(ask, reading=True))


def _own(ask: ApiRequest, *, reading: bool = False) -> StoredSegment:
    wanted = ask.number("idSegment")
    found = next((segment for segment in ask.store.notes.segments if segment.id == wanted), None)
    if found is None:
        raise ApiError("Requested segment not found")
    if not ask.user.superuser and found.login != ask.user.login and not (reading and found.for_all_users):
        raise ApiError("You can only edit the custom segments you have created yourself. ")
    return found


def _checked(ask: ApiRequest) -> tuple[str, str, int, bool]:
    """Name, definition, site id (0 for all), and whether it is shared with all users. Raises ``ApiError``."""
    ask.check_signed_in()
    site_id = ask.site().id if ask.params.get("idSite", "0") not in ("", "0", "false") else 0
    ask.check_somewhere("view")
    name, definition = ask.typed("name", most=255).strip(), ask.text("definition")
    if not name:
        raise ApiError("Invalid name for this custom segment.")
    compile_segment(definition)
    for_all = ask.flag("enabledAllUsers")
    if for_all and not ask.user.superuser:
        raise ApiError("enabledAllUsers=1 requires Super User access")
    return name, definition, site_id, for_all


@method("SegmentEditor.add", writes=True)
def add(ask: ApiRequest) -> Json:
    """Save a segment and return its id as a string."""
    name, definition, site_id, for_all = _checked(ask)
    made = ask.store.notes.save(
        name, definition, ask.user.login, site_id, ask.now, for_all_users=for_all, auto_archive=ask.flag("autoArchive")
    )
    return str(made.id)


@method("SegmentEditor.update", writes=True)
def update(ask: ApiRequest) -> Json:
    segment = _own(ask)
    segment.name, segment.definition, segment.site_id, segment.for_all_users = _checked(ask)
    segment.auto_archive, segment.edited = ask.flag("autoArchive"), ask.now
    return SUCCESS


@method("SegmentEditor.delete", writes=True)
def delete(ask: ApiRequest) -> Json:
    ask.check_signed_in()
    segment = _own(ask)
    ask.store.notes.segments.remove(segment)
    return SUCCESS
