"""Matomo's Events and Contents modules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import quote_plus

from matomo_tui.demo.api_request import Json
from matomo_tui.demo.engine.by_action import ActionGrouping, ActionTally, Added, summed_up
from matomo_tui.demo.engine.by_visit import Key
from matomo_tui.demo.engine.journey_stats import JourneyStats
from matomo_tui.demo.errors import ApiError
from matomo_tui.demo.number_formats import number
from matomo_tui.demo.reports.reporting import ReportQuery, report
from matomo_tui.demo.reports.rows import Shape, TableRow
from matomo_tui.demo.traffic.steps import VisitStep


class _Dimension(NamedTuple):
    """One of an event's three names: Matomo's name for it, the segment's, and where it stands."""

    name: str
    label: str
    of: Callable[[VisitStep], str]


_CATEGORY = _Dimension("eventCategory", "Events_EventCategory", lambda step: step.category)
_ACTION = _Dimension("eventAction", "Events_EventAction", lambda step: step.action)
_NAME = _Dimension("eventName", "Events_EventName", lambda step: step.name)
_DIMENSIONS = {dimension.name: dimension for dimension in (_CATEGORY, _ACTION, _NAME)}
_UNNAMED = "Event Name not defined"


def _grouping(outer: _Dimension, inner: _Dimension) -> ActionGrouping:
    """Events, those with a value and its sum, by one name and by two of them."""

    def rows(facts: JourneyStats) -> Mapping[Key, Added]:
        found: dict[Key, list[Added]] = {}
        for step in facts.steps:
            if step.kind != "event":
                continue
            value = step.value
            added = Added((1, 0, 0)) if value is None else Added((1, 1, value), value, value)
            first, second = outer.of(step), inner.of(step)
            for key in ((first, None), (first, second)):
                found.setdefault(key, []).append(added)
        return summed_up(found)

    return ActionGrouping(f"events {outer.name} {inner.name}", rows)


def _columns(tally: ActionTally, query: ReportQuery) -> dict[str, Json]:
    events, valued, total = tally.sums
    return {
        "nb_uniq_visitors" if query.daily else "sum_daily_nb_uniq_visitors": tally.visitors,
        "nb_visits": tally.visits,
        "nb_events": int(events),
        "nb_events_with_value": int(valued),
        "sum_event_value": number(total),
        "min_event_value": number(tally.least) if valued else 0,
        "max_event_value": number(tally.most) if valued else 0,
        "avg_event_value": number(total / valued) if valued else 0,
    }


def _row(
    label: str, dimension: _Dimension, tally: ActionTally, query: ReportQuery, below: list[TableRow] | None = None
) -> TableRow:
    meta: dict[str, Json] = {"segment": f"{dimension.name}=={quote_plus(label)}"}
    return TableRow(label or _UNNAMED, _columns(tally, query), meta, below)


def _events(name: str, below: str, outer: _Dimension, inner: _Dimension) -> None:
    """A report of events whose rows open to another of the three names; ``secondaryDimension`` may name it."""
    named = Shape(named=lambda labels: dict(zip((outer.label, inner.label), labels, strict=False)))

    async def rows(query: ReportQuery) -> list[TableRow]:
        second = _DIMENSIONS.get(query.ask.params.get("secondaryDimension", ""), inner)
        if second is outer:
            raise ApiError(f"The secondary dimension '{second.name}' is not valid for {query.ask.params['method']}.")
        tallies = await query.actions_by(_grouping(outer, second))
        opened: dict[str, list[TableRow]] = {}
        for (first, label), tally in tallies.items():
            if label is not None:
                opened.setdefault(first, []).append(_row(label, second, tally, query))
        return [
            _row(first, outer, tally, query, opened.get(first))
            for (first, label), tally in tallies.items()
            if label is None
        ]

    report(f"Events.{name}", named)(rows)
    if below:
        report(f"Events.{below}", named, below=True)(rows)


_events("getCategory", "getActionFromCategoryId", _CATEGORY, _ACTION)
_events("getAction", "getNameFromActionId", _ACTION, _NAME)
_events("getName", "getActionFromNameId", _NAME, _ACTION)


def _below_only(below: str, outer: _Dimension, inner: _Dimension) -> None:
    """The other way a row can be opened: by the dimension that is not its usual second."""

    async def rows(query: ReportQuery) -> list[TableRow]:
        tallies = await query.actions_by(_grouping(outer, inner))
        opened: dict[str, list[TableRow]] = {}
        for (first, label), tally in tallies.items():
            if label is not None:
                opened.setdefault(first, []).append(_row(label, inner, tally, query))
        return [
            _row(first, outer, tally, query, opened.get(first))
            for (first, label), tally in tallies.items()
            if not label
        ]

    report(f"Events.{below}", Shape(), below=True)(rows)


_below_only("getNameFromCategoryId", _CATEGORY, _NAME)
_below_only("getCategoryFromActionId", _ACTION, _CATEGORY)
_below_only("getCategoryFromNameId", _NAME, _CATEGORY)


def _contents(facts: JourneyStats) -> Mapping[Key, Added]:
    """Impressions and interactions by name and by piece, and by both."""
    found: dict[Key, list[Added]] = {}
    for step in facts.steps:
        if step.kind == "content":
            added = Added((0, 1)) if step.action else Added((1, 0))
            for key in (("name", step.name, ""), ("piece", step.category, "")):
                found.setdefault(key, []).append(added)
            found.setdefault(("both", step.name, step.category), []).append(added)
    return summed_up(found)


_CONTENTS = ActionGrouping("contents", _contents)


def _content(
    label: str, dimension: str, tally: ActionTally, query: ReportQuery, below: list[TableRow] | None
) -> TableRow:
    shown, clicked = (int(value) for value in tally.sums)
    text = str if query.daily else int
    columns: dict[str, Json] = {
        "nb_uniq_visitors" if query.daily else "sum_daily_nb_uniq_visitors": tally.visitors,
        "nb_visits": text(tally.visits),
        "nb_impressions": text(shown),
        "nb_interactions": clicked,
        "interaction_rate": clicked / shown if shown else 0.0,
    }
    return TableRow(label, columns, {"segment": f"{dimension}=={quote_plus(label)}"}, below)


async def _content_rows(query: ReportQuery, kind: str, dimension: str, inner: str) -> list[TableRow]:
    tallies = await query.actions_by(_CONTENTS)
    opened: dict[str, list[TableRow]] = {}
    for (which, name, piece), tally in tallies.items():
        if which == "both":
            first, second = (name, piece) if kind == "name" else (piece, name)
            opened.setdefault(first, []).append(_content(second, inner, tally, query, None))
    return [
        _content(label, dimension, tally, query, opened.get(label))
        for (which, label, _), tally in tallies.items()
        if which == kind
    ]


@report("Contents.getContentNames")
async def get_content_names(query: ReportQuery) -> list[TableRow]:
    """Contents by name, each opening to its pieces."""
    return await _content_rows(query, "name", "contentName", "contentPiece")


@report("Contents.getContentPieces")
async def get_content_pieces(query: ReportQuery) -> list[TableRow]:
    """Contents by piece, each opening to its names."""
    return await _content_rows(query, "piece", "contentPiece", "contentName")
