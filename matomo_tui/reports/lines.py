"""Table lines and single-row metrics: texts, figures and changes, independent of the screen."""

from __future__ import annotations

from msgspec import Struct

from matomo_tui.api.reports import ReportRow, Value
from matomo_tui.page_url import shown
from matomo_tui.reports import computed_metrics, daily, values
from matomo_tui.reports.catalogue import ReportColumn
from matomo_tui.reports.pages import ReportPage
from matomo_tui.reports.periods import Period
from matomo_tui.reports.values import Change

UNNAMED = "(not set)"
"""Shown in place of an empty label."""


def label_text(label: str, limit: int = 512) -> str:
    """A row's label for the screen: sanitized, with tokens masked, at most ``limit`` characters, never empty."""
    return shown(label, limit).strip() or UNNAMED


def absence(column: str, period: Period) -> str:
    """Why a metric has no value, as a sentence: unique visitors and users are not counted for long periods. ``""`` if
    unknown."""
    column = daily.key_of(column, summed=False)
    if column.startswith(("nb_uniq_visitors", "nb_users")) and period.kind in ("range", "year"):
        what = "Unique visitors" if column.startswith("nb_uniq") else "Users"
        return f"{what} are not counted for a {period.kind}."
    return ""


class ReportLine(Struct, frozen=True):
    """One line of a table."""

    row: ReportRow
    label: str
    """The row's label, sanitized and with tokens masked."""
    indent: int
    """The depth in the table, from 0."""
    index: int
    """The index of the row on its level."""
    expandable: bool
    expanded: bool
    before: ReportRow | None = None
    """The same row in the comparison period; ``None`` if it is not there."""
    compared: bool = False
    """There is a comparison, and it is certain whether the row existed then."""
    growing: bool = False
    """The period is not over."""

    def value(self, column: str) -> Value:
        """The figure in ``column``; ``None`` if there is none."""
        return computed_metrics.value(self.row, column)

    def value_before(self, column: str) -> Value:
        """The figure in the comparison period: for a count 0 if the row did not exist then, ``None`` if unknown."""
        if self.before is not None:
            return computed_metrics.value(self.before, column)
        is_none = self.compared and values.is_count(column) and not isinstance(self.value(column), str | None)
        return 0 if is_none else None

    def change(self, column: str) -> Change | None:
        """The change of the figure; ``None`` if either figure is unknown."""
        return values.change(column, self.value(column), self.value_before(column))

    @property
    def is_new(self) -> bool:
        """Returns True if the row did not exist in the comparison period."""
        return self.compared and self.before is None


class Metric(Struct, frozen=True):
    """A metric of a single-row report, with its change."""

    column: ReportColumn
    value: Value
    before: Value
    change: Change | None
    absence: str = ""
    """Why there is no value, as a sentence."""


def metrics(page: ReportPage) -> tuple[Metric, ...]:
    """The metrics of a single-row report, in its order. Metrics that the server describes but does not send, such as
    timings that are no longer measured, are left out."""
    row = page.only or ReportRow()
    earlier = page.only_before
    found = []
    for column in page.request.shown_columns:
        value = computed_metrics.value(row, column.key)
        before = computed_metrics.value(earlier, column.key) if earlier is not None else None
        why = absence(column.key, page.request.query.period) if value is None else ""
        found.append(Metric(column, value, before, values.change(column.key, value, before), why))
    filled = tuple(one for one in found if one.value is not None or one.before is not None or one.absence)
    return filled or tuple(found)
