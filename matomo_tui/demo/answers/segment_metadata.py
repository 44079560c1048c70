"""Matomo's API module: what segments can be made of."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import islice

from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.engine.segments import SEGMENTS, Segment, segment_named
from matomo_tui.demo.method_registry import method

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
    """The dimensions and metrics of segments; a shop's only where a shop is among the sites."""
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
    """What visits had lately, the most frequent first."""
    site = ask.site()
    name = ask.text("segmentName")
    segment = segment_named(name)
    counted: Counter[str] = Counter()
    newest = ask.store.newest(site, ask.now, ask.now - _FAR_BACK)
    for number, sighting in enumerate(islice(newest, _LOOKED_AT)):
        visit = ask.store.visit(site, sighting, ask.now)
        counted.update(
            {str(value) for value in segment.values(segment.column.of_visit(visit)) if value not in ("", None)}
        )
        if not number % 50:
            await asyncio.sleep(0)
    return [value for value, _ in counted.most_common(_SUGGESTED)]
