"""Matomo's API module: the figures of all modules in one row."""

from __future__ import annotations

from matomo_tui.demo.answers import page_performance
from matomo_tui.demo.answers.actions import main_metrics
from matomo_tui.demo.answers.conversions import get as conversions
from matomo_tui.demo.answers.referrers import overview
from matomo_tui.demo.answers.visit_time import frequency
from matomo_tui.demo.api_request import Json
from matomo_tui.demo.reports.reporting import ReportQuery, single
from matomo_tui.demo.reports.summary import summary

_NOT_HERE = ("nb_visits_converted", "bounce_count", "sum_visit_length")


@single("API.get")
async def get(query: ReportQuery) -> dict[str, Json]:
    """Everything that is one row."""
    found = await summary(query)
    halves = {
        name: value
        for name, value in (await frequency(query)).items()
        if not name.rpartition("_")[0].startswith(_NOT_HERE)
    }
    return {
        **found,
        **halves,
        **await overview(query),
        **await page_performance.sums(query),
        **await page_performance.get(query),
        **await conversions(query),
        **await main_metrics(query),
        **await _of_5_8(query),
    }


async def _of_5_8(query: ReportQuery) -> dict[str, Json]:
    if not query.ask.options.matomo.has_ai:
        return {}
    from matomo_tui.demo.answers import ai_agents

    halves = {name: value for name, value in (await ai_agents.agents(query)).items() if not name.startswith(_NOT_HERE)}
    return {**await ai_agents.bots(query), **halves}
