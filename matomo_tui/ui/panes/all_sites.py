"""Every site that the token sees, a line each, with how it went against the period before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message

from matomo_tui.api import multi_sites
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.reports import ReportRow
from matomo_tui.reports.loader import ReportLoader
from matomo_tui.reports.query import Query
from matomo_tui.text import clean
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.formats import number, signed_percent
from matomo_tui.ui.glyphs import Glyphs, glyphs_of
from matomo_tui.ui.panes.answering import AnsweringPane
from matomo_tui.ui.panes.pane import PaneState
from matomo_tui.ui.widgets.filter_line import FilterLine
from matomo_tui.ui.widgets.table_columns import Cell, Column, Look, Plain
from matomo_tui.ui.widgets.table_rows import ListRows, Row
from matomo_tui.ui.widgets.virtual_table import VirtualTable
from matomo_tui.ui.working import later

COLUMNS = (
    Column("label", "Site", 14, flex=1, most=60),
    Column("nb_visits", "Visits", 9, align="right"),
    Column("visits_evolution", "", 9, align="right"),
    Column("nb_actions", "Actions", 9, align="right", hides=1),
    Column("actions_evolution", "", 9, align="right", hides=4),
    Column("nb_pageviews", "Pageviews", 9, align="right", hides=3),
    Column("pageviews_evolution", "", 9, align="right", hides=5),
    Column("revenue", "Revenue", 12, align="right"),
    Column("revenue_evolution", "", 9, align="right", hides=2),
)
SORTABLE = ("nb_visits", "visits_evolution", "nb_actions", "nb_pageviews", "revenue", "revenue_evolution", "label")


class AllSitesPane(AnsweringPane):
    """``MultiSites.getAll``: sorted and searched here, where all of it is."""

    TITLE = "All sites"
    BINDINGS: ClassVar[list[BindingType]] = bindings("all sites")

    class Opened(Message):
        """A site is to be watched."""

        def __init__(self, site_id: int) -> None:
            super().__init__()
            self.site_id = site_id

    data: ClassVar[None] = None
    """There is no report to export."""

    def __init__(self, loader: ReportLoader, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._loader = loader
        self._table: VirtualTable[int] = VirtualTable(COLUMNS, header=True)
        self._filter = FilterLine("part of a name, an address or a group")
        self._query: Query | None = None
        self._rows: Sequence[ReportRow] = ()
        self._sorted, self._falling = SORTABLE[0], True

    def compose_content(self) -> ComposeResult:
        yield self._table
        yield self._filter

    @property
    def table(self) -> VirtualTable[int]:
        """What takes the focus."""
        return self._table

    def show_query(self, query: Query) -> None:
        """The sites in the query's period; nothing where those are shown already."""
        before, self._query = self._query, query
        if before is None or (before.period, before.segment) != (query.period, query.segment):
            self._ask()
        elif before.site.id != query.site.id:
            self._list()

    def forget_asked(self) -> None:
        """Ask when it is shown again."""
        self._query = None

    def reload(self) -> None:
        """Ask Matomo again."""
        self._ask(reload=True)

    def grow_older(self) -> None:
        """The figures are of a period that is named."""

    def _ask(self, *, reload: bool = False) -> None:
        if self._query is not None:
            self.ask_began(quietly=reload and self.state is PaneState.CONTENT)
            self.run_worker(later(self._load, self._query, reload), group="sites", exclusive=True)

    async def _load(self, query: Query, reload: bool) -> None:
        call = multi_sites.get_all(query.period.kind, query.period.api_date, segment=query.segment)
        try:
            found = await self._loader.ask(call, query, reload=reload)
        except MatomoError as error:
            self.fail(error)
            return
        self.ask_ended()
        self._rows = [row for row in found.rows if site_of(row) is not None]
        if self._rows:
            self.set_state(PaneState.CONTENT)
            self._filter.display = bool(self._filter.text)
            self._list(keep=False)
        else:
            self.set_title()
            self.set_state(PaneState.EMPTY, "This token sees no site.")

    def draw_bare_title(self) -> None:
        """Nothing of the sites as they were in another period."""
        self.set_title()

    def _list(self, *, keep: bool = True) -> None:
        wanted = self._filter.text.strip().casefold()
        found = [row for row in self._rows if wanted in _words(row)]
        found.sort(key=self._order, reverse=self._falling)
        glyphs = glyphs_of(self)
        here = self._query.site.id if self._query is not None else 0
        self._table.set_sort(self._sorted, descending=self._falling)
        self._table.set_empty_text("No site has that in its name, address or group.")
        self._table.set_rows(ListRows([_row(row, here, glyphs) for row in found]), keep_cursor=keep)
        every, some = len(self._rows), len(found)
        self._filter.show_count(f"{some:,} of {every:,}")
        before = f", against {self._query.period.previous().label()}" if self._query is not None else ""
        self.set_title(f"{some:,}{f' of {every:,}' if some != every else ''}{before}")
        self.refresh_bindings()

    def _order(self, row: ReportRow) -> tuple[float, str]:
        if self._sorted == "label":
            return 0.0, row.label.casefold()
        return figure(row, self._sorted) or 0.0, ""

    def clear_search(self) -> bool:
        """Drop the search; whether there was one."""
        there = self._filter.is_open or bool(self._filter.text)
        if there:
            self._filter.clear()
        return there

    def on_filter_line_changed(self, event: FilterLine.Changed) -> None:
        event.stop()
        self._list(keep=False)

    def on_filter_line_left(self, event: FilterLine.Left) -> None:
        event.stop()
        self._table.focus()

    def on_virtual_table_highlighted(self, event: VirtualTable.Highlighted[int]) -> None:
        event.stop()

    def on_virtual_table_selected(self, event: VirtualTable.Selected[int]) -> None:
        event.stop()
        self.action_open()

    def on_virtual_table_header_clicked(self, event: VirtualTable.HeaderClicked) -> None:
        """A click on a heading sorts by it, a second one the other way round."""
        event.stop()
        if event.column in SORTABLE:
            self._falling = not self._falling if event.column == self._sorted else event.column != "label"
            self._sorted = event.column
            self._list()

    # Keys

    def action_open(self) -> None:
        """Watch the site under the cursor."""
        key = self._table.cursor_key
        if key is not None:
            self.post_message(self.Opened(key))

    def action_find(self) -> None:
        """Search the sites."""
        self._filter.open()

    def action_sort(self) -> None:
        """Order by the next column."""
        self._sorted = SORTABLE[(SORTABLE.index(self._sorted) + 1) % len(SORTABLE)]
        self._falling = self._sorted != "label"
        self._list()

    def action_reverse(self) -> None:
        """Order the other way round."""
        self._falling = not self._falling
        self._list()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Nothing to do with what is not there."""
        return self.state is PaneState.CONTENT if action in ("open", "find", "sort", "reverse") else True


def site_of(row: ReportRow) -> int | None:
    """The id of the site that a row is about."""
    value = row.values.get("idsite")
    return value if isinstance(value, int) else None


def figure(row: ReportRow, column: str) -> float | None:
    """A figure of a row, where it has one."""
    value = row.values.get(column)
    return float(value) if isinstance(value, int | float) else None


def _words(row: ReportRow) -> str:
    return " ".join(str(row.values.get(name) or "") for name in ("label", "main_url", "group")).casefold() + (
        f" {row.url} {row.label}".casefold()
    )


def _row(row: ReportRow, here: int, glyphs: Glyphs) -> Row[int]:
    site_id = site_of(row) or 0
    symbol = clean(str(row.values.get("currencySymbol") or ""), 8)
    revenue = figure(row, "revenue")
    money = f"{symbol} {number(revenue)}".strip() if revenue else glyphs.dash
    cells: tuple[Cell, ...] = (
        ((clean(row.label, 100) or f"site {site_id}", "strong"),),
        number(figure(row, "nb_visits"), glyphs.dash),
        evolution(figure(row, "visits_evolution"), glyphs),
        number(figure(row, "nb_actions"), glyphs.dash),
        evolution(figure(row, "actions_evolution"), glyphs),
        number(figure(row, "nb_pageviews"), glyphs.dash),
        evolution(figure(row, "pageviews_evolution"), glyphs),
        money,
        evolution(figure(row, "revenue_evolution"), glyphs) if revenue else "",
    )
    return Row(site_id, cells, mark=(glyphs.live, "good") if site_id == here else ("", ""))


def evolution(fraction: float | None, glyphs: Glyphs) -> Plain:
    """``▲ +12 %``, as Matomo reckons it; a period that is not over is held against as much of the one before."""
    if fraction is None:
        return ""
    if abs(fraction) < 0.0005:
        return ((glyphs.same, "muted"),)
    look: Look = "good" if fraction > 0 else "bad"
    return ((f"{glyphs.up if fraction > 0 else glyphs.down} {signed_percent(fraction)}", look),)
