"""The all-sites pane: a card or a line a site with changes against the previous period, optionally by group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.widget import Widget

from matomo_tui.api import multi_sites
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.reports import ReportRow
from matomo_tui.reports.loader import ReportLoader
from matomo_tui.reports.query import Query
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.reports.remembered_columns import remembered_of
from matomo_tui.ui.reports.site_activity import SiteActivity
from matomo_tui.ui.reports.site_cards import SiteCards, grid_for
from matomo_tui.ui.reports.site_figures import SiteFigures
from matomo_tui.ui.reports.site_rows import (
    COLUMNS,
    SORTABLE,
    SORTABLE_BY_MATOMO,
    SiteKey,
    found_rows,
    key_of,
    most_visits,
    site_of,
)
from matomo_tui.ui.widgets.async_pane import AsyncPane
from matomo_tui.ui.widgets.debouncer import Debouncer
from matomo_tui.ui.widgets.filter_input import FilterLine
from matomo_tui.ui.widgets.pane import PaneState
from matomo_tui.ui.widgets.table.paging import PAGE, REST, PagedRows
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.tinted_table import TintedTable
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from matomo_tui.ui.widgets.workers import deferred

_TOPIC, _TABLE = "all sites", "table"
"""Where the choice of the table is remembered."""
MOST_AT_ONCE = 1_000
"""Number of sites up to which all are loaded at once; more are loaded page by page."""
LOOK = 0.2
"""Seconds without scrolling before the activity of the sites in view is loaded."""
PAUSE = 0.25
"""Seconds without a key before Matomo searches for the text typed."""


class AllSitesPane(AsyncPane):
    """All sites in one list (``MultiSites.getAll``), sorted and searched here; or in groups (``getAllWithGroups``),
    sorted, searched and paged by Matomo. ``seen`` returns the number of sites that the token can see: more than
    ``MOST_AT_ONCE`` are shown in groups only."""

    TITLE = "All sites"
    BINDINGS: ClassVar[list[BindingType]] = bindings("all sites")

    @dataclass
    class Opened(Message):
        """The user opened a site."""

        site_id: int

    data: ClassVar[None] = None
    """There is no table to export."""

    def __init__(
        self,
        loader: ReportLoader,
        seen: Callable[[], int] = lambda: 0,
        activity: SiteActivity | None = None,
        *,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._figures = SiteFigures(loader, activity)
        self._looking = Debouncer(self, LOOK, self._load_activity)
        self._loader = loader
        self._seen = seen
        self._table: VirtualTable[SiteKey] = TintedTable(COLUMNS, header=True)
        self._cards = SiteCards()
        self._prefers_table = False
        self._filter = FilterLine("part of a name, an address or a group")
        self._query: Query | None = None
        self._all_rows: Sequence[ReportRow] = ()
        self._filling = Debouncer(self, REST, self._fill_view)
        self._pages: PagedRows[SiteKey, ReportRow] = PagedRows(key_of, self._row, self._filling.start)
        self._by_groups = False
        self._load_number = 0
        self._searching = Debouncer(self, PAUSE, self._request_quietly)
        self._sort_column, self._descending = SORTABLE[0], True

    def on_mount(self) -> None:
        """Show the table if it was chosen last."""
        super().on_mount()
        remembered = remembered_of(self.app)
        self._prefers_table = remembered is not None and bool(remembered.get(_TOPIC, _TABLE))

    def compose_content(self) -> ComposeResult:
        yield self._table
        yield self._cards
        yield self._filter

    @property
    def table(self) -> VirtualTable[SiteKey]:
        """The sites as rows; it keeps the cursor for the cards too."""
        return self._table

    @property
    def focus_target(self) -> Widget:
        """The widget that takes the focus: the cards or the table."""
        return self._cards if self._cards.display else self._table

    @property
    def by_groups(self) -> bool:
        """Returns True if the sites are listed in groups."""
        return self._by_groups or self._seen() > MOST_AT_ONCE

    def show_query(self, query: Query) -> None:
        """Load the sites for the query's period and segment, unless they are shown already."""
        before, self._query, self._figures.query = self._query, query, query
        if before is None or (before.period, before.segment) != (query.period, query.segment):
            self._request()
        elif before.site.id != query.site.id:
            self._pages.forget_drawn()
            self._list()

    def forget_request(self) -> None:
        """Load again in :meth:`show_query`."""
        self._query = None

    def reload(self) -> None:
        """Load the sites again from Matomo."""
        self._request(reload=True)

    def update_age(self) -> None:
        """The title has no age. The visits of now are loaded again once they are old."""
        self._looking.restart()

    def on_resize(self) -> None:
        """Show cards or the table, and load the activity of the sites that came into view."""
        self._show_shape()
        self._looking.restart()

    def on_virtual_table_scrolled(self, event: VirtualTable.Scrolled) -> None:
        event.stop()
        self._looking.restart()

    def _load_activity(self) -> None:
        """Load the activity of the sites in view."""
        query, table = self._query, self._table
        if query is None or self.state is not PaneState.CONTENT:
            return
        rows, last = table.rows, table.top + table.page_size
        in_view = range(len(rows)) if self._cards.display else range(table.top, min(len(rows), last))
        shown = (rows.row(index) for index in in_view)
        sites = [row.key for row in shown if row is not None and isinstance(row.key, int)]
        if sites:
            self.run_worker(deferred(self._show_activity, sites, query), group="activity", exclusive=True)

    async def _show_activity(self, sites: list[int], query: Query) -> None:
        is_new = await self._figures.load_activity(sites, query)
        if is_new and query == self._query and self.state is PaneState.CONTENT:
            self._pages.forget_drawn()
            self._list()

    # Loading

    def _request(self, *, reload: bool = False, quietly: bool = False) -> None:
        if self._query is not None:
            self._load_number += 1
            self.begin_request(quietly=(reload or quietly) and self.state is PaneState.CONTENT)
            work = deferred(self._load, self._query, reload)
            self.run_worker(work, group="sites", exclusive=True)

    async def _load(self, query: Query, reload: bool) -> None:
        try:
            if self.by_groups:
                found = await self._page(query, 0, PAGE, reload=reload)
                self._figures.most_visits = most_visits(found.rows)
                self._pages.begin(0, found.rows, found.total)
            else:
                call = multi_sites.get_all(query.period.kind, query.period.api_date, segment=query.segment)
                table = await self._loader.request(call, query, reload=reload)
                self._all_rows = [row for row in table.rows if site_of(row) is not None]
                self._figures.most_visits = most_visits(self._all_rows)
        except MatomoError as error:
            self.fail(error)
            return
        self.end_request()
        if (self._pages.count or self._filter.text) if self.by_groups else self._all_rows:
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
            sort=self._sort_column,
            ascending=not self._descending,
            limit=limit,
            offset=offset,
        )
        return await self._loader.request(call, query, reload=reload)

    def _fill_view(self) -> None:
        missing = self._pages.missing
        if missing is not None and self._query is not None and self.by_groups:
            work = deferred(self._more, self._query, self._load_number, *missing)
            self.run_worker(work, group="page", exclusive=True)

    async def _more(self, query: Query, load_number: int, offset: int, limit: int) -> None:
        try:
            found = await self._page(query, offset, limit)
        except MatomoError as error:
            self.notify(f"{error} r tries again.", severity="error", markup=False)
            return
        if load_number == self._load_number:
            self._pages.take(offset, found.rows, found.total, limit=limit)
            self._list()
            self._fill_view()

    # Drawing

    def draw_bare_title(self) -> None:
        """Draw the title without the count of the earlier period."""
        self.set_title()

    def _row(self, row: ReportRow) -> Row[SiteKey]:
        return self._figures.row(row, glyphs_of(self), grouped=self.by_groups)

    def _list(self, *, keep: bool = True) -> None:
        self._table.set_sort(self._sort_column, descending=self._descending)
        before = self._figures.compared_with
        if self.by_groups:
            wanted = sanitize(self._filter.text.strip(), 40)
            self._table.set_empty_text(f"No site or group matches “{wanted}”.")
            self._table.set_rows(self._pages, keep_cursor=keep)
            lines = f"{self._pages.words} {'line' if self._pages.count == 1 else 'lines'}"
            self._filter.show_count(lines)
            self.set_title(f"{lines if wanted else f'{self._seen():,}'} by groups{before}")
        else:
            found = found_rows(self._all_rows, self._filter.text, self._sort_column, descending=self._descending)
            self._table.set_empty_text("No site matches by name, address or group.")
            self._table.set_rows(ListRows([self._row(row) for row in found]), keep_cursor=keep)
            self._cards.set_cards([self._figures.card(row, glyphs_of(self)) for row in found], len(self._all_rows))
            self._cards.set_cursor(self._table.cursor)
            every, some = len(self._all_rows), len(found)
            self._filter.show_count(f"{some:,} of {every:,}")
            self.set_title(f"{some:,}{f' of {every:,}' if some != every else ''}{before}")
        self._show_shape()
        self._looking.restart()
        self.refresh_bindings()

    @property
    def _fits_cards(self) -> bool:
        """Returns True if there is room for a card for each site, below the title and above the search."""
        return not self.by_groups and grid_for(self.size.width, self.size.height - 2, len(self._all_rows)) is not None

    def _show_shape(self) -> None:
        """Show the sites as cards or as a table. The focus stays with them."""
        if self.state is PaneState.CONTENT:
            as_cards = self._fits_cards and not self._prefers_table
            had_focus = self._table.has_focus or self._cards.has_focus
            changed = as_cards is not self._cards.display
            self._cards.display, self._table.display = as_cards, not as_cards
            if had_focus and changed:
                self.focus_target.focus()

    def set_state(self, state: PaneState, message: str = "") -> None:
        """Set the state. Content is the cards or the table, not both."""
        super().set_state(state, message)
        self._show_shape()

    def clear_search(self) -> bool:
        """Clear the search. Returns True if there was one."""
        there = self._filter.is_open or bool(self._filter.text)
        if there:
            self._filter.clear()
        return there

    def on_filter_line_changed(self, event: FilterLine.Changed) -> None:
        """Search the list at once, or on the server after a pause."""
        event.stop()
        self._searching.cancel()
        if self.by_groups:
            self._searching.restart()
        else:
            self._list(keep=False)

    def _request_quietly(self) -> None:
        self._request(quietly=True)

    def on_filter_line_left(self, event: FilterLine.Left) -> None:
        event.stop()
        self.focus_target.focus()

    def on_site_cards_moved(self, event: SiteCards.Moved) -> None:
        event.stop()
        self._table.move_cursor(event.index)
        if event.opened:
            self.action_open()

    def on_virtual_table_highlighted(self, event: VirtualTable.Highlighted[SiteKey]) -> None:
        event.stop()
        self._cards.set_cursor(self._table.cursor)
        self.refresh_bindings()

    def on_virtual_table_selected(self, event: VirtualTable.Selected[SiteKey]) -> None:
        event.stop()
        self.action_open()

    def on_virtual_table_header_clicked(self, event: VirtualTable.HeaderClicked) -> None:
        """Sort by the column clicked; a second click reverses the order."""
        event.stop()
        if event.column in self._sortable:
            self._descending = not self._descending if event.column == self._sort_column else event.column != "label"
            self._sort_column = event.column
            self._apply_order()

    # Keys

    @property
    def _sortable(self) -> Sequence[str]:
        return SORTABLE_BY_MATOMO if self.by_groups else SORTABLE

    def _apply_order(self) -> None:
        if self.by_groups:
            self._request_quietly()
        else:
            self._list()

    def action_open(self) -> None:
        """Open the site under the cursor."""
        key = self._table.cursor_key
        if isinstance(key, int):
            self.post_message(self.Opened(key))

    def action_find(self) -> None:
        """Open the search line."""
        self._filter.open()

    def action_sort(self) -> None:
        """Sort by the next column."""
        columns = self._sortable
        at = columns.index(self._sort_column) if self._sort_column in columns else -1
        self._sort_column = columns[(at + 1) % len(columns)]
        self._descending = self._sort_column != "label"
        self._apply_order()

    def action_reverse(self) -> None:
        """Reverse the order."""
        self._descending = not self._descending
        self._apply_order()

    def action_cards(self) -> None:
        """Switch between cards and the table, and remember it."""
        self._prefers_table = not self._prefers_table
        if (remembered := remembered_of(self.app)) is not None:
            remembered.put(_TOPIC, _TABLE, self._prefers_table or None)
        self._show_shape()
        self._looking.restart()

    def action_groups(self) -> None:
        """Switch between groups and one list."""
        self._by_groups = not self._by_groups
        if self._sort_column not in self._sortable:
            self._sort_column = self._sortable[0]
        self._request()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Disable keys without sites to apply to, and the switch to one list for very many sites."""
        if action == "open":
            return self.state is PaneState.CONTENT and isinstance(self._table.cursor_key, int)
        if action == "groups":
            return self.state is PaneState.CONTENT and self._seen() <= MOST_AT_ONCE
        if action == "cards":
            return self.state is PaneState.CONTENT and self._fits_cards
        return self.state is PaneState.CONTENT if action in ("find", "sort", "reverse") else True

    def refusal(self, action: str) -> str | None:
        """Why the action is not possible now; ``None`` if there is no particular reason."""
        if self.state is not PaneState.CONTENT:
            return "There are no sites here yet."
        reasons = {
            "open": "This is a group, not a site.",
            "groups": "So many sites are shown as one list only.",
            "cards": "Cards need fewer than a dozen sites, and room for them.",
        }
        return reasons.get(action)
