"""Reports with a single row, which ``API.get`` has all together, and reports of AI chatbots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from matomo_tui.demo.answers.action_reports import main_metrics
from matomo_tui.demo.answers.goals import get as conversions
from matomo_tui.demo.api_request import ApiRequest, Json, method
from matomo_tui.demo.catalog import ASSISTANTS, Channel, Referrer
from matomo_tui.demo.data import load
from matomo_tui.demo.engine import columns
from matomo_tui.demo.engine.by_action import BY_URL, TIMINGS
from matomo_tui.demo.engine.by_visit import NEW, Grouping, Tally
from matomo_tui.demo.errors import refuse_if
from matomo_tui.demo.formats import number, rate, today
from matomo_tui.demo.hashing import mix
from matomo_tui.demo.reports.reporting import (
    NOT_UNIQUE,
    ReportQuery,
    each,
    report,
    single,
    summary,
    visit_figures,
    without_figures,
)
from matomo_tui.demo.reports.rows import Shape, TableRow

_PHASES = {"network": "network", "server": "servery", "transfer": "transfer", "dom_processing": "domprocessing"} | {
    "dom_completion": "domcompletion",
    "on_load": "onload",
}
_NOT_HERE = ("nb_visits_converted", "bounce_count", "sum_visit_length")
_ICONS = "plugins/Morpheus/icons/dist/aiAssistants"
_PAGES = ("/", "/sale", "/help/shipping", "/about", "/search")
_DOCUMENT, _NOT_FOUND, _FAILED = 9, 14, 23  # every ninth request is for a document …


@single("AIAgents.get")
async def agents(query: ReportQuery) -> dict[str, Json]:
    human = await summary(query)
    figures: dict[str, Json] = {}
    for name in human:
        figures[f"{name}_ai_agent"] = "0%" if name == "bounce_rate" and query.formatted else 0
    return without_figures(figures | {f"{name}_human": value for name, value in human.items()}, query)


@dataclass(slots=True)
class _Fetched:
    """The requests of one chatbot: by page, and those for documents, missing and failing pages among them."""

    pages: Counter[str] = field(default_factory=Counter)
    documents: int = 0
    missing: int = 0
    failed: int = 0

    @property
    def requests(self) -> int:
        return self.pages.total()


def _fetched(query: ReportQuery) -> dict[tuple[str, str], _Fetched]:
    """The requests of each chatbot; deterministic for the same days."""
    found: dict[tuple[str, str], _Fetched] = {}
    if not query.site.traffic:
        return found
    store, timezone = query.call.store, query.site.timezone
    seed = mix(store.world.seed ^ mix(query.site.id))
    first = max(query.period.first, today(store.born, timezone))
    last = min(query.period.last, today(query.call.now, timezone))
    for day in range(first.toordinal(), last.toordinal() + 1):
        for index, (host, name) in enumerate(ASSISTANTS.items()):
            bits = mix(seed ^ mix(day * 16 + index))
            bot = found.setdefault((name, host), _Fetched())
            for request in range(bits % (12 - index)):
                bot.pages[_PAGES[mix(bits + request) % len(_PAGES)]] += 1
                bot.documents += not (bits + request) % _DOCUMENT
                bot.missing += not (bits + request) % _NOT_FOUND
                bot.failed += not (bits + request) % _FAILED
    return {key: bot for key, bot in found.items() if bot.requests}


_ASSISTANT = Grouping("assistants", columns.SOURCE, lambda source: source.name if source.channel == "ai" else None)


async def _acquired(query: ReportQuery) -> dict[str, int]:
    tallies = await query.rows(_ASSISTANT)
    return {str(name): tally.visits for name, tally in tallies.items()}


@single("BotTracking.get")
async def bots(query: ReportQuery) -> dict[str, Json]:
    found, acquired = _fetched(query), sum((await _acquired(query)).values())
    requests = sum(bot.requests for bot in found.values())
    documents = sum(bot.documents for bot in found.values())
    return {
        "BotTracking_AIChatbotsRequests": requests,
        "BotTracking_AIChatbotsAcquiredVisits": acquired,
        "BotTracking_AIChatbotsUniquePageUrls": len({page for bot in found.values() for page in bot.pages}),
        "BotTracking_AIChatbotsNotFoundRequests": sum(bot.missing for bot in found.values()),
        "BotTracking_AIChatbotsUniqueChatbots": len(found),
        "BotTracking_AIChatbotsUniqueDocumentUrls": min(documents, 1),
        "BotTracking_AIChatbotsServerErrorRequests": sum(bot.failed for bot in found.values()),
        "BotTracking_AIChatbotsClickThroughRate": rate(acquired, requests, formatted=True)
        if query.formatted
        else number(acquired / max(1, requests), 3),
    }


async def requests_of(query: ReportQuery) -> int:
    return sum(bot.requests for bot in _fetched(query).values())


_SHAPE = Shape(sort="requests")


async def chatbots(query: ReportQuery) -> list[TableRow]:
    """A row per chatbot, with the requested pages as subtable rows."""
    acquired = await _acquired(query)
    rows = []
    site = query.site.main_url.partition("://")[2].strip("/")
    for (name, host), bot in _fetched(query).items():
        columns: dict[str, Json] = {
            "requests": bot.requests,
            "document_requests": bot.documents,
            "page_requests": bot.requests - bot.documents,
            "visits_acquired": acquired.get(name, 0),
        }
        below = [TableRow(f"{site}{path}", {"requests": count}) for path, count in sorted(bot.pages.items())]
        rows.append(TableRow(name, columns, {"url": host, "logo": f"{_ICONS}/{host}.png"}, below))
    return rows


report("BotTracking.getAIChatbotRequests", _SHAPE)(chatbots)
report("BotTracking.getPageUrlsForAIChatbot", _SHAPE, below=True)(chatbots)


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
_figure("getUniqueVisitors", "nb_uniq_visitors", unique=True)


async def _frequency(query: ReportQuery) -> dict[str, Json]:
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
    totals, hits = await _load_times(query)
    found: dict[str, Json] = {}
    for name, column in _PHASES.items():
        found[f"PagePerformance_{column}_time"] = number(totals.get(name, 0.0), 3)
        found[f"PagePerformance_{column.removesuffix('y')}_hits"] = hits if name in totals else 0
    total = number(sum(totals.values()), 3)
    return found | {"PagePerformance_pageload_time": total, "PagePerformance_pageload_hits": hits}


_CODES: Mapping[Channel, str] = {channel: row["code"] for channel, row in load("tables")["channels"].items()}
_SOURCE = Grouping("sources", columns.SOURCE)


@single("Referrers.get")
async def overview(query: ReportQuery) -> dict[str, Json]:
    visits, sources = dict.fromkeys(_CODES, 0), []
    for key, tally in (await query.rows(_SOURCE)).items():
        if isinstance(key, Referrer):
            visits[key.channel] += tally.visits
            sources.append(key)
    every, hidden = sum(visits.values()), () if query.call.options.matomo.has_ai else ("ai",)
    found: dict[str, Json] = {}
    for channel in load("tables")["referrer channels"]:
        found |= {} if channel in hidden else {f"Referrers_visitorsFrom{_CODES[channel]}": visits[channel]}
    for name, channel, attribute in load("tables")["distinct referrers"]:
        values = {getattr(source, attribute) for source in sources if source.channel == channel}
        found |= {} if channel in hidden else {f"Referrers_distinct{name}": len(values)}
    for channel in load("tables")["referrer shares"]:
        share = rate(visits[channel], every, formatted=query.formatted)
        found |= {} if channel in hidden else {f"Referrers_visitorsFrom{_CODES[channel]}_percent": share}
    return found


@single("API.get")
async def get_all_metrics(query: ReportQuery) -> dict[str, Json]:
    halves = {
        name: value
        for name, value in (await _frequency(query)).items()
        if not name.rpartition("_")[0].startswith(_NOT_HERE)
    }
    found = await summary(query) | halves
    for part in (overview, _load_time_sums, mean_load_times, conversions, main_metrics):
        found |= await part(query)
    if query.call.options.matomo.has_ai:
        visits = {name: value for name, value in (await agents(query)).items() if not name.startswith(_NOT_HERE)}
        found |= {**await bots(query), **visits}
    return found
