"""Table lines and single-row metrics: texts, figures and changes, independent of the screen."""

from __future__ import annotations

from dataclasses import dataclass

from matomo_tui.api.reports import ReportRow, Value
from matomo_tui.reports import computed_metrics, daily, values
from matomo_tui.reports.catalogue import ReportColumn
from matomo_tui.reports.pages import ReportPage
from matomo_tui.reports.periods import Period
from matomo_tui.reports.values import Change

UNNAMED = "(not set)"


def absence(column: str, period: Period) -> str:
    """Why a metric is not there, where it is known: unique visitors and users are not counted for long periods."""
    column = daily.key_of(column, summed=False)
    if column.startswith(("nb_uniq_visitors", "nb_users")) and period.kind in ("range", "year"):
        what = "Unique visitors" if column.startswith("nb_uniq") else "Users"
        return f"{what} are not counted for a {period.kind}."
    return ""


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One line of a table. ``label`` is clean, with tokens masked; ``indent`` how deep it lies in the table; ``index``
    its place within its level.
    ``before`` is the same row in the period compared with; ``compared``: there is such a period and it is known
    whether the row was there; ``growing``: the time that it is of is not over."""

    row: ReportRow
    label: str
    indent: int
    index: int
    expandable: bool
    expanded: bool
    before: ReportRow | None = None
    compared: bool = False
    growing: bool = False

    def value(self, column: str) -> Value:
        """What it has in a column; ``None`` where the server has nothing."""
        return computed_metrics.value(self.row, column)

    def value_before(self, column: str) -> Value:
        """What it had; 0 where it was not there then, ``None`` where that is not known."""
        if self.before is not None:
            return computed_metrics.value(self.before, column)
        return 0 if self.compared and not isinstance(self.value(column), str | None) else None

    def change(self, column: str) -> Change | None:
        """How that changed; ``None`` where either is not known."""
        return values.change(column, self.value(column), self.value_before(column))

    @property
    def is_new(self) -> bool:
        """It was not there in the period compared with."""
        return self.compared and self.before is None


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric of a single-row report: what is shown in a line of its own."""

    column: ReportColumn
    value: Value
    before: Value
    change: Change | None
    absence: str = ""


def metrics(page: ReportPage) -> tuple[Metric, ...]:
    """The metrics of a single-row report, in its order; ``absence`` says why one has no value. What the
    server describes but does not send, such as a time that it measures no more, is left out."""
    row = page.only or ReportRow()
    earlier = next(iter(page.before.values()), None) if page.before else None
    found = []
    for column in page.request.shown_columns:
        value = computed_metrics.value(row, column.key)
        before = computed_metrics.value(earlier, column.key) if earlier is not None else None
        why = absence(column.key, page.request.query.period) if value is None else ""
        found.append(Metric(column, value, before, values.change(column.key, value, before), why))
    told = tuple(metric for metric in found if metric.value is not None or metric.before is not None or metric.absence)
    return told or tuple(found)
