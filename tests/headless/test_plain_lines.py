"""The live screen as lines: each thing once, in the order in which it happened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from matomo_tui.headless.plain_lines import PlainScreen
from matomo_tui.live.poller import Poller
from tests.live.conftest import Start
from tests.live.fake_clock import FakeClock
from tests.live.matomo import LiveMatomo, page_view, visit

START = int(FakeClock().now())


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def matomo(clock: FakeClock) -> LiveMatomo:
    return LiveMatomo(clock)


@pytest_asyncio.fixture
async def start(clock: FakeClock, matomo: LiveMatomo) -> AsyncIterator[Start]:
    starter = Start(clock, matomo)
    yield starter
    for task in starter.tasks:
        task.cancel()
    await asyncio.gather(*starter.tasks, return_exceptions=True)


class Screen:
    """The lines that the snapshots of a poller bring."""

    def __init__(self, poller: Poller) -> None:
        self._screen = PlainScreen()
        self._polls = 0
        self.lines: list[str] = []
        poller.subscribe(self._add)

    def _add(self, snapshot: Any) -> None:
        if not snapshot.poll.in_flight and snapshot.poll.polls > self._polls and snapshot.poll.error is None:
            self._polls = snapshot.poll.polls
            self.lines += self._screen.lines(snapshot)


async def test_the_screen_comes_first_and_then_what_happens(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    matomo.add(visit(1, START - 60, START - 30, path="/shoes"))
    screen = Screen(start())
    await clock.advance(1)
    assert screen.lines[0] == "Shop. Times are those of Europe/Berlin."
    assert screen.lines[1] == (
        "13:31 Now: 1 visitor active; 1 visit in 3 minutes; 1 visit in 30 minutes; 2 actions in 30 minutes."
    )
    assert "13:31 Pages now: /shoes 1." in screen.lines
    assert screen.lines[-1] == "13:30:34 Germany views /shoes, A page (visit 1, 2 actions)"
    await clock.advance(5)
    screen.lines.clear()
    matomo.add(visit(2, START + 7, path="/", referrerType="search", referrerName="Google"))
    matomo.add(visit(1, START - 60, START - 30, START + 8, path="/shoes"))
    await clock.advance(6)
    assert screen.lines == [
        "13:31:11 Germany begins a visit from Google, views /, A page (visit 2, 1 action)",
        "13:31:12 Germany views /shoes, A page (visit 1, 3 actions)",
    ]
    screen.lines.clear()
    await clock.advance(20)
    assert screen.lines == []


async def test_counters_follow_once_a_minute_if_they_changed(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    screen = Screen(start())
    await clock.advance(20)
    screen.lines.clear()
    matomo.add(visit(1, int(clock.now())))
    await clock.advance(120)
    summaries = [line for line in screen.lines if " Now: " in line]
    assert 1 <= len(summaries) <= 2
    assert "1 visit in 30 minutes" in summaries[0]
    assert any("Today: " in line and "revenue EUR 120.50; bounce rate 50 %" in line for line in screen.lines)


async def test_kinds_of_actions_and_hostile_text(clock: FakeClock, matomo: LiveMatomo, start: Start) -> None:
    screen = Screen(start())
    await clock.advance(6)
    row = visit(1, int(clock.now()), country="Ger\x1b[2Jmany\x9b")
    at = page_view(int(clock.now()))["timestamp"]
    row["actionDetails"] += [
        {"type": "goal", "goalName": "Newsletter", "goalId": 4, "timestamp": at},
        {"type": "ecommerceOrder", "orderId": "O-1", "revenue": 20, "timestamp": at},
        {"type": "search", "siteSearchKeyword": "lamp\u202e\n", "timestamp": at},
    ]
    matomo.add(row)
    await clock.advance(6)
    text = "\n".join(screen.lines)
    assert "reaches the goal Newsletter" in text
    assert "EUR 20.00" in text
    assert "searches for lamp" in text
    assert not set(text) & set("\x1b\x9b\u202e")


async def test_a_visit_with_more_actions_than_a_timeline_has_goes_on(
    clock: FakeClock, matomo: LiveMatomo, start: Start
) -> None:
    times = range(START - 800, START - 100)
    matomo.add(visit(1, *times))
    screen = Screen(start())
    await clock.advance(1)
    screen.lines.clear()
    now = int(clock.true)
    longer = visit(1, *times, now)
    longer["actionDetails"][-1] = page_view(now, "/new")
    matomo.add(longer)
    await clock.advance(6)
    assert [line for line in screen.lines if "visit 1" in line] == [line for line in screen.lines if "/new" in line]
    assert sum("/new" in line for line in screen.lines) == 1
