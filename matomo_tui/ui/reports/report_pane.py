"""The report pane: a table sorted, searched and paged on the server, opened level by level."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Literal

from textual.binding import BindingType

from matomo_tui.page_url import shown
from matomo_tui.reports import event_dimensions
from matomo_tui.reports.lines import ReportLine
from matomo_tui.reports.loader import ReportLoader
from matomo_tui.reports.query import ReportRequest, Sort
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.messages import FieldMessage
from matomo_tui.ui.reports.report_columns import CHANGE, LABEL, figure
from matomo_tui.ui.reports.report_load import ReportLoad
from matomo_tui.ui.reports.report_paging import PagedReport
from matomo_tui.ui.reports.report_rows import Key
from matomo_tui.ui.reports.table_positions import TablePosition
from matomo_tui.ui.widgets.debouncer import Debouncer
from matomo_tui.ui.widgets.filter_input import FilterLine
from matomo_tui.ui.widgets.pane import PaneState
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable

SEARCH_PAUSE = 0.35
"""Seconds without a key after which the server is searched too."""

MOST_RESUMED = 1000
"""Rows of a table that is kept for a section without its widgets; of a longer one only the row under the cursor is."""

RowAction = Literal["evolution", "transitions", "visits", "details", "third"]
PAGE_METHODS = frozenset({"Actions.getPageUrls", "Actions.getEntryPageUrls", "Actions.getExitPageUrls"})
TITLE_METHODS = frozenset({"Actions.getPageTitles", "Actions.getEntryPageTitles", "Actions.getExitPageTitles"})
"""With ``PAGE_METHODS`` the reports whose rows are pages: only pages have transitions and live visits."""
ONE_PERIOD_METHODS = frozenset(
    {"Actions.getPageTitlesFollowingSiteSearch", "Referrers.getAll", "VisitTime.getByDayOfWeek"}
)
"""Reports that Matomo answers for one period only, and not over time."""
REFUSALS = {
    "expand": "There is nothing below this row.",
    "collapse": "This row is on the top level.",
    "zoom": "There is nothing below this row.",
    "unzoom": "This is the top level.",
    "reverse": "Matomo orders these rows itself; {report.sort} chooses a column.",
    "flat": "This report has one level only.",
    "narrow": "Matomo has no segment for this row.",
    "evolution": "Matomo has no figures of all sites over time.",
    "transitions": "Only pages and page titles have something before and after them.",
    "visits": "Matomo has no segment for this row, so its visits cannot be listed.",
}
"""Why an action is not possible for a row."""


class ReportPane(PagedReport):
    """The table of a report with a dimension. The keys that change the request or leave the pane post messages."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("report")]

    class RequestChanged(FieldMessage):
        """The user changed the order, search, flat view or columns of the same report."""

        request: ReportRequest

    class Drilled(FieldMessage):
        """The user went one or more levels down or up."""

        request: ReportRequest

    class Narrow(FieldMessage):
        """The user wants only the visits of a row."""

        segment: str

    class RowActionRequested(FieldMessage):
        """The user wants a dialog or screen about the row ``line``."""

        action: RowAction
        request: ReportRequest
        line: ReportLine
        path: tuple[str, ...]
        """The labels from the top level down to the row, as the server sent them."""
        marked: tuple[tuple[str, ...], ...] = ()
        """The paths of the marked rows."""
        level: ReportRequest | None = None
        """The request that loaded the level of the row."""

    class ColumnsRequested(FieldMessage):
        """The user wants to choose the columns, or with ``sort`` the column to sort by."""

        request: ReportRequest
        sort: bool = False

    def __init__(self, loader: ReportLoader, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(loader, id=id, classes=classes)
        self._searching = Debouncer(self, SEARCH_PAUSE, self._search)
        self.is_expected = False
        """A report is to follow in this pane, though it is not known yet which."""
        self._searched_before = ""
        """What was searched for before the report was known."""

    @property
    def highlighted(self) -> ReportLine | None:
        """The row under the cursor, if it is loaded."""
        data, number = self.data, self._table.cursor
        return data.line(number) if data is not None and number < len(data) else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Disable the keys that do nothing for the row under the cursor."""
        data, request = self.data, self.request
        if action == "search" and data is None:
            awaits = self.is_waiting if request is not None else self.is_expected and self.state is PaneState.LOADING
            return self._table.has_focus and awaits
        if action in ("sort", "columns", "search") or data is None or request is None:
            return data is not None and self._table.has_focus
        line = self.highlighted
        method = request.report.method
        titled, paged = method in TITLE_METHODS, method in PAGE_METHODS
        possible = {
            "open": line is not None,
            "expand": line is not None and line.expandable and not line.expanded,
            "collapse": line is not None and (line.expanded or line.indent > 0),
            "zoom": line is not None and (line.expandable or self._has_third),
            "unzoom": bool(request.path),
            "reverse": request.sorted_by is not None,
            "flat": request.report.has_levels and not request.path,
            "narrow": line is not None and bool(line.row.segment),
            # Rows of MultiSites are sites: Matomo has no evolution for them.
            "evolution": line is not None
            and request.report.module != "MultiSites"
            and request.report.method not in ONE_PERIOD_METHODS,
            "transitions": line is not None and (titled or (paged and bool(line.row.url))),
            "visits": line is not None and bool(line.row.segment),
        }
        return possible.get(action, line is not None) and self._table.has_focus

    def refusal(self, action: str) -> str | None:
        """Why the action is not possible for the row under the cursor; ``None`` if there is no particular reason."""
        if self.data is None or self.request is None:
            return "The rows are not loaded."
        line = self.highlighted
        if line is None:
            return "There is no row here."
        if action == "expand" and line.expanded:
            return "The row is open."
        if action == "flat" and self.request.path:
            return "Only the whole report can be flat; {report.unzoom} leads up."
        if action == "flat" and any(one.expandable for one in self.data.loaded_lines()):
            return "Matomo has no flat form of this report."
        if action == "evolution" and self.request.report.method in ONE_PERIOD_METHODS:
            return "Matomo has no figures of this report over time."
        return REFUSALS.get(action)

    # Rows

    def action_open(self) -> None:
        """Open or close the row; a row without subtable opens its details."""
        line = self.highlighted
        if line is not None and line.expandable:
            self._toggle_row(self._table.cursor)
        elif line is not None:
            self._request_action("details")

    def action_expand(self) -> None:
        """Open the row."""
        self._toggle_row(self._table.cursor)

    def action_collapse(self) -> None:
        """Close the row, or move the cursor to its parent."""
        line, data = self.highlighted, self.data
        if line is None or data is None:
            return
        if line.expanded:
            self._toggle_row(self._table.cursor)
        elif (parent := data.parent(self._table.cursor)) is not None:
            self._table.move_cursor(parent, pin=True)

    def action_zoom(self) -> None:
        """Show the level below the row by itself."""
        if self._has_third:
            self._request_action("third")
            return
        step = self.data.step(self._table.cursor) if self.data is not None else None
        line = self.highlighted
        if step is None or line is None or self.data is None or self.request is None:
            return
        steps, number = [step], self.data.parent(self._table.cursor)
        while number is not None:  # the rows opened in place above it are levels of their own
            above = self.data.step(number)
            steps = [above, *steps] if above is not None else steps
            number = self.data.parent(number)
        request = self.request
        for one in steps:
            request = request.below(one)
        self.post_message(self.Drilled(request))

    @property
    def _has_third(self) -> bool:
        """Returns True if the row is the second name of an event, so that its third name can be looked up."""
        data, request = self.data, self.request
        if data is None or request is None or self._table.cursor >= len(data):
            return False
        return event_dimensions.has_third(request, data.path(self._table.cursor))

    def action_unzoom(self) -> None:
        """Show the level above."""
        if self.request is not None and self.request.path:
            self.post_message(self.Drilled(self.request.above()))

    def action_mark(self) -> None:
        """Mark or unmark the row."""
        if self.data is not None:
            path = self.data.path(self._table.cursor)
            if self.marked.pop(path, self) is self:
                self.marked[path] = None
            self._table.rows_changed()
            self.draw_title()

    def action_narrow(self) -> None:
        """Add the row's segment to the query."""
        line = self.highlighted
        if line is not None and line.row.segment:
            self.post_message(self.Narrow(line.row.segment))

    def action_details(self) -> None:
        """Open all figures of the row."""
        self._request_action("details")

    def action_evolution(self) -> None:
        """Open the row, or the marked rows, over time."""
        self._request_action("evolution")

    def action_transitions(self) -> None:
        """Open the previous and following pages."""
        self._request_action("transitions")

    def action_visits(self) -> None:
        """Show the visits of the row."""
        self._request_action("visits")

    def _request_action(self, action: RowAction) -> None:
        line, data, request = self.highlighted, self.data, self.request
        if line is not None and data is not None and request is not None:
            path = data.path(self._table.cursor)
            level = data.level_request(self._table.cursor)
            self.post_message(self.RowActionRequested(action, request, line, path, tuple(self.marked), level))

    def action_copy(self) -> None:
        """Copy the row as one line: label and figures, separated by tabs."""
        from matomo_tui.reports.export import harmless

        line, data = self.highlighted, self.data
        if line is not None and data is not None:
            currency = data.request.query.site.currency
            figures = [(line.value(column.key), column) for column in data.columns]
            # A row with tabs is meant for a spreadsheet, which would evaluate a label such as "=1+1".
            cells = [harmless(line.label)]
            cells += [
                harmless(each) if isinstance(each, str) else figure(each, column.type, currency, column.key)
                for each, column in figures
            ]
            self._copy("\t".join(cells), "Row")

    def action_copy_cell(self) -> None:
        """Copy the row's address, or its whole label if it has none."""
        line = self.highlighted
        if line is not None:
            self._copy(shown(line.row.url, 4096) or shown(line.row.label, 4096).strip(), "Label")

    def _copy(self, text: str, what: str) -> None:
        self.app.copy_to_clipboard(text)
        self.app.notify(f"{what} copied", timeout=2, markup=False)

    # Order, columns and search

    def _change_request(self, request: ReportRequest) -> None:
        if request != self.request:
            self.post_message(self.RequestChanged(request))

    def sort_by(self, column: str) -> None:
        """Sort by ``column``: reverse if already sorted by it, else descending (labels ascending)."""
        request = self.request
        if request is not None:
            metric = request.column(column)
            if metric is not None and not metric.sortable:
                self.notify(f"Matomo cannot sort by {metric.name}.", timeout=3, markup=False)
                return
            sort = request.sorted_by or Sort("", ascending=True)
            self._change_request(replace(request, sort=sort.toggled(column)))

    @property
    def has_failed(self) -> bool:
        return super().has_failed or (self._load is not None and bool(self._load.failed))

    def retry(self) -> None:
        """Load again what failed: the report, or only the pages that are missing."""
        if super().has_failed or self._load is None:
            self.reload(quietly=True)
        else:
            self._load.retried, self._load.failed = self._load.failed, {}
            self._table.rows_changed()
            self._load_view()

    def action_sort(self) -> None:
        """Choose the column to sort by."""
        if self.request is not None:
            self.post_message(self.ColumnsRequested(self.request, sort=True))

    def action_columns(self) -> None:
        """Choose the columns."""
        if self.request is not None:
            self.post_message(self.ColumnsRequested(self.request))

    def action_reverse(self) -> None:
        """Reverse the order."""
        if self.request is not None and self.request.sorted_by is not None:
            self.sort_by(self.request.sorted_by.column)

    def action_flat(self) -> None:
        """Switch between all levels in one list and the tree."""
        if self.request is not None:
            self._change_request(replace(self.request, flat=not self.request.flat, path=()))

    def action_search(self) -> None:
        """Open the search line, also while the rows are loaded: what is typed then is searched for instead."""
        self._filter.open()

    def clear_search(self) -> bool:
        """Clear the search. Returns True if there was one."""
        had = bool(self._filter.text) or self._filter.is_open
        if had:
            self._filter.clear()
        return had

    def on_filter_line_changed(self, event: FilterLine.Changed) -> None:
        """Filter the loaded rows at once, and search on the server after a pause."""
        event.stop()
        text = event.text.strip()
        if self.data is not None:
            self.data.filter(text if text.casefold() != self.data.request.pattern.casefold() else "")
            self._update_empty_text()
            self._redraw_rows()
        if text:
            self._searching.restart()
        else:
            self._search()

    def _search(self) -> None:
        self._searching.cancel()
        text = self._filter.text.strip()
        if self.request is not None:
            self._change_request(replace(self.request, pattern=text))
        else:
            self._searched_before = text

    def on_filter_line_left(self, event: FilterLine.Left) -> None:
        """Search on the server without the pause."""
        event.stop()
        self._table.focus()
        if self._searching.is_pending:
            self._search()

    def show(self, request: ReportRequest) -> None:
        """Show ``request``, with its search in the search line. What was searched for before there was one is searched
        for in it."""
        searched, self._searched_before = self._searched_before, ""
        if request != self.request and not self._filter.has_focus_within:
            self._filter.show(searched or request.pattern)
        super().show(request)
        if searched:
            self._change_request(replace(request, pattern=searched))

    @property
    def position(self) -> TablePosition | None:
        """The table shown, to be resumed by another pane; ``None`` without rows, or with very many."""
        data, page, row = self.data, self.first_page, self._table.cursor_key
        if data is None or page is None or not row or data.loaded > MOST_RESUMED:
            return None
        return TablePosition(data, page, row)

    def resume(self, left: TablePosition) -> None:
        """Show a table that was left, with its open rows, and load it again."""
        self._positions.save(left.table, left.page, left.row)
        self._load = load = ReportLoad(left.table.request)
        self._begin(load, left.page, left.table)
        self.reload(quietly=True)

    # Messages of the table

    def on_virtual_table_selected(self, event: VirtualTable.Selected[Key]) -> None:
        event.stop()
        self.action_open()

    def on_virtual_table_scrolled(self, event: VirtualTable.Scrolled) -> None:
        event.stop()

    def on_virtual_table_header_clicked(self, event: VirtualTable.HeaderClicked) -> None:
        """Sort by the column clicked; a change belongs to its metric."""
        event.stop()
        column = event.column.removeprefix(CHANGE)
        if column and (column == LABEL or self.data is not None):
            self.sort_by(column)
