"""Matomo's MultiSites module: key figures of all sites."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from matomo_tui.api import json_decoding
from matomo_tui.api.calls import BARE, Call, Params, PeriodKind, with_segment
from matomo_tui.api.reports import ReportRow, ReportTable, Value, read_table, table_of

_FORMATTED = re.compile(r"-?\d{1,3}(,\d{3})*(\.\d+)?")
_RECORDS = {"nb_pageviews": "Actions_nb_pageviews", "revenue": "Goal_revenue"}
"""Internal names of columns: :func:`get_all_with_groups` sorts before Matomo renames the columns."""


def get_all(
    period: PeriodKind,
    date: str,
    *,
    segment: str = "",
    enhanced: bool = True,
    pattern: str = "",
    sort: str = "",
    ascending: bool = False,
    limit: int = -1,
    offset: int = 0,
) -> Call[ReportTable]:
    """``MultiSites.getAll``: one row per site that the token may view, labelled with the site's name.

    The values include ``idsite``, ``main_url``, ``currencySymbol`` and ``visits_evolution`` (a fraction). ``enhanced``
    adds conversions and orders. ``pattern`` searches names, addresses and groups; ``sort`` is a column, without which
    the sites with most visits come first. Matomo does not sort by ``label``: it names the sites afterwards (observed on
    5.0.2 and 5.8.0). The answer has 35 MB for 50,000 sites without a ``limit``."""
    params: dict[str, str | int] = {"period": period, "date": date, **BARE, "filter_limit": limit}
    if enhanced:
        params["enhanced"] = 1
    if pattern:
        params["pattern"] = pattern
    if sort:
        params |= {"filter_sort_column": sort, "filter_sort_order": "asc" if ascending else "desc"}
    if offset:
        params["filter_offset"] = offset
    return Call("MultiSites.getAll", with_segment(params, segment), table_of)


@dataclass(frozen=True, slots=True)
class GroupedSites:
    """One page of sites and groups; each group is followed by its sites."""

    rows: tuple[ReportRow, ...]
    """Sites as in :func:`get_all`, and groups: they have ``isGroup``, their name as label, and sums of their sites."""
    total: int
    """Number of rows on all pages."""

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[ReportRow]:
        return iter(self.rows)


def get_all_with_groups(
    period: PeriodKind,
    date: str,
    *,
    segment: str = "",
    pattern: str = "",
    sort: str = "nb_visits",
    ascending: bool = False,
    limit: int = 100,
    offset: int = 0,
) -> Call[GroupedSites]:
    """``MultiSites.getAllWithGroups``: one page of Matomo's *All Websites* dashboard.

    ``pattern`` searches the names of sites and groups; ``sort`` is a column. The server reads all sites for each page.
    """
    params: Params = {
        "period": period,
        "date": date,
        **BARE,
        "filter_limit": limit,
        "filter_offset": offset,
        "filter_sort_column": _RECORDS.get(sort, sort),
        "filter_sort_order": "asc" if ascending else "desc",
    }
    if pattern:
        params = {**params, "pattern": pattern}

    def decode(body: bytes) -> GroupedSites:
        value = json_decoding.parse(body)
        if type(value) is not dict or "sites" not in value:
            raise ValueError("no sites")
        # A page that begins within a group repeats the group's row first.
        rows = tuple(_unformatted(row) for row in read_table(value["sites"]).rows[-limit:])
        total = json_decoding.integer(value.get("numSites"))
        return GroupedSites(rows, offset + len(rows) if total is None else total)

    return Call("MultiSites.getAllWithGroups", with_segment(params, segment), decode)


def get_total_visits(period: PeriodKind, date: str) -> Call[int]:
    """``MultiSites.getAllWithGroups``: the visits of all sites that the token may view together. Matomo 5.0 sends the
    number as text (``"13,950"``). ``today`` is the date in UTC. The server reads all sites for it."""
    params: Params = {"period": period, "date": date, **BARE, "filter_limit": 1, "filter_offset": 0}

    def decode(body: bytes) -> int:
        value = json_decoding.parse(body)
        totals = value.get("totals") if type(value) is dict else None
        visits = totals.get("nb_visits") if type(totals) is dict else None
        count = json_decoding.count(_figure("nb_visits", visits, ""))
        if count is None:
            raise ValueError("no total")
        return count

    return Call("MultiSites.getAllWithGroups", params, decode)


def _unformatted(row: ReportRow) -> ReportRow:
    """Convert the row's formatted figures (``"13,950"``, ``"€1,703.26"``); Matomo ignores ``format_metrics`` here."""
    symbol = str(row.values.get("currencySymbol") or "")
    values = {name: _figure(name, value, symbol) for name, value in row.values.items()}
    return msgspec.structs.replace(row, values=values)


def _figure(name: str, value: Any, symbol: str) -> Value:
    if not isinstance(value, str) or not (name.startswith("nb_") or name.endswith("revenue")):
        return value  # type: ignore[no-any-return]
    bare = value.replace(symbol, "").strip() if symbol else value
    return json_decoding.number(bare.replace(",", "")) if _FORMATTED.fullmatch(bare) else json_decoding.number(bare)
