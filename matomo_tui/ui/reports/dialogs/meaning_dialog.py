"""The dialog that says what a report and its columns mean, in the server's words."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from matomo_tui.reports.query import ReportRequest
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.reports.report_columns import LABEL, heading
from matomo_tui.ui.widgets.dialog import Dialog

_UNSAID = "Matomo does not describe it."


class MeaningDialog(Dialog[None]):
    """The documentation of a report and of the columns shown, the sort column first."""

    DEFAULT_CSS = """
    MeaningDialog > .dialog--box { width: 80; }
    MeaningDialog VerticalScroll { max-height: 100%; padding: 0 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings("dialog")

    def __init__(self, request: ReportRequest) -> None:
        super().__init__(f"What {request.report.name} means")
        self._request = request

    def compose_body(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(self._text(), markup=False)

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def _text(self) -> Content:
        request = self._request
        sort = request.sorted_by
        columns = [column for column in request.shown_columns if column.key != LABEL]
        columns.sort(key=lambda column: sort is None or column.key != sort.column)
        parts = [Content(request.report.documentation or "Matomo does not describe this report.")]
        for column in columns:
            sorted_by = sort is not None and column.key == sort.column
            name = f"{heading(column)}, the order of the rows" if sorted_by else heading(column)
            said = bool(column.documentation)
            parts.append(Content(""))
            parts.append(Content.styled(name, "bold $accent"))
            parts.append(Content.styled(column.documentation if said else _UNSAID, "" if said else "$text-muted"))
        return Content("\n").join(parts)
