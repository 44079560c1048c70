"""Alert rules as frozen values: a figure, a condition on it, the sites it is about, and where an alert goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum

from matomo_tui.api.calls import PeriodKind


class RuleComparison(StrEnum):
    """How a figure is compared with a rule's bound."""

    ABOVE = "above"
    BELOW = "below"
    RISES = "rises_by"
    """Above the usual figure of the same weekday and time by a fraction of it."""
    FALLS = "falls_by"
    """Below it by a fraction."""


@dataclass(frozen=True, slots=True)
class CountFigure:
    """Visits or actions of the last minutes, from ``Live.getCounters``."""

    column: str
    """``visits`` or ``actions``."""
    minutes: int
    """1 to 2880."""


@dataclass(frozen=True, slots=True)
class CounterFigure:
    """A counter of the live screen, such as the visits of today."""

    name: str
    """A key of :data:`COUNTERS`."""


@dataclass(frozen=True, slots=True)
class FeedFigure:
    """Actions of one kind among the visits of the last minutes."""

    kind: str
    """A key of ``feed_figures.KINDS``."""
    minutes: int
    column: str = "count"
    """``count``, ``visitors`` or ``revenue``."""
    matching: str = ""
    """A text that the action's label or title contains, in any case; ``""`` for all."""


@dataclass(frozen=True, slots=True)
class RankingFigure:
    """A row of a ranking of the live screen."""

    ranking: str
    """``pages``, ``sources``, ``countries``, ``devices`` or ``events``."""
    row: str
    """The row's label, in any case."""
    column: str = "here"
    """``here`` (now) or ``recent`` (last 30 minutes)."""


@dataclass(frozen=True, slots=True)
class ReportFigure:
    """A figure of a report, of a row or of the report's only row."""

    method: str
    """``Module.action``."""
    column: str
    row: str = ""
    period: PeriodKind = "day"
    date: str = "today"
    params: tuple[tuple[str, str | int], ...] = ()
    """Fixed parameters of the report, such as ``idGoal``."""


@dataclass(frozen=True, slots=True)
class FailureFigure:
    """Seconds since the last successful poll while polls fail; else 0."""


Figure = CountFigure | CounterFigure | FeedFigure | RankingFigure | ReportFigure | FailureFigure

COUNTERS: Mapping[str, str] = {
    "visitors_now": "visitors now",
    "visits_today": "visits today",
    "conversions_today": "conversions today",
    "revenue_today": "revenue today",
    "unique_visitors_today": "unique visitors today",
    "bounce_rate_today": "bounce rate today",
    "visit_time_today": "avg. visit duration today",
}
"""Counters by their name in a rule, in words."""
COMPARABLE = ("visits_60", "visits_today", "conversions_today", "revenue_today")
"""Metrics that the hourly report of earlier weeks has too."""


@dataclass(frozen=True, slots=True)
class RuleCondition:
    """When a figure is worth an alert."""

    comparison: RuleComparison
    bound: float
    """A figure, or for :attr:`RuleComparison.RISES` and ``FALLS`` a fraction of the usual figure."""
    weeks: int = 4
    """Weeks that the usual figure is the median of."""
    at_least: float = 10.0
    """Usual figures below this are too small to compare with."""

    @property
    def is_change(self) -> bool:
        """True if the figure is compared with earlier weeks."""
        return self.comparison in (RuleComparison.RISES, RuleComparison.FALLS)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours of a day or of some weekdays, on this computer's clock."""

    start: time
    end: time
    """Not included; at or before ``start`` it is of the next day."""
    weekdays: frozenset[int] = frozenset(range(7))
    """Days on which they begin; Monday is 0."""

    def contains(self, at: datetime) -> bool:
        """Return True if the local time ``at`` is within these hours."""
        clock, day = at.time().replace(tzinfo=None), at.weekday()
        if self.start < self.end:
            return day in self.weekdays and self.start <= clock < self.end
        return (day in self.weekdays and clock >= self.start) or ((day - 1) % 7 in self.weekdays and clock < self.end)


@dataclass(frozen=True, slots=True)
class Targets:
    """The sites of a rule. Without any, the site that the program opens first."""

    sites: tuple[str, ...] = ()
    """Ids and names."""
    group: str = ""
    """The sites of this group."""
    all: bool = False


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Where an alert goes besides the screen and the history."""

    bell: bool = True
    terminal: str = ""
    """The escape sequence for a desktop notification: ``auto``, ``9``, ``99``, ``777``, or ``""`` for none."""
    command: tuple[str, ...] = ()
    """Words of a command; ``{message}`` and so on are replaced in each."""
    apprise: tuple[str, ...] = field(default=(), repr=False)
    """Addresses of services, which may contain secrets, and files with such addresses."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One alert rule."""

    name: str
    figure: Figure
    condition: RuleCondition
    targets: Targets = field(default_factory=Targets)
    segment: str = ""
    """A Matomo segment; ``""`` for all visits."""
    lasting: float = 0.0
    """Seconds that the condition must hold before the alert fires."""
    ends_after: float = 0.0
    """Seconds that it must not hold before the alert ends."""
    quiet: tuple[QuietHours, ...] = ()
    """Hours without deliveries: an alert that still lasts afterwards is delivered then."""
    deliveries: Deliveries = field(default_factory=Deliveries)
    place: str = ""
    """File and line, for messages."""

    def is_quiet(self, at: datetime) -> bool:
        """Return True if nothing is delivered at the local time ``at``."""
        return any(hours.contains(at) for hours in self.quiet)
