"""Matomo's Referrers module: the overview."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from matomo_tui.demo.api_request import Json
from matomo_tui.demo.catalog.sources import Channel, Source
from matomo_tui.demo.engine import columns
from matomo_tui.demo.engine.by_visit import Grouping
from matomo_tui.demo.number_formats import rate
from matomo_tui.demo.reports.reporting import ReportQuery, single

_CHANNELS: Mapping[str, Channel] = {
    "SearchEngines": "search",
    "SocialNetworks": "social",
    "DirectEntry": "direct",
    "Websites": "website",
    "Campaigns": "campaign",
    "AIAssistants": "ai",
}
_SHARES = ("DirectEntry", "SearchEngines", "Campaigns", "SocialNetworks", "Websites")
_SOURCE = Grouping("sources", columns.SOURCE)


def _distinct(sources: Iterable[Source]) -> dict[str, Json]:
    """How many different ones there are of each kind."""
    by_channel: dict[str, list[Source]] = {}
    for source in sources:
        by_channel.setdefault(source.channel, []).append(source)
    search, websites = by_channel.get("search", []), by_channel.get("website", [])
    return {
        "Referrers_distinctSearchEngines": len({source.name for source in search}),
        "Referrers_distinctSocialNetworks": len({source.name for source in by_channel.get("social", [])}),
        "Referrers_distinctKeywords": len({source.keyword for source in search}),
        "Referrers_distinctWebsites": len({source.name for source in websites}),
        "Referrers_distinctWebsitesUrls": len({source.url for source in websites}),
        "Referrers_distinctCampaigns": len({source.name for source in by_channel.get("campaign", [])}),
    }


async def overview(query: ReportQuery) -> dict[str, Json]:
    """How many visits through each channel, and how many different referrers."""
    visits = dict.fromkeys(_CHANNELS.values(), 0)
    sources: list[Source] = []
    for key, tally in (await query.visits_by(_SOURCE)).items():
        if isinstance(key, Source):
            visits[key.channel] += tally.visits
            sources.append(key)
    every = sum(visits.values())
    ai = query.ask.options.matomo.has_ai
    names = {name: channel for name, channel in _CHANNELS.items() if ai or channel != "ai"}
    found: dict[str, Json] = {f"Referrers_visitorsFrom{name}": visits[channel] for name, channel in names.items()}
    found |= _distinct(sources)
    if ai:
        assistants = {source.name for source in sources if source.channel == "ai"}
        found["Referrers_distinctAIAssistants"] = len(assistants)
    for name in (*_SHARES, *(("AIAssistants",) if ai else ())):
        share = rate(visits[_CHANNELS[name]], every, formatted=query.formatted)
        found[f"Referrers_visitorsFrom{name}_percent"] = share
    return found


single("Referrers.get")(overview)
