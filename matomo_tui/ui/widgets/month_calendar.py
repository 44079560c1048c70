"""A calendar of one month, navigated by keys."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from matomo_tui.reports.periods import EARLIEST, Period
from matomo_tui.ui.drawing.formatting import pad_or_truncate
from matomo_tui.ui.messages import FieldMessage

WIDTH = 33
_WEEK = "wk   Mo  Tu  We  Th  Fr  Sa  Su"


class MonthView(Widget, can_focus=True):
    """The month around the cursor, in weeks from Monday with their numbers; the days of ``period`` are highlighted. The
    cursor cannot pass ``today``."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "month--title",
        "month--week",
        "month--day",
        "month--in",
        "month--cursor",
        "month--future",
    }
    DEFAULT_CSS = """
    MonthView { width: 33; height: 8; }
    MonthView > .month--title { color: $foreground; text-style: bold; }
    MonthView > .month--week { color: $text-muted; }
    MonthView > .month--day { color: $text; }
    MonthView > .month--in { color: $foreground; background: $accent-muted; text-style: bold; }
    MonthView > .month--future { color: $text-disabled; }
    MonthView > .month--cursor { color: $background; background: $accent; text-style: bold; }
    MonthView:ansi > .month--in { text-style: bold underline; }
    MonthView:ansi > .month--cursor { color: ansi_default; background: ansi_default; text-style: bold reverse; }
    MonthView:ansi > .month--future { text-style: dim; }
    """
    ALLOW_SELECT = False

    class Moved(FieldMessage):
        """The cursor has moved to another day; ``chosen`` by a double click."""

        day: date
        chosen: bool = False

    def __init__(self, day: date, today: date) -> None:
        super().__init__()
        self.today = today
        self.day = min(max(day, EARLIEST), today)
        self._period = Period.containing("day", self.day)

    def get_content_width(self, _container: Size, _viewport: Size) -> int:
        return WIDTH

    def show(self, period: Period) -> None:
        """Highlight the days of ``period``."""
        if period != self._period:
            self._period = period
            self.refresh()

    def go(self, day: date) -> None:
        """Move the cursor to a day, at most to today."""
        day = min(max(day, EARLIEST), self.today)
        if day != self.day:
            self.day = day
            self.refresh()
            self.post_message(self.Moved(day))

    def move_days(self, days: int) -> None:
        """Move the cursor by this many days."""
        try:
            self.go(self.day + timedelta(days=days))
        except OverflowError:
            return

    def move_months(self, months: int) -> None:
        """Move the cursor by this many months, at most to the month's last day."""
        number = self.day.year * 12 + self.day.month - 1 + months
        year, month = divmod(number, 12)
        if 1 <= year <= 9999:
            last = calendar.monthrange(year, month + 1)[1]
            self.go(date(year, month + 1, min(self.day.day, last)))

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y == 0:
            title = f"{self.day:%B} {self.day.year}"
            return self._strip([(pad_or_truncate(title.center(WIDTH), WIDTH), "title")], width)
        if y == 1:
            return self._strip([(_WEEK, "week")], width)
        weeks = calendar.Calendar().monthdatescalendar(self.day.year, self.day.month)
        if y - 2 >= len(weeks):
            return Strip.blank(width, self.rich_style)
        week = weeks[y - 2]
        pieces = [(f"{week[0].isocalendar().week:>2}  ", "week")]
        pieces += [
            (f" {day.day:>2} ", self._look(day)) if day.month == self.day.month else ("    ", "week") for day in week
        ]
        return self._strip(pieces, width)

    def _look(self, day: date) -> str:
        if day == self.day:
            return "cursor"
        if day > self.today:
            return "future"
        return "in" if self._period.contains(day) else "day"

    def _strip(self, pieces: list[tuple[str, str]], width: int) -> Strip:
        segments = [Segment(text, self.get_component_rich_style(f"month--{look}")) for text, look in pieces]
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the clicked day; a double click chooses it."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        event.stop()
        weeks = calendar.Calendar().monthdatescalendar(self.day.year, self.day.month)
        column = (offset.x - 4) // 4
        if not (2 <= offset.y < 2 + len(weeks) and 0 <= column < 7 and offset.x >= 4):
            return
        day = weeks[offset.y - 2][column]
        if day.month == self.day.month and day <= self.today:
            if event.chain == 2 and day == self.day:
                self.post_message(self.Moved(day, chosen=True))
            else:
                self.go(day)
