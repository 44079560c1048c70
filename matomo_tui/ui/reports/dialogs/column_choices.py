"""The lists of a report's columns: which of them are shown, and by which one the rows are ordered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.app import App

from matomo_tui.reports.column_sets import column_sets, set_name
from matomo_tui.reports.query import ReportRequest
from matomo_tui.ui.reports.dialogs.columns_dialog import ColumnsDialog
from matomo_tui.ui.reports.report_columns import heading
from matomo_tui.ui.widgets.choice_dialog import ChoiceDialog

_DESCRIBED, _OWN = "", "one by one"
"""Keys of the choices that are no set of columns."""


def choose_columns(app: App[Any], request: ReportRequest, show: Callable[[tuple[str, ...]], None]) -> None:
    """Let the user choose a set of columns, or columns one by one, and ``show`` their keys; ``()`` are those that
    Matomo describes."""
    sets = {one.name: one.columns for one in column_sets(request.report)}
    current = set_name(request.report, request.columns) or (_OWN if request.columns else _DESCRIBED)
    choices = [(_DESCRIBED, "as Matomo describes the report"), *((name, name) for name in sets)]
    choices.append((_OWN, "one by one, in an order of your own …"))

    def chosen_one_by_one(columns: tuple[str, ...] | None) -> None:
        if columns is not None:
            show(columns)

    def chosen(name: str | None) -> None:
        if name == _OWN:
            app.push_screen(ColumnsDialog(request.report, request.columns), chosen_one_by_one)
        elif name is not None:
            show(sets.get(name, ()))

    app.push_screen(ChoiceDialog(f"Columns of {request.report.name}", choices, current), chosen)


def sort_column_dialog(request: ReportRequest) -> ChoiceDialog:
    """A list of the columns that the rows can be ordered by. Dismisses with the key of one."""
    choices = [("label", request.dimension or "Label")]
    shown_columns = (column for column in request.shown_columns if column.key != "label" and column.sortable)
    choices += [(column.key, heading(column)) for column in shown_columns]
    now = request.sorted_by
    title = "Order by (same column again: reverse)"
    return ChoiceDialog(title, choices, now.column if now is not None else "")
