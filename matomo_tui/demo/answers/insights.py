"""Matomo's Insights module: changes against an earlier period."""

from __future__ import annotations

from collections.abc import Sequence

from matomo_tui.demo.answers import load
from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.errors import refuse_if
from matomo_tui.demo.method_registry import method
from matomo_tui.demo.number_formats import percent
from matomo_tui.demo.periods import before
from matomo_tui.demo.reports.reporting import ROWS, ReportQuery, query_of
from matomo_tui.demo.reports.rows import figure, shown

_OVERVIEW = {
    "Page URLs": "Actions.getPageUrls",
    "Page titles": "Actions.getPageTitles",
    "Downloads": "Actions.getDownloads",
    "Websites": "Referrers.getWebsites",
    "Campaigns": "Referrers.getCampaigns",
    "Social Networks": "Referrers.getSocials",
    "Search Engines": "Referrers.getSearchEngines",
    "AI Assistants": "Referrers.getAIAssistants",
    "Country": "UserCountry.getCountry",
}
_NOTICED, _MOVED = 0.004, 0.08

Changes = list[dict[str, Json]]


async def _visits(query: ReportQuery, name: str, *, flat: bool) -> dict[str, float]:
    """Visits by label; empty if there are too many rows to compare."""
    if query.page_archive is not None:
        return {}
    rows, shape = ROWS[name]
    found = shown(await rows(query), {"filter_limit": "-1", "flat": "1" if flat else "0"}, shape)
    return {str(row["label"]): figure(row.get("nb_visits")) for row in found}


async def _changes(query: ReportQuery, name: str, *, flat: bool) -> Changes:
    """Every row whose change is notable, largest impact first; ``isMoverAndShaker``: it changed more than the total."""
    load(name.partition(".")[0])
    past = before(query.period, max(1, query.call.number("comparedToXPeriods", 1)))
    earlier = query_of(query.call, query.site, past)
    now, then = await _visits(query, name, flat=flat), await _visits(earlier, name, flat=flat)
    total, total_then = (await query.whole()).visits, (await earlier.whole()).visits
    everywhere = (total - total_then) / total_then if total_then else 0.0
    found = []
    for label in now | then:
        value, old = now.get(label, 0.0), then.get(label, 0.0)
        growth = (value - old) / old if old else 1.0
        if max(value, old) < max(1.0, _NOTICED * total) or abs(growth) < _MOVED:
            continue
        beyond = abs(growth - everywhere) > _MOVED and abs(value - old) > _NOTICED * max(total, total_then)
        found.append(_change(label, int(value), int(old), growth) | {"isMoverAndShaker": beyond})
    return sorted(found, key=lambda row: -row["importance"])


def _change(label: str, value: int, old: int, growth: float) -> dict[str, Json]:
    return {
        "label": label,
        "nb_visits": value,
        "growth_percent": percent(growth),
        "growth_percent_numeric": percent(growth).removesuffix("%").replace(",", ""),
        "grown": value >= old,
        "value_old": old,
        "value_new": value,
        "difference": value - old,
        "importance": abs(value - old),
        "isDisappeared": value == 0,
        "isNew": old == 0,
        "isMover": value > 0 and old > 0,
    }


def _cut(rows: Changes, call: ApiRequest, *, movers: bool) -> Changes:
    """The top rows among those that grew, then among those that shrank; with ``movers`` only those that changed more
    than the total.
    """
    if movers:
        shown_columns = [name for name in rows[0] if name != "isMoverAndShaker"] if rows else []
        rows = [{name: row[name] for name in shown_columns} for row in rows if row["isMoverAndShaker"]]
    usual = 4 if movers else 5
    grown = [row for row in rows if row["grown"]][: max(0, call.number("limitIncreaser", usual))]
    shrunk = [row for row in rows if not row["grown"]][: max(0, call.number("limitDecreaser", usual))]
    return [*grown, *shrunk]


def _query(call: ApiRequest) -> ReportQuery:
    site = call.site()
    periods, many = call.periods(site)
    refuse_if(many, "several dates", what="Insights")
    return query_of(call, site, periods[0])


def _report(call: ApiRequest) -> str:
    """The method named by ``reportUniqueId``."""
    parts: Sequence[str] = call.text("reportUniqueId").split("_")
    if len(parts) > 1:
        load(parts[0])
    name = ".".join(parts[:2])
    refuse_if(name not in ROWS, "unknown report id", id=call.text("reportUniqueId"))
    return name


method("Insights.canGenerateInsights", "view")(
    lambda call: "," not in call.text("date") and call.text("period") != "range"
)


def _insights(action: str, *, movers: bool) -> None:
    """Register the changes of one report, and those of the most important ones."""

    @method(f"Insights.{action}", filters_itself=True)
    async def one(call: ApiRequest) -> Json:
        query, name = _query(call), _report(call)
        flat = name.startswith(("Actions.getPage", "Actions.getEntry", "Actions.getExit"))
        return _cut(await _changes(query, name, flat=flat), call, movers=movers)

    @method(f"Insights.{action}Overview", filters_itself=True)
    async def overview(call: ApiRequest) -> Json:
        query, latest = _query(call), call.options.matomo.has_ai
        return {
            title: _cut(await _changes(query, name, flat=title == "Page URLs"), call, movers=movers)
            for title, name in _OVERVIEW.items()
            if latest or title != "AI Assistants"
        }


_insights("getMoversAndShakers", movers=True)
_insights("getInsights", movers=False)
