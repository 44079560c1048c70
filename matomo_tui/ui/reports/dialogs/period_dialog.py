"""The period dialog: a calendar and typed periods."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from matomo_tui.api.calls import PeriodKind
from matomo_tui.reports import period_parser
from matomo_tui.reports.periods import KINDS, Period
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.widgets.month_calendar import MonthView
from matomo_tui.ui.widgets.screens import ModalScreen

_KEYS: dict[PeriodKind, str] = {"day": "d", "week": "w", "month": "m", "year": "y", "range": "r"}
_HELP = (
    "arrows    a day, a week",
    "PgUp PgDn a month",
    "{ }       a year",
    "space     begin or end a range",
    "t         today",
    "enter     choose, esc closes",
    "tab       words",
)


class PeriodDialog(ModalScreen[Period | None]):
    """Dismisses with the period that was picked, or with ``None``. ``today`` is the day in the site's zone, after
    which there is nothing."""

    DEFAULT_CSS = """
    PeriodDialog { align: center middle; }
    PeriodDialog > Vertical {
        width: 76; max-width: 100%; height: auto; background: $background; padding: 0 2;
        border: round $accent; border-title-color: $accent; border-title-style: bold;
    }
    PeriodDialog .period--kinds { height: 1; margin: 0 0 1 0; }
    PeriodDialog Horizontal { height: 9; }
    PeriodDialog .period--help { width: 1fr; height: 8; margin: 0 0 0 4; color: $text-muted; }
    PeriodDialog .period--picked { height: 1; color: $foreground; text-style: bold; }
    PeriodDialog Input { height: 1; border: none; padding: 0 1; background: $surface; }
    PeriodDialog Input:focus { background: $panel; }
    PeriodDialog .period--said { height: auto; min-height: 2; color: $text-muted; }
    PeriodDialog .period--said.-error { color: $text-error; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "close", priority=True, tooltip="Change nothing"),
        Binding("left", "days(-1)", "", show=False),
        Binding("right", "days(1)", "", show=False),
        Binding("up", "days(-7)", "", show=False),
        Binding("down", "days(7)", "", show=False),
        Binding("pageup", "months(-1)", "", show=False),
        Binding("pagedown", "months(1)", "", show=False),
        Binding("left_curly_bracket", "months(-12)", "", show=False),
        Binding("right_curly_bracket", "months(12)", "", show=False),
        *(Binding(key, f"kind('{kind}')", kind) for kind, key in _KEYS.items()),
        Binding("space", "mark", "mark", tooltip="Begin or end a range here"),
        Binding("t", "today", "today"),
        Binding("enter", "choose", "choose"),
    ]
    AUTO_FOCUS = "MonthView"

    def __init__(self, current: Period, today: date) -> None:
        super().__init__()
        self._today = today
        self._kind: PeriodKind = current.kind
        self._other = min(current.first, today) if current.kind == "range" else None
        self._month = MonthView(min(current.last, today), today)
        self._kinds = Static("", classes="period--kinds", markup=False)
        self._picked = Static("", classes="period--picked", markup=False)
        self._words = Input(placeholder="or in words: yesterday, last30, 2026-11, 2026-11-01,2026-11-10", compact=True)
        self._said = Static("", classes="period--said", markup=False)

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "Period"
            yield self._kinds
            with Horizontal():
                yield self._month
                yield Static("\n".join(_HELP), classes="period--help", markup=False)
            yield self._picked
            yield self._words
            yield self._said

    def on_mount(self) -> None:
        """Show what is picked now."""
        self._draw()

    @property
    def picked(self) -> Period:
        """What the calendar has."""
        if self._kind == "range":
            return Period.days_between(self._other or self._month.day, self._month.day)
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
        if not self._said.has_class("-error"):
            self._said.update(f"Today is {Period.containing('day', self._today).label()} in the site's time zone.")

    def _say(self, text: str) -> None:
        self._said.set_class(bool(text), "-error")
        self._said.update(text)
        self._draw()

    # The calendar

    def on_month_view_moved(self, message: MonthView.Moved) -> None:
        """Another day, or one that was double-clicked."""
        message.stop()
        self._draw()
        if message.chosen:
            self.action_choose()

    def action_days(self, days: int) -> None:
        """The cursor so many days on."""
        self._month.move_days(days)

    def action_months(self, months: int) -> None:
        """The cursor so many months on."""
        self._month.move_months(months)

    def action_kind(self, kind: str) -> None:
        """A day, week, month, year, or a range that begins here."""
        wanted = next(one for one in KINDS if one == kind)
        if wanted == "range" and self._kind != "range":
            self._other = min(self.picked.first, self._month.day)
        self._kind = wanted
        self._draw()

    def action_mark(self) -> None:
        """Begin a range here."""
        self._kind, self._other = "range", self._month.day
        self._draw()

    def action_today(self) -> None:
        """To today."""
        self._month.go(self._today)

    def action_choose(self) -> None:
        """Take what is picked."""
        self.dismiss(self.picked)

    def action_close(self) -> None:
        """Change nothing."""
        self.dismiss(None)

    # Words

    def on_input_changed(self, event: Input.Changed) -> None:
        """What was wrong is being changed."""
        event.stop()
        self._say("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the words, or say what is wrong with them."""
        event.stop()
        if not event.value.strip():
            self.action_choose()
            return
        try:
            self.dismiss(period_parser.parse(event.value, self._today))
        except ValueError as error:
            self._say(sanitize(str(error)))
