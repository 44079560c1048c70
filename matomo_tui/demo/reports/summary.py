"""The figures of visits in one row."""

from __future__ import annotations

from matomo_tui.demo.api_request import Json
from matomo_tui.demo.engine.accumulators import Tally
from matomo_tui.demo.engine.by_visit import WHOLE
from matomo_tui.demo.number_formats import number, rate
from matomo_tui.demo.reports.reporting import NOT_UNIQUE, ReportQuery


async def summary(query: ReportQuery) -> dict[str, Json]:
    """The row of ``VisitsSummary.get``. Unique visitors are not told for ranges and years."""
    every = (await query.visits_by(WHOLE)).get(0, Tally())
    found: dict[str, Json] = {}
    if query.period.name not in NOT_UNIQUE:
        people, _, _ = await query.visitors()
        found = {"nb_uniq_visitors": people.count, "nb_users": len(people.users)}
    return found | {
        "nb_visits": every.visits,
        "nb_actions": every.actions,
        "nb_visits_converted": every.converted,
        "bounce_count": every.bounces,
        "sum_visit_length": every.length,
        "max_actions": every.longest,
        "bounce_rate": rate(every.bounces, every.visits, formatted=query.formatted),
        "nb_actions_per_visit": number(every.actions / every.visits, 1) if every.visits else 0,
        "avg_time_on_site": round(every.length / every.visits) if every.visits else 0,
    }
