"""Matomo's Referrers module: where visits come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote_plus

from matomo_tui.demo.api_request import Json
from matomo_tui.demo.catalog.sources import TYPE_NAMES, Channel, Source
from matomo_tui.demo.number_formats import rate
from matomo_tui.demo.reports.accumulators import Key
from matomo_tui.demo.reports.by_visit import Grouping
from matomo_tui.demo.reports.groupings import by_source, with_entry_page
from matomo_tui.demo.reports.reporting import Query, Rows, report, single
from matomo_tui.demo.reports.rows import Row, Shape
from matomo_tui.demo.reports.visit_columns import nested, visit_rows

_ICONS = "plugins/Morpheus/icons/dist"
_TYPES: Mapping[str, int] = {"direct": 1, "search": 2, "website": 3, "campaign": 6, "social": 7, "ai": 8}

Described = tuple[str, Mapping[str, Json]]


def _of(channel: Channel, name: str, key: Callable[[Source], Key]) -> Grouping:
    return by_source(name, lambda source: key(source) if source.channel == channel else None)


# By what the rows of each report are grouped, outer and inner.
_CHANNEL = by_source("channel", lambda source: source.channel)
_CHANNEL_NAME = by_source("channel and name", lambda source: (source.channel, source.name))
_ENGINE = _of("search", "engine", lambda source: (source.name, source.host))
_ENGINE_KEYWORD = _of("search", "engine and keyword", lambda source: ((source.name, source.host), source.keyword))
_KEYWORD = _of("search", "keyword", lambda source: source.keyword)
_KEYWORD_ENGINE = _of("search", "keyword and engine", lambda source: (source.keyword, (source.name, source.host)))
_WEBSITE = _of("website", "website", lambda source: source.name)
_WEBSITE_URL = _of("website", "website and url", lambda source: (source.name, source.url or ""))
_SOCIAL = _of("social", "social", lambda source: (source.name, source.host))
_SOCIAL_URL = _of("social", "social and url", lambda source: ((source.name, source.host), source.url or ""))
_CAMPAIGN = _of("campaign", "campaign", lambda source: source.name)
_CAMPAIGN_KEYWORD = _of("campaign", "campaign and keyword", lambda source: (source.name, source.keyword))


def _all_key(source: Source) -> Key:
    name = source.keyword if source.channel == "search" else source.name
    host = source.host if source.channel in _WITH_LOGOS else ""
    return source.channel, name or TYPE_NAMES[source.channel], host


_ALL = by_source("all", _all_key)
ASSISTANT = _of("ai", "assistant", lambda source: (source.name, source.host))
"""By AI assistant: its name and host."""
_WITH_LOGOS = {"social": "socials", "ai": "aiAssistants"}


def _engine(key: tuple[str, str]) -> Described:
    name, host = key
    return name, {
        "segment": f"referrerType==search;referrerName=={quote_plus(name)}",
        "url": f"http://{host}",
        "logo": f"{_ICONS}/searchEngines/{host}.png",
    }


def _keyword(key: Key) -> Described:
    return str(key), {"segment": f"referrerType==search;referrerKeyword=={quote_plus(str(key))}"}


def _website(key: Key) -> Described:
    return str(key), {"segment": f"referrerName=={quote_plus(str(key))}"}


def _url(key: Key) -> Described:
    return str(key), {"segment": f"referrerUrl=={quote_plus(quote_plus(str(key)))}", "url": key}


def _social(key: tuple[str, str]) -> Described:
    name, host = key
    return name, {
        "url": host,
        "logo": f"{_ICONS}/socials/{host}.png",
        "segment": f"referrerType==social;referrerName=={quote_plus(name)}",
    }


def _campaign(key: Key) -> Described:
    return str(key), {"segment": f"referrerType==campaign;referrerName=={quote_plus(str(key))}"}


def _campaign_keyword(key: Key) -> Described | None:
    return (str(key), {"segment": f"referrerType==campaign;referrerKeyword=={quote_plus(str(key))}"}) if key else None


@report("Referrers.getReferrerType")
async def get_referrer_type(query: Query) -> list[Row]:
    """Visits by channel, each opening to what it is made of."""

    def channel(key: Channel) -> Described:
        return TYPE_NAMES[key], {"segment": f"referrerType=={key}", "referrer_type": _TYPES[key]}

    def name(key: Key) -> Described | None:
        return (str(key), {}) if key else None

    return nested(
        await query.visits_by(_CHANNEL_NAME), query, channel, name, await query.visits_by(_CHANNEL), goals_below=True
    )


@report("Referrers.getAll", many=False)
async def get_all(query: Query) -> list[Row]:
    """Every referrer of every channel in one list."""

    def describe(key: tuple[str, str, str]) -> Described:
        channel, name, host = key
        segment = {
            "direct": "referrerType==direct",
            "search": f"referrerType==search;referrerKeyword=={quote_plus(name)}",
            "website": f"referrerName=={quote_plus(name)}",
        }.get(channel, f"referrerType=={channel};referrerName=={quote_plus(name)}")
        looks = {"url": host, "logo": f"{_ICONS}/{_WITH_LOGOS[channel]}/{host}.png"} if host else {}
        return name, {**looks, "segment": segment, "referer_type": _TYPES[channel]}

    return visit_rows(await query.visits_by(_ALL), query, describe, text=False)


def _two_levels(
    name: str,
    below: str,
    groupings: tuple[Grouping, Grouping],
    outer: Callable[[Any], Described],
    inner: Callable[[Any], Described | None],
    dimensions: tuple[str, str],
    *,
    goals: bool = True,
) -> Rows:
    """A report whose rows open to another, which goes by a name of its own."""

    async def rows(query: Query) -> list[Row]:
        totals, pairs = await query.visits_by(groupings[0]), await query.visits_by(groupings[1])
        return nested(pairs, query, outer, inner, totals, goals=goals)

    shape = Shape(
        named=lambda labels: {
            f"Referrers_{dimension}": label for dimension, label in zip(dimensions, labels, strict=False)
        }
    )
    report(f"Referrers.{name}", shape)(rows)
    report(f"Referrers.{below}", shape, below=True)(rows)
    return rows


_two_levels(
    "getKeywords",
    "getSearchEnginesFromKeywordId",
    (_KEYWORD, _KEYWORD_ENGINE),
    _keyword,
    _engine,
    ("Keyword", "SearchEngine"),
)
_two_levels(
    "getSearchEngines",
    "getKeywordsFromSearchEngineId",
    (_ENGINE, _ENGINE_KEYWORD),
    _engine,
    _keyword,
    ("SearchEngine", "Keyword"),
)
_two_levels("getWebsites", "getUrlsFromWebsiteId", (_WEBSITE, _WEBSITE_URL), _website, _url, ("Website", "WebsitePage"))
_two_levels(
    "getSocials",
    "getUrlsForSocial",
    (_SOCIAL, _SOCIAL_URL),
    _social,
    _url,
    ("SocialNetwork", "WebsitePage"),
    goals=False,
)


def _assistant(key: tuple[str, str]) -> Described:
    name, host = key
    return name, {
        "url": host,
        "logo": f"{_ICONS}/aiAssistants/{host}.png",
        "segment": f"referrerType==ai;referrerName=={quote_plus(name)}",
    }


def _entry_page(key: Key) -> Described:
    return str(key), {}


_two_levels(
    "getAIAssistants",
    "getEntryPageUrlsForAIAssistant",
    (ASSISTANT, with_entry_page(ASSISTANT)),
    _assistant,
    _entry_page,
    ("AIAssistant", "EntryPageUrl"),
)
_two_levels(
    "getCampaigns",
    "getKeywordsFromCampaignId",
    (_CAMPAIGN, _CAMPAIGN_KEYWORD),
    _campaign,
    _campaign_keyword,
    ("Campaign", "Keyword"),
)

_CHANNELS: Mapping[str, Channel] = {
    "SearchEngines": "search",
    "SocialNetworks": "social",
    "DirectEntry": "direct",
    "Websites": "website",
    "Campaigns": "campaign",
    "AIAssistants": "ai",
}
_SHARES = ("DirectEntry", "SearchEngines", "Campaigns", "SocialNetworks", "Websites")
_SOURCE = by_source("source", lambda source: source)


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


async def overview(query: Query) -> dict[str, Json]:
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
