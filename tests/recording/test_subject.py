"""A replay follows the site and segment of the live screen that was shown, and no other requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from matomo_tui.api import sites
from matomo_tui.api.client import Client
from matomo_tui.api.site import Site
from matomo_tui.live.poller import Poller
from matomo_tui.live.site_activity import Focus
from matomo_tui.live.sites_poller import SitesPoller
from matomo_tui.recording.exchange import RecordedCall
from matomo_tui.recording.recording import Recording, read_recording
from matomo_tui.recording.recording_transport import RecordingTransport
from tests.demo.asking import fewer_visits
from tests.recording.studio import Steady, Studio, recording_of_the_demo


@pytest.fixture(autouse=True)
def _fewer_visits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recording of a few visits a minute shows as much."""
    fewer_visits(monkeypatch, lambda site: 0.3)


def subjects(recording: Recording) -> list[int]:
    """The sites that a replay comes to, one after the other."""
    found: list[int] = []
    for second in range(int(recording.end - recording.begin) + 1):
        subject = recording.subject_at(recording.begin + second)
        assert subject is not None
        if found[-1:] != [subject[0]]:
            found.append(subject[0])
    return found


async def sites_of(studio: Studio) -> Sequence[Site]:
    return await studio.poller._connection.client.call(sites.get_sites_with_at_least_view_access(limit=5))


@asynccontextmanager
async def tab(studio: Studio, site: Site) -> AsyncIterator[Poller]:
    """A second tab on the same Matomo, which is not shown."""
    client = Client(RecordingTransport(studio.cable, studio.recorder, "https://shop.example"), now=studio.clock.now)
    poller = Poller(client, site, clock=studio.clock, rng=Steady())
    poller.set_unseen(True)
    task = asyncio.ensure_future(poller.run())
    try:
        yield poller
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _was_a_poll(calls: Sequence[RecordedCall]) -> tuple[int, str] | None:
    return (0, "") if any(call.is_of_visits or call.is_of_counters for call in calls) else None


@pytest.mark.parametrize("older", [False, True])
async def test_all_sites_are_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, older: bool) -> None:
    file = tmp_path / "a.rec"
    if older:
        monkeypatch.setattr("matomo_tui.recording.recorder.polled", _was_a_poll)
    async with recording_of_the_demo(file) as studio:
        others = await sites_of(studio)
        studio.poller.switch(site=others[1])
        await studio.polls(2)
        await studio.clock.advance(2)
        poller = SitesPoller(studio.poller._connection.client, studio.clock)
        poller.look_at(Focus(tuple(site.id for site in others), recent=True))
        task = asyncio.ensure_future(poller.run())
        await studio.polls(8)
        task.cancel()
        polls = studio.snapshot.poll.polls
    recording = read_recording(file)
    assert subjects(recording) == [others[1].id]
    assert older or len(recording.polls) == polls


async def test_of_two_tabs_the_one_that_was_shown_is_followed(tmp_path: Path) -> None:
    file = tmp_path / "a.rec"
    async with recording_of_the_demo(file) as studio:
        first, second, *_ = await sites_of(studio)
        await studio.polls(2)
        await studio.clock.advance(2)
        async with tab(studio, second) as other:
            await studio.polls(24)
            studio.poller.set_unseen(True)
            other.set_unseen(False)
            await studio.polls(24)
            studio.poller.set_unseen(False)
            other.set_unseen(True)
            await studio.polls(14)
    assert subjects(read_recording(file)) == [first.id, second.id, first.id]


async def test_two_tabs_that_cannot_be_told_apart_are_not_mixed(tmp_path: Path) -> None:
    file = tmp_path / "a.rec"
    async with recording_of_the_demo(file) as studio:
        first, second, *_ = await sites_of(studio)
        studio.poller.set_interval(60)
        await studio.polls(2)
        async with tab(studio, second):
            await studio.polls(60)
    assert subjects(read_recording(file)) == [first.id]


async def test_a_tab_that_was_opened_in_place_of_another_is_followed(tmp_path: Path) -> None:
    file = tmp_path / "a.rec"
    async with recording_of_the_demo(file) as studio:
        first, second, *_ = await sites_of(studio)
        await studio.polls(4)
        studio.poller.pause()
        async with tab(studio, second):
            await studio.polls(40)
    assert subjects(read_recording(file)) == [first.id, second.id]
