"""Matomo's Insights module: changes against an earlier period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matomo_tui.demo.answers import load
from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.entities import StoredSite
from matomo_tui.demo.errors import refusal
from matomo_tui.demo.method_registry import method
from matomo_tui.demo.number_formats import percent
from matomo_tui.demo.periods import DemoPeriod, before
from matomo_tui.demo.reports.reporting import ROWS, query_of
from matomo_tui.demo.reports.rows import figure, shown

_OVERVIEW = (
    ("Page URLs", "Actions", "getPageUrls", True),
    ("Page titles", "Actions", "getPageTitles", False),
    ("Downloads", "Actions", "getDownloads", False),
    ("Websites", "Referrers", "getWebsites", False),
    ("Campaigns", "Referrers", "getCampaigns", False),
    ("Social Networks", "Referrers", "getSocials", False),
    ("Search Engines", "Referrers", "getSearchEngines", False),
    ("AI Assistants", "Referrers", "getAIAssistants", False),
    ("Country", "UserCountry", "getCountry", False),
)
_NOTICED = 0.004
_MOVED = 0.08


def _overview_of(call: ApiRequest) -> list[tuple[str, str, str, bool]]:
    return [row for row in _OVERVIEW if call.options.matomo.has_ai or row[2] != "getAIAssistants"]


async def _visits(call: ApiRequest, site: StoredSite, period: DemoPeriod, name: str, *, flat: bool) -> dict[str, float]:
    """Visits by label; empty if there are too many rows to compare."""
    if site.id in call.store.imported:
        return {}
    rows, shape = ROWS[name]
    params = {"filter_limit": "-1", "flat": "1" if flat else "0"}
    found = shown(await rows(query_of(call, site, period)), params, shape)
    return {str(row["label"]): figure(row.get("nb_visits")) for row in found}


async def _total(call: ApiRequest, site: StoredSite, period: DemoPeriod) -> int:
    return (await query_of(call, site, period).whole()).visits


async def _changes(
    call: ApiRequest, site: StoredSite, period: DemoPeriod, name: str, *, flat: bool
) -> list[dict[str, Json]]:
    """Every row whose change is notable, largest impact first; ``isMoverAndShaker``: it changed more than the total."""
    load(name.partition(".")[0])
    earlier = before(period, max(1, call.number("comparedToXPeriods", 1)))
    now = await _visits(call, site, period, name, flat=flat)
    then = await _visits(call, site, earlier, name, flat=flat)
    total, past = await _total(call, site, period), await _total(call, site, earlier)
    everywhere = (total - past) / past if past else 0.0
    found = []
    for label in now | then:
        value, old = now.get(label, 0.0), then.get(label, 0.0)
        difference = value - old
        growth = difference / old if old else 1.0
        if max(value, old) < max(1.0, _NOTICED * total) or abs(growth) < _MOVED:
            continue
        moved = value > 0 and old > 0
        beyond = abs(growth - everywhere) > _MOVED and abs(difference) > _NOTICED * max(total, past)
        found.append(_change(label, value, old, growth, moved=moved) | {"isMoverAndShaker": beyond})
    return sorted(found, key=lambda row: -row["importance"])


def _change(label: str, value: float, old: float, growth: float, *, moved: bool) -> dict[str, Json]:
    return {
        "label": label,
        "nb_visits": int(value),
        "growth_percent": percent(growth),
        "growth_percent_numeric": percent(growth).removesuffix("%").replace(",", ""),
        "grown": value >= old,
        "value_old": int(old),
        "value_new": int(value),
        "difference": int(value - old),
        "importance": int(abs(value - old)),
        "isDisappeared": value == 0,
        "isNew": old == 0,
        "isMover": moved,
    }


def _cut(rows: Sequence[dict[str, Json]], call: ApiRequest, limit: int) -> list[dict[str, Json]]:
    """The top rows among those that grew, then among those that shrank."""
    grown = [row for row in rows if row["grown"]][: max(0, call.number("limitIncreaser", limit))]
    shrunk = [row for row in rows if not row["grown"]][: max(0, call.number("limitDecreaser", limit))]
    return [*grown, *shrunk]


def _movers(rows: Sequence[dict[str, Json]]) -> list[dict[str, Json]]:
    return [
        {name: value for name, value in row.items() if name != "isMoverAndShaker"}
        for row in rows
        if row["isMoverAndShaker"]
    ]


def _period(call: ApiRequest) -> tuple[StoredSite, DemoPeriod]:
    site = call.site()
    periods, many = call.periods(site)
    if many:
        raise refusal("several dates", what="Insights")
    return site, periods[0]


def _report(call: ApiRequest) -> tuple[str, bool]:
    """The method named by ``reportUniqueId``, and whether its report is flattened."""
    parts = call.text("reportUniqueId").split("_")
    name = ".".join(parts[:2])
    if len(parts) > 1:
        load(parts[0])
    if name not in ROWS:
        raise refusal("unknown report id", id=call.text("reportUniqueId"))
    return name, name.startswith(("Actions.getPage", "Actions.getEntry", "Actions.getExit"))


@method("Insights.canGenerateInsights")
def can_generate_insights(call: ApiRequest) -> Json:
    call.check_somewhere("view")
    return "," not in call.text("date") and call.text("period") != "range"


@method("Insights.getMoversAndShakers", filters_itself=True)
async def get_movers_and_shakers(call: ApiRequest) -> Json:
    """Rows of one report that changed more than the total."""
    site, period = _period(call)
    name, flat = _report(call)
    return _cut(_movers(await _changes(call, site, period, name, flat=flat)), call, 4)


@method("Insights.getInsights", filters_itself=True)
async def get_insights(call: ApiRequest) -> Json:
    site, period = _period(call)
    name, flat = _report(call)
    return _cut(await _changes(call, site, period, name, flat=flat), call, 5)


async def _overview(call: ApiRequest) -> dict[str, list[dict[str, Json]]]:
    site, period = _period(call)
    return {
        title: await _changes(call, site, period, f"{module}.{action}", flat=flat)
        for title, module, action, flat in _overview_of(call)
    }


@method("Insights.getMoversAndShakersOverview", filters_itself=True)
async def get_movers_and_shakers_overview(call: ApiRequest) -> Json:
    found: Mapping[str, list[dict[str, Json]]] = await _overview(call)
    return {title: _cut(_movers(rows), call, 4) for title, rows in found.items()}


@method("Insights.getInsightsOverview", filters_itself=True)
async def get_insights_overview(call: ApiRequest) -> Json:
    return {title: _cut(rows, call, 5) for title, rows in (await _overview(call)).items()}
