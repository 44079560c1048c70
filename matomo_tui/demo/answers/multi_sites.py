"""Matomo's MultiSites module: one row per site."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from matomo_tui.demo.answers.action_reports import main_metrics
from matomo_tui.demo.answers.overviews import requests_of
from matomo_tui.demo.api_request import ApiRequest, Json, method, whole_number
from matomo_tui.demo.data import load
from matomo_tui.demo.engine.by_visit import GoalTally
from matomo_tui.demo.engine.journey_stats import ORDER
from matomo_tui.demo.errors import refuse_if
from matomo_tui.demo.formats import DemoPeriod, before, epoch, money, number, percent, short_period, symbol
from matomo_tui.demo.reports.reporting import ReportQuery, query_of
from matomo_tui.demo.reports.rows import figure
from matomo_tui.demo.world import StoredSite

_COLUMNS: list[tuple[str, str, str, bool, bool]] = load("tables")["sites"]
"""Column, its previous value and its evolution, only with ``enhanced``, only for ecommerce."""
_COUNTED = ("nb_visits", "nb_actions", "nb_pageviews", "hits", "ai_chatbots_requests")
_SINCE_5_8 = ("hits", "ai_chatbots_requests")
_NOBODY = dict.fromkeys((name for name, *_ in _COLUMNS), 0)

Row = dict[str, Json]


async def _figures(query: ReportQuery) -> Mapping[str, Json]:
    if not query.site.traffic and query.site.id not in query.call.store.tracked.site_ids():
        return _NOBODY
    every, actions = await query.whole(), await main_metrics(query)
    orders = every.goals.get(ORDER, GoalTally())
    clicks = actions["nb_pageviews"], actions.get("hits", 0), await requests_of(query)
    worth = number(every.revenue), every.conversions, orders.count, number(orders.revenue)
    return dict(zip(_NOBODY, (every.visits, every.actions, *clicks, *worth), strict=True))


def _elapsed(call: ApiRequest, site: StoredSite, period: DemoPeriod) -> float:
    """The elapsed fraction of the period; the previous period is compared over the same fraction."""
    first, end = epoch(period.first, site.timezone), epoch(period.last, site.timezone) + 86_400
    return min(1.0, max(0.0, (call.now - first) / (end - first)))


def _evolution(now: Json, then: Json, ratio: float, *, formatted: bool) -> tuple[Json, int]:
    past = figure(then) * ratio
    change = (figure(now) - past) / past if past else float(bool(figure(now)))
    return percent(change) if formatted else number(change, 3), (change > 0) - (change < 0)


async def _site_row(call: ApiRequest, site: StoredSite, *, enhanced: bool) -> Row:
    periods, many = call.periods(site)
    refuse_if(many, "several dates of sites")
    period, earlier = periods[0], before(periods[0])
    now, then = await _figures(query_of(call, site, period)), await _figures(query_of(call, site, earlier))
    latest = call.options.matomo.has_ai
    columns = [
        each
        for each in _COLUMNS
        if (enhanced or not each[3]) and (site.ecommerce or not each[4]) and (latest or each[0] not in _SINCE_5_8)
    ]
    ratio = number(_elapsed(call, site, period), 3)
    formatted = call.params.get("format_metrics", "") != "0"
    row: Row = {"label": site.name} | {name: now[name] for name, *_ in columns}
    for name, _, evolution, *_ in columns:
        row[f"{evolution}_evolution"], row[f"{evolution}_evolution_trend"] = _evolution(
            now[name], then[name], ratio, formatted=formatted
        )
    row |= {"idsite": site.id, "ratio": ratio, "currencySymbol": symbol(site.currency)}
    row |= {"previous_nb_visits": then["nb_visits"], "periodName": period.name, "previousRange": short_period(earlier)}
    row |= {f"previous_{name if latest else past}": then[name] for name, past, *_ in columns if name != "nb_visits"}
    return row | {"group": site.group, "main_url": site.main_url}


def _sites(call: ApiRequest) -> list[StoredSite]:
    pattern = call.params.get("pattern", "").casefold()
    return [
        site
        for site in call.visible_sites()
        if any(pattern in text.casefold() for text in (site.name, site.main_url, site.group))
    ]


async def _rows(call: ApiRequest, sites: Iterable[StoredSite], *, enhanced: bool) -> list[Row]:
    """A row per site. Sites without traffic differ only by name, and there may be tens of thousands of them."""
    nobody: dict[tuple[str, str, bool], Row] = {}
    tracked = call.store.tracked.site_ids()
    rows = []
    for site in sites:
        kind = (site.timezone, site.currency, site.ecommerce)
        visited = bool(site.traffic) or site.id in tracked
        if visited or kind not in nobody:
            row = await _site_row(call, site, enhanced=enhanced)
            if not visited:
                nobody[kind] = row
        else:
            own = {"label": site.name, "idsite": site.id, "group": site.group, "main_url": site.main_url}
            row = nobody[kind] | own
        rows.append(row)
    return rows


@method("MultiSites.getAll", "view", is_table=True)
async def get_all(call: ApiRequest) -> Json:
    return await _rows(call, _sites(call), enhanced=call.flag("enhanced"))


@method("MultiSites.getOne", is_table=True)
async def get_one(call: ApiRequest) -> Json:
    return [await _site_row(call, call.site(), enhanced=call.flag("enhanced"))]


def _texts(row: Row, currency: str, *, latest: bool) -> Row:
    """Formatted metrics, as shown on Matomo's all-websites page; from 5.8 also those of the previous period."""
    names = [*_COUNTED, *(f"previous_{name}" for name in _COUNTED if latest)]
    revenue = money(row["revenue"], currency) if currency else f"{row['revenue']:,.2f}"
    return {**row, **{name: f"{row[name]:,}" for name in names if name in row}, "revenue": revenue}


@method("MultiSites.getAllWithGroups", "view", filters_itself=True)
async def get_all_with_groups(call: ApiRequest) -> Json:
    """One page with group sums and totals; if it begins within a group, that group's row is repeated above it."""
    sites, latest = _sites(call), call.options.matomo.has_ai
    rows = await _rows(call, sites, enhanced=True)
    column = load("tables")["sites sorted by"].get(call.params.get("filter_sort_column", ""), "nb_visits")
    descending = call.params.get("filter_sort_order", "desc") != "asc"
    listed = _by_groups(rows, lambda row: _order(row.get(column)), descending=descending)
    offset, limit = max(0, call.number("filter_offset", 0)), whole_number(call.params.get("filter_limit") or "0")
    page = listed[offset : offset + max(0, limit)]
    if page and offset and page[0]["group"]:
        above = next(row for row in reversed(listed[:offset]) if row.get("isGroup") or not row["group"])
        page = [above, *page] if above.get("isGroup") else page
    currencies = {site.id: site.currency for site in sites}
    earlier = before(call.periods(sites[0])[0][0]) if sites else None
    return {
        "numSites": len(listed),
        "totals": _totals(rows, latest=latest),
        "lastDate": earlier.first.isoformat() if earlier else "",
        "sites": [_texts(row, currencies.get(row.get("idsite", 0), ""), latest=latest) for row in page],
    }


def _by_groups(rows: list[Row], order: Callable[[Row], Any], *, descending: bool) -> list[Row]:
    """Sites and groups in order, each group followed by its sorted sites."""
    members: dict[str, list[Row]] = {}
    for row in rows:
        if row["group"]:
            members.setdefault(row["group"], []).append(row)
    tops = [row for row in rows if not row["group"]] + [_group(name, within) for name, within in members.items()]
    listed: list[Row] = []
    for top in sorted(tops, key=order, reverse=descending):
        listed.append(top)
        if top.get("isGroup"):
            listed += sorted(members[top["label"]], key=order, reverse=descending)
    return listed


def _order(value: Json) -> tuple[float, str]:
    return (figure(value), str(value).casefold() if isinstance(value, str) else "")


def _sum(rows: list[Row], column: str) -> float:
    return sum(figure(row[column]) for row in rows)


def _group(name: str, members: list[Row]) -> Row:
    sums = {column: int(_sum(members, column)) for column in _COUNTED if all(column in row for row in members)}
    return {"label": name, **sums, "revenue": _sum(members, "revenue"), "isGroup": 1, "group": ""}


def _totals(rows: list[Row], *, latest: bool) -> Row:
    """Formatted totals over all sites; from 5.8 with those of the previous period."""
    columns = [column for column in _COUNTED if latest or column not in _SINCE_5_8]
    found: Row = {}
    for lead in ("", "previous_") if latest else ("",):
        found |= {f"{lead}{column}": f"{int(_sum(rows, f'{lead}{column}')):,}" for column in columns}
        found[f"{lead}revenue"] = f"{_sum(rows, f'{lead}revenue'):,.2f}".removesuffix(".00")
    return found if latest else found | {"nb_visits_lastdate": int(_sum(rows, "previous_nb_visits"))}
