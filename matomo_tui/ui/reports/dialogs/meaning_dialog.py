"""The dialog that says what a report and its columns mean, in the server's words."""

from __future__ import annotations

from collections.abc import Iterator

from matomo_tui.reports.query import ReportRequest
from matomo_tui.ui.reports.report_columns import LABEL, heading
from matomo_tui.ui.widgets.glossary_dialog import GlossaryDialog, Term


class MeaningDialog(GlossaryDialog):
    """The documentation of a report and of the columns shown, the sort column first."""

    def __init__(self, request: ReportRequest) -> None:
        super().__init__(f"What {request.report.name} means")
        self._request = request

    def on_mount(self) -> None:
        super().on_mount()
        self.show(self._request.report.documentation or "Matomo does not describe this report.", self._terms())

    def _terms(self) -> Iterator[Term]:
        request = self._request
        sort = request.sorted_by
        columns = [column for column in request.shown_columns if column.key != LABEL]
        columns.sort(key=lambda column: sort is None or column.key != sort.column)
        for column in columns:
            sorted_by = sort is not None and column.key == sort.column
            name = f"{heading(column)}, the order of the rows" if sorted_by else heading(column)
            yield Term(name, column.documentation, "" if column.documentation else "Matomo does not describe it.")
