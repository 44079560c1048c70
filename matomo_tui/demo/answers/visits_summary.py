"""Matomo's VisitsSummary module."""

from __future__ import annotations

from collections.abc import Callable

from matomo_tui.demo.answers.by_period import by_period, totals_of
from matomo_tui.demo.answers.formats import number, rate
from matomo_tui.demo.answers.registry import method
from matomo_tui.demo.ask import Ask, Json
from matomo_tui.demo.errors import ApiError
from matomo_tui.demo.periods import Period
from matomo_tui.demo.totals import Totals
from matomo_tui.demo.world import Site

_NOT_UNIQUE = ("range", "year")


def summary(totals: Totals, period: str, *, formatted: bool) -> dict[str, Json]:
    """The row of ``VisitsSummary.get``. Unique visitors are not told for ranges and years."""
    every = totals.all
    unique = {} if period in _NOT_UNIQUE else {"nb_uniq_visitors": totals.visitors, "nb_users": totals.logged_in}
    return unique | {
        "nb_visits": every.visits,
        "nb_actions": every.actions,
        "nb_visits_converted": every.converted.visits,
        "bounce_count": every.bounces,
        "sum_visit_length": every.length,
        "max_actions": every.longest,
        "bounce_rate": rate(every.bounces, every.visits, formatted=formatted),
        "nb_actions_per_visit": number(every.actions / every.visits, 1) if every.visits else 0,
        "avg_time_on_site": round(every.length / every.visits) if every.visits else 0,
    }


@method("VisitsSummary.get")
def get(ask: Ask) -> Json:
    """Visits, visitors, actions and what they average to."""
    formatted = ask.params.get("format_metrics", "") != "0"
    wanted = [column for column in ask.params.get("columns", "").split(",") if column]
    keyed = "," in ask.text("idSite") or ask.text("idSite") == "all"

    def row(site: Site, period: Period) -> Json:
        totals = totals_of(ask, site, period)
        if keyed and not totals.visits:
            return []
        columns = summary(totals, period.name, formatted=formatted)
        return {name: columns[name] for name in wanted if name in columns} if wanted else columns

    return by_period(ask, row)


def _single(name: str, column: Callable[[Totals], int]) -> Callable[[Ask], Json]:
    @method(f"VisitsSummary.{name}")
    def answer(ask: Ask) -> Json:
        return by_period(ask, lambda site, period: column(totals_of(ask, site, period)))

    return answer


def _unique(name: str, metric: str, column: Callable[[Totals], int]) -> Callable[[Ask], Json]:
    @method(f"VisitsSummary.{name}")
    def answer(ask: Ask) -> Json:
        if ask.text("period") in _NOT_UNIQUE:
            raise ApiError(
                f"The metric {metric} is not enabled for the requested period. "
                "Please see this FAQ: https://matomo.org/faq/how-to/faq_113/"
            )
        return by_period(ask, lambda site, period: column(totals_of(ask, site, period)))

    return answer


get_visits = _single("getVisits", lambda totals: totals.visits)
get_actions = _single("getActions", lambda totals: totals.all.actions)
get_max_actions = _single("getMaxActions", lambda totals: totals.all.longest)
get_bounce_count = _single("getBounceCount", lambda totals: totals.all.bounces)
get_visits_converted = _single("getVisitsConverted", lambda totals: totals.all.converted.visits)
get_sum_visits_length = _single("getSumVisitsLength", lambda totals: totals.all.length)
get_unique_visitors = _unique("getUniqueVisitors", "nb_uniq_visitors", lambda totals: totals.visitors)
get_users = _unique("getUsers", "nb_users", lambda totals: totals.logged_in)
