"""Reports with a single row: VisitsSummary, PagePerformance and Referrers.get."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.catalog.sources import Channel, Source
from matomo_tui.demo.engine import columns
from matomo_tui.demo.engine.by_visit import WHOLE, Grouping, Tally
from matomo_tui.demo.engine.pages import BY_URL
from matomo_tui.demo.errors import ApiError
from matomo_tui.demo.method_registry import method
from matomo_tui.demo.number_formats import number, rate
from matomo_tui.demo.reports.reporting import NOT_UNIQUE, ReportQuery, each, single
from matomo_tui.demo.reports.visit_columns import visit_figures


async def summary(query: ReportQuery) -> dict[str, Json]:
    """The row of ``VisitsSummary.get``. Ranges and years have no unique visitors."""
    every = (await query.visits_by(WHOLE)).get(0, Tally())
    if query.period.name in NOT_UNIQUE:
        return visit_figures(every, query)
    people, _, _ = await query.visitors()
    return {"nb_uniq_visitors": people.count, "nb_users": len(people.users)} | visit_figures(every, query)


@single("VisitsSummary.get")
async def get(query: ReportQuery) -> dict[str, Json]:
    """Visits, visitors, actions and averages; empty for a site without visits in a request for several sites."""
    found = await summary(query)
    several = "," in query.ask.text("idSite") or query.ask.text("idSite") == "all"
    return {} if several and not found["nb_visits"] else found


def _figure(name: str, column: str, *, unique: bool = False) -> None:
    async def one(query: ReportQuery) -> Json:
        return (await summary(query))[column]

    @method(f"VisitsSummary.{name}")
    def answer(ask: ApiRequest) -> Json:
        if unique and ask.text("period") in NOT_UNIQUE:
            raise ApiError(
                f"The metric {column} is not enabled for the requested period. "
                "Please see this FAQ: https://matomo.org/faq/how-to/faq_113/"
            )
        return each(ask, one)


_figure("getVisits", "nb_visits")
_figure("getActions", "nb_actions")
_figure("getMaxActions", "max_actions")
_figure("getBounceCount", "bounce_count")
_figure("getVisitsConverted", "nb_visits_converted")
_figure("getSumVisitsLength", "sum_visit_length")
_figure("getUniqueVisitors", "nb_uniq_visitors", unique=True)
_figure("getUsers", "nb_users", unique=True)


_MEASURED = ("server", "transfer", "dom_processing")
_NAMES = ("network", "server", "transfer", "dom_processing", "dom_completion", "on_load")


async def load_times(query: ReportQuery) -> tuple[dict[str, float], int]:
    """Seconds per load phase and the number of measured page views; the demo's browsers report three phases."""
    pages = (await query.pages_by(BY_URL)).values()
    totals = {name: sum(page.timings[index][0] for page in pages) for index, name in enumerate(_MEASURED)}
    return totals, sum(page.hits for page in pages)


@single("PagePerformance.get")
async def mean_load_times(query: ReportQuery) -> dict[str, Json]:
    totals, hits = await load_times(query)
    means = {name: totals.get(name, 0.0) / max(1, hits) for name in _NAMES}
    found: dict[str, Json] = {f"avg_time_{name}": number(mean) for name, mean in means.items()}
    return found | {"avg_page_load_time": number(sum(means.values()))}


async def load_time_sums(query: ReportQuery) -> dict[str, Json]:
    """The sums behind the averages, as included in ``API.get``."""
    totals, hits = await load_times(query)
    found: dict[str, Json] = {}
    # Matomo's spelling.
    for name, column in zip(
        _NAMES, ("network", "servery", "transfer", "domprocessing", "domcompletion", "onload"), strict=True
    ):
        measured = name in totals
        found[f"PagePerformance_{column}_time"] = number(totals.get(name, 0.0), 3)
        found[f"PagePerformance_{column.removesuffix('y')}_hits"] = hits if measured else 0
    return found | {
        "PagePerformance_pageload_time": number(sum(totals.values()), 3),
        "PagePerformance_pageload_hits": hits,
    }


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
    """The number of distinct referrers of each kind."""
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
    """Visits per channel and distinct referrers per kind."""
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
