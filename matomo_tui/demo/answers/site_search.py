"""Matomo's Actions module: what was searched for on the site."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote_plus

from matomo_tui.demo.api_request import Json
from matomo_tui.demo.engine.accumulators import Key
from matomo_tui.demo.engine.by_action import ActionGrouping, ActionTally, Added, summed_up
from matomo_tui.demo.engine.journey_stats import JourneyStats
from matomo_tui.demo.number_formats import number
from matomo_tui.demo.reports.reporting import ReportQuery, report
from matomo_tui.demo.reports.rows import TableRow


def _searches(facts: JourneyStats) -> Mapping[Key, Added]:
    """Searches, seconds spent on their results, and whether the visit ended with them; by keyword, by those without
    results, and by category."""
    found: dict[Key, list[Added]] = {}
    for index, step in enumerate(facts.steps):
        if step.kind != "search":
            continue
        last = not any(after.kind in ("action", "search") for after in facts.steps[index + 1 :])
        added = Added((1, facts.spent(index), int(last)))
        found.setdefault(("keyword", step.name), []).append(added)
        if step.value == 0:
            found.setdefault(("nothing", step.name), []).append(added)
        if step.category:
            found.setdefault(("category", step.category), []).append(added)
    return summed_up(found)


KEYWORDS = ActionGrouping("searches", _searches)


def _columns(tally: ActionTally, query: ReportQuery) -> dict[str, Json]:
    searches, seconds, exits = (int(value) for value in tally.sums)
    exits = min(exits, tally.visits)
    columns: dict[str, Json] = {"nb_visits": tally.visits, "nb_hits": searches, "sum_time_spent": seconds}
    if exits:
        columns["exit_nb_visits"] = str(exits) if query.daily else exits
    return columns | {
        "nb_pages_per_search": number(searches / tally.visits, 1),
        "avg_time_on_page": round(seconds / searches),
        "bounce_rate": 0.0,
        "exit_rate": exits / tally.visits,
    }


async def _rows(query: ReportQuery, wanted: str) -> list[TableRow]:
    return [
        TableRow(keyword, _columns(tally, query), {"segment": f"siteSearchKeyword=={quote_plus(keyword)}"})
        for (kind, keyword), tally in (await query.actions_by(KEYWORDS)).items()
        if kind == wanted
    ]


@report("Actions.getSiteSearchKeywords")
async def get_site_search_keywords(query: ReportQuery) -> list[TableRow]:
    """Keywords that were searched for."""
    return await _rows(query, "keyword")


@report("Actions.getSiteSearchNoResultKeywords")
async def get_site_search_no_result_keywords(query: ReportQuery) -> list[TableRow]:
    """Keywords for which nothing was found."""
    return await _rows(query, "nothing")


@report("Actions.getSiteSearchCategories")
async def get_site_search_categories(query: ReportQuery) -> list[TableRow]:
    """Categories that were searched in."""
    rows = []
    for (kind, category), tally in (await query.actions_by(KEYWORDS)).items():
        if kind == "category":
            searches = int(tally.sums[0])
            columns: dict[str, Json] = {
                "nb_visits": tally.visits,
                "nb_actions": searches,
                "nb_pages_per_search": number(searches / tally.visits, 1),
            }
            rows.append(TableRow(category, columns, {"segment": f"siteSearchCategory=={quote_plus(category)}"}))
    return rows
