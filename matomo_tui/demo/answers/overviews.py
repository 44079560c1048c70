"""Reports with a single row: VisitsSummary, VisitFrequency, PagePerformance, Referrers.get, and API.get with all."""

from __future__ import annotations

from collections.abc import Iterable

from matomo_tui.demo.answers.ai_agents import agents, bots
from matomo_tui.demo.answers.conversions import get as conversions
from matomo_tui.demo.answers.page_reports import main_metrics
from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.catalog.sources import Channel, Source
from matomo_tui.demo.engine import columns
from matomo_tui.demo.engine.by_visit import NEW, Grouping, Tally
from matomo_tui.demo.engine.pages import BY_URL, TIMINGS
from matomo_tui.demo.errors import refuse_if
from matomo_tui.demo.method_registry import method
from matomo_tui.demo.number_formats import number, rate
from matomo_tui.demo.reports.reporting import NOT_UNIQUE, ReportQuery, each, single
from matomo_tui.demo.reports.visit_columns import summary, visit_figures, without_figures


@single("VisitsSummary.get")
async def get(query: ReportQuery) -> dict[str, Json]:
    """Visits, visitors, actions and averages; empty for a site without visits in a request for several sites."""
    found = await summary(query)
    several = "," in query.call.text("idSite") or query.call.text("idSite") == "all"
    return {} if several and not found["nb_visits"] else found


def _figure(name: str, column: str, *, unique: bool = False) -> None:
    async def one(query: ReportQuery) -> Json:
        return (await summary(query))[column]

    @method(f"VisitsSummary.{name}")
    def answer(call: ApiRequest) -> Json:
        refuse_if(unique and call.text("period") in NOT_UNIQUE, "not unique", column=column)
        return each(call, one)


_figure("getVisits", "nb_visits")
_figure("getActions", "nb_actions")
_figure("getMaxActions", "max_actions")
_figure("getBounceCount", "bounce_count")
_figure("getVisitsConverted", "nb_visits_converted")
_figure("getSumVisitsLength", "sum_visit_length")
_figure("getUniqueVisitors", "nb_uniq_visitors", unique=True)
_figure("getUsers", "nb_users", unique=True)


async def _frequency(query: ReportQuery) -> dict[str, Json]:
    """New and returning visits, each with all columns of a summary."""
    halves = await query.rows(NEW)
    _, new, returning = await query.visitors()
    figures: dict[str, Json] = {}
    for suffix, fresh, people in (("_new", True, new), ("_returning", False, returning)):
        if query.period.name not in NOT_UNIQUE:
            figures[f"nb_uniq_visitors{suffix}"] = people.count
            figures[f"nb_users{suffix}"] = len(people.users)
        half = visit_figures(halves.get(fresh, Tally()), query)
        figures |= {f"{name}{suffix}": value for name, value in half.items()}
    return figures


@single("VisitFrequency.get")
async def frequency_report(query: ReportQuery) -> dict[str, Json]:
    return without_figures(await _frequency(query), query)


# Matomo's names of the load phases: in averages, and in the sums behind them.
_PHASES = {"network": "network", "server": "servery", "transfer": "transfer", "dom_processing": "domprocessing"} | {
    "dom_completion": "domcompletion",
    "on_load": "onload",
}


async def _load_times(query: ReportQuery) -> tuple[dict[str, float], int]:
    """Seconds per load phase and the number of measured page views; the demo's browsers report three phases."""
    pages = (await query.rows(BY_URL)).values()
    totals = {name: sum(page.timings[index][0] for page in pages) for index, name in enumerate(TIMINGS)}
    return totals, sum(page.hits for page in pages)


@single("PagePerformance.get")
async def mean_load_times(query: ReportQuery) -> dict[str, Json]:
    totals, hits = await _load_times(query)
    means = {name: totals.get(name, 0.0) / max(1, hits) for name in _PHASES}
    found: dict[str, Json] = {f"avg_time_{name}": number(mean) for name, mean in means.items()}
    return found | {"avg_page_load_time": number(sum(means.values()))}


async def _load_time_sums(query: ReportQuery) -> dict[str, Json]:
    """The sums behind the averages, as included in ``API.get``."""
    totals, hits = await _load_times(query)
    found: dict[str, Json] = {}
    for name, column in _PHASES.items():
        found[f"PagePerformance_{column}_time"] = number(totals.get(name, 0.0), 3)
        found[f"PagePerformance_{column.removesuffix('y')}_hits"] = hits if name in totals else 0
    total = number(sum(totals.values()), 3)
    return found | {"PagePerformance_pageload_time": total, "PagePerformance_pageload_hits": hits}


_CHANNELS: dict[str, Channel] = {
    "SearchEngines": "search",
    "SocialNetworks": "social",
    "DirectEntry": "direct",
    "Websites": "website",
    "Campaigns": "campaign",
    "AIAssistants": "ai",
}
_SHARES = ("DirectEntry", "SearchEngines", "Campaigns", "SocialNetworks", "Websites", "AIAssistants")
_DISTINCT: tuple[tuple[str, Channel, str], ...] = (
    ("SearchEngines", "search", "name"),
    ("SocialNetworks", "social", "name"),
    ("Keywords", "search", "keyword"),
    ("Websites", "website", "name"),
    ("WebsitesUrls", "website", "url"),
    ("Campaigns", "campaign", "name"),
    ("AIAssistants", "ai", "name"),
)
_SOURCE = Grouping("sources", columns.SOURCE)


def _distinct(sources: Iterable[Source], channel: Channel, attribute: str) -> int:
    return len({getattr(source, attribute) for source in sources if source.channel == channel})


@single("Referrers.get")
async def overview(query: ReportQuery) -> dict[str, Json]:
    """Visits per channel and distinct referrers per kind."""
    visits = dict.fromkeys(_CHANNELS.values(), 0)
    sources: list[Source] = []
    for key, tally in (await query.rows(_SOURCE)).items():
        if isinstance(key, Source):
            visits[key.channel] += tally.visits
            sources.append(key)
    every = sum(visits.values())
    ai = query.call.options.matomo.has_ai
    found: dict[str, Json] = {}
    for name, channel in _CHANNELS.items():
        found |= {f"Referrers_visitorsFrom{name}": visits[channel]} if ai or channel != "ai" else {}
    for name, channel, attribute in _DISTINCT:
        distinct = _distinct(sources, channel, attribute)
        found |= {f"Referrers_distinct{name}": distinct} if ai or channel != "ai" else {}
    for name in _SHARES if ai else _SHARES[:-1]:
        share = rate(visits[_CHANNELS[name]], every, formatted=query.formatted)
        found[f"Referrers_visitorsFrom{name}_percent"] = share
    return found


_NOT_HERE = ("nb_visits_converted", "bounce_count", "sum_visit_length")


@single("API.get")
async def get_all_metrics(query: ReportQuery) -> dict[str, Json]:
    halves = {
        name: value
        for name, value in (await _frequency(query)).items()
        if not name.rpartition("_")[0].startswith(_NOT_HERE)
    }
    found = {
        **await summary(query),
        **halves,
        **await overview(query),
        **await _load_time_sums(query),
        **await mean_load_times(query),
        **await conversions(query),
        **await main_metrics(query),
    }
    if query.call.options.matomo.has_ai:
        visits = {name: value for name, value in (await agents(query)).items() if not name.startswith(_NOT_HERE)}
        found |= {**await bots(query), **visits}
    return found
