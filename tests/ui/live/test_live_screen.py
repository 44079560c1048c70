"""The live screen's keys: each does what the footer says, and the poller hears of it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from textual.message import Message

from matomo_tui.config.settings import Settings
from matomo_tui.live.snapshot import LiveSnapshot, Ranked, Ranking
from matomo_tui.ui.connect.connect_screen import ConnectScreen
from matomo_tui.ui.help_screen import HelpScreen
from matomo_tui.ui.live.live_screen import SELDOM, LiveScreen
from matomo_tui.ui.live.polled_screen import INTERVALS
from matomo_tui.ui.live.ranking_table import RankingTable
from matomo_tui.ui.live.rankings import RankingPane
from matomo_tui.ui.live.site_switcher import SiteSwitcher
from matomo_tui.ui.live.visit_screen import VisitScreen
from matomo_tui.ui.widgets.pane import Pane
from tests.ui import snapshots
from tests.ui.conftest import Stage, stage


def focus_ranking(on: Stage, part: str) -> RankingPane:
    pane = on.app.live.query_one(f"#{part}", RankingPane)
    pane.table.focus()
    return pane


def pages_of(n: int) -> Ranking:
    """Pages that were never drawn before."""
    return Ranking((Ranked(f"/fresh{n}", f"/fresh{n}", 1, 1),), total=1)


async def test_the_header_says_who_where_and_how_fresh() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        header = on.lines[0]
        for words in ("Shop", "● live", "2 s ago", "next in 3 s", "view prod", "14:02", "Berlin"):
            assert words in header


async def test_the_age_counts_up_and_the_next_poll_comes_nearer() -> None:
    async with stage(snapshots.busy()) as on:
        on.clock.at += 2
        on.app.live._tick()
        await on.pilot.pause()
        assert "4 s ago, next in 1 s" in on.lines[0]


async def test_demo_and_read_only_are_said() -> None:
    async with stage(snapshots.busy(), (120, 40), Settings(demo=True, read_only=True)) as on:
        assert " DEMO " in on.lines[0]
        assert "read-only" in on.lines[0]
        await on.pilot.resize_terminal(80, 24)
        assert " DEMO " in on.lines[0]


@pytest.mark.parametrize("key", ["1", "3"])
async def test_with_16_colours_the_badge_of_the_demo_is_reversed(key: str) -> None:
    async with stage(snapshots.busy(), (120, 40), Settings(demo=True, color="16")) as on:
        await on.pilot.press(key)
        await on.pilot.pause()
        (line, *_) = on.app.screen._compositor.render_strips()
        (badge,) = [part for part in line if "DEMO" in part.text]
        assert badge.style is not None
        assert badge.style.reverse


async def test_a_stretched_interval_says_why() -> None:
    async with stage(snapshots.slow(), (120, 40)) as on:
        assert "every 25 s: slow server" in on.lines[0]


async def test_p_pauses_and_goes_on() -> None:
    async with stage(snapshots.busy()) as on:
        assert "p pause" in on.lines[-1]
        await on.pilot.press("p")
        assert on.poller.wishes == [("pause", None)]
        assert "‖ paused" in on.lines[0]
        assert on.lines[-1].startswith(" p resume")
        await on.pilot.press("p")
        assert on.poller.wishes[-1] == ("resume", None)
        assert "● live" in on.lines[0]


async def test_plus_and_minus_walk_the_intervals_to_both_ends() -> None:
    async with stage(snapshots.busy()) as on:
        await on.pilot.press("plus")
        assert on.poller.wishes[-1] == ("interval", 3)
        await on.pilot.press("plus", "plus", "plus")
        assert on.poller.snapshot.poll.interval == 2
        seen = [2.0]
        for _ in INTERVALS:
            await on.pilot.press("minus")
            seen.append(on.poller.snapshot.poll.interval)
        assert seen == [*INTERVALS, INTERVALS[-1]]


async def test_r_polls_now() -> None:
    async with stage(snapshots.busy()) as on:
        await on.pilot.press("r")
        assert on.poller.wishes == [("poll_now", None)]


@pytest.mark.parametrize(("sample", "wish"), [("stale", "poll_now"), ("stopped", "resume"), ("refused", "resume")])
async def test_r_tries_again_what_failed(sample: str, wish: str) -> None:
    async with stage(snapshots.SAMPLES[sample]()) as on:
        assert "r try again" in on.lines[-1]
        await on.pilot.press("r")
        assert on.poller.wishes == [(wish, None)]


async def test_f_narrows_step_by_step_and_escape_goes_back_step_by_step() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        first = on.poller.snapshot.countries.rows[0]
        focus_ranking(on, "countries")
        await on.pilot.press("f")
        assert on.poller.wishes[-1] == ("switch", (None, first.segment))
        assert f"only: {first.label}" in on.lines[0]

        await on.publish(replace(snapshots.busy(), segment=first.segment))
        second = on.poller.snapshot.pages.rows[1]
        focus_ranking(on, "pages")
        await on.pilot.press("home", "down", "f")
        assert on.poller.wishes[-1] == ("switch", (None, f"{first.segment};{second.segment}"))
        assert f"only: {first.label} › {second.label}" in on.lines[0]

        await on.pilot.press("escape")
        assert on.poller.wishes[-1] == ("switch", (None, first.segment))
        await on.pilot.press("escape")
        assert on.poller.wishes[-1] == ("switch", (None, ""))
        assert "only:" not in on.lines[0]


async def test_narrowing_to_the_same_twice_changes_nothing() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        focus_ranking(on, "countries")
        await on.pilot.press("f")
        await on.publish(snapshots.busy())
        wishes = list(on.poller.wishes)
        focus_ranking(on, "countries")
        await on.pilot.press("home", "f")
        assert on.poller.wishes == wishes


async def test_capital_f_drops_all_steps() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        focus_ranking(on, "countries")
        await on.pilot.press("f")
        await on.pilot.press("F")
        assert on.poller.wishes[-1] == ("switch", (None, ""))
        assert "only:" not in on.lines[0]


async def test_escape_never_quits() -> None:
    async with stage(snapshots.busy()) as on:
        await on.pilot.press(*["escape"] * 5)
        assert on.app.is_running
        assert on.app.screen is on.app.live


async def test_arrows_show_the_other_rankings_where_only_two_fit() -> None:
    async with stage(snapshots.busy(), (80, 24)) as on:
        focus_ranking(on, "pages")
        await on.pilot.pause()
        assert "←→ other ranking" in on.lines[-1]
        seen = []
        for _ in range(4):
            await on.pilot.press("right")
            seen.append(on.app.live.query_one("#pages", RankingPane).subject.part)
        assert seen == ["countries", "devices", "happenings", "pages"]
        await on.pilot.press("left")
        assert "Goals & events now" in on.text
        await on.pilot.resize_terminal(120, 40)
        assert on.app.live.query_one("#pages", RankingPane).subject.part == "pages"
        assert "←→" not in on.lines[-1]


async def test_tab_goes_through_the_panes() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        seen = []
        for _ in range(6):
            await on.pilot.press("tab")
            assert on.app.focused is not None
            seen.append(next(node.id for node in on.app.focused.ancestors if isinstance(node, Pane)))
        assert seen == ["pages", "sources", "countries", "devices", "happenings", "feed"]


async def test_the_cursor_of_a_ranking_stays_with_its_row() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        table = focus_ranking(on, "sources").table
        await on.pilot.press("down", "down")
        chosen = table.current
        assert chosen is not None
        rows = on.poller.snapshot.sources.rows
        moved = Ranking((chosen, *[row for row in rows if row != chosen]), total=len(rows))
        await on.publish(replace(on.poller.snapshot, sources=moved))
        assert table.current == chosen
        await on.publish(replace(on.poller.snapshot, sources=Ranking(rows[:2], total=2)))
        assert table.current == rows[0]


async def test_a_ranking_longer_than_its_pane_scrolls_with_the_cursor() -> None:
    rows = tuple(Ranked(f"/p{n}", f"/p{n}", 100 - n, 200 - n, f"pageUrl==/p{n}") for n in range(50))
    async with stage(replace(snapshots.busy(), pages=Ranking(rows, total=73))) as on:
        focus_ranking(on, "pages")
        await on.pilot.press("end")
        assert "/p49" in on.text
        assert "/p0 " not in on.text
        assert "Pages now 73" in on.text
        await on.pilot.press("home")
        assert "/p0 " in on.text


async def test_a_click_puts_the_cursor_on_the_row_and_a_double_click_shows_its_visits() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        table = on.app.live.query_one("#sources", RankingPane).table
        third = on.poller.snapshot.sources.rows[2]
        await on.pilot.click(table, offset=(3, 2))
        assert table.current == third
        await on.pilot.click(table, offset=(3, 2), times=2)
        await on.pilot.pause()
        assert f" of 143 from {third.label}" in on.text


async def test_y_copies_the_label_cleaned() -> None:
    async with stage(snapshots.hostile(), (120, 40)) as on:
        focus_ranking(on, "pages")
        await on.pilot.press("y")
        assert on.app.clipboard == on.poller.snapshot.pages.rows[0].label
        assert on.app.clipboard.isprintable()


@pytest.mark.parametrize(
    ("key", "screen"),
    [("s", SiteSwitcher), ("C", ConnectScreen), ("question_mark", HelpScreen), ("enter", VisitScreen)],
)
async def test_keys_that_open_a_screen_and_escape_that_closes_it(key: str, screen: type) -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        await on.pilot.press(key)
        await on.pilot.pause()
        assert isinstance(on.app.screen, screen)
        await on.pilot.press("escape")
        await on.pilot.pause()
        assert on.app.screen is on.app.live


async def test_another_site_is_followed_as_a_whole() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        focus_ranking(on, "countries")
        await on.pilot.press("f")
        await on.pilot.press("s")
        await on.pilot.pause()
        on.app.screen.dismiss(snapshots.BLOG)
        await on.pilot.pause()
        assert on.poller.wishes[-1] == ("switch", (snapshots.BLOG, ""))
        await on.publish(snapshots.quiet())
        assert "Blog" in on.lines[0]
        assert "write prod" in on.lines[0]
        assert "08:02" in on.lines[0]
        assert "only:" not in on.lines[0]


async def test_a_visit_that_is_open_goes_on_while_the_live_screen_is_covered() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        await on.pilot.press("enter")
        await on.pilot.pause()
        top = on.app.screen
        assert isinstance(top, VisitScreen)
        first = on.poller.snapshot.feed.visits[0]
        newer = replace(first, actions=first.actions + 1, page="/brand-new")
        feed = replace(on.poller.snapshot.feed, visits=(newer, *on.poller.snapshot.feed.visits[1:]))
        await on.publish(replace(on.poller.snapshot, feed=feed))
        await on.pilot.pause()
        assert top.visit == newer
        await on.pilot.press("escape")
        await on.pilot.pause()
        assert "/brand-new" in on.text


@pytest.mark.parametrize("key", ["enter", "3", "C", "s"])
async def test_what_lies_above_the_live_screen_is_not_sent_again_with_each_poll(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        await on.pilot.press(key)
        await on.pilot.pause()
        await on.pilot.pause()
        assert on.app.screen is not on.app.live
        sent: list[str] = []
        monkeypatch.setattr(on.app._driver, "write", sent.append)
        for n in range(5):
            await on.publish(replace(on.poller.snapshot, taken_at=snapshots.NOW + n, pages=pages_of(n)))
            on.app.live._tick()
            await on.pilot.pause()
        assert sum(map(len, sent)) < 1000  # a screen is 8,000 and more
        while on.app.screen is not on.app.live:
            await on.pilot.press("escape")
        await on.pilot.pause()
        assert "/fresh4" in on.text


@pytest.mark.usefixtures("painted")
async def test_behind_a_dialog_figures_go_on_seldom() -> None:
    drawn: list[Message] = []

    def hook(message: Message) -> None:
        if isinstance(message, LiveScreen.Drawn) and not any(message is other for other in drawn):
            drawn.append(message)

    async with stage(snapshots.busy(), (120, 40), hook=hook) as on:
        await on.pilot.press("s")
        await on.publish(replace(on.poller.snapshot, sources=pages_of(4)))
        assert "/fresh4" not in on.text
        drawn.clear()
        for _ in range(3 * SELDOM):
            on.app.live._tick()
            await on.pilot.pause()
        assert "/fresh4" in on.text
        assert 3 <= len(drawn) < 6, "once in ten ticks; the program's own may have come between"


async def test_the_keys_go_to_the_feed_once_it_has_come() -> None:
    async with stage(snapshots.starting()) as on:
        await on.publish(snapshots.busy())
        await on.pilot.pause()
        assert on.lines[-1].startswith(" ⏎ open")
        await on.pilot.resize_terminal(60, 20)
        await on.pilot.resize_terminal(80, 24)
        assert on.lines[-1].startswith(" ⏎ open")


async def test_snapshots_faster_than_frames_are_drawn_once() -> None:
    drawn: list[LiveSnapshot] = []

    def hook(message: Message) -> None:
        if isinstance(message, LiveScreen.Drawn) and message not in seen:
            seen.append(message)
            drawn.append(message.snapshot)

    seen: list[Message] = []
    async with stage(snapshots.busy(), hook=hook) as on:
        drawn.clear()
        many = [replace(snapshots.busy(), taken_at=snapshots.NOW + n) for n in range(50)]
        for snapshot in many:
            on.poller.publish(snapshot)
        await on.pilot.pause()
        assert drawn == [many[-1]]


async def test_no_key_that_does_nothing_is_in_the_footer() -> None:
    async with stage(snapshots.starting()) as on:
        assert "f only this" not in on.lines[-1]
        assert "F" not in on.lines[-1].split()
        assert "resume" not in on.lines[-1]
    async with stage(snapshots.busy()) as on:
        table = on.app.live.query_one("#pages RankingTable", RankingTable)
        table.focus()
        await on.publish(replace(on.poller.snapshot, pages=Ranking((Ranked("x", "x", 1, 1),), total=1)))
        await on.pilot.pause()
        on.app.live.refresh_bindings()
        await on.pilot.pause()
        assert "f only this" not in on.lines[-1]
        assert "s site" in on.lines[-1]
