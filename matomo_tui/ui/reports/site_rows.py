"""Rows of sites and groups: figures with their change against the previous period."""

from __future__ import annotations

from collections.abc import Sequence

from matomo_tui.api.reports import ReportRow
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.drawing.formatting import number, signed_percent
from matomo_tui.ui.drawing.glyphs import Glyphs
from matomo_tui.ui.reports.goal_table import GoalHistory
from matomo_tui.ui.widgets.table.columns import Cell, Column, Plain, StyleName
from matomo_tui.ui.widgets.table.rows import Row
from matomo_tui.ui.widgets.table.tinted_table import OverBar

SiteKey = int | str
"""A site's id, or a group's name."""

COLUMNS = (
    Column("label", "Site", 14, flex=1),
    Column("live", "30 min", 7, align="right"),
    Column("nb_visits", "Visits", 9, align="right"),
    Column("visits_evolution", "", 9, align="right"),
    Column("nb_actions", "Actions", 9, align="right", hides=1),
    Column("actions_evolution", "", 9, align="right", hides=4),
    Column("nb_pageviews", "Pageviews", 9, align="right", hides=3),
    Column("pageviews_evolution", "", 9, align="right", hides=5),
    Column("nb_conversions", "Conversions", 11, align="right", hides=6),
    Column("orders", "Orders", 8, align="right", hides=7),
    Column("revenue", "Revenue", 12, align="right"),
    Column("revenue_evolution", "", 9, align="right", hides=2),
    Column("course", "30 days", 12, flex=2, hides=8),
)

SORTABLE = (
    "nb_visits",
    "visits_evolution",
    "nb_actions",
    "nb_pageviews",
    "nb_conversions",
    "orders",
    "revenue",
    "revenue_evolution",
    "label",
)
SORTABLE_BY_MATOMO = ("nb_visits", "nb_actions", "nb_pageviews", "revenue", "label")
"""The columns that Matomo can sort sites in groups by: it computes the others after sorting."""


def site_of(row: ReportRow) -> int | None:
    """The id of a row's site; ``None`` for a group."""
    value = row.values.get("idsite")
    return value if isinstance(value, int) else None


def key_of(row: ReportRow) -> SiteKey:
    """The key of a row, the same in every order: the site's id, or the name of a group."""
    site_id = site_of(row)
    return row.label if site_id is None else site_id


def figure(row: ReportRow, column: str) -> float | None:
    """A figure of a row; ``None`` if it has none."""
    value = row.values.get(column)
    return float(value) if isinstance(value, int | float) else None


def money(row: ReportRow, glyphs: Glyphs) -> str:
    """The revenue of a site with its currency's symbol."""
    symbol = sanitize(str(row.values.get("currencySymbol") or ""), 8)
    revenue = figure(row, "revenue")
    return f"{symbol} {number(revenue)}".strip() if revenue is not None else glyphs.dash


def most_visits(rows: Sequence[ReportRow]) -> float:
    """The visits of the site or group that has most."""
    return max((figure(row, "nb_visits") or 0.0 for row in rows), default=0.0)


def search_text(row: ReportRow) -> str:
    """The case-folded text that a search for a site looks in: name, addresses and group."""
    return " ".join(str(row.values.get(name) or "") for name in ("label", "main_url", "group")).casefold() + (
        f" {row.url} {row.label}".casefold()
    )


def found_rows(rows: Sequence[ReportRow], text: str, column: str, *, descending: bool) -> list[ReportRow]:
    """The ``rows`` with ``text`` in their name, addresses or group, sorted by ``column``."""

    def order(row: ReportRow) -> tuple[float, str]:
        return (0.0, row.label.casefold()) if column == "label" else (figure(row, column) or 0.0, "")

    wanted = text.strip().casefold()
    return sorted((row for row in rows if wanted in search_text(row)), key=order, reverse=descending)


def site_row(
    row: ReportRow,
    here: int,
    glyphs: Glyphs,
    *,
    grouped: bool = False,
    changes: bool = True,
    share: float = 0.0,
    visits_now: int | None = None,
    course: tuple[float | None, ...] = (),
) -> Row[SiteKey]:
    """The row of a site or a group. ``here`` is the id of the site on the live screen; with ``grouped`` the sites of a
    group are indented. ``share`` (0 to 1) is the length of the bar behind the name. Without ``changes`` the changes are
    left out: they mean nothing on a day that has just begun. ``visits_now`` are those of the last half hour, ``course``
    those of the last days."""
    site_id = site_of(row)
    label = sanitize(row.label, 100) or f"site {site_id}"
    within = "  " if grouped and row.values.get("group") else ""
    revenue = figure(row, "revenue")
    is_group = site_id is None

    def change(column: str) -> Plain:
        return evolution(figure(row, column), glyphs) if changes else ""

    cells: tuple[Cell, ...] = (
        OverBar(((within, ""), (label, "accent" if is_group else "strong")), share, glyphs.ellipsis),
        "" if is_group else ((number(visits_now, glyphs.dash), "good" if visits_now else "muted"),),
        number(figure(row, "nb_visits"), glyphs.dash),
        change("visits_evolution"),
        number(figure(row, "nb_actions"), glyphs.dash),
        change("actions_evolution"),
        number(figure(row, "nb_pageviews"), glyphs.dash),
        change("pageviews_evolution"),
        number(figure(row, "nb_conversions"), glyphs.dash),
        number(figure(row, "orders"), glyphs.dash),
        # The sum over a group may be of several currencies.
        "" if is_group else money(row, glyphs),
        change("revenue_evolution") if revenue and not is_group else "",
        GoalHistory(course, glyphs.sparks) if course else "",
    )
    return Row(key_of(row), cells, mark=(glyphs.live, "good") if site_id == here else ("", ""))


def evolution(fraction: float | None, glyphs: Glyphs) -> Plain:
    """``▲ +12 %``, as Matomo computes it: an unfinished period is compared with the same part of the one before."""
    if fraction is None:
        return ""
    if abs(fraction) < 0.0005:
        return ((glyphs.same, "muted"),)
    look: StyleName = "good" if fraction > 0 else "bad"
    return ((f"{glyphs.up if fraction > 0 else glyphs.down} {signed_percent(fraction)}", look),)
