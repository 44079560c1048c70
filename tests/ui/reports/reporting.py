"""A Matomo with figures over time, and a look at a pane or screen that shows them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any

from msgspec.structs import replace
from textual import events
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from matomo_tui.api.access import Access
from matomo_tui.api.calls import PeriodKind
from matomo_tui.api.client import Client
from matomo_tui.api.errors import Role
from matomo_tui.api.secret import Secret
from matomo_tui.config.settings import Settings
from matomo_tui.reports.catalogue import Report
from matomo_tui.reports.periods import Evolution, Period
from matomo_tui.session import Session
from matomo_tui.ui.drawing.glyphs import UNICODE, Glyphs
from matomo_tui.ui.reports.report_context import ReportContext
from tests.reports.matomo import NOW, SITE, TODAY, ReportMatomo, catalogue
from tests.ui.host import Host

Row = Mapping[str, Any]


def over_time(row: Callable[[date], Any]) -> Callable[[dict[str, str]], Any]:
    """A handler that answers one date with a row, and a multi-date with one for each period in it."""

    def answer(call: dict[str, str]) -> Any:
        kind: PeriodKind = call["period"]  # type: ignore[assignment]
        if "," not in call["date"] or kind == "range":
            return row(date.fromisoformat(call["date"].split(",")[-1]))
        first, last = map(date.fromisoformat, call["date"].split(","))
        return {key: row(period.first) for period, key in Evolution(kind, first, last).keys().items()}

    return answer


def visits(day: date) -> dict[str, Any]:
    """A summary that differs from day to day, more at weekends."""
    count = 60 + (day.toordinal() * 7) % 25 + (30 if day.weekday() > 4 else 0)
    return {
        "nb_uniq_visitors": count - 5,
        "nb_visits": count,
        "nb_users": 4,
        "nb_actions": count * 3,
        "max_actions": 12,
        "bounce_count": count // 3,
        "sum_visit_length": count * 140,
        "nb_visits_converted": count // 5,
        "bounce_rate": 0.38,
        "nb_actions_per_visit": 3.1,
        "avg_time_on_site": 140,
    }


def report(method: str, **parameters: str) -> Report:
    """A report of the recorded catalogue."""
    found = catalogue().find(method, **parameters)
    assert found is not None, method
    return found


def day(back: int = 0) -> Period:
    """The day so many before today."""
    return Period.containing("day", TODAY - timedelta(days=back))


class At:
    """The clock of the recordings' day."""

    def now(self) -> float:
        return NOW

    def monotonic(self) -> float:
        return NOW

    async def wait(self, event: asyncio.Event, timeout: float) -> bool:
        return await event.wait()


def report_context(matomo: ReportMatomo, *, role: Role = "write", **changes: Any) -> ReportContext:
    """A context over ``matomo`` at the shop, yesterday; ``changes`` are of the query."""
    access = Access(superuser=role == "superuser", sites={SITE.id: role})
    found = ReportContext(
        Session(Client(matomo), Settings(), SITE, access, "5.2.1", "https://matomo.example", token=Secret("0" * 32)),
        SITE,
        At(),
    )
    if changes:
        found.set_query(replace(found.query, **changes))
    return found


class Look:
    """A pane or screen under test, as a person sees it."""

    def __init__(self, app: Host, pilot: Pilot[Any]) -> None:
        self.app, self.pilot = app, pilot

    async def settle(self) -> None:
        """Wait until nothing is asked for and everything is drawn."""
        await self.pilot.pause()
        await self.app.workers.wait_for_complete()
        await self.pilot.pause()
        await self.pilot.pause()

    async def resize(self, width: int, height: int) -> None:
        """Give the terminal another size, and wait for what that brings."""
        await self.pilot.resize_terminal(width, height)
        await self.settle()

    async def press(self, *keys: str) -> None:
        """Press keys, and wait for what they bring."""
        await self.pilot.press(*keys)
        await self.settle()

    async def type(self, words: str) -> None:
        """Type a text: the first letter by its key, which may lead into a field, and the rest at once."""
        names = {" ": "space", "-": "minus", ",": "comma", ".": "full_stop", "/": "slash"}
        await self.pilot.press(names.get(words[0], words[0]))
        assert isinstance(self.app.focused, Input)
        self.app.post_message(events.Paste(words[1:]))
        await self.settle()

    @property
    def text(self) -> str:
        """The screen."""
        return self.app.text

    def line(self, words: str) -> str:
        """The one line of the screen with ``words`` in it."""
        found = [line for line in self.app.lines if words in line]
        assert len(found) == 1, f"{words!r} in {len(found)} lines of\n{self.text}"
        return found[0]


@asynccontextmanager
async def look(
    *widgets: Widget,
    over: Screen[Any] | None = None,
    size: tuple[int, int] = (100, 20),
    glyphs: Glyphs = UNICODE,
    theme: str = "dark",
) -> AsyncIterator[Look]:
    """Show ``widgets``, or a screen ``over`` an empty one."""
    app = Host(*widgets, over=over, glyphs=glyphs, theme=theme)
    async with app.run_test(size=size) as pilot:
        found = Look(app, pilot)
        await found.settle()
        yield found
