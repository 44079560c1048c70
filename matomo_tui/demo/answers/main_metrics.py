"""Matomo's API module: the metrics of all modules in one row."""

from __future__ import annotations

from matomo_tui.demo.answers.actions import main_metrics
from matomo_tui.demo.answers.ai_agents import agents, bots
from matomo_tui.demo.answers.conversions import get as conversions
from matomo_tui.demo.answers.overviews import load_time_sums, mean_load_times, overview, summary
from matomo_tui.demo.answers.visit_times import frequency
from matomo_tui.demo.api_request import Json
from matomo_tui.demo.reports.reporting import ReportQuery, single

_NOT_HERE = ("nb_visits_converted", "bounce_count", "sum_visit_length")


@single("API.get")
async def get_all_metrics(query: ReportQuery) -> dict[str, Json]:
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
        **await load_time_sums(query),
        **await mean_load_times(query),
        **await conversions(query),
        **await main_metrics(query),
        **await _of_5_8(query),
    }


async def _of_5_8(query: ReportQuery) -> dict[str, Json]:
    if not query.ask.options.matomo.has_ai:
        return {}
    halves = {name: value for name, value in (await agents(query)).items() if not name.startswith(_NOT_HERE)}
    return {**await bots(query), **halves}
