"""Matomo's Insights module: changes against an earlier period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matomo_tui.demo.answers import load
from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.engine.by_visit import WHOLE, Tally
from matomo_tui.demo.entities import StoredSite
from matomo_tui.demo.errors import ApiError
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


def _overview_of(ask: ApiRequest) -> list[tuple[str, str, str, bool]]:
    return [row for row in _OVERVIEW if ask.options.matomo.has_ai or row[2] != "getAIAssistants"]


async def _visits(ask: ApiRequest, site: StoredSite, period: DemoPeriod, name: str, *, flat: bool) -> dict[str, float]:
    """Visits by label; empty if there are too many rows to compare."""
    if site.id in ask.store.imported:
        return {}
    rows, shape = ROWS[name]
    params = {"filter_limit": "-1", "flat": "1" if flat else "0"}
    found = shown(await rows(query_of(ask, site, period)), params, shape)
    return {str(row["label"]): figure(row.get("nb_visits")) for row in found}


async def _total(ask: ApiRequest, site: StoredSite, period: DemoPeriod) -> int:
    return (await query_of(ask, site, period).visits_by(WHOLE)).get(0, Tally()).visits


async def _changes(
    ask: ApiRequest, site: StoredSite, period: DemoPeriod, name: str, *, flat: bool
) -> list[dict[str, Json]]:
    """Every row whose change is notable, largest impact first; ``isMoverAndShaker``: it changed more than the total."""
    load(name.partition(".")[0])
    earlier = before(period, max(1, ask.number("comparedToXPeriods", 1)))
    now = await _visits(ask, site, period, name, flat=flat)
    then = await _visits(ask, site, earlier, name, flat=flat)
    total, past = await _total(ask, site, period), await _total(ask, site, earlier)
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


def _cut(rows: Sequence[dict[str, Json]], ask: ApiRequest, limit: int) -> list[dict[str, Json]]:
    """The top rows among those that grew, then among those that shrank."""
    grown = [row for row in rows if row["grown"]][: max(0, ask.number("limitIncreaser", limit))]
    shrunk = [row for row in rows if not row["grown"]][: max(0, ask.number("limitDecreaser", limit))]
    return [*grown, *shrunk]


def _movers(rows: Sequence[dict[str, Json]]) -> list[dict[str, Json]]:
    return [
        {name: value for name, value in row.items() if name != "isMoverAndShaker"}
        for row in rows
        if row["isMoverAndShaker"]
    ]


def _period(ask: ApiRequest) -> tuple[StoredSite, DemoPeriod]:
    site = ask.site()
    periods, many = ask.periods(site)
    if many:
        raise ApiError("Insights for multiple dates are not supported (yet).")
    return site, periods[0]


def _report(ask: ApiRequest) -> tuple[str, bool]:
    """The method named by ``reportUniqueId``, and whether its report is flattened."""
    parts = ask.text("reportUniqueId").split("_")
    name = ".".join(parts[:2])
    if len(parts) > 1:
        load(parts[0])
    if name not in ROWS:
        raise ApiError("A report having the ID {} does not exist".format(ask.text("reportUniqueId")))
    return name, name.startswith(("Actions.getPage", "Actions.getEntry", "Actions.getExit"))


@method("Insights.canGenerateInsights")
def can_generate_insights(ask: ApiRequest) -> Json:
    ask.check_somewhere("view")
    return "," not in ask.text("date") and ask.text("period") != "range"


@method("Insights.getMoversAndShakers", filters_itself=True)
async def get_movers_and_shakers(ask: ApiRequest) -> Json:
    """Rows of one report that changed more than the total."""
    site, period = _period(ask)
    name, flat = _report(ask)
    return _cut(_movers(await _changes(ask, site, period, name, flat=flat)), ask, 4)


@method("Insights.getInsights", filters_itself=True)
async def get_insights(ask: ApiRequest) -> Json:
    site, period = _period(ask)
    name, flat = _report(ask)
    return _cut(await _changes(ask, site, period, name, flat=flat), ask, 5)


async def _overview(ask: ApiRequest) -> dict[str, list[dict[str, Json]]]:
    site, period = _period(ask)
    return {
        title: await _changes(ask, site, period, f"{module}.{action}", flat=flat)
        for title, module, action, flat in _overview_of(ask)
    }


@method("Insights.getMoversAndShakersOverview", filters_itself=True)
async def get_movers_and_shakers_overview(ask: ApiRequest) -> Json:
    found: Mapping[str, list[dict[str, Json]]] = await _overview(ask)
    return {title: _cut(_movers(rows), ask, 4) for title, rows in found.items()}


@method("Insights.getInsightsOverview", filters_itself=True)
async def get_insights_overview(ask: ApiRequest) -> Json:
    return {title: _cut(rows, ask, 5) for title, rows in (await _overview(ask)).items()}
