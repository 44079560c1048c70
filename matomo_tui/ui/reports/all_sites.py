"""The all-sites pane: one line a site with changes against the previous period, optionally by group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message

from matomo_tui.api import multi_sites
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.reports import ReportRow
from matomo_tui.reports.loader import ReportLoader
from matomo_tui.reports.query import Query
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.reports.site_rows import COLUMNS, SiteKey, figure, key_of, site_of, site_row, words_of
from matomo_tui.ui.widgets.async_pane import AsyncPane
from matomo_tui.ui.widgets.debouncer import Debouncer
from matomo_tui.ui.widgets.filter_input import FilterLine
from matomo_tui.ui.widgets.pane import PaneState
from matomo_tui.ui.widgets.table.paging import PAGE, REST, PagedRows
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from matomo_tui.ui.widgets.workers import deferred

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
"""By groups, Matomo sorts: and not by what it works out from the figures afterwards."""
MOST_AT_ONCE = 1_000
"""Sites up to which all of them are asked for at once; more come by pages."""
PAUSE = 0.25
"""Seconds without a key after which Matomo is asked what was typed."""


class AllSitesPane(AsyncPane):
    """``MultiSites.getAll``, sorted and searched here, where all of it is; by groups ``getAllWithGroups``, sorted,
    searched and paged by Matomo. ``seen`` tells how many sites the token sees: very many are there by groups only."""

    TITLE = "All sites"
    BINDINGS: ClassVar[list[BindingType]] = bindings("all sites")

    class Opened(Message):
        """A site is to be watched."""

        def __init__(self, site_id: int) -> None:
            super().__init__()
            self.site_id = site_id

    data: ClassVar[None] = None
    """No report to export."""

    def __init__(self, loader: ReportLoader, seen: Callable[[], int] = lambda: 0, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._loader = loader
        self._seen = seen
        self._table: VirtualTable[SiteKey] = VirtualTable(COLUMNS, header=True)
        self._filter = FilterLine("part of a name, an address or a group")
        self._query: Query | None = None
        self._every: Sequence[ReportRow] = ()
        self._filling = Debouncer(self, REST, self._fill_view)
        self._pages: PagedRows[SiteKey, ReportRow] = PagedRows(key_of, self._row, self._filling.start)
        self._by_groups = False
        self._edition = 0
        self._searching = Debouncer(self, PAUSE, self._ask_quietly)
        self._sorted, self._falling = SORTABLE[0], True

    def compose_content(self) -> ComposeResult:
        yield self._table
        yield self._filter

    @property
    def table(self) -> VirtualTable[SiteKey]:
        """What takes the focus."""
        return self._table

    @property
    def by_groups(self) -> bool:
        """Whether the sites stand below their groups."""
        return self._by_groups or self._seen() > MOST_AT_ONCE

    def show_query(self, query: Query) -> None:
        """The sites in the query's period; nothing where those are shown already."""
        before, self._query = self._query, query
        if before is None or (before.period, before.segment) != (query.period, query.segment):
            self._ask()
        elif before.site.id != query.site.id:
            self._pages.forget_drawn()
            self._list()

    def forget_asked(self) -> None:
        """Ask when it is shown again."""
        self._query = None

    def reload(self) -> None:
        """Reload from Matomo."""
        self._ask(reload=True)

    def grow_older(self) -> None:
        """The figures are of a period that is named."""

    # Asking

    def _ask(self, *, reload: bool = False, quietly: bool = False) -> None:
        if self._query is not None:
            self._edition += 1
            self.ask_began(quietly=(reload or quietly) and self.state is PaneState.CONTENT)
            work = deferred(self._load, self._query, reload)
            self.run_worker(work, group="sites", exclusive=True)

    async def _load(self, query: Query, reload: bool) -> None:
        try:
            if self.by_groups:
                found = await self._page(query, 0, PAGE, reload=reload)
                self._pages.begin(0, found.rows, found.total)
            else:
                call = multi_sites.get_all(query.period.kind, query.period.api_date, segment=query.segment)
                table = await self._loader.ask(call, query, reload=reload)
                self._every = [row for row in table.rows if site_of(row) is not None]
        except MatomoError as error:
            self.fail(error)
            return
        self.ask_ended()
        if (self._pages.count or self._filter.text) if self.by_groups else self._every:
            typing = self._filter.has_focus_within
            self.set_state(PaneState.CONTENT)
            self._filter.display = bool(self._filter.text) or typing
            self._list(keep=reload)
        else:
            self.set_title()
            self.set_state(PaneState.EMPTY, "This token sees no site.")

    async def _page(self, query: Query, offset: int, limit: int, *, reload: bool = False) -> multi_sites.GroupedSites:
        call = multi_sites.get_all_with_groups(
            query.period.kind,
            query.period.api_date,
            segment=query.segment,
            pattern=self._filter.text.strip(),
            sort=self._sorted,
            ascending=not self._falling,
            limit=limit,
            offset=offset,
        )
        return await self._loader.ask(call, query, reload=reload)

    def _fill_view(self) -> None:
        missing = self._pages.missing
        if missing is not None and self._query is not None and self.by_groups:
            work = deferred(self._more, self._query, self._edition, *missing)
            self.run_worker(work, group="page", exclusive=True)

    async def _more(self, query: Query, edition: int, offset: int, limit: int) -> None:
        try:
            found = await self._page(query, offset, limit)
        except MatomoError as error:
            self.notify(f"{error} r tries again.", severity="error", markup=False)
            return
        if edition == self._edition:
            self._pages.take(offset, found.rows, found.total, limit=limit)
            self._list()
            self._fill_view()

    # Showing

    def draw_bare_title(self) -> None:
        """Nothing of the sites as they were in another period."""
        self.set_title()

    def _row(self, row: ReportRow) -> Row[SiteKey]:
        here = self._query.site.id if self._query is not None else 0
        return site_row(row, here, glyphs_of(self), grouped=self.by_groups, changes=not self._just_begun)

    @property
    def _just_begun(self) -> bool:
        """A day that is not over: Matomo holds it against as much of the one before as has gone by, which at
        first is next to nothing."""
        query = self._query
        return query is not None and query.period.kind == "day" and query.period.last >= self._loader.today(query)

    def _list(self, *, keep: bool = True) -> None:
        self._table.set_sort(self._sorted, descending=self._falling)
        before = (
            f", against {self._query.period.previous().label()}"
            if self._query is not None and not self._just_begun
            else ""
        )
        if self.by_groups:
            wanted = sanitize(self._filter.text.strip(), 40)
            self._table.set_empty_text(f"No site or group matches “{wanted}”.")
            self._table.set_rows(self._pages, keep_cursor=keep)
            lines = f"{self._pages.words} {'line' if self._pages.count == 1 else 'lines'}"
            self._filter.show_count(lines)
            self.set_title(f"{lines if wanted else f'{self._seen():,}'} by groups{before}")
        else:
            found = self._found()
            self._table.set_empty_text("No site matches by name, address or group.")
            self._table.set_rows(ListRows([self._row(row) for row in found]), keep_cursor=keep)
            every, some = len(self._every), len(found)
            self._filter.show_count(f"{some:,} of {every:,}")
            self.set_title(f"{some:,}{f' of {every:,}' if some != every else ''}{before}")
        self.refresh_bindings()

    def _found(self) -> list[ReportRow]:
        wanted = self._filter.text.strip().casefold()
        found = [row for row in self._every if wanted in words_of(row)]
        found.sort(key=self._order, reverse=self._falling)
        return found

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
        """Search what is here, or ask once the keys rest."""
        event.stop()
        self._searching.cancel()
        if self.by_groups:
            self._searching.restart()
        else:
            self._list(keep=False)

    def _ask_quietly(self) -> None:
        self._ask(quietly=True)

    def on_filter_line_left(self, event: FilterLine.Left) -> None:
        event.stop()
        self._table.focus()

    def on_virtual_table_highlighted(self, event: VirtualTable.Highlighted[SiteKey]) -> None:
        event.stop()
        self.refresh_bindings()

    def on_virtual_table_selected(self, event: VirtualTable.Selected[SiteKey]) -> None:
        event.stop()
        self.action_open()

    def on_virtual_table_header_clicked(self, event: VirtualTable.HeaderClicked) -> None:
        """A click on a heading sorts by it, a second one the other way round."""
        event.stop()
        if event.column in self._sortable:
            self._falling = not self._falling if event.column == self._sorted else event.column != "label"
            self._sorted = event.column
            self._order_anew()

    # Keys

    @property
    def _sortable(self) -> Sequence[str]:
        return SORTABLE_BY_MATOMO if self.by_groups else SORTABLE

    def _order_anew(self) -> None:
        if self.by_groups:
            self._ask_quietly()
        else:
            self._list()

    def action_open(self) -> None:
        """Watch the site under the cursor."""
        key = self._table.cursor_key
        if isinstance(key, int):
            self.post_message(self.Opened(key))

    def action_find(self) -> None:
        """Search the sites."""
        self._filter.open()

    def action_sort(self) -> None:
        """Order by the next column."""
        columns = self._sortable
        at = columns.index(self._sorted) if self._sorted in columns else -1
        self._sorted = columns[(at + 1) % len(columns)]
        self._falling = self._sorted != "label"
        self._order_anew()

    def action_reverse(self) -> None:
        """Reverse the order."""
        self._falling = not self._falling
        self._order_anew()

    def action_groups(self) -> None:
        """Switch between groups and one list again."""
        self._by_groups = not self._by_groups
        if self._sorted not in self._sortable:
            self._sorted = self._sortable[0]
        self._ask()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Nothing to do with what is not there; very many sites are there by groups only."""
        if action == "open":
            return self.state is PaneState.CONTENT and isinstance(self._table.cursor_key, int)
        if action == "groups":
            return self.state is PaneState.CONTENT and self._seen() <= MOST_AT_ONCE
        return self.state is PaneState.CONTENT if action in ("find", "sort", "reverse") else True
