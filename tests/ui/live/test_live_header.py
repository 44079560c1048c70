"""The line at the top: what stays where there is little room, and a server that keeps one waiting."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from matomo_tui.live.snapshot import LiveSnapshot, Pace
from matomo_tui.ui.live.live_header import freshness
from tests.ui import snapshots
from tests.ui.conftest import stage


def stretched(pace: Pace) -> LiveSnapshot:
    """The interval is not the person's own, for the reason ``pace``."""
    snapshot = snapshots.slow()
    return replace(snapshot, poll=replace(snapshot.poll, pace=pace))


def asking(seconds: float, interval: float = 5.0) -> LiveSnapshot:
    """A request was sent ``seconds`` ago and has not been answered."""
    busy = snapshots.busy()
    poll = replace(
        busy.poll, interval=interval, in_flight=True, asked_at=snapshots.NOW - seconds, next_poll_at=snapshots.NOW + 3
    )
    return replace(busy, poll=poll)


@pytest.mark.parametrize(("pace", "words"), [(Pace.SLOW_SERVER, "slow server"), (Pace.QUIET, "quiet")])
async def test_80_columns_say_why_the_interval_is_stretched(pace: Pace, words: str) -> None:
    async with stage(stretched(pace)) as on:
        header = on.lines[0]
        for said in ("Shop", words, "● live", "9 s ago, next in 16 s", "14:02"):
            assert said in header


@pytest.mark.parametrize(("effective", "said"), [(5.05, False), (5.4, False), (5.6, True)])
async def test_an_interval_that_is_written_the_same_is_not_called_stretched(effective: float, said: bool) -> None:
    snapshot = stretched(Pace.SLOW_SERVER)
    poll = replace(snapshot.poll, interval=5.0, effective=effective)
    async with stage(replace(snapshot, poll=poll), (120, 40)) as on:
        assert ("slow server" in on.lines[0]) is said


async def test_what_went_for_a_part_that_does_not_fit_either_comes_back() -> None:
    snapshot = stretched(Pace.SLOW_SERVER)
    async with stage(snapshot) as on:
        on.app.live.narrow("pageUrl==a", "a page with an address that is rather long")
        await on.publish(snapshot)
        assert on.lines[0].startswith(" Shop  1 live  only: a page with")
        assert "slow server" not in on.lines[0]


async def test_an_answer_that_keeps_one_waiting_is_said_as_a_warning() -> None:
    async with stage(asking(2)) as on:
        assert "asking now" in on.lines[0]
        await on.publish(asking(9))
        assert "● live" in on.lines[0]
        assert "waiting 9 s" in on.lines[0]
        late = on.app.live.query_one("Freshness").rich_style
        await on.publish(snapshots.busy())
        assert "waiting" not in on.lines[0]
        assert on.app.live.query_one("Freshness").rich_style.color != late.color


def test_a_long_interval_has_patience_and_no_column_moves() -> None:
    now = snapshots.NOW
    assert "asking now" in freshness(asking(9, interval=30).poll, now)
    assert "waiting 31 s" in freshness(asking(31, interval=30).poll, now)
    assert len({len(freshness(poll.poll, now)) for poll in (asking(1), asking(9), asking(80), snapshots.busy())}) == 1
