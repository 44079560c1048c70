"""Matomo's Transitions module: steps before and after a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from urllib.parse import unquote

from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.catalog.sources import Channel, Source
from matomo_tui.demo.engine.archive import Span, archive_of
from matomo_tui.demo.engine.page_transitions import Transition, transitions_of
from matomo_tui.demo.errors import refusal, refuse_if
from matomo_tui.demo.method_registry import method
from matomo_tui.demo.number_formats import short_period
from matomo_tui.demo.traffic.steps import VisitStep

_CHANNELS: tuple[tuple[Channel, str], ...] = (
    ("direct", "Direct entries"),
    ("search", "From search engines"),
    ("website", "From websites"),
    ("campaign", "From campaigns"),
    ("social", "From social networks"),
    ("ai", "From AI assistants"),
)


@method("Transitions.getTransitionsForPageUrl", filters_itself=True)
async def for_page_url(call: ApiRequest) -> Json:
    return await _transitions(call, lambda step: step.url, call.text("pageUrl"), address=True)


@method("Transitions.getTransitionsForPageTitle", filters_itself=True)
async def for_page_title(call: ApiRequest) -> Json:
    return await _transitions(call, lambda step: step.title, call.text("pageTitle").strip(), address=False)


@method("Transitions.getTransitionsForAction", filters_itself=True)
async def for_action(call: ApiRequest) -> Json:
    kind = call.text("actionType")
    if kind == "url":
        return await _transitions(call, lambda step: step.url, call.text("actionName"), address=True)
    if kind == "title":
        return await _transitions(call, lambda step: step.title, call.text("actionName").strip(), address=False)
    raise refusal("unknown action type")


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


def _as_json(steps: Counter[Transition], sources: Counter[Source], day: str, limit: int) -> dict[str, Json]:
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
        "referrers": [found for channel, name in _CHANNELS if (found := _channel(channel, name, sources, limit))],
    }


def _channel(channel: Channel, name: str, sources: Counter[Source], limit: int) -> dict[str, Json]:
    """The entries through one channel; empty if there are none."""
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
        "label": name,
        "shortName": channel,
        "visits": visits,
        "details": [{**row, "referrals": str(row["referrals"])} for row in details],
    }


def _most(counted: Iterable[tuple[str, int]], limit: int) -> list[dict[str, Json]]:
    rows = sorted(counted, key=lambda each: (-each[1], each[0]))
    found: list[dict[str, Json]] = [{"label": name, "referrals": count} for name, count in rows[:limit]]
    rest = sum(count for _, count in rows[limit:])
    return [*found, {"label": "Others", "referrals": rest}] if rest else found
