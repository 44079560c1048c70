"""Questions of a working day, answered on the live screen by as few keys as promised."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from matomo_tui.api.errors import BadRequest
from matomo_tui.config.remembered import Remembered
from matomo_tui.live.snapshot import Feed, Phase, Presence
from matomo_tui.ui.live.feed import FeedPane
from matomo_tui.ui.live.feed_columns import NAMES
from tests.ui import snapshots
from tests.ui.conftest import Stage, stage


def feed_title(on: Stage) -> str:
    """The line above the visits."""
    return next(line for line in on.lines if "Visits " in line and "──" in line)


def feed_lines(on: Stage) -> list[str]:
    """The lines of the visits on the screen."""
    place = on.lines.index(feed_title(on))
    return [line for line in on.lines[place + 1 : -1] if line[2:10].count(":") == 2]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_who_is_on_this_page_now_and_where_from_takes_two_keys(size: tuple[int, int]) -> None:
    snapshot = snapshots.busy()
    top = snapshot.pages.rows[0]
    on_it = [visit for visit in snapshot.feed.visits if visit.page == top.label]
    there = [visit for visit in on_it if visit.presence is Presence.ACTIVE]
    assert 0 < len(there) < len(on_it), "some left hours ago, or sit idle"
    async with stage(snapshot, size) as on:
        await on.pilot.press("tab", "enter")
        await on.pilot.pause()
        assert f"{len(there)} of {len(snapshot.feed.visits)} on {top.label} now" in feed_title(on)
        lines = feed_lines(on)
        assert 0 < len(lines) <= len(there)
        for line, visit in zip(lines, there, strict=False):
            assert visit.source[:10] in line
            assert visit.page[:20] in line
        assert on.poller.wishes == [], "the filter is ours: it asks the server for nothing"
        await on.pilot.press("escape")
        await on.pilot.pause()
        assert f" on {top.label}" not in feed_title(on)


async def test_the_filter_by_a_row_stays_while_visits_come_and_go() -> None:
    snapshot = snapshots.busy()
    async with stage(snapshot, (120, 40)) as on:
        await on.pilot.press("tab", "tab", "enter")
        source = snapshot.sources.rows[0].label
        count = sum(visit.source == source for visit in snapshot.feed.visits)
        assert f"{count} of 143 from {source}" in feed_title(on)
        left = tuple(visit for visit in snapshot.feed.visits if visit.source != source)
        await on.publish(replace(snapshot, feed=replace(snapshot.feed, visits=left)))
        assert f"0 of {len(left)} from {source}" in feed_title(on)
        assert f"No visits from {source} any more; esc shows all" in on.text
        await on.pilot.press("escape")
        await on.pilot.pause()
        assert f"{len(left)} listed in 30 min" in feed_title(on)


async def test_words_narrow_the_visits_of_a_row_and_esc_shows_all_again() -> None:
    snapshot = snapshots.busy()
    async with stage(snapshot, (120, 40)) as on:
        await on.pilot.press("tab", "enter", "slash", *"germany", "enter")
        await on.pilot.pause()
        top = snapshot.pages.rows[0].label
        here = [visit for visit in snapshot.feed.visits if visit.page == top and visit.presence is Presence.ACTIVE]
        count = sum(visit.country == "Germany" for visit in here)
        assert f'{count} of 143 on {top} now with "germany"' in feed_title(on)
        await on.pilot.press("escape")
        await on.pilot.pause()
        assert "143 listed in 30 min" in feed_title(on)


async def test_a_page_that_nobody_is_on_shows_who_saw_it() -> None:
    snapshot = snapshots.busy()
    gone = tuple(replace(visit, presence=Presence.IDLE) for visit in snapshot.feed.visits)
    rows = tuple(replace(row, here=0) for row in snapshot.pages.rows)
    quiet = replace(snapshot, feed=Feed(gone, 500, ready=True), pages=replace(snapshot.pages, rows=rows))
    async with stage(quiet, (120, 40)) as on:
        await on.pilot.press("tab", "enter")
        await on.pilot.pause()
        saw = sum(rows[0].label in visit.viewed for visit in gone)
        assert f"{saw} of 143 that saw {rows[0].label}" in feed_title(on)


async def test_f_on_a_row_still_narrows_every_screen() -> None:
    snapshot = snapshots.busy()
    async with stage(snapshot, (120, 40)) as on:
        await on.pilot.press("tab", "f")
        await on.pilot.pause()
        assert on.poller.wishes == [("switch", (None, snapshot.pages.rows[0].segment))]


async def test_goals_and_events_have_the_colour_of_their_kind() -> None:
    async with stage(snapshots.busy(), (200, 60)) as on:
        strips = on.app.screen._compositor.render_strips()
        colors: dict[str, str] = {}
        for strip in strips:
            for segment in strip:
                for sign in "◈★◇⌕":
                    if sign in segment.text and segment.style:
                        colors[sign] = str(segment.style.color)
        assert len(colors) == 4
        assert len(set(colors.values())) == 4


async def test_the_feed_has_the_columns_that_were_chosen_and_keeps_them(tmp_path: Path) -> None:
    snapshot = snapshots.busy()
    first = snapshot.feed.visits[0]
    async with stage(snapshot, (120, 40), remembered=Remembered(tmp_path)) as on:
        assert first.ip not in on.text
        await on.pilot.press("m")
        await on.pilot.pause()
        assert "Columns of the feed" in on.text
        rows = list(NAMES)
        await on.pilot.press(*["down"] * rows.index("ip"), "space", *["K"] * (rows.index("ip") - 1), "m")
        await on.pilot.pause()
        assert first.ip in on.text
        assert "IP" in next(line for line in on.lines if line.strip().startswith("Time"))
        await on.pilot.press("enter")
        await on.pilot.pause()
        assert len(on.app.screen_stack) == 2, "the visit under the cursor opens as before"
    async with stage(snapshot, (120, 40), remembered=Remembered(tmp_path)) as on:
        assert first.ip in on.text
        await on.pilot.press("m", "R", "m")
        await on.pilot.pause()
        assert first.ip not in on.text
    async with stage(snapshot, (120, 40), remembered=Remembered(tmp_path)) as on:
        assert first.ip not in on.text


async def test_every_column_of_the_feed_can_be_drawn() -> None:
    snapshot = snapshots.busy()
    async with stage(snapshot, (400, 40)) as on:
        on.app.live.query_one(FeedPane)._choose(tuple(NAMES))
        await on.pilot.pause()
        (first,) = snapshot.feed.visits[:1]
        row = next(line for line in on.lines if str(first.id_visit) in line and "Visit " not in line)
        for words in (first.ip, first.browser, first.operating_system, first.country, first.device):
            assert words in row


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_a_segment_that_matomo_refuses_is_removed_with_the_keys_that_the_banner_names(
    size: tuple[int, int],
) -> None:
    error = BadRequest("Invalid 'log_visit.config_device_type' segment value unknown")
    async with stage(snapshots.busy(), size, keymap={"live.clear_segment": "f7"}) as on:
        await on.pilot.press("tab", "f")
        fresh = on.poller.snapshot
        poll = replace(fresh.poll, phase=Phase.STALE, in_flight=False, error=error, failures=1)
        await on.publish(replace(fresh, poll=poll))
        assert f"{error}. f7 drops the segment, S picks another." in " ".join(on.text.split())
        assert "r tries again" not in on.text, "that alone does not help"
        assert on.lines[-1].split()[1] == "everybody", "the footer begins with it"
        await on.pilot.press("f7")
        assert on.poller.wishes[-1] == ("switch", (None, ""))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_what_matomo_refuses_for_another_reason_is_not_put_down_to_the_segment(size: tuple[int, int]) -> None:
    error = BadRequest("An unexpected website was found in the request.")
    async with stage(snapshots.busy(), size) as on:
        poll = replace(snapshots.starting().poll, phase=Phase.STALE, in_flight=False, error=error, failures=1)
        await on.publish(replace(snapshots.starting(), segment="deviceType==smartphone", poll=poll))
        assert "An unexpected website" in on.text
        assert "r tries again" in on.text
        assert "the segment" not in on.text
