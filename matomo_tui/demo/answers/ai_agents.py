"""Matomo's AIAgents and BotTracking modules: visits by AI agents and requests by AI chatbots."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from matomo_tui.demo.api_request import Json
from matomo_tui.demo.catalog.sources import ASSISTANTS
from matomo_tui.demo.engine import columns
from matomo_tui.demo.engine.by_visit import Grouping
from matomo_tui.demo.hashing import mix
from matomo_tui.demo.number_formats import number, rate
from matomo_tui.demo.periods import today
from matomo_tui.demo.reports.reporting import ReportQuery, report, single
from matomo_tui.demo.reports.rows import Shape, TableRow
from matomo_tui.demo.reports.visit_columns import summary, without_figures

_ICONS = "plugins/Morpheus/icons/dist/aiAssistants"
_PAGES = ("/", "/sale", "/help/shipping", "/about", "/search")
_DOCUMENT, _NOT_FOUND, _FAILED = 9, 14, 23  # every ninth request is for a document …


@single("AIAgents.get")
async def agents(query: ReportQuery) -> dict[str, Json]:
    """Visits by AI agents (the demo has none) and by humans."""
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
