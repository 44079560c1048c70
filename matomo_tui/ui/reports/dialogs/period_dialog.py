"""The period dialog: a calendar and typed periods."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static

from matomo_tui.api.calls import PeriodKind
from matomo_tui.reports import period_parser
from matomo_tui.reports.periods import KINDS, Period
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.widgets.dialog import Dialog
from matomo_tui.ui.widgets.month_calendar import MonthView

_KEYS: dict[PeriodKind, str] = {"day": "d", "week": "w", "month": "m", "year": "y", "range": "r"}
_HELP = (
    "arrows    a day, a week",
    "PgUp PgDn a month",
    "{ }       a year",
    "space     begin or end a range",
    "tab       to the words below",
)


class PeriodDialog(Dialog[Period | None]):
    """Dismisses with the period, or with ``None``. ``today`` is the current day in the site's zone, the last one that
    can be chosen."""

    DEFAULT_CSS = """
    PeriodDialog > .dialog--box { width: 76; max-width: 100%; max-height: 100%; }
    PeriodDialog .period--kinds { height: 1; margin: 0 2 1 2; }
    PeriodDialog Horizontal { height: 9; padding: 0 2; }
    PeriodDialog .period--help { width: 1fr; height: 8; margin: 0 0 0 4; color: $text-muted; }
    PeriodDialog .period--picked { height: 1; padding: 0 2; color: $foreground; text-style: bold; }
    PeriodDialog Input { margin: 0 1; }
    PeriodDialog .dialog--status { min-height: 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "days(-1)", "", show=False),
        Binding("right", "days(1)", "", show=False),
        Binding("up", "days(-7)", "", show=False),
        Binding("down", "days(7)", "", show=False),
        Binding("pageup", "months(-1)", "", show=False),
        Binding("pagedown", "months(1)", "", show=False),
        Binding("left_curly_bracket", "months(-12)", "", show=False),
        Binding("right_curly_bracket", "months(12)", "", show=False),
        *(Binding(key, f"kind('{kind}')", kind, show=False) for kind, key in _KEYS.items()),
        Binding("enter", "choose", "choose", tooltip="Choose the period"),
        Binding("space", "mark", "range", tooltip="Begin or end a range here"),
        Binding("t", "today", "today", tooltip="Go to today"),
    ]
    AUTO_FOCUS = "MonthView"

    def __init__(self, current: Period, today: date, *, title: str = "Period") -> None:
        super().__init__(title)
        self._today = today
        self._kind: PeriodKind = current.kind
        self._other = min(current.first, today) if current.kind == "range" else None
        self._end: date | None = None
        """The end of the range, once it was set: the cursor no longer moves it."""
        self._is_begun = False
        """A range was begun, and its end not set yet."""
        self._month = MonthView(min(current.last, today), today)
        self._kinds = Static("", classes="period--kinds", markup=False)
        self._picked = Static("", classes="period--picked", markup=False)
        self._words = Input(placeholder="or in words: yesterday, last30, 2026-11, 2026-11-01,2026-11-10", compact=True)

    def compose_body(self) -> ComposeResult:
        yield self._kinds
        with Horizontal():
            yield self._month
            yield Static("\n".join(_HELP), classes="period--help", markup=False)
        yield self._picked
        yield self._words

    def on_mount(self) -> None:
        self._draw()

    @property
    def picked(self) -> Period:
        """The period marked in the calendar."""
        if self._kind == "range":
            return Period.days_between(self._other or self._month.day, self._end or self._month.day)
        return Period.containing(self._kind, self._month.day)

    def _draw(self) -> None:
        self._month.show(self.picked)
        pieces: list[Content | tuple[str, str]] = []
        for kind in KINDS:
            on = kind == self._kind
            pieces += [
                (f"{_KEYS[kind]} ", "bold $accent"),
                (kind, "bold reverse" if on else "$text-muted"),
                Content("   "),
            ]
        self._kinds.update(Content.assemble(*pieces))
        growing = self.picked.contains(self._today)
        self._picked.update(self.picked.label() + (" (today's figures still grow)" if growing else ""))
        if not self.has_error:
            self.set_status(f"Today is {Period.containing('day', self._today).label()} in the site's time zone.")

    # The calendar

    def on_month_view_moved(self, message: MonthView.Moved) -> None:
        """Draw the period around the new day; a double click chooses it."""
        message.stop()
        self._draw()
        if message.chosen:
            self.action_choose()

    def action_days(self, days: int) -> None:
        """Move the cursor by this many days."""
        self._month.move_days(days)

    def action_months(self, months: int) -> None:
        """Move the cursor by this many months."""
        self._month.move_months(months)

    def action_kind(self, kind: str) -> None:
        """Choose the kind of period; a range begins with the present period."""
        wanted = next(one for one in KINDS if one == kind)
        if wanted == "range" and self._kind != "range":
            self._other, self._end, self._is_begun = min(self.picked.first, self._month.day), None, True
        self._kind = wanted
        self._draw()

    def action_mark(self) -> None:
        """Begin a range here, or end here the one that was begun; the next one begins anew."""
        if self._kind == "range" and self._is_begun:
            self._end, self._is_begun = self._month.day, False
        else:
            self._kind, self._other, self._end, self._is_begun = "range", self._month.day, None, True
        self._draw()

    def action_today(self) -> None:
        """Move the cursor to today."""
        self._month.go(self._today)

    def action_choose(self) -> None:
        """Dismiss with the marked period."""
        self.dismiss(self.picked)

    # Words

    def on_input_changed(self, event: Input.Changed) -> None:
        """Drop the error of the text before."""
        event.stop()
        self.set_status("")
        self._draw()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Dismiss with the typed period, or name the error in it."""
        event.stop()
        if not event.value.strip():
            self.action_choose()
            return
        try:
            self.dismiss(period_parser.parse(event.value, self._today))
        except ValueError as error:
            self.set_status(sanitize(str(error)), error=True)
