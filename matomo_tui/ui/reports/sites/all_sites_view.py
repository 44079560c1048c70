"""The view of the all-sites pane: loads the sites, polls those in view, and draws them as a table or as cards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.widget import Widget
from textual.worker import Worker

from matomo_tui.api.errors import MatomoError
from matomo_tui.api.reports import ReportRow
from matomo_tui.live.sites_poller import SitesPoller, SitesSnapshot
from matomo_tui.live.snapshot import Phase
from matomo_tui.reports.loader import ReportLoader
from matomo_tui.reports.query import Query
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.available_actions import bound_key
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.reports.remembered_columns import remembered_of
from matomo_tui.ui.reports.single_pane import SinglePane
from matomo_tui.ui.reports.sites.marked_sites import MarkedSites
from matomo_tui.ui.reports.sites.site_cards import SiteCards, grid_for
from matomo_tui.ui.reports.sites.site_figures import SiteFigures
from matomo_tui.ui.reports.sites.site_listing import SiteChoices, SiteListing
from matomo_tui.ui.reports.sites.site_rows import COLUMNS, SiteKey
from matomo_tui.ui.widgets.debouncer import Debouncer
from matomo_tui.ui.widgets.filter_input import FilterLine
from matomo_tui.ui.widgets.pane import PaneState
from matomo_tui.ui.widgets.table.paging import REST
from matomo_tui.ui.widgets.table.rows import Row
from matomo_tui.ui.widgets.table.tinted_table import TintedTable
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from matomo_tui.ui.widgets.workers import deferred

TOPIC, TABLE = "all sites", "table"
"""Where the choice of the table is remembered."""
LOOK = 0.2
"""Seconds without scrolling before the sites in view are polled."""
PAUSE = 0.25
"""Seconds without a key before Matomo searches for the text typed."""
UNMARKED = 40
"""Sites on the wall as long as none is marked."""
RELOAD_EVERY = 300.0
"""Seconds after which figures are loaded again that were asked for before their period was over."""


class AllSitesView(SinglePane):
    """All sites of a :class:`SiteListing`, and for those in view what is going on now, by ``poller``."""

    TITLE = "All sites"

    def __init__(
        self,
        loader: ReportLoader,
        seen: Callable[[], int],
        poller: SitesPoller,
        marks: MarkedSites,
        now: Callable[[], float],
        *,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self.marks = marks
        self._now = now
        self._poller = poller
        self._polling: Worker[Any] | None = None
        self._figures = SiteFigures(now, marks)
        self._filling = Debouncer(self, REST, self._fill_view)
        self._list = SiteListing(loader, seen, self._row, self._filling.start)
        self._figures.folded = self._list.folded
        self._looking = Debouncer(self, LOOK, self._look_at_view)
        self._searching = Debouncer(self, PAUSE, self._request_quietly)
        self._table: VirtualTable[SiteKey] = TintedTable(COLUMNS, header=True)
        self._cards = SiteCards()
        self._prefers_table = False
        self._filter = FilterLine("part of a name, an address or a group")
        self._query: Query | None = None
        self._loaded_at = 0.0
        self._unsubscribe: Callable[[], None] = lambda: None

    def on_mount(self) -> None:
        """Show the table if it was chosen last."""
        super().on_mount()
        remembered = remembered_of(self.app)
        self._prefers_table = remembered is not None and bool(remembered.get(TOPIC, TABLE))
        self._unsubscribe = self._poller.subscribe(self._show_now)

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
    def listing(self) -> SiteListing:
        """The sites, and how they are listed."""
        return self._list

    @property
    def choices(self) -> SiteChoices:
        """The search and the order of the list, and its folded groups."""
        return SiteChoices(replace(self._list.arrangement), frozenset(self._list.folded))

    def resume(self, choices: object) -> None:
        if isinstance(choices, SiteChoices):
            self._list.arrangement = choices.arrangement
            self._filter.show(choices.arrangement.text)
            if not self._list.is_paged:  # pages are folded as they are loaded
                self._list.folded.update(choices.folded)

    def show_query(self, query: Query) -> None:
        """Load the sites for the query's period and segment, unless they are shown already."""
        before, self._query, self._figures.query = self._query, query, query
        if before is None or (before.period, before.segment) != (query.period, query.segment):
            self._request()
        elif before.site.id != query.site.id:
            self._draw()
        else:
            self._look_at_view()

    def forget_request(self) -> None:
        """Load again in :meth:`show_query`."""
        self._query = None

    def reload(self) -> None:
        """Load the sites again from Matomo, and poll again after an error."""
        self._poller.resume()
        self._request(reload=True)

    def retry(self) -> None:
        self._request(reload=True)

    def update_age(self) -> None:
        """The title has no age. Figures of a part of the period are loaded again once they are old, also when the
        period is over since."""
        if self._query is None or self.state is not PaneState.CONTENT or not self._list.was_growing:
            return
        if not 0 <= self._now() - self._loaded_at < RELOAD_EVERY and self._list.may_refresh:
            self._request(reload=True, in_place=True)

    def on_resize(self) -> None:
        """Show cards or the table, and poll the sites that came into view."""
        if self.state is PaneState.CONTENT:
            self._draw()

    # What is going on now

    def watch_now(self, on: bool) -> None:
        """Poll the sites in view, or pause because they are not on the screen."""
        if self._polling is not None and not (on and self._polling.is_running):
            self._polling.cancel()
            self._polling = None
        if on and self._polling is None:
            # A worker of the application: it goes on for as long as the screen is shown, and ends with it.
            self._polling = self.app.run_worker(self._poller.run, group=f"sites {id(self)}", exit_on_error=False)

    def on_unmount(self) -> None:
        self.watch_now(False)
        self._unsubscribe()

    def on_virtual_table_scrolled(self, event: VirtualTable.Scrolled) -> None:
        event.stop()
        self._looking.restart()

    def _look_at_view(self) -> None:
        """Poll the sites in view."""
        query, table = self._query, self._table
        if query is None or self.state is not PaneState.CONTENT or not self.screen.is_active:
            return
        rows = table.rows
        in_view = range(len(rows)) if self._cards.display else range(*table.view)
        shown = (rows.row(index) for index in in_view)
        sites = tuple(row.key for row in shown if row is not None and isinstance(row.key, int))
        if sites:
            self._poller.look_at(self._figures.focus(sites, query))

    def _show_now(self, snapshot: SitesSnapshot) -> None:
        before, self._figures.live = self._figures.live, snapshot
        is_same = (snapshot.sites, snapshot.poll.phase) == (before.sites, before.poll.phase)
        is_same &= snapshot.taken_at == before.taken_at
        if not is_same and self.state is PaneState.CONTENT and self.screen.is_active:
            self._draw(look=False)

    def wall_sites(self) -> list[tuple[int, str]]:
        """Id and name of the sites on the wall: those that are marked, otherwise the first ones of the list."""
        if self.marks:
            return [(site, self.marks.name(site)) for site in self.marks]
        rows = self._table.rows
        listed = (rows.row(index) for index in range(min(len(rows), 2 * UNMARKED)))
        found = [row.key for row in listed if row is not None and isinstance(row.key, int)][:UNMARKED]
        return [(site, row.label if (row := self._list.row_of(site)) is not None else "") for site in found]

    # Loading

    def _request(self, *, reload: bool = False, in_place: bool = False) -> None:
        if self._query is not None:
            self._loaded_at = self._now()
            self._ask(self._query, again=reload)
            work = deferred(self._load, self._query, reload=reload, in_place=in_place)
            self.run_worker(work, group="sites", exclusive=True)

    def _ask(self, query: Query, *, again: bool) -> None:
        """Wait for the figures of ``query``, which are the same for each site shown."""
        self.ask((query.period, query.segment), again=again)

    def _request_quietly(self) -> None:
        if self._query is not None:
            self._ask(self._query, again=True)
            self.run_worker(deferred(self._load, self._query), group="sites", exclusive=True)

    async def _load(self, query: Query, *, reload: bool = False, in_place: bool = False) -> None:
        try:
            await self._list.load(query, reload=reload, in_place=in_place)
        except MatomoError as error:
            (self.failed if reload else self.fail)(error)  # without a reload, the list is of another search or order
            return
        self.answered()
        self._figures.most_visits = self._list.most_visits
        if self._list.is_empty:
            self.set_title()
            self.set_state(PaneState.EMPTY, "This token sees no site.")
            return
        typing = self._filter.has_focus_within
        self.set_state(PaneState.CONTENT)
        self._filter.display = bool(self._filter.text) or typing
        self._draw(keep=reload)

    def _fill_view(self) -> None:
        if self._query is not None:
            self.run_worker(deferred(self._more, self._query), group="page", exclusive=True)

    async def _more(self, query: Query) -> None:
        try:
            while await self._list.load_missing(query):
                self._draw()
        except MatomoError as error:
            self.notify(f"{error} {bound_key(self, 'section.reload')} tries again.", severity="error", markup=False)

    # Drawing

    def draw_bare_title(self) -> None:
        """Draw the title without the count of the earlier period."""
        self.set_title()

    def _row(self, row: ReportRow) -> Row[SiteKey]:
        return self._figures.row(row, glyphs_of(self), grouped=self._list.arrangement.grouped)

    def _draw(self, *, keep: bool = True, look: bool = True) -> None:
        listing, how = self._list, self._list.arrangement
        self._figures.was_growing = listing.was_growing
        self._table.set_sort(how.column, descending=how.descending)
        wanted = sanitize(how.text.strip(), 40)
        self._table.set_empty_text(
            f"No site or group matches “{wanted}”."
            if listing.is_paged
            else "No site matches by name, address or group."
        )
        self._table.set_rows(listing.rows, keep_cursor=keep)
        if self._fits_cards:
            self._cards.set_cards([self._figures.card(row, glyphs_of(self)) for row in listing.found], listing.total)
            self._cards.set_cursor(self._table.cursor)
        self._filter.show_count(listing.words())
        self.set_title(f"{listing.words()}{self._figures.compared_with}{self._state_words()}")
        self._show_shape()
        if look:
            self._looking.restart()
        self.refresh_bindings()

    def _state_words(self) -> str:
        """What the title says of figures of now that are old."""
        marked = f", {len(self.marks):,} on the wall" if self.marks else ""
        poll = self._figures.live.poll
        if poll.phase is Phase.STOPPED:
            return f"{marked}, live figures stopped"
        if poll.phase is Phase.STALE:
            return f"{marked}, live figures stale"
        return f"{marked}, awaiting live figures" if self.awaits_live else marked

    @property
    def awaits_live(self) -> bool:
        """Returns True if the live figures shown are those of earlier: the sites come into view again."""
        live = self._poller.snapshot
        return any(live.is_old(site) for site in self._poller.activity.focus.sites)

    @property
    def _fits_cards(self) -> bool:
        """Returns True if there is room for a card for each site, below the title and above the search."""
        listing = self._list
        return not listing.arrangement.grouped and (
            grid_for(self.outer_size.width, self.outer_size.height - 2, listing.total) is not None
        )

    def _show_shape(self) -> None:
        """Show the sites as cards or as a table. The focus stays with them."""
        if self.has_content:
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
