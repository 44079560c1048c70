"""The list of reports of a section, or the whole catalogue as a tree, with a search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from msgspec import Struct
from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import BindingType

from matomo_tui.reports.catalogue import Catalogue, Report
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.messages import FieldMessage
from matomo_tui.ui.reports.section_layout import FOLDING
from matomo_tui.ui.widgets.filter_input import FilterLine
from matomo_tui.ui.widgets.pane import Pane
from matomo_tui.ui.widgets.table.columns import Column
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable

COLUMNS = (Column("name", "", 10, flex=1),)
_AROUND_NAME = 4
"""Cells before a name, and of the scroll bar behind it."""
_NO_MATCH = 'No report matches "{}"'
_USUALLY_SEARCHED = 10
"""Cells of what is searched for: the sentence that nothing matches it has room in a list of short names too."""
_HEADING = "heading:"
_DISABLED = "disabled:"
_SECTION = "section:"


class DisabledReports(Struct, frozen=True):
    """A dimmed entry for reports that the site lacks."""

    name: str
    sentence: str
    """Why they are missing and what can be done; shown when the entry is opened."""


class SectionLink(Struct, frozen=True):
    """An entry that opens another section, named as in the registry of actions."""

    section: str
    name: str


class ReportList(Pane):
    """The names of reports, the open one highlighted; with ``tree`` under headings for their categories. The search
    covers names, categories, columns and methods."""

    TITLE = "Reports"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("list")]

    class Opened(FieldMessage):
        """The user opened a report."""

        report: Report

    class SectionOpened(FieldMessage):
        """The user opened the link to another section."""

        section: str

    def __init__(self, *, tree: bool = False, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._tree = tree
        self._catalogue: Catalogue | None = None
        self._reports: tuple[Report, ...] = ()
        self._found: tuple[Report, ...] = ()
        self._disabled: DisabledReports | None = None
        self._links: tuple[SectionLink, ...] = ()
        self._open = ""
        self._is_on_open = True
        """The cursor is on the open report, or was when that was listed last."""
        self._table: VirtualTable[str] = VirtualTable(COLUMNS)
        self._table.one_click = True
        self._filter = FilterLine("name, column, method")

    def compose_content(self) -> ComposeResult:
        yield self._table
        yield self._filter

    @property
    def table(self) -> VirtualTable[str]:
        """The widget that takes the focus."""
        return self._table

    def show(
        self,
        catalogue: Catalogue,
        reports: Sequence[Report],
        disabled: DisabledReports | None = None,
        links: Sequence[SectionLink] = (),
    ) -> None:
        """List ``reports`` of ``catalogue``, above them the ``links``, below them the ``disabled`` ones."""
        content = (catalogue, tuple(reports), disabled, tuple(links))
        if content != (self._catalogue, self._reports, self._disabled, self._links):
            self._note_cursor()
            self._catalogue, self._reports, self._disabled, self._links = content
            self._fill()
            self._follow_open()
            self.fit_texts()

    def fit_texts(self) -> None:
        """Beside a report, take no more cells than the longest text needs; the style sheet has the share of the screen
        at the most. In the place of the report, or alone, fill the screen."""
        is_beside = bool(self.screen.classes & {FOLDING, "-wide"}) and self.screen.maximized is None
        longest = max(map(cell_len, self._texts)) + _AROUND_NAME if is_beside and self._catalogue is not None else None
        before = self.styles.max_width
        if (before.value if before is not None else None) != longest:
            self.styles.max_width = longest

    @property
    def _texts(self) -> list[str]:
        """All that the list may show."""
        indent = "  " if self._tree else ""
        texts = [_NO_MATCH.format(" " * _USUALLY_SEARCHED), *(f"{indent}{report.name}" for report in self._reports)]
        if self._tree:
            for report in self._reports:
                texts += [report.category, f" {report.subcategory}"]
        if self._disabled is not None:
            texts.append(self._disabled.name)
        return [*texts, *(link.name for link in self._links)]

    def mark(self, report_id: str) -> None:
        """Highlight the open report. The cursor moves to it unless the user is on another row of the list."""
        if report_id != self._open:
            self._note_cursor()
            self._is_on_open |= not self._table.has_focus
            self._open = report_id
            self._fill()
            self._follow_open()

    def _note_cursor(self) -> None:
        if self._table.rows.index_of(self._open) is not None:
            self._is_on_open = self._table.cursor_key == self._open

    def _follow_open(self) -> None:
        index = self._table.rows.index_of(self._open)
        if index is not None and self._is_on_open:
            self._table.move_cursor(index)

    def _fill(self) -> None:
        if self._catalogue is None:
            return
        text = self._filter.text.strip()
        known = {report.id for report in self._reports}
        found = self._catalogue.search(text) if text else self._reports
        self._found = tuple(report for report in found if report.id in known)
        rows = self._grouped() if self._tree and not text else [self._row(report) for report in self._found]
        links = [link for link in self._links if text.casefold() in link.name.casefold()]
        rows[:0] = [Row(f"{_SECTION}{link.section}", (((link.name, ""),),)) for link in links]
        if self._disabled is not None and not text:
            rows.append(Row(_DISABLED, (((self._disabled.name, "muted"),),)))
        self._table.set_empty_text(_NO_MATCH.format(sanitize(text, 40)) if text else "No reports here")
        self._table.set_rows(ListRows(rows))
        self.set_title(f"{len(self._found)} of {len(self._reports)}" if text else f"{len(self._reports)}")

    def _grouped(self) -> list[Row[str]]:
        """The reports under headings for their categories and sub-categories."""
        rows: list[Row[str]] = []
        before = ("", "")
        for report in self._found:
            group = (report.category, report.subcategory)
            if group[0] != before[0]:
                rows.append(Row(f"{_HEADING}{len(rows)}", (((report.category or "Other", "strong"),),)))
            if group[1] and group != before:
                rows.append(Row(f"{_HEADING}{len(rows)}", (((f" {report.subcategory}", "muted"),),)))
            before = group
            rows.append(self._row(report, "  "))
        return rows

    def _row(self, report: Report, indent: str = "") -> Row[str]:
        here = report.id == self._open
        return Row(report.id, (((f"{indent}{report.name}", "accent" if here else ""),),))

    @property
    def highlighted(self) -> Report | None:
        """The report under the cursor."""
        key = self._table.cursor_key
        return next((report for report in self._found if report.id == key), None)

    @property
    def _on_disabled(self) -> bool:
        return self._table.cursor_key == _DISABLED

    @property
    def _link(self) -> str:
        """The section of the link under the cursor."""
        key = self._table.cursor_key or ""
        return key.removeprefix(_SECTION) if key.startswith(_SECTION) else ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Enable the keys while the table has the focus: in the search line they are letters."""
        if action == "open":
            return (self.highlighted is not None or self._on_disabled or bool(self._link)) and self._table.has_focus
        return self._table.has_focus if action == "find" else True

    def refusal(self, action: str) -> str | None:
        """Why the action is not possible now; ``None`` if there is no particular reason."""
        return "This is a heading; the reports are below it." if action == "open" and self._found else None

    def action_open(self) -> None:
        """Open the report under the cursor, or show why it is missing."""
        report = self.highlighted
        if report is not None:
            self.post_message(self.Opened(report))
        elif self._link:
            self.post_message(self.SectionOpened(self._link))
        elif self._disabled is not None and self._on_disabled:
            self.notify(self._disabled.sentence, markup=False)

    def action_find(self) -> None:
        """Open the search line."""
        self._filter.open()

    def clear(self) -> bool:
        """Clear the search. Returns True if there was one."""
        had = bool(self._filter.text) or self._filter.is_open
        if had:
            self._filter.clear()
        return had

    def on_virtual_table_highlighted(self, event: VirtualTable.Highlighted[str]) -> None:
        event.stop()
        self.refresh_bindings()

    def on_virtual_table_selected(self, event: VirtualTable.Selected[str]) -> None:
        event.stop()
        self.action_open()

    def on_filter_line_changed(self, event: FilterLine.Changed) -> None:
        event.stop()
        self._fill()
        self._table.move_cursor(0)

    def on_filter_line_left(self, event: FilterLine.Left) -> None:
        event.stop()
        self._table.focus()
