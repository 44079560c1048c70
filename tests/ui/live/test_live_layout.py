"""Three layouts of their own, by size; what hides and what never does."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace
from rich.console import RenderableType
from textual import events
from textual.geometry import Size
from textual.screen import Screen

from matomo_tui.api.secret import Secret
from matomo_tui.config.settings import Settings
from matomo_tui.live.snapshot import Count, LiveSnapshot, VisitRow
from matomo_tui.session import Session
from matomo_tui.ui.app import MatomoApp
from matomo_tui.ui.live.feed import FeedPane
from matomo_tui.ui.live.live_layout import layout_of
from matomo_tui.ui.live.ranking_table import RankingTable
from matomo_tui.ui.live.rankings import RankingPane
from matomo_tui.ui.live.timeline import TimelinePane
from matomo_tui.ui.widgets.pane import Pane
from matomo_tui.ui.widgets.visibility import is_displayed
from tests.ui import snapshots
from tests.ui.conftest import Stage, screen_lines, stage, until

SIZES = {"compact": (80, 24), "medium": (120, 40), "large": (200, 60)}


def visible_rankings(on: Stage) -> list[str]:
    return [pane.subject.part for pane in on.app.live.query(RankingPane) if pane.display]


@pytest.mark.parametrize(
    ("size", "layout"),
    [
        ((80, 24), "compact"),
        ((109, 60), "compact"),
        ((200, 33), "compact"),
        ((110, 34), "medium"),
        ((120, 40), "medium"),
        ((179, 60), "medium"),
        ((180, 50), "large"),
        ((200, 60), "large"),
        ((400, 120), "large"),
        ((79, 24), "compact"),
        ((80, 23), "compact"),
        ((71, 40), "small"),
        ((200, 19), "small"),
        ((40, 10), "small"),
        ((39, 10), "tiny"),
        ((40, 9), "tiny"),
        ((1, 1), "tiny"),
    ],
)
def test_the_layout_for_a_size(size: tuple[int, int], layout: str) -> None:
    classes = layout_of(Size(*size))
    assert [name for name in ("tiny", "small", "compact", "medium", "large") if classes[f"-{name}"]] == [layout]


async def test_80_by_24_has_two_rankings_and_a_long_feed() -> None:
    async with stage(snapshots.busy(), SIZES["compact"]) as on:
        assert visible_rankings(on) == ["pages", "sources"]
        assert not on.app.live.query_one(TimelinePane).display
        assert on.app.live.query_one(FeedPane).outer_size.height >= 11
        assert "143" in on.lines[2]
        assert on.lines[-1].endswith("? help")


async def test_120_by_40_has_all_rankings_and_large_digits() -> None:
    async with stage(snapshots.busy(), SIZES["medium"]) as on:
        assert visible_rankings(on) == ["pages", "sources", "countries", "devices", "happenings"]
        assert not on.app.live.query_one(TimelinePane).display
        assert "▀▀█" in on.lines[2]
        assert "Visits, 30 min" in on.lines[1]


async def test_200_by_60_has_the_timeline_beside_the_feed() -> None:
    async with stage(snapshots.busy(), SIZES["large"]) as on:
        feed, timeline = on.app.live.query_one(FeedPane), on.app.live.query_one(TimelinePane)
        assert timeline.display
        assert timeline.region.y == feed.region.y
        assert timeline.region.x >= feed.region.right
        assert "Unique visitors today" in on.lines[1]


async def test_the_timeline_follows_the_cursor() -> None:
    async with stage(snapshots.busy(), SIZES["large"]) as on:
        visits = on.poller.snapshot.feed.visits
        assert f"Visit {visits[0].id_visit}" in on.text
        await on.pilot.press("down", "down")
        assert f"Visit {visits[2].id_visit}" in on.text


async def test_the_timeline_keeps_its_visit_while_it_is_read() -> None:
    snapshot = snapshots.busy()
    first, *others = snapshot.feed.visits
    new = replace(others[2], id_visit=999_999, visitor_id="ffff", last_action_at=int(snapshots.NOW) + 4)
    more = replace(first, timeline=(*first.timeline, replace(first.timeline[-1], label="/one-more")))

    def polled(*visits: VisitRow) -> LiveSnapshot:
        return replace(snapshot, feed=replace(snapshot.feed, visits=visits))

    async with stage(snapshot, SIZES["large"]) as on:
        await on.pilot.press("shift+tab", "home")
        timeline = on.app.live.query_one(TimelinePane)
        assert timeline.has_focus_within
        await on.publish(polled(new, first, *others))
        assert timeline.visit is first
        await on.publish(polled(new, *others, more))
        assert f"Visit {first.id_visit}" in on.text
        assert "/one-more" in on.text, "what the visitor does next is part of it"
        on.app.post_message(events.AppBlur())
        await on.pilot.pause()
        await on.publish(polled(replace(new, id_visit=999_998), new, *others, more))
        on.app.post_message(events.AppFocus())
        await on.pilot.pause()
        assert timeline.visit is more, "the terminal was in the background meanwhile"
        await on.pilot.press("tab")
        await on.pilot.pause()
        feed = on.app.live.query_one(FeedPane)
        assert timeline.visit is feed.highlighted, "it follows the cursor again"


async def test_the_timeline_follows_again_after_its_screen_was_covered_in_the_background() -> None:
    async with stage(snapshots.busy(), SIZES["large"]) as on:
        await on.pilot.press("shift+tab")
        timeline, feed = on.app.live.query_one(TimelinePane), on.app.live.query_one(FeedPane)
        assert timeline.has_focus_within
        on.app.post_message(events.AppBlur())
        await on.pilot.pause()
        await on.app.run_action("help")
        on.app.post_message(events.AppFocus())
        await on.pilot.pause()
        await on.pilot.press("escape")
        await on.pilot.pause()
        assert feed.has_focus_within
        await on.pilot.press("down", "down")
        await on.pilot.pause()
        assert timeline.visit is feed.highlighted


@pytest.mark.parametrize("presses", [3, 4, 5])
async def test_a_pane_hidden_while_the_terminal_is_in_the_background_gets_no_keys(presses: int) -> None:
    async with stage(snapshots.busy(), SIZES["large"]) as on:
        await on.pilot.press(*["tab"] * presses)
        on.app.post_message(events.AppBlur())
        await on.pilot.pause()
        await on.pilot.resize_terminal(*SIZES["compact"])
        await on.pilot.pause()
        assert on.app.focused is None
        on.app.post_message(events.AppFocus())
        await on.pilot.pause()
        await on.pilot.press("down")
        feed = on.app.live.query_one(FeedPane)
        assert feed.has_focus_within
        assert is_displayed(feed)
        assert feed.highlighted is on.poller.snapshot.feed.visits[1]


@pytest.mark.parametrize("size", [(39, 20), (20, 5), (60, 9)])
async def test_smaller_says_what_it_needs(size: tuple[int, int]) -> None:
    async with stage(snapshots.busy(), size) as on:
        assert "40×10" in on.text
        assert f"{size[0]}×{size[1]}" in on.text
        if size[1] > 5:
            assert "143 in 30 min" in on.text


async def test_a_small_terminal_keeps_its_figures_fresh() -> None:
    async with stage(snapshots.busy(), (39, 20)) as on:
        await on.publish(snapshots.quiet())
        assert "4 in 30 min" in on.text
        assert "Blog ● live" in on.text


@pytest.mark.parametrize("size", [(40, 10), (60, 16), (71, 40), (150, 12)])
async def test_from_40_by_10_on_state_counters_and_feed_are_there(size: tuple[int, int]) -> None:
    async with stage(snapshots.busy(), size) as on:
        assert "● live" in on.lines[0]
        assert "active" in on.lines[1]
        assert on.lines[2].split()[0] == f"{snapshots.busy().counters.active.value:.0f}"
        assert "143 listed in 30 min" in on.lines[3]
        assert sum(line[2:10].count(":") == 2 for line in on.lines) == size[1] - 5
        assert not any(pane.display for pane in on.app.live.query(RankingPane))
        await on.pilot.press("down", "enter")
        assert on.app.screen is not on.app.live


async def test_79_columns_have_what_80_have() -> None:
    async with stage(snapshots.busy(), (79, 24)) as on:
        narrow = on.text
        assert visible_rankings(on) == ["pages", "sources"]
    async with stage(snapshots.busy(), (80, 24)) as on:
        labels = on.lines[1].split()
    assert narrow.splitlines()[1].split() == labels


async def test_wider_than_200_chart_and_rankings_grow() -> None:
    heights = {}
    for size in ((200, 60), (240, 60), (240, 80)):
        async with stage(snapshots.busy(), size) as on:
            heights[size] = [on.app.live.query_one(name).region.height for name in ("#minutes", "#sources", "#feed")]
    usual, wide, high = heights.values()
    assert wide[0] > usual[0]
    assert wide[1] > usual[1]
    assert all(more > less for more, less in zip(high, wide, strict=True))


@pytest.mark.parametrize("size", SIZES.values())
async def test_a_key_shows_the_focused_pane_alone_and_all_panes_again(size: tuple[int, int]) -> None:
    async with stage(snapshots.busy(), size) as on:
        await until(on.pilot, lambda: "visits" in on.text)  # the chart is drawn last
        before = on.text
        await on.pilot.press("Z")
        await on.pilot.pause()
        assert [pane.id for pane in on.app.live.query(Pane) if pane.display] == ["feed"]
        assert "Visits" in on.lines[1]
        others = 5 + (size[0] >= 120)  # with the line of sections
        assert sum(line[2:10].count(":") == 2 for line in on.lines) >= size[1] - others
        await on.pilot.press("Z")
        await on.pilot.pause()
        assert on.text == before
        on.app.live.query_one("#pages", RankingPane).table.focus()
        await on.pilot.press("Z")
        await on.pilot.pause()
        assert "Pages now" in on.lines[1]
        assert len([pane for pane in on.app.live.query(Pane) if pane.display]) == 1
        await on.pilot.press("escape")
        await on.pilot.pause()
        assert len(visible_rankings(on)) >= 2
        await on.pilot.press("Z", "enter")
        await on.pilot.pause()
        assert on.app.live.query_one(FeedPane).display, "the visits of the row are in the feed"


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (400, 3), (3, 400), (300, 100)])
async def test_no_size_is_too_odd(size: tuple[int, int]) -> None:
    async with stage(snapshots.crowded(), size) as on:
        assert len(screen_lines(on.app)) == size[1]


@pytest.mark.parametrize("name", SIZES)
async def test_after_a_storm_of_resizes_the_layout_is_as_if_started_in_it(name: str) -> None:
    async def settled(on: Stage) -> str:
        # plotext comes in the background; the large layouts have its second curve then.
        await until(on.pilot, lambda: name == "compact" or "▼ visits" in on.text)
        return on.text

    async with stage(snapshots.busy(), SIZES[name]) as on:
        fresh = await settled(on)
    async with stage(snapshots.busy(), (80, 24)) as on:
        for size in [(200, 60), (40, 10), (120, 40), (1, 1), (110, 34), (79, 24), (200, 60), SIZES[name]]:
            await on.pilot.resize_terminal(*size)
        assert (await settled(on)).splitlines() == fresh.splitlines()


@pytest.mark.parametrize("size", SIZES.values())
async def test_no_line_is_wider_than_the_terminal(size: tuple[int, int]) -> None:
    from rich.cells import cell_len

    async with stage(snapshots.hostile(), size) as on:
        assert all(cell_len(line) <= size[0] for line in on.lines)
        assert len(on.lines) == size[1]


@pytest.mark.parametrize("size", SIZES.values())
async def test_nothing_jumps_when_figures_grow(size: tuple[int, int]) -> None:
    """The labels and titles stand where they stood."""
    async with stage(snapshots.quiet(), size) as on:
        before = [pane.region for pane in on.app.live.query("Pane") if pane.display]
        labels = on.lines[1]
        await on.publish(snapshots.build(snapshots.BLOG, 400, seed=3))
        assert [pane.region for pane in on.app.live.query("Pane") if pane.display] == before
        assert on.lines[1] == labels


async def test_a_pane_is_built_once_there_is_room_for_it() -> None:
    async with stage(snapshots.busy(), SIZES["compact"]) as on:
        devices = on.app.live.query_one("#devices", RankingPane)
        assert not devices.query(RankingTable)
        await on.pilot.resize_terminal(*SIZES["medium"])
        await until(on.pilot, lambda: any("Desktop" in line for line in on.lines))
        assert devices.query_one(RankingTable).region.height > 3


@pytest.mark.usefixtures("painted")
@pytest.mark.parametrize("size", SIZES.values())
async def test_the_first_frame_is_the_screen_that_waits_and_no_title_changes(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_settings: Settings, _token: Secret | None) -> Session:
        await asyncio.sleep(3600)
        raise AssertionError

    frames: list[list[str]] = []
    display = MatomoApp._display

    def keep(app: MatomoApp, screen: Screen[Any], frame: RenderableType | None) -> None:
        frames.append(screen_lines(app))
        display(app, screen, frame)

    monkeypatch.setattr(MatomoApp, "_display", keep)
    app = MatomoApp(None, Settings(demo=True), never)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: bool(app.live.query(RankingTable)))
        await pilot.pause()
        first, last = next(frame for frame in frames if any(frame)), screen_lines(app)
    assert "connecting" in first[0]
    titles = [line for line in first if "─ " in line]
    assert any("Pages now" in line for line in titles)
    # A sweep on the titles shows that data is loading.
    assert [line.replace("━", "─") for line in last if "─ " in line] == titles


async def test_a_few_points_are_no_course_and_thousands_have_no_comma() -> None:
    few = snapshots.busy()
    counters = replace(few.counters, revenue=Count(1234.0, None, (1.0, 2.0, 3.0, 4.0)), today=Count(1234.0))
    async with stage(replace(few, counters=counters), (120, 40)) as on:
        label = on.lines[1].index("Revenue today")
        courses = on.lines[6]
        assert not courses[label:].strip()
        assert courses[:label].strip()
        today = on.lines[1].index("Visits today")
        assert on.lines[4][today : today + 17].rstrip() == "▀▀▀  ▀▀▀ ▀▀▀   ▀", "1 234 without a mark under the line"
        assert not on.lines[7].strip(), "a blank row before the next frame"
        five = replace(counters, revenue=Count(1234.0, None, (1.0, 2.0, 3.0, 4.0, 5.0)))
        await on.publish(replace(few, counters=five))
        assert on.lines[6][label:].strip()
