"""Two clients, one truth: every figure of the live screen beside a count of the visits, through a simulated day.

A second client asks the demo for its visits with its own requests, and counts them with its own arithmetic
(``tests.real.counting``). The first one is the application: its figures are read from the cells of its screen.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from matomo_tui.live.snapshot import Phase
from tests.endurance import truth_count
from tests.endurance.lines import Lines
from tests.endurance.truth_count import Compared, Wrong
from tests.endurance.truth_day import Day
from tests.real.counting import Place

SHOP, BLOG = 1, 2
PAGE = 100
"""Visits that the program requests at once."""
BOUND = 500
"""Visits that its feed keeps."""
EVENING = datetime(2026, 10, 24, 20, 0, tzinfo=UTC).timestamp()
"""22:00 in Berlin, in the night in which the hour from 2 to 3 is repeated."""
MINUTE, HOUR = 60, 3600


class Checks:
    """Counts the comparisons of each figure, and those that differ."""

    day: Day

    def __init__(self) -> None:
        self.done: Counter[str] = Counter()
        self.wrong: dict[str, list[tuple[str, Wrong]]] = {}

    def note(self, compared: Compared, *, when: str) -> None:
        """Note the results of a comparison."""
        for name, right, found in compared:
            self.done[name] += 1
            if not right:
                at = datetime.fromtimestamp(self.day.now, UTC).astimezone(self._place.zone)
                self.wrong.setdefault(name, []).append((f"{when}, {at:%d %b %H:%M:%S %Z}", found))

    @property
    def _place(self) -> Place:
        return self.day.ledgers[self.day.poller.snapshot.site.id].place

    async def all(self, when: str, *, steady: bool = True) -> None:
        """Compare everything on the screen; ``steady``: no hit came late."""
        day, now = self.day, self.day.now
        ledger, figures, snapshot = await day.ledger(), day.read(), day.poller.snapshot
        partial = snapshot.pages.of_newest
        self.note(truth_count.compare(figures, ledger, now, bound=partial, steady=steady), when=when)
        if ledger.days:
            self.note(truth_count.visits_today(figures, ledger, now), when=when)
        if ledger.days and snapshot.counters.archived_at == now:
            self.note(truth_count.report(figures, ledger, now), when=when)
        last = snapshot.minutes.last_minute_at
        pairs = zip(snapshot.minutes.actions, snapshot.minutes.visits, strict=True)
        shown = {last - MINUTE * (59 - place): pair for place, pair in enumerate(pairs)}
        known_from = max(snapshot.minutes.known_from, min(shown))
        self.note(truth_count.minutes(shown, ledger, known_from), when=when)
        age = "0 s ago" in figures.header
        self.note(iter([("age", age, ("age", figures.header[-60:], "0 s ago"))]), when=when)

    def print(self, lines: Lines) -> None:
        """Print a line for each figure."""
        for name, number in sorted(self.done.items()):
            wrong = self.wrong.get(name, [])
            details = {"first": repr(wrong[0])[:600]} if wrong else {}
            lines.equal(f"truth: {name}: comparisons that differ", len(wrong), 0, compared=number, **details)


async def calm(day: Day, checks: Checks, every: int) -> None:
    """An evening, and hits that a queue writes late."""
    await passing(day, checks, 10 * MINUTE, interval=5, every=every, when="calm")
    late = [{**hit, "cdt": int(day.now) - 25 - place} for place, hit in enumerate(day.burst(12, 1, 50_000))]
    await day.send(late, SHOP)
    async for number in day.polls(30):
        if number >= 2:
            await checks.all("after late hits", steady=False)


async def burst(day: Day, checks: Checks, every: int) -> None:
    """Ten times as many visits as a page has within four seconds, and until they are out of the last half hour."""
    await day.later(4)
    await day.send(day.burst(10 * PAGE, 4, 10_000), SHOP)
    async for number in day.polls(MINUTE):
        if number < 4 or number % every == 0:
            await checks.all("burst", steady=False)
    await passing(day, checks, 34 * MINUTE, interval=30, every=every, when="after a burst")
    await day.send(day.burst(3 * PAGE, 4, 20_000), SHOP)  # as late as the oldest of them
    async for number in day.polls(5 * MINUTE):
        if number > 2 and number % every == 0:
            await checks.all("late burst", steady=False)


async def corrections(day: Day, checks: Checks, every: int) -> None:
    """A bot's visits come, and are deleted."""
    hits = day.burst(60, 30, 90_000)
    await day.send(hits, SHOP)
    async for number in day.polls(30):
        if number > 2:
            await checks.all("bots", steady=False)
    day.remove(str(hit["_id"]) for hit in hits)
    async for number in day.polls(5 * MINUTE):
        if number >= 15 and number % every == 0:
            await checks.all("bots deleted", steady=False)


async def outage(day: Day, checks: Checks, every: int) -> None:
    """The server is down for ten minutes, and for longer than half an hour."""
    for length in (10 * MINUTE, 45 * MINUTE):
        await _outage(day, checks, length, every)


async def _outage(day: Day, checks: Checks, seconds: float, every: int) -> None:
    day.demo.options.outage = 503
    before = day.read()
    async for _ in day.polls(seconds):
        figures = day.read()
        kept = {name: tile for name, tile in figures.counters.items() if "min" in name or "now" in name}
        same = kept.items() <= before.counters.items() or day.poller.snapshot.poll.phase is not Phase.STALE
        checks.note(iter([("kept in an outage", same, ("kept", kept, before.counters))]), when="outage")
    day.demo.options.outage = None
    while day.poller.snapshot.poll.phase is not Phase.LIVE:
        await day.poll()
    async for number in day.polls(2 * MINUTE):
        if number % every == 0:
            await checks.all("after an outage", steady=False)


async def elsewhere(day: Day, checks: Checks, every: int) -> None:
    """Switch to another site and back, by keys."""
    for site_id, name in ((BLOG, "Field Notes"), (SHOP, "Lumen & Oak")):
        await day.switch(site_id, name)
        async for number in day.polls(3 * MINUTE):
            if number > 1 and number % every == 0:
                await checks.all(f"switched to {name}")


async def night(day: Day, checks: Checks, every: int) -> None:
    """Midnight, and the hour that is repeated."""
    await passing(day, checks, 4 * MINUTE, interval=5, every=every, when="before midnight")
    await passing(day, checks, 4 * MINUTE, interval=5, every=1, when="midnight")
    await passing(day, checks, 2 * HOUR + 50 * MINUTE, interval=60, every=5 * every, when="night")
    await passing(day, checks, 12 * MINUTE, interval=5, every=every, when="clocks change")
    await passing(day, checks, HOUR, interval=60, every=every, when="repeated hour")


async def hours(day: Day, checks: Checks, every: int) -> None:
    """The rest of the long day up to its end, and after the computer slept, the evening after."""
    await passing(day, checks, EVENING + 27 * HOUR - day.now - MINUTE, interval=60, every=10 * every, when="day")
    await passing(day, checks, 4 * MINUTE, interval=5, every=1, when="second midnight")
    day.clock.suspend(22 * HOUR)
    await passing(day, checks, 2 * HOUR, interval=60, every=every, when="the evening after")


async def passing(day: Day, checks: Checks, seconds: float, *, interval: float, every: int, when: str) -> None:
    """Polls at an interval for a time."""
    if interval != day.poller.snapshot.poll.interval:
        await day.set_interval(interval)
    async for number in day.polls(seconds):
        if number % every == 0:
            await checks.all(when)


PHASES = {
    "calm": (EVENING, calm),
    "burst": (EVENING + HOUR / 2, burst),
    "corrections": (EVENING + HOUR, corrections),
    "outage": (EVENING + HOUR, outage),
    "elsewhere": (EVENING + HOUR, elsewhere),
    "night": (EVENING + 2 * HOUR - 4 * MINUTE, night),
    "hours": (EVENING + 6 * HOUR + 10 * MINUTE, hours),
}
"""The phases of the day: when each begins, and what happens."""


async def run(lines: Lines, every: int, phases: Sequence[str] = tuple(PHASES)) -> None:
    """Run phases of the day; ``every``: how many polls from one comparison to the next in calm times."""
    checks = Checks()
    for name in phases:
        start, phase = PHASES[name]
        async with Day(start).running(SHOP, 5.0) as day:
            checks.day = day
            await phase(day, checks, every)
    checks.print(lines)


def day(lines: Lines, every: int) -> None:
    """From the evening before the clocks change to the evening after the next midnight."""
    asyncio.run(run(lines, every))
