"""Two clients, one truth: the short form of ``python -m tests.endurance truth``."""

from __future__ import annotations

from tests.endurance import truth
from tests.endurance.truth_day import Day

QUIET = 3
"""A site of the demo with few visits."""


async def test_every_figure_on_the_screen_is_that_of_an_independent_count() -> None:
    """A calm start, a burst of more than a page, late hits, an outage, and deleted visits."""
    checks = truth.Checks()
    async with Day(truth.EVENING, days=False).running(QUIET, 5.0) as day:
        checks.day = day
        await checks.all("start")
        await day.later(4)
        hits = day.burst(130, 4, 10_000)
        await day.send(hits, QUIET)
        await day.poll()
        await checks.all("burst", steady=False)
        late = [{**hit, "cdt": int(day.now) - 20} for hit in day.burst(12, 1, 50_000)]
        await day.send(late, QUIET)
        await day.poll()
        await day.poll()
        day.demo.options.outage = 503
        await day.poll()
        assert "stale" in day.read().header
        day.demo.options.outage = None
        await day.poll()
        await checks.all("after late hits and an outage", steady=False)
        day.remove(str(hit["_id"]) for hit in hits[:150])
        await day.set_interval(60)
        await day.poll()
        await day.poll()
        await checks.all("deleted", steady=False)
    assert checks.wrong == {}
    assert sum(checks.done.values()) > 60
