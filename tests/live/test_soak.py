"""Hours of polling on a fake clock: nothing grows. The benchmarks run for days and measure the process."""

from __future__ import annotations

import asyncio
import gc
import random
from contextlib import suppress
from typing import Any

from matomo_tui.live.feed import BOUND
from matomo_tui.live.poller import Poller
from tests.live.fake_clock import FakeClock
from tests.live.matomo import SHOP, LiveMatomo, page_view, visit


async def crowd(clock: FakeClock, matomo: LiveMatomo, poller: Poller, seconds: int, rng: random.Random) -> None:
    """Visits that begin, continue and end; the server has deleted those that the feed no longer keeps."""
    rows: list[dict[str, Any]] = matomo.visits.setdefault(1, [])
    for _ in range(seconds // 15):
        now = int(clock.true)
        rows.extend(visit(at, at, path=f"/{rng.randrange(500)}") for at in (now - 7, now))
        row = rng.choice(rows[-20:])
        row["actionDetails"] = [*row["actionDetails"], page_view(now, f"/{rng.randrange(500)}")]
        row["lastActionTimestamp"] = now
        del rows[: -BOUND - 20]
        await clock.advance(15)


def sizes(poller: Poller) -> dict[str, int]:
    watch = poller._site_state
    snapshot = poller.snapshot
    return {
        "feed": len(watch.feed),
        "minutes": len(watch.minutes),
        "samples": len(watch._visits_3) + len(watch._visits_30) + len(watch._today) + len(watch._active),
        "rows": sum(len(ranking.rows) for ranking in (snapshot.pages, snapshot.sources, snapshot.happenings)),
        "waiters": len(asyncio.all_tasks()),
    }


async def test_hundreds_of_polls_do_not_grow() -> None:
    clock = FakeClock()
    matomo = LiveMatomo(clock, latency=0.0)
    matomo.keep_requests = False
    poller = Poller(matomo.client(), SHOP, clock=clock, interval=15, rng=random.Random(1))
    task = asyncio.ensure_future(poller.run())
    rng = random.Random(2)
    await crowd(clock, matomo, poller, 15 * 300, rng)
    early, objects = sizes(poller), _objects()
    await crowd(clock, matomo, poller, 15 * 250, rng)
    late = sizes(poller)
    assert poller.snapshot.poll.polls > 500
    assert late["feed"] == early["feed"] == BOUND
    for name, size in late.items():
        assert size <= early[name] * 1.25 + 5, name
    assert _objects() - objects < 125, "an object for every other poll"
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _objects() -> int:
    gc.collect()
    return len(gc.get_objects())
