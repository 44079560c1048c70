"""Daily unique visitors and users of report rows, which Matomo counts for single days only.

For longer periods it sends the sum of the days under another key. That counts a visitor once for each day.
"""

from __future__ import annotations

from dataclasses import replace

from matomo_tui.reports.catalogue import ReportColumn

_SUMS = {
    "nb_uniq_visitors": "sum_daily_nb_uniq_visitors",
    "nb_users": "sum_daily_nb_users",
    "entry_nb_uniq_visitors": "sum_daily_entry_nb_uniq_visitors",
    "exit_nb_uniq_visitors": "sum_daily_exit_nb_uniq_visitors",
}
_OF_DAYS = {summed: counted for counted, summed in _SUMS.items()}


def key_of(column: str, *, summed: bool) -> str:
    """The key of ``column`` in a sum of days (``summed``), or for a single day."""
    return _SUMS.get(column, column) if summed else _OF_DAYS.get(column, column)


def is_sum(column: str) -> bool:
    """Returns True for the key of a sum of days."""
    return column in _OF_DAYS


def of_days(column: ReportColumn) -> ReportColumn:
    """``column`` for a period longer than a day: ``Unique visitors (sum of days)``."""
    if column.key not in _SUMS:
        return column
    return replace(column, key=_SUMS[column.key], name=f"{column.name} (sum of days)")
