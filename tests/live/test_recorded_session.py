"""The recorded live session, 24 polls of a real Matomo 5 s apart, replayed through the poller."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from typing import Any

from matomo_tui.api.client import Client
from matomo_tui.api.transport import Response
from matomo_tui.live.poller import Poller
from matomo_tui.live.snapshot import Kind, LiveSnapshot, Phase
from matomo_tui.live.timeline import CONVERSIONS, KINDS
from tests.live.fake_clock import FakeClock
from tests.live.matomo import SHOP
from tests.recorded import Fields, RecordedPoll, calls_sent, json_response, session_polls


class Replay:
    """Answers each poll with the recorded answer of that moment; other requests fail."""

    def __init__(self, polls: tuple[RecordedPoll, ...], clock: FakeClock) -> None:
        self._polls = polls
        self._clock = clock
        self.played: list[RecordedPoll] = []

    async def post(self, fields: Fields, *, timeout: float | None = None) -> Response:
        poll = max((one for one in self._polls if one.at <= self._clock.true), key=lambda one: one.at)
        self.played.append(poll)
        return json_response([self._answer(call, poll) for call in calls_sent(fields)])

    async def aclose(self) -> None:
        return None

    @staticmethod
    def _answer(call: dict[str, str], poll: RecordedPoll) -> Any:
        if call["method"] == "Live.getLastVisitsDetails":
            return poll.visits
        if call["method"] == "Live.getCounters" and call["lastMinutes"] in ("3", "30"):
            return poll.answer[0 if call["lastMinutes"] == "3" else 1]
        return {"result": "error", "message": "The archive is being built."}


async def replayed() -> tuple[LiveSnapshot, list[RecordedPoll]]:
    polls = session_polls()
    clock = FakeClock(polls[0].at)
    replay = Replay(polls, clock)
    poller = Poller(Client(replay, now=clock.now), SHOP, clock=clock, rng=random.Random(3))
    task = asyncio.ensure_future(poller.run())
    await clock.advance(polls[-1].at - polls[0].at + 6)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return poller.snapshot, replay.played


async def test_the_feed_has_the_newest_answer_of_each_visit() -> None:
    snapshot, played = await replayed()
    assert len({id(poll) for poll in played}) >= 22
    newest: dict[int, dict[str, Any]] = {}
    for poll in played:
        for row in poll.visits:
            known = newest.get(row["idVisit"])
            if known is None or row["lastActionTimestamp"] >= known["lastActionTimestamp"]:
                newest[row["idVisit"]] = row
    assert {row.id_visit: row.last_action_at for row in snapshot.feed.visits} == {
        number: row["lastActionTimestamp"] for number, row in newest.items()
    }
    times = [row.last_action_at for row in snapshot.feed.visits]
    assert times == sorted(times, reverse=True)
    assert snapshot.poll.phase is Phase.LIVE
    assert snapshot.poll.error is None


async def test_minutes_and_rankings_add_up_to_the_visits() -> None:
    snapshot, _ = await replayed()
    rows = snapshot.feed.visits
    hour = snapshot.minutes.last_minute_at - 59 * 60
    entries = [entry for row in rows for entry in row.timeline if entry.at >= hour]
    assert sum(snapshot.minutes.actions) == sum(entry.kind not in CONVERSIONS for entry in entries)
    assert sum(snapshot.minutes.visits) == sum(row.first_action_at >= hour for row in rows)
    views = [entry for entry in entries if entry.kind is Kind.PAGE and entry.at >= snapshot.taken_at - 1800]
    assert sum(row.recent for row in snapshot.pages.rows) == len(views)
    assert snapshot.pages.total == len(snapshot.pages.rows)
    active = snapshot.counters.active.value
    assert active == sum(row.here for row in snapshot.countries.rows) == sum(row.here for row in snapshot.pages.rows)
    assert snapshot.happenings.rows


async def test_actions_are_counted_as_matomo_counts_them() -> None:
    """The increase of the 30-minute counter between polls equals the actions of the visits in that time."""
    first, *_, last = session_polls()
    rose = last.answer[1][0]["actions"] - first.answer[1][0]["actions"]
    newest = {row["idVisit"]: row for poll in session_polls() for row in poll.visits}
    since = first.at + 3600
    shown = sum(
        action["timestamp"] > since and KINDS.get(str(action["type"]), Kind.OTHER) not in CONVERSIONS
        for row in newest.values()
        for action in row["actionDetails"]
    )
    assert abs(shown - rose) <= 0.03 * rose
