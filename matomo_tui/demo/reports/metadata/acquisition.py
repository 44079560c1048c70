"""The reports of the category Referrers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from matomo_tui.demo.reports.metadata.described import RATES, RATES_AND_GOALS, VISITS, Described

_CHANNELS = {
    "SearchEngines": "Search Engines",
    "SocialNetworks": "Social Networks",
    "DirectEntry": "Direct Entry",
    "Websites": "Websites",
    "Campaigns": "Campaigns",
}
_DISTINCT = {
    "SearchEngines": "search engines",
    "SocialNetworks": "social networks",
    "Websites": "websites",
    "Keywords": "keywords",
    "Campaigns": "campaigns",
}


def overview_names() -> dict[str, str]:
    """The columns of ``Referrers.get`` with their names."""
    names: dict[str, str] = {}
    for channel, name in _CHANNELS.items():
        names[f"Referrers_visitorsFrom{channel}"] = f"Visitors from {name}"
        names[f"Referrers_visitorsFrom{channel}_percent"] = f"Percent of Visitors from {name}"
    return names | {f"Referrers_distinct{kind}": f"Distinct {name}" for kind, name in _DISTINCT.items()}


def overview() -> Described:
    """Visits by channel in one row."""
    names = overview_names()
    return Described(
        "Referrers",
        "",
        "Referrers Overview",
        "Referrers",
        "get",
        "How many visits came through each channel.",
        metrics=tuple(names),
        processed=(),
        names=names,
    )


_LEVELS = {
    "Keyword": ("Referrers_Keyword", "Keyword"),
    "Search Engine": ("Referrers_SearchEngine", "Search Engine"),
    "Website": ("Referrers_Website", "Website"),
    "Website Page": ("Referrers_WebsitePage", "Website Page"),
    "Social network": ("Referrers_SocialNetwork", "Social network"),
    "Campaign": ("Referrers_Campaign", "Campaign"),
}


def _two_levels(
    place: tuple[str, str], action: str, opens: str, levels: tuple[str, str], about: str, *, goals: bool = True
) -> Described:
    conversions: Literal["visit", ""] = "visit" if goals else ""
    return Described(
        "Referrers",
        place[0],
        place[1],
        "Referrers",
        action,
        about,
        levels[0],
        VISITS,
        RATES if goals else RATES_AND_GOALS,
        goals=conversions,
        opens=opens,
        dimensions=(_LEVELS[levels[0]], _LEVELS[levels[1]]),
        guide=action == "getCampaigns",
    )


def referrers() -> Iterator[Described]:
    """Where visits came from."""
    yield overview()
    yield Described(
        "Referrers",
        "All Channels",
        "Channel Type",
        "Referrers",
        "getReferrerType",
        "Through which kind of channel visitors came.<br />Direct entries typed the address or have it as a bookmark.",
        "Channel Type",
        goals="visit",
        constant=True,
    )
    yield Described(
        "Referrers",
        "All Channels",
        "All Channels",
        "Referrers",
        "getAll",
        "Everything that visitors came from, in one list.",
        "Referrer",
        processed=RATES_AND_GOALS,
    )
    yield _two_levels(
        ("Search Engines & Keywords", "Keywords"),
        "getKeywords",
        "getSearchEnginesFromKeywordId",
        ("Keyword", "Search Engine"),
        "What visitors searched for before they came. Most engines keep it to themselves.",
    )
    yield _two_levels(
        ("Search Engines & Keywords", "Search Engines"),
        "getSearchEngines",
        "getKeywordsFromSearchEngineId",
        ("Search Engine", "Keyword"),
        "The search engines that visitors came from.",
    )
    yield _two_levels(
        ("Websites", "Websites"),
        "getWebsites",
        "getUrlsFromWebsiteId",
        ("Website", "Website Page"),
        "Other websites with links that visitors followed.",
    )
    yield _two_levels(
        ("Social Networks", "Social Networks"),
        "getSocials",
        "getUrlsForSocial",
        ("Social network", "Website Page"),
        "The social networks that visitors came from.",
        goals=False,
    )
    yield _two_levels(
        ("Campaigns", "Campaigns"),
        "getCampaigns",
        "getKeywordsFromCampaignId",
        ("Campaign", "Keyword"),
        "The campaigns that brought visitors.",
    )
