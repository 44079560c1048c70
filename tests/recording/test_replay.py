"""A replay shows what the live screen showed, from any instant on, and an outage as an outage."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from matomo_tui.api import goals, live, sites, visits_summary
from matomo_tui.api.errors import MatomoError, NotAllowed
from matomo_tui.live.poll_plan import PollPlan
from matomo_tui.live.snapshot import LiveSnapshot, Phase
from matomo_tui.recording.exchange import RecordedCall, key_of
from matomo_tui.recording.recording import read_recording
from matomo_tui.recording.rotation import Limits, RecordingError, older_files
from tests.live.matomo import SHOP
from tests.recording.studio import recording_of_the_demo, replay, replayed

MIDNIGHT = 1795388400
"""The site's, at which 23 November 2026 begins in Berlin."""


def figures(snapshot: LiveSnapshot) -> dict[str, object]:
    """What a viewer compares: counters, visits, rankings, minutes."""
    counters = snapshot.counters
    return {
        "counters": [
            counters.active.value,
            counters.visits_3.value,
            counters.actions_3.value,
            counters.visits_30.value,
        ],
        "today": (counters.today.value, counters.today.before, counters.revenue.value, counters.conversions.value),
        "visits": [(visit.id_visit, visit.actions, visit.ip, visit.page) for visit in snapshot.feed.visits[:100]],
        "pages": [(row.label, row.here, row.recent) for row in snapshot.pages.rows[:20]],
        "countries": [(row.label, row.here, row.recent) for row in snapshot.countries.rows],
        "minutes": snapshot.minutes.actions[-20:],
    }


async def test_every_instant_shows_what_the_live_screen_showed(tmp_path: Path) -> None:
    file = tmp_path / "a.rec"
    instants: list[tuple[float, LiveSnapshot]] = []
    async with recording_of_the_demo(file, personal=True) as studio:
        for _ in range(4):
            await studio.polls(6)
            instants.append((studio.clock.now(), studio.snapshot))
    player, session = await replay(file)
    for at, seen in (instants[2], instants[0], instants[3]):
        assert figures(await replayed(player, session, at)) == figures(seen)


@pytest.mark.parametrize(("kind", "key"), [("website", "cad694cc0f882a57"), ("rollup", "7e31b0919ad2a803")])
def test_the_feed_asks_for_visits_by_the_key_that_older_recordings_have(kind: str, key: str) -> None:
    """The keys are those in files of version 0.6.8, which asked for fewer columns."""
    call = PollPlan(replace(SHOP, type=kind), segment="").visits(1795437064)
    asked = RecordedCall(call.method, {name: str(value) for name, value in call.params.items()})
    assert key_of(asked).hex() == key


@pytest.mark.parametrize(("after", "as_at"), [(0.4, 7), (1.6, 7), (60.4, 67), (85.0, 67), (120.4, 127)])
async def test_after_midnight_no_figure_is_of_the_day_before(tmp_path: Path, after: float, as_at: float) -> None:
    """A poll of the replay falls between midnight and the first one that was recorded after it, or is the first one in
    a later minute: it shows what the recorded one showed."""
    file = tmp_path / "a.rec"
    async with recording_of_the_demo(file, personal=True, start=MIDNIGHT - 33) as studio:
        seen: dict[float, LiveSnapshot] = {}
        for _ in range(32):
            await studio.polls(1)
            seen[studio.clock.now() - MIDNIGHT] = studio.snapshot
    player, session = await replay(file)
    shown = (await replayed(player, session, MIDNIGHT + after)).counters
    expected = seen[as_at].counters
    assert (shown.conversions.value, shown.revenue.value) == (expected.conversions.value, expected.revenue.value)
    assert shown.today.before == expected.today.before
    if after > 60:
        assert shown.today.value == expected.today.value
    before = (await replayed(player, session, MIDNIGHT - 8)).counters
    assert before.conversions.value == seen[-8].counters.conversions.value


async def test_masks_keep_the_figures(tmp_path: Path) -> None:
    file = tmp_path / "a.rec"
    async with recording_of_the_demo(file) as studio:
        await studio.polls(5)
        at, seen = studio.clock.now(), studio.snapshot
    player, session = await replay(file)
    shown = await replayed(player, session, at)
    assert shown.counters.active.value == seen.counters.active.value
    assert [row.label for row in shown.pages.rows] == [row.label for row in seen.pages.rows]
    ips = {visit.id_visit: visit.ip for visit in seen.feed.visits}
    masks = {(visit.ip, ips[visit.id_visit]) for visit in shown.feed.visits}
    assert len(masks) > 50
    assert len(masks) == len({mask for mask, _ in masks}) == len({ip for _, ip in masks})
    assert all(mask != ip for mask, ip in masks)


async def test_an_outage_is_replayed_as_one(tmp_path: Path) -> None:
    file = tmp_path / "a.rec"
    async with recording_of_the_demo(file) as studio:
        await studio.polls(3)
        before = studio.clock.now()
        studio.cable.out = True
        await studio.polls(4)
        during = studio.clock.now() - 1
        studio.cable.out = False
        studio.poller.resume()
        await studio.polls(3)
        after = studio.clock.now()
    player, session = await replay(file)
    phases = [(await replayed(player, session, at, polls=1)).poll.phase for at in (before, during, after)]
    assert phases == [Phase.LIVE, Phase.STALE, Phase.LIVE]
    assert "refused the connection" in str((await replayed(player, session, during, polls=1)).poll.error)


async def test_where_nothing_was_recorded_nothing_is_shown_as_live(tmp_path: Path) -> None:
    file = tmp_path / "a.rec"
    async with recording_of_the_demo(file) as studio:
        await studio.polls(3)
        studio.poller.pause()
        await studio.clock.advance(600)
        between = studio.clock.now() - 300
        studio.poller.resume()
        await studio.polls(2)
    player, session = await replay(file)
    shown = await replayed(player, session, between, polls=1)
    assert shown.poll.phase is Phase.STALE
    assert str(shown.poll.error) == "Nothing was recorded at this time."


async def test_a_recording_that_was_cut_anywhere_replays_up_to_there(tmp_path: Path) -> None:
    file = tmp_path / "a.rec"
    async with recording_of_the_demo(file) as studio:
        await studio.polls(6)
    whole = file.read_bytes()
    all_polls = read_recording(file).polls
    for share in (0.999, 0.9, 0.7):
        file.write_bytes(whole[: int(len(whole) * share)])
        polls = read_recording(file).polls
        assert 0 < len(polls) < len(all_polls)
        assert all_polls[: len(polls)] == polls
        player, session = await replay(file)
        shown = await replayed(player, session, player.end)
        assert shown.poll.phase is Phase.LIVE
        assert shown.feed.visits


async def test_rotated_files_are_one_recording(tmp_path: Path) -> None:
    file = tmp_path / "a.rec"
    async with recording_of_the_demo(file, limits=Limits(age=8 * 30.0)) as studio:
        await studio.polls(20)
        at, seen = studio.clock.now(), studio.snapshot
    assert len(older_files(file)) > 1
    player, session = await replay(file)
    assert player.end - player.begin > 90
    assert (await replayed(player, session, at)).counters.active.value == seen.counters.active.value
    for older in older_files(file):
        older.unlink()
    player, session = await replay(file)
    assert (await replayed(player, session, at)).counters.active.value == seen.counters.active.value


async def test_what_was_not_recorded_is_said(tmp_path: Path) -> None:
    file = tmp_path / "a.rec"
    async with recording_of_the_demo(file) as studio:
        await studio.polls(2)
    _, session = await replay(file)
    with pytest.raises(MatomoError, match=r"The recording has no answer to VisitsSummary.get at this time"):
        await session.client.call(visits_summary.get(1, "month", "2020-01-01"))


async def test_nothing_can_be_written(tmp_path: Path) -> None:
    file = tmp_path / "a.rec"
    async with recording_of_the_demo(file) as studio:
        await studio.polls(1)
    _, session = await replay(file)
    with pytest.raises(NotAllowed):
        await session.client.call(goals.delete_goal(1, 1))
    with pytest.raises(NotAllowed):
        await session.client.track([{"idsite": "1", "rec": "1"}])


async def test_another_site_is_followed(tmp_path: Path) -> None:
    file = tmp_path / "a.rec"
    async with recording_of_the_demo(file) as studio:
        await studio.polls(2)
        other = await studio.poller._connection.client.call(sites.get_sites_with_at_least_view_access(limit=5))
        studio.poller.switch(site=other[1])
        await studio.polls(3)
    player, session = await replay(file)
    assert player.subject() == (studio.seen[0].site.id, "")
    player.seek(player.end)
    assert player.subject() == (other[1].id, "")
    assert (await session.client.call(sites.get_site_from_id(other[1].id))).name == other[1].name


async def test_a_page_of_visits_is_cut_as_matomo_does(tmp_path: Path) -> None:
    file = tmp_path / "a.rec"
    async with recording_of_the_demo(file) as studio:
        await studio.polls(2)
    player, session = await replay(file)
    player.seek(player.end)

    async def page(limit: int, offset: int = 0, since: int | None = None) -> list[int]:
        columns = next(call.params["showColumns"] for call in _visit_calls(file)).split(",")
        call = live.get_last_visits_details(
            session.site.id,
            limit=limit,
            offset=offset,
            min_timestamp=since,
            period="day",
            date="today",
            columns=columns,
        )
        return [visit.last_action_timestamp for visit in await session.client.call(call)]

    everything = await page(500)
    assert everything == sorted(everything, reverse=True)
    assert await page(10, 20) == everything[20:30]
    assert all(at > everything[30] for at in await page(500, since=everything[30]))


def _visit_calls(file: Path) -> list[RecordedCall]:
    recording = read_recording(file)
    return [
        call
        for number in range(len(recording._entries))
        for call in recording._exchange(number).calls
        if call.is_of_visits
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read: No such file"),
        (b"something else, long enough to be read", "is not a recording of matomo-tui"),
        (b"", "nothing to replay"),
    ],
)
def test_what_is_no_recording_is_said(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    file = tmp_path / "a.rec"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(RecordingError, match=sentence):
        read_recording(file)


async def test_an_address_that_was_not_recorded_is_named(tmp_path: Path) -> None:
    file = tmp_path / "a.rec"
    async with recording_of_the_demo(file) as studio:
        await studio.polls(1)
    assert read_recording(file, "SHOP").address == "https://shop.example"
    with pytest.raises(RecordingError, match=r"no answers of blog. Addresses in it: https://shop.example"):
        read_recording(file, "blog")
