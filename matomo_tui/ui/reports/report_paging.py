"""Paging of a report's rows: first page, scrolled pages, opened rows and row count."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.message import Message

from matomo_tui.api.errors import MatomoError
from matomo_tui.reports.empty_reason import Emptiness, emptiness
from matomo_tui.reports.loader import REBUILT_EVERY, Page, ReportLoader
from matomo_tui.reports.query import ReportRequest
from matomo_tui.reports.reload import again
from matomo_tui.reports.report_calls import unordered
from matomo_tui.reports.table import MissingPage, ReportTable
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.reports.places_left import PlacesLeft
from matomo_tui.ui.reports.report_columns import ColumnLayout, layout_columns
from matomo_tui.ui.reports.report_rows import Key, ReportRows
from matomo_tui.ui.reports.report_title import Failures, details, table_name
from matomo_tui.ui.widgets.async_pane import AsyncPane, age_words
from matomo_tui.ui.widgets.debouncer import Debouncer
from matomo_tui.ui.widgets.filter_input import FilterLine
from matomo_tui.ui.widgets.pane import PaneState
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from matomo_tui.ui.widgets.workers import deferred

REST = 0.06
"""Seconds that the view rests before the rows in it are asked for: whoever scrolls through does not want them all."""
AHEAD = 30
"""Rows below the view that are asked for along with it."""

TRY_EVERY = 60.0
"""Seconds from a report that was not renewed until it is tried again by itself."""

_SEARCHING = "Not among the loaded rows. Matomo is searching all rows."


class PagedReport(AsyncPane):
    """The table of one report. Shows requests; what belongs to another one is given up at once.

    Texts of columns and rows are clean. ``data`` is what is shown; ``None`` while there is nothing to act on.
    """

    DEFAULT_CSS = """
    PagedReport.-empty > .pane--message { display: none; }
    """

    @dataclass
    class Shown(Message):
        """The first rows of a report stand on the screen."""

        page: Page

    def __init__(self, loader: ReportLoader, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.loader = loader
        self.request: ReportRequest | None = None
        self.data: ReportTable | None = None
        self._drawn: ReportTable | None = None
        self.first_page: Page | None = None
        self.live_visits = 0
        self._table: VirtualTable[Key] = VirtualTable((), header=True, spacing=1)
        self._filter = FilterLine("part of a label")
        self._laid: ColumnLayout | None = None
        self._in_sight = (0, 0)
        self._resting = Debouncer(self, REST, self._load_sight)
        self._filling: ReportTable | None = None
        self._opened: list[MissingPage] = []
        self._failed: dict[MissingPage, MatomoError] = {}
        self._not_renewed: MatomoError | None = None
        self._not_compared: MatomoError | None = None
        self._renew_from = REBUILT_EVERY
        self._end_wanted = 0
        self._cut_short = False
        self._nothing = ""
        self._left = PlacesLeft()
        self.marked: dict[Key, None] = {}

    def compose_content(self) -> ComposeResult:
        yield self._table
        yield self._filter

    @property
    def table(self) -> VirtualTable[Key]:
        """What takes the focus."""
        return self._table

    # Asking

    def show(self, request: ReportRequest) -> None:
        """Ask for ``request``, or show it from what is kept; where it is shown already, only what is still missing."""
        if request != self.request:
            if self.data is not None and self.first_page is not None:
                self._left.leave(self.data, self.first_page, self._table.cursor_key)
            self.request = request
            self._ask()
        elif self._cut_short:
            self._cut_short = False
            self._count_rows()
            self._load_sight()

    def give_up(self) -> None:
        """As every pane; how many rows there are is looked for again later, too."""
        self._cut_short = any(worker.node is self and worker.is_running for worker in self.workers)
        super().give_up()
        self._filling = None

    def forget_asked(self) -> None:
        """Ask when it is shown again, unless only more rows were waited for."""
        if self.data is None or self.data.request != self.request:
            self.request = None

    def reload(self, *, quietly: bool = False) -> None:
        """Reload from Matomo; ``quietly``: nobody pressed a key for it."""
        if self.request is not None:
            self._ask(reload=True, quietly=quietly)

    def _ask(self, *, reload: bool = False, quietly: bool = False) -> None:
        request = self.request
        if request is None:
            return
        self._failed.clear()
        self._filling = None
        self._opened.clear()
        self._end_wanted = 0
        self.workers.cancel_group(self, "pages")
        self.workers.cancel_group(self, "count")
        kept = None if reload else self.loader.kept(request)
        same = self.data is not None and self.data.request == request
        if not same:
            self._not_renewed = None
        if kept is not None:
            left = self._left.at(request)
            as_left = left is not None and left.table.request == request and _of(left.page) == _of(kept)
            if left is not None and as_left:
                left.table.filter("")  # nothing is typed any more
                self._begin(kept, left.table)
            else:
                self._begin(kept)
        elif not same:
            self.data = None
            self.refresh_bindings()
        self.ask_began(quietly=kept is not None or (same and (quietly or self.state is PaneState.CONTENT)))
        self.run_worker(deferred(self._first, request, reload), group="first", exclusive=True)

    async def _first(self, request: ReportRequest, reload: bool) -> None:
        data = self.data if self.data is not None and self.data.request == request else None
        try:
            if reload and data is not None:
                page, anew = await again(self.loader, data, *self._in_sight)
            else:
                page, anew = await self.loader.page(request, reload=reload), None
        except MatomoError as error:
            if request == self.request:
                self._first_failed(error)
            return
        if request != self.request:
            return
        self.ask_ended()
        self._not_renewed, self._renew_from = None, REBUILT_EVERY
        shown = self.first_page if data is not None else None
        if anew is not None or shown is None or _of(shown) != _of(page):
            self._begin(page, anew)
        self.post_message(self.Shown(page))
        self._count_rows(reload=reload)

    def _count_rows(self, *, reload: bool = False) -> None:
        """Look for the end of a level that goes on."""
        data, page = self.data, self.first_page
        if data is None or page is None or page.complete or not page.rows:
            return
        if data.total is None or reload:
            self.run_worker(deferred(self._count, data.request, len(page.rows), reload), group="count", exclusive=True)

    def _first_failed(self, error: MatomoError) -> None:
        if self.data is None or self.first_page is None:
            self.fail(error)
            return
        # What is kept is still worth looking at; the title says how old it is, and why it is not newer.
        self.ask_ended()
        known = self._not_renewed is not None and str(self._not_renewed) == str(error)
        self._not_renewed = error
        self._renew_from = max(REBUILT_EVERY, self.loader.age(self.first_page.asked_at) + TRY_EVERY)
        self.set_state(PaneState.STALE)
        self.draw_title()
        if not known:
            self.notify(str(error), severity="warning", markup=False)

    def _begin(self, page: Page, table: ReportTable | None = None) -> None:
        """A report by its first page, or by a ``table`` with more of it, in place of what was shown."""
        request = page.request
        before, data = self.data, table
        if data is None:
            data = ReportTable(request)
            data.add(page)
            total = self.loader.counted(request)
            if data.total is None and total is not None:
                data.set_total(total)
            if self._drawn is not None and unordered(self._drawn.request) == unordered(request):
                data.measure_like(self._drawn)
        self.data = self._drawn = data
        self.first_page = page
        self._not_compared = page.before_error
        nothing = emptiness(page, self.live_visits)
        self._nothing = _nothing_words(nothing, request) if nothing is not None else ""
        self._say_nothing()
        self.set_state(PaneState.CONTENT if nothing is None else PaneState.EMPTY)
        if before is not None and before.request.report.id != request.report.id:
            self.marked.clear()
        alike = before is not None and _alike(before.request, request)
        self._lay_out(data, keep_cursor=alike and self._still_there(data))
        if not alike and (left := self._left.at(request)) is not None:
            self._table.move_cursor(left.line_in(data), pin=True)
        self.draw_title()
        self.refresh_bindings()

    def _lay_out(self, data: ReportTable, *, keep_cursor: bool = True) -> None:
        """Columns for the figures that came, and the rows in them."""
        request = data.request
        self._laid = layout_columns(request, data.filled_columns)
        self._table.set_columns(self._laid.columns)
        rows = ReportRows(
            data,
            self._laid,
            request.query.site.currency,
            glyphs_of(self),
            self._want,
            self.marked,
            lambda wanted: wanted in self._failed,
        )
        self._table.set_rows(rows, keep_cursor=keep_cursor)
        self._mark_sort(request)

    def _still_there(self, data: ReportTable) -> bool:
        """Whether there is something for the cursor to stay on: its row, or another one at its place."""
        key = self._table.cursor_key
        return self._table.cursor < data.known or (key is not None and data.find(key) is not None)

    def _mark_sort(self, request: ReportRequest) -> None:
        sort = request.sorted_by
        self._table.set_sort(
            sort.column if sort is not None else "", descending=sort is not None and not sort.ascending
        )

    async def _count(self, request: ReportRequest, at_least: int, reload: bool) -> None:
        try:
            total = await self.loader.count(request, at_least, reload=reload)
        except MatomoError:
            return  # the title says how many are loaded, and that there are more
        if self.data is not None and self.data.request == request == self.request:
            self.data.set_total(total)
            self._changed()
            if self._end_wanted:
                self._table.move_cursor(len(self.data) - 1)

    # Rows scrolled to, and those below others

    def _want(self, start: int, stop: int) -> None:
        self._in_sight = (start, stop + AHEAD)
        self._resting.restart()

    def on_virtual_table_went_last(self, event: VirtualTable.WentLast) -> None:
        """Whoever goes to the last row before it is known which one that is, goes there when it is."""
        event.stop()
        if self.data is not None and self.data.total is None:
            self._end_wanted = self._table.cursor

    def on_virtual_table_highlighted(self, event: VirtualTable.Highlighted[Key]) -> None:
        """Other things can be done to another row. Who goes on elsewhere does not wait for the last row any more."""
        event.stop()
        if event.index < self._end_wanted:
            self._end_wanted = 0
        self.refresh_bindings()

    def _load_sight(self) -> None:
        """Have what lacks asked for, one page after another. What is under way is not given up for what was scrolled
        to since: the server would go on with it all the same, and with one for every key."""
        data = self.data
        if data is None or data is self._filling or self._next(data) is None:
            return
        self._filling = data
        self.ask_began(quietly=True)
        self.run_worker(deferred(self._pages, data), group="pages", exclusive=True)

    def _next(self, data: ReportTable) -> MissingPage | None:
        """What to ask for first: the rows below one that was opened, else those in sight. What failed waits for
        ``r``, or for its row to be opened again."""
        wanted = (*self._opened, *data.wanted(*self._in_sight))
        return next((one for one in wanted if one not in self._failed), None)

    async def _pages(self, data: ReportTable) -> None:
        before: MissingPage | None = None
        try:
            while data is self.data and (one := self._next(data)) is not None and one != before:
                before = one
                try:
                    page = await self.loader.page(one.request, one.offset)
                except MatomoError as error:
                    if data is self.data:
                        self._page_failed(one, error)
                    continue
                if data is self.data:
                    self._opened = [other for other in self._opened if other != one]
                    data.add(page)
                    self._not_compared = page.before_error or self._not_compared
                    self._changed()
        finally:
            if self._filling is data:
                self._filling = None
                self.ask_ended()

    def _page_failed(self, wanted: MissingPage, error: MatomoError) -> None:
        self._failed[wanted] = error
        self._table.rows_changed()
        self.draw_title()
        self.notify(f"{error} r tries again.", severity="error", markup=False)

    def _open_row(self, number: int) -> None:
        """Open the row on a line, or close it."""
        if self.data is None:
            return
        path = self.data.path(number)
        below = [one for one in self._failed if tuple(step.label for step in one.request.path)[: len(path)] == path]
        for one in below:  # closed, or to be tried again
            del self._failed[one]
        wanted = self.data.toggle(number)
        self._changed()
        if wanted is not None:
            self._opened.append(wanted)
            self._load_sight()

    def _changed(self) -> None:
        """Other rows, more of them or fewer: what is in view stays. New ones may have figures where none had any."""
        data = self.data
        if data is not None and self._laid is not None and len(data.filled_columns) > len(self._laid.metrics):
            self._lay_out(data)
        else:
            self._table.set_rows(self._table.rows)
        self.draw_title()
        self.refresh_bindings()

    # What is said around the rows

    def _say_nothing(self) -> None:
        """What stands in place of rows, should there be none."""
        filtered = self.data is not None and self.data.is_filtered
        self._table.set_empty_text(_SEARCHING if filtered else self._nothing)

    def draw_title(self) -> None:
        """The report, how many rows of how many, how old they are."""
        request, data, page = self.request, self.data, self.first_page
        if request is None:
            return
        if data is None or page is None or data.request != request:
            self.set_title(title=table_name(request))
            return
        age = age_words(self.loader.age(page.asked_at))
        part = next(reversed(self._failed.values()), None)
        failures = Failures(part, self._not_renewed, self._not_compared)
        in_view = self._table.columns_at(self.size.width)
        self.set_title(details(data, page, self.marked, failures, in_view), table_name(request), headings=age)

    def on_resize(self) -> None:
        """Other columns may have room now."""
        self.draw_title()

    def grow_older(self) -> None:
        """A moment later: the age, and new figures where the server can have any by now."""
        page = self.first_page
        if page is None or self.data is None:
            return
        self.draw_title()
        if page.growing and self.loader.age(page.asked_at) >= self._renew_from and not self.is_asking:
            self.reload(quietly=True)

    def draw_bare_title(self) -> None:
        """The name of what is asked for."""
        self.draw_title()

    def set_state(self, state: PaneState, message: str = "") -> None:
        """That there is nothing is said inside the table, which so keeps the focus."""
        typing = self._filter.is_open
        super().set_state(state, message)
        self._filter.display = typing
        if state is PaneState.EMPTY:
            self._table.display = True


def _nothing_words(nothing: Emptiness, request: ReportRequest) -> str:
    """Why there are no rows; for a site that does not look for searches, that."""
    if "SiteSearch" in request.report.action and not request.query.site.sitesearch:
        return "Site search is off for this site: Matomo records no searches."
    return nothing.value


def _of(page: Page) -> tuple[float, bool, MatomoError | None]:
    """What tells two answers to the same request apart."""
    return page.asked_at, page.before is None, page.before_error


def _alike(before: ReportRequest, after: ReportRequest) -> bool:
    """Whether a person would look for the row under the cursor in both."""
    return (before.report.id, before.path, before.pattern) == (after.report.id, after.path, after.pattern)
