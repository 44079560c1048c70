"""The actions of a visit as rows of a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from matomo_tui.api.site import Site
from matomo_tui.live.snapshot import Kind, Presence, TimelineEntry, VisitRow
from matomo_tui.ui.drawing import formatting
from matomo_tui.ui.drawing.glyphs import Glyphs
from matomo_tui.ui.widgets.table.columns import Cell, Column
from matomo_tui.ui.widgets.table.rows import Row
from matomo_tui.ui.widgets.visit_cells import LOOKS, PageCell

COLUMNS = (
    Column("time", "Time", 8),
    Column("kind", "", 1),
    Column("label", "Action", 22, flex=4),
    Column("title", "Title", 14, flex=3, hides=2),
    Column("revenue", "", 9, align="right", hides=1),
    Column("spent", "Spent", 7, align="right"),
)
NOT_SENT = "not sent by Matomo"
WITHOUT_REVENUE = tuple(column for column in COLUMNS if column.key != "revenue")


def timeline_rows(
    visit: VisitRow, site: Site, glyphs: Glyphs, columns: Sequence[Column] = COLUMNS
) -> Iterable[Row[int]]:
    """Yield the visit's actions as rows. Their key is their place, because a visit only grows at its end. Of a visit
    with more actions than the timeline has, rows tell how many were earlier (-1) and how many later (-2)."""
    if visit.earlier:
        yield _words(-1, columns, label=earlier_actions(visit))
    last = len(visit.timeline) - 1
    for place, entry in enumerate(visit.timeline):
        now = place == last and not visit.later and visit.presence is Presence.ACTIVE and entry.kind is Kind.PAGE
        cells = _cells(entry, visit.currency or site.currency, site, glyphs, now=now)
        yield Row(visit.earlier + place, tuple(cells[column.key] for column in columns))
    if visit.later:
        yield _words(-2, columns, label=later_actions(visit), title=NOT_SENT)


def earlier_actions(visit: VisitRow) -> str:
    """How many actions the visit has before those of its timeline."""
    return formatting.plural(visit.earlier, "earlier action")


def later_actions(visit: VisitRow) -> str:
    """How many actions the visit has after those of its timeline."""
    return formatting.plural(visit.later, "later action")


def _words(key: int, columns: Sequence[Column], **words: str) -> Row[int]:
    return Row(key, tuple(((words.get(column.key, ""), "muted"),) for column in columns))


def _cells(entry: TimelineEntry, currency: str, site: Site, glyphs: Glyphs, *, now: bool) -> dict[str, Cell]:
    look = LOOKS.get(entry.kind, "")
    words = entry.label or entry.url or entry.type_name
    if entry.kind is Kind.OTHER:
        words = f"{entry.type_name}: {words}" if entry.type_name and entry.type_name != words else words
    revenue = formatting.money_short(entry.revenue, currency) if entry.revenue else ""
    if glyphs.ascii:
        revenue = formatting.ascii_money(revenue)
    spent = formatting.duration(entry.spent, "") if entry.kind is Kind.PAGE else ""
    return {
        "time": ((formatting.clock_time(entry.at, site.timezone), "muted"),),
        "kind": ((glyphs.kinds[entry.kind], look or "muted"),),
        "label": PageCell(words, entry.variant, look, glyphs.ellipsis) if entry.variant else ((words, look),),
        "title": ((entry.title, "muted"),),
        "revenue": ((revenue, "good"),),
        "spent": (("now", "good"),) if now else spent,
    }
