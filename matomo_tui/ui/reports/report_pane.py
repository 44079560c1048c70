"""The report pane: a table sorted, searched and paged on the server, opened level by level."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from textual.binding import BindingType
from textual.message import Message

from matomo_tui.page_url import shown
from matomo_tui.reports import event_dimensions
from matomo_tui.reports.lines import Line
from matomo_tui.reports.loader import ReportLoader
from matomo_tui.reports.query import ReportRequest, Sort
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.reports.report_columns import BAR, CHANGE, LABEL, figure
from matomo_tui.ui.reports.report_paging import PagedReport
from matomo_tui.ui.reports.report_rows import Key
from matomo_tui.ui.widgets.debouncer import Debouncer
from matomo_tui.ui.widgets.filter_input import FilterLine
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable

SEARCH_PAUSE = 0.35
"""Seconds without a key after which the server searches too."""

RowWish = Literal["evolution", "transitions", "live", "details", "third"]
PAGE_METHODS = frozenset({"Actions.getPageUrls", "Actions.getEntryPageUrls", "Actions.getExitPageUrls"})
TITLE_METHODS = frozenset({"Actions.getPageTitles", "Actions.getEntryPageTitles", "Actions.getExitPageTitles"})
"""Reports whose rows are pages: those have transitions, and visits that are on them now."""


class ReportPane(PagedReport):
    """A report with a dimension. ``show`` a request; what a person does comes back as messages."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("report")]

    @dataclass
    class Adjusted(Message):
        """The same report is wanted otherwise: sorted, searched, flat, with other columns."""

        request: ReportRequest

    @dataclass
    class Entered(Message):
        """Into a row, or out of one again."""

        request: ReportRequest

    @dataclass
    class Narrow(Message):
        """Narrow everything to ``segment``; ``label`` says it in words."""

        segment: str
        label: str

    @dataclass
    class Wish(Message):
        """Something is wanted of the row ``line``: ``path`` are the labels down to it, as the server sent them;
        ``marked`` those of the rows marked before; ``level`` is what the level that it stands on was asked by."""

        what: RowWish
        request: ReportRequest
        line: Line
        path: tuple[str, ...]
        marked: tuple[tuple[str, ...], ...] = ()
        level: ReportRequest | None = None

    @dataclass
    class ColumnsAsked(Message):
        """A person wants to choose columns, or (``sort``) the one to sort by."""

        request: ReportRequest
        sort: bool = False

    def __init__(self, loader: ReportLoader, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(loader, id=id, classes=classes)
        self._searching = Debouncer(self, SEARCH_PAUSE, self._search)

    @property
    def highlighted(self) -> Line | None:
        """The row under the cursor, if it is loaded."""
        data, number = self.data, self._table.cursor
        return data.line(number) if data is not None and number < len(data) else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """No dead keys: what can be done to this row of this report."""
        data, request = self.data, self.request
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
            # Matomo has no row of this one over time: each is another site.
            "evolution": line is not None and request.report.module != "MultiSites",
            "transitions": line is not None and (titled or (paged and bool(line.row.url))),
            "live_here": line is not None and bool(line.row.segment) and (titled or paged),
        }
        return possible.get(action, line is not None) and self._table.has_focus

    # Rows

    def action_open(self) -> None:
        """Open the row or close it; without rows below it, all that there is about it."""
        line = self.highlighted
        if line is not None and line.expandable:
            self._open_row(self._table.cursor)
        elif line is not None:
            self._wish("details")

    def action_expand(self) -> None:
        """Open the row."""
        self._open_row(self._table.cursor)

    def action_collapse(self) -> None:
        """Close the row, or go to the one that it stands under."""
        line, data = self.highlighted, self.data
        if line is None or data is None:
            return
        if line.expanded:
            self._open_row(self._table.cursor)
        elif (parent := data.parent(self._table.cursor)) is not None:
            self._table.move_cursor(parent, pin=True)

    def action_zoom(self) -> None:
        """Show only what is below this row."""
        if self._has_third:
            self._wish("third")
            return
        step = self.data.step(self._table.cursor) if self.data is not None else None
        line = self.highlighted
        if step is None or line is None or self.data is None or self.request is None:
            return
        steps, number = [step], self.data.parent(self._table.cursor)
        while number is not None:  # rows opened in place above it are passed through too
            above = self.data.step(number)
            steps = [above, *steps] if above is not None else steps
            number = self.data.parent(number)
        request = self.request
        for one in steps:
            request = request.below(one)
        self.post_message(self.Entered(request))

    @property
    def _has_third(self) -> bool:
        """Whether the row stands for two names of an event, so that there is a third."""
        data, request = self.data, self.request
        if data is None or request is None or self._table.cursor >= len(data):
            return False
        return event_dimensions.has_third(request, data.path(self._table.cursor))

    def action_unzoom(self) -> None:
        """One level up."""
        if self.request is not None and self.request.path:
            self.post_message(self.Entered(self.request.above()))

    def action_mark(self) -> None:
        """Mark the row, or take the mark away."""
        if self.data is not None:
            path = self.data.path(self._table.cursor)
            if self.marked.pop(path, self) is self:
                self.marked[path] = None
            self._table.rows_changed()
            self.draw_title()

    def action_narrow(self) -> None:
        """Only the visits of this row."""
        line, request = self.highlighted, self.request
        if line is not None and request is not None and line.row.segment:
            self.post_message(self.Narrow(line.row.segment, f"{request.report.dimension} {line.label}"))

    def action_details(self) -> None:
        """The whole row."""
        self._wish("details")

    def action_evolution(self) -> None:
        """The row over time."""
        self._wish("evolution")

    def action_transitions(self) -> None:
        """What came before and after the page."""
        self._wish("transitions")

    def action_live_here(self) -> None:
        """The visits on the page now."""
        self._wish("live")

    def _wish(self, what: RowWish) -> None:
        line, data, request = self.highlighted, self.data, self.request
        if line is not None and data is not None and request is not None:
            path = data.path(self._table.cursor)
            level = data.level_request(self._table.cursor)
            self.post_message(self.Wish(what, request, line, path, tuple(self.marked), level))

    def action_copy(self) -> None:
        """The row as one line: its label and its figures, tabs between them."""
        line, data = self.highlighted, self.data
        if line is not None and data is not None:
            currency = data.request.query.site.currency
            cells = [figure(line.value(column.key), column.type, currency) for column in data.columns]
            self._copy("\t".join([line.label, *cells]), "Row")

    def action_copy_cell(self) -> None:
        """The row's address where it has one, else its whole label."""
        line = self.highlighted
        if line is not None:
            self._copy(shown(line.row.url, 4096) or shown(line.row.label, 4096).strip(), "Label")

    def _copy(self, text: str, what: str) -> None:
        self.app.copy_to_clipboard("\t".join(shown(part, 4096) for part in text.split("\t")))
        self.app.notify(f"{what} copied", timeout=2, markup=False)

    # The order, the columns, the search

    def _adjust(self, request: ReportRequest) -> None:
        if request != self.request:
            self.post_message(self.Adjusted(request))

    def sort_by(self, column: str) -> None:
        """By ``column``, biggest first; by the same one again, the other way round."""
        request = self.request
        if request is not None:
            sort = request.sorted_by or Sort("", ascending=True)
            self._adjust(replace(request, sort=sort.toggled(column)))

    def action_sort(self) -> None:
        """Choose the column to sort by."""
        if self.request is not None:
            self.post_message(self.ColumnsAsked(self.request, sort=True))

    def action_columns(self) -> None:
        """Choose the columns."""
        if self.request is not None:
            self.post_message(self.ColumnsAsked(self.request))

    def action_reverse(self) -> None:
        """The other way round."""
        if self.request is not None and self.request.sorted_by is not None:
            self.sort_by(self.request.sorted_by.column)

    def action_flat(self) -> None:
        """All levels in one list, or the tree."""
        if self.request is not None:
            self._adjust(replace(self.request, flat=not self.request.flat, path=()))

    def action_search(self) -> None:
        """Type what to search for."""
        self._filter.open()

    def clear_search(self) -> bool:
        """Everything again; whether there was a search."""
        had = bool(self._filter.text) or self._filter.is_open
        if had:
            self._filter.clear()
        return had

    def on_filter_line_changed(self, event: FilterLine.Changed) -> None:
        """What is loaded is filtered at once; the server is asked when the keys rest."""
        event.stop()
        text = event.text.strip()
        if self.data is not None:
            self.data.filter(text if text.casefold() != self.data.request.pattern.casefold() else "")
            self._say_nothing()
            self._changed()
        if text:
            self._searching.restart()
        else:
            self._search()

    def _search(self) -> None:
        self._searching.cancel()
        if self.request is not None:
            self._adjust(replace(self.request, pattern=self._filter.text.strip()))

    def on_filter_line_left(self, event: FilterLine.Left) -> None:
        """Who is done with typing need not wait."""
        event.stop()
        self._table.focus()
        if self._searching.is_pending:
            self._search()

    def show(self, request: ReportRequest) -> None:
        """As any paged report; the line for searching says what this one was searched for."""
        if request != self.request and not self._filter.has_focus_within:
            self._filter.show(request.pattern)
        super().show(request)

    # The table's own messages

    def on_virtual_table_selected(self, event: VirtualTable.Selected[Key]) -> None:
        event.stop()
        self.action_open()

    def on_virtual_table_scrolled(self, event: VirtualTable.Scrolled) -> None:
        event.stop()

    def on_virtual_table_header_clicked(self, event: VirtualTable.HeaderClicked) -> None:
        """A click on a heading sorts by it."""
        event.stop()
        column = event.column.removeprefix(CHANGE)
        if self._laid is not None and column == BAR:
            column = self._laid.main
        if column and (column == LABEL or self.data is not None):
            self.sort_by(column)
