"""Paging of a report's rows: first page, scrolled pages, opened rows and row count."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.message import Message

from matomo_tui.api.errors import MatomoError
from matomo_tui.reports.empty_reason import emptiness
from matomo_tui.reports.loader import REBUILT_EVERY, ReportLoader
from matomo_tui.reports.pages import ReportPage
from matomo_tui.reports.query import ReportRequest
from matomo_tui.reports.reload import reload_table
from matomo_tui.reports.report_calls import unordered
from matomo_tui.reports.table import MissingPage, TableModel
from matomo_tui.ui.available_actions import bound_key
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.reports.report_columns import ColumnLayout, layout_columns
from matomo_tui.ui.reports.report_load import ReportLoad, shows_same_rows, version
from matomo_tui.ui.reports.report_rows import Key, ReportRows
from matomo_tui.ui.reports.report_title import Failures, details, empty_sentence, table_name
from matomo_tui.ui.reports.row_marks import RowMarks
from matomo_tui.ui.reports.table_positions import TablePositions
from matomo_tui.ui.widgets.async_pane import AsyncPane, age_words
from matomo_tui.ui.widgets.debouncer import Debouncer
from matomo_tui.ui.widgets.filter_input import FilterLine
from matomo_tui.ui.widgets.pane import PaneState
from matomo_tui.ui.widgets.table.tinted_table import TintedTable
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from matomo_tui.ui.widgets.workers import deferred

REST = 0.06
"""Seconds without scrolling before the rows in view are requested: rows that are only scrolled past are not."""
_AROUND_ROWS = 3
"""Lines of a report's title and headings, and one that stays free."""
AHEAD = 30
"""Rows below the view that are requested along with it."""

_SEARCHING = "Not among the loaded rows. Matomo is searching all rows."


class PagedReport(AsyncPane):
    """The table of one report. See :class:`ReportLoad` for how its rows are loaded."""

    DEFAULT_CSS = """
    PagedReport.-empty > .pane--message { display: none; }
    """
    TELLS_WAIT = True

    class RowsChanged(Message):
        """The number of lines changed."""

    class CursorMoved(Message):
        """Another row is under the cursor."""

    def __init__(self, loader: ReportLoader, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.loader = loader
        self.data: TableModel | None = None
        """The table shown; ``None`` while there is no row to act on."""
        self.first_page: ReportPage | None = None
        """The first page of the table shown last."""
        self.live_visits = 0
        """Visits of the last 30 minutes by the live counters: they tell why a report of today is empty."""
        self.marked = RowMarks()
        self._load: ReportLoad | None = None
        self._scale: TableModel | None = None
        self._table: VirtualTable[Key] = TintedTable((), header=True, spacing=1)
        self._filter = FilterLine("part of a label")
        self._column_layout: ColumnLayout | None = None
        self._view = (0, 0)
        self._scrolling = Debouncer(self, REST, self._load_view)
        self._empty_text = ""
        self._positions = TablePositions()

    def compose_content(self) -> ComposeResult:
        yield self._table
        yield self._filter

    @property
    def table(self) -> VirtualTable[Key]:
        """The widget that takes the focus."""
        return self._table

    @property
    def wanted_height(self) -> int | None:
        """The lines that the title, the headings and all rows take; ``None`` as long as the rows are unknown."""
        if self.data is None or self.state not in (PaneState.CONTENT, PaneState.STALE):
            return None
        return len(self.data) + _AROUND_ROWS

    @property
    def request(self) -> ReportRequest | None:
        """The request that is shown or being loaded."""
        return self._load.request if self._load is not None else None

    # First page

    def show(self, request: ReportRequest) -> None:
        """Show ``request`` from the cache or load it. If it is shown already, resume only what was interrupted."""
        self.marked.keep_for(request)
        load = self._load
        if load is None or request != load.request or load.is_discarded:
            self._save_position()
            self._start(ReportLoad(request))
        elif load.is_interrupted:
            load.is_interrupted = False
            self._count_rows()
            self._load_view()

    def _save_position(self) -> None:
        if self.data is not None and self.first_page is not None:
            self._positions.save(self.data, self.first_page, self._table.cursor_key)

    def cancel_requests(self) -> None:
        """Cancel loading; an unfinished row count and the pages in view resume in :meth:`show`."""
        if self._load is not None:
            self._load.is_interrupted |= any(worker.node is self and worker.is_running for worker in self.workers)
            self._load.is_filling = False
        super().cancel_requests()

    def discard_answer(self) -> None:
        """Forget the rows. The request stays until the next one, which may take over its search."""
        self._save_position()
        request = self.request
        super().discard_answer()
        self.data = None
        self._load = ReportLoad(request, is_discarded=True) if request is not None else None
        self.refresh_bindings()

    def forget_request(self) -> None:
        """Load again in :meth:`show`, unless the first page is shown and only more rows were missing."""
        if self.data is None or self.data.request != self.request or not self.has_content:
            self._load = None

    def reload(self, *, quietly: bool = False) -> None:
        """Load the report again from Matomo; ``quietly`` keeps the rows visible meanwhile."""
        if self._load is not None:
            self._start(self._load.for_reload(), reload=True, quietly=quietly)

    def _start(self, load: ReportLoad, *, reload: bool = False, quietly: bool = False) -> None:
        """Load a first page, in place of all that is being loaded."""
        for group in ("first", "pages", "count"):
            self.workers.cancel_group(self, group)
        self._load, request = load, load.request
        is_shown = self.data is not None and self.data.request == request
        cached = None if reload else self.loader.cached_page(request)
        if cached is not None:
            self._show_cached(load, cached)
        elif not is_shown:
            self.data = None
            self.refresh_bindings()
        keeps_rows = cached is not None or (is_shown and (quietly or self.state is PaneState.CONTENT))
        self.begin_request(quietly=keeps_rows)
        self.run_worker(deferred(self._load_first, load, reload), group="first", exclusive=True)

    def _show_cached(self, load: ReportLoad, page: ReportPage) -> None:
        """Show a page from the cache: with its open rows if the user left the same answer, else by itself."""
        left = self._positions.get(load.request)
        if left is not None and left.table.request == load.request and version(left.page) == version(page):
            left.table.filter("")  # the filter line is empty again
            self._begin(load, page, left.table)
        else:
            self._begin(load, page)

    async def _load_first(self, load: ReportLoad, reload: bool) -> None:
        request = load.request
        shown = self.data if self.data is not None and self.data.request == request else None
        table: TableModel | None = None
        try:
            if reload and shown is not None:
                page, table = await reload_table(self.loader, shown, *self._view)
            else:
                page = await self.loader.page(request, reload=reload)
        except MatomoError as error:
            self._first_failed(load, error)
            return
        self.end_request()
        load.renewal_error = None
        before = self.first_page if shown is not None else None
        if table is not None or before is None or version(before) != version(page):
            self._begin(load, page, table)
        self._count_rows(reload=reload)

    def _first_failed(self, load: ReportLoad, error: MatomoError) -> None:
        if self.data is None or self.first_page is None:
            self.fail(error)
            return
        # The rows of the earlier answer stay; the title says how old they are and why they are not newer.
        self.end_request()
        is_known = load.renewal_error is not None and str(load.renewal_error) == str(error)
        load.renewal_error = error
        self.set_state(PaneState.STALE)
        self.draw_title()
        if not is_known:
            self.notify(str(error), severity="warning", markup=False)

    def fail(self, error: MatomoError) -> None:
        """Show an error in place of the rows. There is nothing to search any more."""
        super().fail(error)
        self.refresh_bindings()

    def _begin(self, load: ReportLoad, page: ReportPage, table: TableModel | None = None) -> None:
        """Replace the table shown: by one of ``page`` alone, or by ``table``, which has more of the same answer."""
        request, before = load.request, self.data
        self.workers.cancel_group(self, "pages")  # they were for the table replaced
        load.is_filling = False
        self.data = self._scale = table = table or self._table_of(page)
        self.first_page = page
        load.comparison_error = page.before_error
        nothing = emptiness(page, self.live_visits)
        self._empty_text = empty_sentence(nothing, request) if nothing is not None else ""
        self._update_empty_text()
        self.set_state(PaneState.CONTENT if nothing is None else PaneState.EMPTY)
        is_alike = before is not None and shows_same_rows(before.request, request)
        self._lay_out(table, keep_cursor=is_alike and self._can_keep_cursor(table))
        if not is_alike and (left := self._positions.get(request)) is not None:
            self._table.move_cursor(left.line_in(table), pin=True)
        self.draw_title()
        self.refresh_bindings()

    def _table_of(self, page: ReportPage) -> TableModel:
        """A table of ``page``, with bars on the scale of the table shown before if it has the same rows."""
        request = page.request
        table = TableModel(request)
        table.add(page)
        total = self.loader.cached_count(request)
        if table.total is None and total is not None:
            table.set_total(total)
        if self._scale is not None and unordered(self._scale.request) == unordered(request):
            table.measure_like(self._scale)
        return table

    def _lay_out(self, table: TableModel, *, keep_cursor: bool = True) -> None:
        """Set the columns for the figures that came, and the rows."""
        request = table.request
        self._column_layout = layout_columns(request, table.filled_columns)
        self._table.set_columns(self._column_layout.columns)
        rows = ReportRows(
            table,
            self._column_layout,
            request.query.site.currency,
            glyphs_of(self),
            self._set_view,
            self.marked,
            self._has_failed,
            f"failed, {bound_key(self, 'section.reload')} tries again",
        )
        self._table.set_rows(rows, keep_cursor=keep_cursor)
        self.post_message(self.RowsChanged())
        sort = request.sorted_by
        self._table.set_sort(
            sort.column if sort is not None else "", descending=sort is not None and not sort.ascending
        )

    def _can_keep_cursor(self, table: TableModel) -> bool:
        """Returns True if ``table`` has the row under the cursor, or at least its line."""
        key = self._table.cursor_key
        return self._table.cursor < table.known or (key is not None and table.find(key) is not None)

    # Row count

    def _count_rows(self, *, reload: bool = False) -> None:
        """Search for the end of a level that the first page does not complete."""
        data, page = self.data, self.first_page
        if data is None or page is None or page.complete or page.total is not None or not page.rows:
            return
        if data.total is None or reload:
            self.run_worker(deferred(self._count, data, len(page.rows), reload), group="count", exclusive=True)

    async def _count(self, table: TableModel, at_least: int, reload: bool) -> None:
        try:
            total = await self.loader.count_rows(table.request, at_least, reload=reload)
        except MatomoError:
            return  # the title says how many rows are loaded, and that there are more
        table.set_total(total)
        self._redraw_rows()
        if self._load is not None and self._load.going_to_end_from:
            self._table.move_cursor(len(table) - 1)

    # Other pages

    def _set_view(self, start: int, stop: int) -> None:
        """The table drew the lines from ``start`` to before ``stop``: load them when scrolling stops."""
        self._view = (start, stop + AHEAD)
        self._scrolling.restart()

    def on_virtual_table_went_last(self, event: VirtualTable.WentLast) -> None:
        """Before the number of rows is known the end cannot be reached: go there once it is."""
        event.stop()
        if self._load is not None and self.data is not None and self.data.total is None:
            self._load.going_to_end_from = self._table.cursor

    def on_virtual_table_highlighted(self, event: VirtualTable.Highlighted[Key]) -> None:
        """Update the keys for the row under the cursor. Moving up cancels the way to the last row."""
        event.stop()
        if self._load is not None and event.index < self._load.going_to_end_from:
            self._load.going_to_end_from = 0
        self.post_message(self.CursorMoved())
        self.refresh_bindings()

    def _load_view(self) -> None:
        """Load what is missing in view, unless that is under way. A page that was scrolled past is not cancelled: the
        server would build it all the same, and a new one for every key."""
        data, load = self.data, self._load
        if data is None or load is None or load.is_filling or self._next_page(load, data) is None:
            return
        load.is_filling = True
        self.begin_request(quietly=True)
        self.run_worker(deferred(self._load_pages, load, data), group="pages", exclusive=True)

    def _next_page(self, load: ReportLoad, table: TableModel) -> MissingPage | None:
        return load.next_page(table.wanted(*self._view))

    async def _load_pages(self, load: ReportLoad, table: TableModel) -> None:
        before: MissingPage | None = None
        while (missing := self._next_page(load, table)) is not None and missing != before:
            before = missing
            try:
                page = await self.loader.page(missing.request, missing.offset)
            except MatomoError as error:
                self._page_failed(load, missing, error)
                continue
            load.mark_loaded(missing)
            table.add(page)
            load.comparison_error = page.before_error or load.comparison_error
            self._redraw_rows()
        load.is_filling = False
        self.end_request()

    def _page_failed(self, load: ReportLoad, missing: MissingPage, error: MatomoError) -> None:
        load.failed[missing] = error
        self._table.rows_changed()
        self.draw_title()
        if str(load.retried.get(missing)) != str(error):
            self.notify(f"{error} {bound_key(self, 'section.reload')} tries again.", severity="error", markup=False)

    def _has_failed(self, page: MissingPage) -> bool:
        return self._load is not None and page in self._load.failed

    def _toggle_row(self, number: int) -> None:
        """Open or close the row on a line."""
        data, load = self.data, self._load
        if data is None or load is None:
            return
        load.retry_below(data.path(number))
        missing = data.toggle(number)
        self._redraw_rows()
        if missing is not None:
            load.opened.append(missing)
            self._load_view()

    def _redraw_rows(self) -> None:
        """Draw after rows were added or removed; the view stays. New rows may fill a column that had no figures."""
        data, layout = self.data, self._column_layout
        if data is not None and layout is not None and len(data.filled_columns) > len(layout.metrics):
            self._lay_out(data)
        else:
            self._table.set_rows(self._table.rows)
            self.post_message(self.RowsChanged())
        self.draw_title()
        self.refresh_bindings()

    # Title and states

    def _update_empty_text(self) -> None:
        """Set the sentence that a table without rows shows."""
        is_filtered = self.data is not None and self.data.is_filtered
        self._table.set_empty_text(_SEARCHING if is_filtered else self._empty_text)

    def draw_title(self) -> None:
        """Draw the report's name, its number of rows, its age and its failures."""
        load, data, page = self._load, self.data, self.first_page
        if load is None:
            return
        # The row that was open is none of the next site's.
        name = load.request.report.name if load.is_discarded else table_name(load.request)
        if data is None or page is None or data.request != load.request:
            self.set_title(title=name)
            return
        age = age_words(self.loader.age(page.asked_at))
        part = next(reversed(load.failed.values()), None)
        failures = Failures(part, load.renewal_error, load.comparison_error)
        in_view = self._table.columns_at(self.size.width)
        self.set_title(details(data, page, self.marked, failures, in_view), name, headings=age)

    def on_resize(self) -> None:
        """The title counts the columns without room."""
        self.draw_title()

    def update_age(self) -> None:
        """Update the age. Reload a report that still grows once Matomo can have rebuilt it."""
        page, load = self.first_page, self._load
        if page is None or load is None or self.data is None:
            return
        self.draw_title()
        is_due = load.renewal_error is None and self.loader.age(page.asked_at) >= REBUILT_EVERY
        if page.any_growing and is_due and not self.is_waiting:
            self.reload(quietly=True)

    def draw_bare_title(self) -> None:
        """Draw the name of the report that is being loaded."""
        self.draw_title()

    def set_state(self, state: PaneState, message: str = "") -> None:
        """Set the state. An empty table stays on screen with its sentence inside, so it keeps the focus."""
        super().set_state(state, message)
        if state is PaneState.EMPTY:
            self._table.display = True
