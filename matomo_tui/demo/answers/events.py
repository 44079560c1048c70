"""Matomo's Events and Contents modules."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote_plus

from matomo_tui.demo.api_request import Json
from matomo_tui.demo.engine.by_action import ActionGrouping, ActionTally, Added, by_steps
from matomo_tui.demo.errors import ApiError
from matomo_tui.demo.number_formats import number
from matomo_tui.demo.reports.reporting import ReportQuery, report
from matomo_tui.demo.reports.rows import Shape, TableRow, two_level_rows
from matomo_tui.demo.traffic.steps import VisitStep


class _Dimension(NamedTuple):
    """One of the three names of an event: Matomo's dimension name, the segment name, and the step attribute."""

    name: str
    label: str
    of: Callable[[VisitStep], str]


_CATEGORY = _Dimension("eventCategory", "Events_EventCategory", lambda step: step.category)
_ACTION = _Dimension("eventAction", "Events_EventAction", lambda step: step.action)
_NAME = _Dimension("eventName", "Events_EventName", lambda step: step.name)
_DIMENSIONS = {dimension.name: dimension for dimension in (_CATEGORY, _ACTION, _NAME)}
_UNNAMED = "Event Name not defined"


def _added(step: VisitStep) -> Added:
    """Events, events with a value, and the sum of the values."""
    value = step.value
    return Added((1, 0, 0)) if value is None else Added((1, 1, value), value, value)


def _grouping(outer: _Dimension, inner: _Dimension) -> ActionGrouping:
    return ActionGrouping(f"events {outer.name} {inner.name}", by_steps("event", outer.of, inner.of, _added))


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


async def _rows(query: ReportQuery, outer: _Dimension, inner: _Dimension) -> list[TableRow]:
    return two_level_rows(
        await query.actions_by(_grouping(outer, inner)),
        lambda label, tally, below: _row(label, outer, tally, query, below),
        lambda label, tally: _row(label, inner, tally, query),
    )


def _events(name: str, below: str, outer: _Dimension, inner: _Dimension) -> None:
    """Register a report of events by ``outer`` with ``inner`` as subtable; ``secondaryDimension`` may name it."""
    named = Shape(named=lambda labels: dict(zip((outer.label, inner.label), labels, strict=False)))

    async def rows(query: ReportQuery) -> list[TableRow]:
        second = _DIMENSIONS.get(query.ask.params.get("secondaryDimension", ""), inner)
        if second is outer:
            raise ApiError(f"The secondary dimension '{second.name}' is not valid for {query.ask.params['method']}.")
        return await _rows(query, outer, second)

    report(f"Events.{name}", named)(rows)
    report(f"Events.{below}", named, below=True)(rows)


def _other_events(below: str, outer: _Dimension, inner: _Dimension) -> None:
    """Register the alternative subtable, by the dimension that is not the default secondary one."""

    async def rows(query: ReportQuery) -> list[TableRow]:
        return await _rows(query, outer, inner)

    report(f"Events.{below}", Shape(), below=True)(rows)


_events("getCategory", "getActionFromCategoryId", _CATEGORY, _ACTION)
_events("getAction", "getNameFromActionId", _ACTION, _NAME)
_events("getName", "getActionFromNameId", _NAME, _ACTION)
_other_events("getNameFromCategoryId", _CATEGORY, _NAME)
_other_events("getCategoryFromActionId", _ACTION, _CATEGORY)
_other_events("getCategoryFromNameId", _NAME, _CATEGORY)


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


_PIECES = _Dimension("contentPiece", "", lambda step: step.category)
_NAMES = _Dimension("contentName", "", lambda step: step.name)


def _contents(action: str, outer: _Dimension, inner: _Dimension) -> None:
    """Register a report of contents by name or by piece, with the other one as subtable."""

    def added(step: VisitStep) -> Added:
        return Added((0, 1)) if step.action else Added((1, 0))

    grouping = ActionGrouping(f"contents {outer.name}", by_steps("content", outer.of, inner.of, added))

    @report(f"Contents.{action}")
    async def rows(query: ReportQuery) -> list[TableRow]:
        return two_level_rows(
            await query.actions_by(grouping),
            lambda label, tally, below: _content(label, outer.name, tally, query, below),
            lambda label, tally: _content(label, inner.name, tally, query, None),
        )


_contents("getContentNames", _NAMES, _PIECES)
_contents("getContentPieces", _PIECES, _NAMES)
