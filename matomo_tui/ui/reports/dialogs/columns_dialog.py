"""The dialog that chooses a report's columns and their order."""

from __future__ import annotations

from collections.abc import Sequence

from matomo_tui.reports.catalogue import Report
from matomo_tui.ui.widgets.ordered_choice_dialog import OrderedChoiceDialog

_TYPES = {
    "number": "number",
    "percent": "percent",
    "money": "money",
    "duration_s": "time",
    "duration_ms": "time",
    "byte": "size",
    "text": "text",
}


class ColumnsDialog(OrderedChoiceDialog):
    """Dismisses with the keys of the columns to show, in order; ``()`` stands for Matomo's own choice."""

    def __init__(self, report: Report, shown: Sequence[str]) -> None:
        columns = {column.key: column for column in (*report.columns, *report.goal_columns) if column.key != "label"}
        super().__init__(
            f"Columns of {report.name}",
            {key: column.name for key, column in columns.items()},
            shown,
            [column.key for column in report.columns if column.key != "label"],
            {key: _TYPES[column.type] for key, column in columns.items()},
        )
