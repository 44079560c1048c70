"""Rows of sites and groups: figures with their change against the previous period."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct, field

from matomo_tui.api.reports import ReportRow
from matomo_tui.live.site_activity import SiteNow
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.drawing.formatting import format_age, number, signed_percent
from matomo_tui.ui.drawing.glyphs import Glyphs
from matomo_tui.ui.reports.goal_table import GoalHistory
from matomo_tui.ui.widgets.table.columns import Cell, Column, Plain, Span, StyleName
from matomo_tui.ui.widgets.table.rows import Row
from matomo_tui.ui.widgets.table.tinted_table import OverBar

SiteKey = int | str
"""A site's id, or a group's name."""

COLUMNS = (
    Column("label", "Site", 22, flex=1),
    Column("live", "30 min", 7, align="right"),
    Column("hit", "Last hit", 8, align="right"),
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
SORTABLE_BY_MATOMO = (
    "nb_visits",
    "visits_evolution",
    "nb_actions",
    "nb_pageviews",
    "nb_conversions",
    "revenue",
    "revenue_evolution",
)
"""The columns that Matomo can sort a list of sites by: it adds their names after sorting."""
GROUPS_SORTABLE_BY_MATOMO = ("nb_visits", "nb_actions", "nb_pageviews", "revenue", "label")
"""The columns that Matomo can sort sites in groups by: it computes the others after sorting."""
_ACTIVE, _OLD = 180.0, 86_400.0
"""Seconds since the last hit up to which somebody is there, and from which on it is remarkable."""


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


def group_of(row: ReportRow) -> str:
    """The name of a site's group; ``""`` for a site without one and for a group."""
    return str(row.values.get("group") or "")


def search_text(row: ReportRow) -> str:
    """The case-folded text that a search for a site looks in: name, addresses and group."""
    return " ".join(str(row.values.get(name) or "") for name in ("label", "main_url", "group")).casefold() + (
        f" {row.url} {row.label}".casefold()
    )


def in_order(rows: Iterable[ReportRow], column: str, *, descending: bool) -> list[ReportRow]:
    """The ``rows`` sorted by ``column``."""

    def order(row: ReportRow) -> tuple[float, str]:
        return (0.0, row.label.casefold()) if column == "label" else (figure(row, column) or 0.0, "")

    return sorted(rows, key=order, reverse=descending)


def found_rows(rows: Sequence[ReportRow], text: str, column: str, *, descending: bool) -> list[ReportRow]:
    """The ``rows`` with ``text`` in their name, addresses or group, sorted by ``column``."""
    wanted = text.strip().casefold()
    return in_order((row for row in rows if wanted in search_text(row)), column, descending=descending)


class SiteLook(Struct, frozen=True):
    """How the row or the card of a site is drawn."""

    here: int = 0
    """The id of the site on the live screen."""
    grouped: bool = False
    """Sites of a group are indented."""
    changes: bool = True
    """False leaves out the changes: they mean nothing on a day that has just begun."""
    share: float = 0.0
    """The length of the bar behind the name, 0 to 1."""
    folded: bool = False
    """The sites of the group are hidden."""
    marked: bool = False
    """The site is on the wall."""
    now: SiteNow = field(default_factory=SiteNow)
    hit_age: float | None = None
    """Seconds since the last hit; ``None``: unknown, or there was none."""
    is_old: bool = False
    """The figures of now are those of earlier."""


def site_row(row: ReportRow, look: SiteLook, glyphs: Glyphs) -> Row[SiteKey]:
    """The row of a site or a group."""
    site_id = site_of(row)
    label = sanitize(row.label, 100) or f"site {site_id}"
    within = "  " if look.grouped and group_of(row) else ""
    revenue = figure(row, "revenue")
    is_group = site_id is None
    if is_group:
        within = f"{glyphs.closed if look.folded else glyphs.opened} "

    def change(column: str) -> Plain:
        return evolution(figure(row, column), glyphs) if look.changes else ""

    course = look.now.course
    cells: tuple[Cell, ...] = (
        OverBar(((within, ""), (label, "accent" if is_group else "strong")), look.share, glyphs.ellipsis),
        "" if is_group else _visits_now(look, glyphs),
        _size(row) if is_group else last_hit(look.now, look.hit_age, glyphs, is_old=look.is_old),
        number(figure(row, "nb_visits"), glyphs.dash),
        change("visits_evolution"),
        number(figure(row, "nb_actions"), glyphs.dash),
        change("actions_evolution"),
        number(figure(row, "nb_pageviews"), glyphs.dash),
        change("pageviews_evolution"),
        number(figure(row, "nb_conversions"), glyphs.dash),
        number(figure(row, "orders"), glyphs.dash),
        # The sum over a group may be of several currencies.
        money(row, glyphs) if not is_group or row.values.get("currencySymbol") else "",
        change("revenue_evolution") if revenue and not is_group else "",
        GoalHistory(course, glyphs.sparks) if course else "",
    )
    mark: Span = (glyphs.live, "good") if site_id == look.here else ("", "")
    if look.marked:
        mark = (glyphs.chosen, mark[1] or "accent")
    return Row(key_of(row), cells, mark=mark)


def _size(row: ReportRow) -> Plain:
    """The number of sites in a group, if it is known."""
    count = row.values.get("sites")
    return ((f"{count} site{'' if count == 1 else 's'}", "muted"),) if isinstance(count, int) else ""


def _visits_now(look: SiteLook, glyphs: Glyphs) -> tuple[Span, ...]:
    if look.now.is_awaited:
        return ((glyphs.ellipsis, "muted"),)
    visits = look.now.visits_30
    return ((number(visits, glyphs.dash), "good" if visits and not look.is_old else "muted"),)


def last_hit(now: SiteNow, age: float | None, glyphs: Glyphs, *, is_old: bool = False) -> tuple[Span, ...]:
    """``12 s``: the age of a site's last hit; ``none`` if there was none for a month. If it ``is_old``, there may have
    been others since."""
    if now.error is not None:
        return ((glyphs.stopped, "bad"),)
    if now.is_awaited:
        return ((glyphs.ellipsis, "muted"),)
    if is_old:
        return ((glyphs.dash if age is None else format_age(age), "muted"),)
    if age is None:
        return (("none", "warn"),) if now.is_silent else ((glyphs.dash, "muted"),)
    return ((format_age(age), "good" if age < _ACTIVE else "warn" if age >= _OLD else "muted"),)


def evolution(fraction: float | None, glyphs: Glyphs) -> Plain:
    """``▲ +12 %``, as Matomo computes it: an unfinished period is compared with the same part of the one before."""
    if fraction is None:
        return ""
    if abs(fraction) < 0.0005:
        return ((glyphs.same, "muted"),)
    look: StyleName = "good" if fraction > 0 else "bad"
    return ((f"{glyphs.up if fraction > 0 else glyphs.down} {signed_percent(fraction)}", look),)
