"""Matomo's VisitsSummary module."""

from __future__ import annotations

from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.errors import ApiError
from matomo_tui.demo.method_registry import method
from matomo_tui.demo.reports.reporting import NOT_UNIQUE, ReportQuery, each, single
from matomo_tui.demo.reports.summary import summary


@single("VisitsSummary.get")
async def get(query: ReportQuery) -> dict[str, Json]:
    """Visits, visitors, actions and what they average to; nothing for a site among others to which nobody came."""
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
