"""Matomo's Transitions module: steps before and after a page, counted by journey."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from urllib.parse import unquote

from matomo_tui.demo.api_request import ApiRequest, Json, method
from matomo_tui.demo.catalog import Channel, Referrer
from matomo_tui.demo.data import load
from matomo_tui.demo.engine import columns
from matomo_tui.demo.engine.archive import Span, archive_of
from matomo_tui.demo.engine.by_visit import Grouping, RowNumbering
from matomo_tui.demo.engine.journey_stats import MOST_KEYS, JourneyStats
from matomo_tui.demo.engine.selection import Selection
from matomo_tui.demo.engine.visit_generator import Yielder
from matomo_tui.demo.errors import refuse_if
from matomo_tui.demo.formats import short_period
from matomo_tui.demo.traffic.visit import INTERACTIONS, VisitStep

_BY_SOURCE = Grouping("sources", columns.SOURCE)

_CHANNELS: tuple[Channel, ...] = ("direct", "search", "website", "campaign", "social", "ai")
Transition = tuple[str, str, str]
"""``before`` or ``after`` with kind and name of the other step; ``page`` with the name of one of its metrics."""


def steps_around(facts: JourneyStats, of_page: Callable[[VisitStep], str], wanted: str) -> Counter[Transition]:
    """The transitions of a page in one visit; ``of_page`` names the page of a step."""

    def other(where: str, step: VisitStep) -> Transition:
        name = of_page(step) if step.kind == "action" else step.name if step.kind == "search" else step.url
        return where, step.kind, name

    found: Counter[Transition] = Counter()
    before: VisitStep | None = None
    open_page = False
    for step in facts.steps:
        here = step.kind == "action" and of_page(step) == wanted
        if here:
            found["page", "pageviews", ""] += 1
            if before is None:
                found["page", "entries", ""] += 1
            else:
                found[("page", "loops", "") if open_page else other("before", before)] += 1
        elif open_page and (step.kind in INTERACTIONS or step.kind in ("download", "outlink")):
            found[other("after", step)] += 1
        if step.kind in INTERACTIONS:
            open_page, before = here, step
    found["page", "exits", ""] += open_page
    return found


async def transitions_of(
    selection: Selection, of_page: Callable[[VisitStep], str], wanted: str, yielder: Yielder
) -> tuple[Counter[Transition], Counter[Referrer]]:
    """The transitions of a page over all visits, and the sources of the visits that began on it."""
    total, sources = Counter[Transition](), Counter[Referrer]()
    rows = RowNumbering(_BY_SOURCE, selection.generator)
    counts: Counter[int] = Counter()
    async for day in selection.days():
        for part in day:
            counts.update([code * MOST_KEYS + key for code, key in zip(rows.codes(part), part.keys, strict=True)])
        await yielder.pause()
    known: dict[int, Counter[Transition]] = {}
    async for packed, times in yielder.over(counts.items(), 200):
        code, key = divmod(packed, MOST_KEYS)
        if key not in known:
            known[key] = steps_around(selection.facts(key), of_page, wanted)
        if known[key]["page", "pageviews", ""]:
            for transition, count in known[key].items():
                total[transition] += count * times
            sources[rows.key(code)] += known[key]["page", "entries", ""] * times
    return total, +sources


@method("Transitions.getTransitionsForPageUrl", filters_itself=True)
async def for_page_url(call: ApiRequest) -> Json:
    return await _transitions(call, lambda step: step.url, call.text("pageUrl"), address=True)


@method("Transitions.getTransitionsForPageTitle", filters_itself=True)
async def for_page_title(call: ApiRequest) -> Json:
    return await _transitions(call, lambda step: step.title, call.text("pageTitle").strip(), address=False)


def _plain(url: str) -> str:
    return unquote(url.partition("://")[2] or url).rstrip("/")


async def _transitions(call: ApiRequest, of_page: Callable[[VisitStep], str], wanted: str, *, address: bool) -> Json:
    site = call.site()
    periods, many = call.periods(site)
    refuse_if(many, "several dates", what="Transitions")
    archive = archive_of(call.store)
    compared = (lambda step: _plain(of_page(step))) if address else of_page
    selection = archive.select(Span(site, periods[0], call.segment, call.now))
    steps, sources = await transitions_of(selection, compared, _plain(wanted) if address else wanted, archive.yielder)
    refuse_if(not steps["page", "pageviews", ""], "no transitions")
    return _as_json(steps, sources, short_period(periods[0]), max(1, call.number("limitBeforeGrouping", 5)))


def _as_json(steps: Counter[Transition], sources: Counter[Referrer], day: str, limit: int) -> dict[str, Json]:
    def of(where: str, kind: str) -> list[dict[str, Json]]:
        return _most(((name, count) for (*key, name), count in steps.items() if key == [where, kind]), limit)

    return {
        "date": day,
        "previousPages": of("before", "action"),
        "previousSiteSearches": of("before", "search"),
        "pageMetrics": {name: steps["page", name, ""] for name in ("loops", "pageviews", "entries", "exits")},
        "followingPages": of("after", "action"),
        "followingSiteSearches": of("after", "search"),
        "outlinks": of("after", "outlink"),
        "downloads": of("after", "download"),
        "referrers": [found for channel in _CHANNELS if (found := _channel(channel, sources, limit))],
    }


def _channel(channel: Channel, sources: Counter[Referrer], limit: int) -> dict[str, Json]:
    counted: Counter[str] = Counter()
    visits = 0
    for source, count in sources.items():
        if source.channel == channel:
            visits += count
            counted[source.keyword if channel == "search" else source.name] += count
    if not visits:
        return {}
    details = [] if channel == "direct" else _most(counted.items(), limit)
    return {
        "label": load("tables")["channels"][channel]["transitions"],
        "shortName": channel,
        "visits": visits,
        "details": [{**row, "referrals": str(row["referrals"])} for row in details],
    }


def _most(counted: Iterable[tuple[str, int]], limit: int) -> list[dict[str, Json]]:
    rows = sorted(counted, key=lambda each: (-each[1], each[0]))
    found: list[dict[str, Json]] = [{"label": name, "referrals": count} for name, count in rows[:limit]]
    rest = sum(count for _, count in rows[limit:])
    return [*found, {"label": "Others", "referrals": rest}] if rest else found
