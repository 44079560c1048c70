"""The list of what a period can be compared with."""

from __future__ import annotations

from matomo_tui.reports.query import Comparison, Query
from matomo_tui.ui.widgets.choice_dialog import ChoiceDialog

_OF_DAYS = (Comparison.WEEK, Comparison.YEAR_WEEKDAY)
_ORDER = (
    Comparison.PREVIOUS,
    Comparison.WEEK,
    Comparison.YEAR,
    Comparison.YEAR_WEEKDAY,
    Comparison.OWN,
    Comparison.NONE,
)


def comparison_dialog(query: Query) -> ChoiceDialog:
    """A list of the comparisons that make a difference for the query's period, each with its dates. Dismisses with the
    name of a ``Comparison``."""
    keeps_weekday = query.period.kind in ("day", "range")
    choices = [(one.name, _words(query, one)) for one in _ORDER if keeps_weekday or one not in _OF_DAYS]
    current = "" if query.comparison is Comparison.NONE else query.comparison.name
    return ChoiceDialog(f"Compare {query.period.label()} with", choices, current)


def _words(query: Query, comparison: Comparison) -> str:
    period = query.compared_period(comparison)
    words = comparison.value
    if query.period.kind == "range":
        words = words.replace("the same weekday", "the same weekdays")
    if comparison is Comparison.OWN and period is None:
        return f"{words} …"
    return f"{words}: {period.label()}" if period is not None else words
