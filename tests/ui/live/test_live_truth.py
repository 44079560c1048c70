"""What the live screen says of figures that are old, unknown or partial, of clocks that disagree, and of pages."""

from __future__ import annotations

import re

import msgspec
import pytest
from msgspec.structs import replace

from matomo_tui.api.errors import NotMatomo
from matomo_tui.live.feed_filter import matches, words_of
from matomo_tui.live.snapshot import Badge, Count, CounterRow, Kind, LiveSnapshot, PartErrors, Phase, Ranked, Ranking
from matomo_tui.ui.drawing.glyphs import UNICODE
from matomo_tui.ui.live.live_header import clocks
from matomo_tui.ui.live.rankings import RankingPane
from matomo_tui.ui.widgets.status import state_word
from tests.ui import snapshots
from tests.ui.conftest import Stage, stage
from tests.ui.live.feeding import LAMP, feed, only, visit

NOW = snapshots.NOW
FAILED = NotMatomo("The answer of Live.getCounters cannot be read.")


def polled(snapshot: LiveSnapshot, **poll: object) -> LiveSnapshot:
    return replace(snapshot, poll=replace(snapshot.poll, **poll))


@pytest.mark.parametrize(
    ("failing", "words"),
    [
        ((), "● live"),
        (("today",), "● live"),
        (("visits",), "◌ counters only"),
        (("counters",), "◌ no counters"),
        (("counters", "visits"), "◌ counters only"),
    ],
)
def test_live_is_said_only_where_panes_are(failing: tuple[str, ...], words: str) -> None:
    assert state_word(polled(snapshots.busy(), failing=failing).poll, UNICODE) == words


async def test_the_header_of_a_screen_whose_panes_all_fail_does_not_say_live() -> None:
    failed = replace(snapshots.log_disabled(), parts=PartErrors(visits=FAILED))
    async with stage(polled(failed, failing=("visits",))) as on:
        assert "◌ counters only" in on.lines[0]
        assert "● live" not in on.lines[0]


@pytest.mark.parametrize(
    ("offset", "ahead", "words"),
    [
        (None, 0.0, ""),
        (59.0, 60.0, ""),
        (-61.0, 0.0, "server 61 s behind this computer"),
        (600.0, 0.0, "server 10 min ahead of this computer"),
        (2.5e11, 0.0, "server 7,922 years ahead of this computer"),
        (0.0, 600.0, "tracker 10 min ahead"),
        (600.0, 90_000.0, "tracker 25 h ahead"),
        (0.0, -300.0, "hits come 5 min late"),
    ],
)
def test_clocks_that_disagree_are_named(offset: float | None, ahead: float, words: str) -> None:
    poll = polled(snapshots.busy(), clock_offset=offset, tracker_ahead=ahead).poll
    assert clocks(poll) == words


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_the_header_has_room_for_a_word_about_clocks(size: tuple[int, int]) -> None:
    async with stage(polled(snapshots.busy(), tracker_ahead=600.0), size) as on:
        assert "tracker 10 min ahead" in on.lines[0]
        await on.publish(polled(snapshots.busy(), clock_offset=-700.0))
        assert "server 12 min behind" in on.lines[0]


async def test_times_are_the_sites_if_this_computers_clock_is_wrong() -> None:
    busy = snapshots.busy()
    old = replace(busy, counters=replace(busy.counters, counters_at=NOW - 400))
    ahead = polled(old, clock_offset=-10_817.0, server_offset=-10_817.0)
    async with stage(ahead, (200, 60)) as on:
        assert on.lines[0].rstrip().endswith("11:01  Berlin")
        assert on.text.count("as of 10:55") == 3
        on.clock.at += 6
        on.app.live._tick()
        await on.pilot.pause()
        assert on.lines[0].rstrip().endswith("11:02  Berlin"), "the site's minute is over before this computer's"


async def test_what_was_not_asked_yet_is_waited_for_at_any_size() -> None:
    first = replace(snapshots.busy(), counters=CounterRow(active=Count(5.0)))
    for size in ((80, 24), (120, 40)):
        async with stage(first, size) as on:
            assert "waiting" in on.text
            assert "not known" not in on.text


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_visits_of_which_more_are_to_come_are_at_least_that_many(size: tuple[int, int]) -> None:
    busy = snapshots.busy()
    async with stage(replace(busy, feed=replace(busy.feed, pending=True)), size) as on:
        assert "143+ listed in 30 min" in on.text


async def test_a_figure_that_failed_says_so_at_80_columns() -> None:
    failed = replace(
        snapshots.busy(),
        counters=replace(snapshots.busy().counters, actions_3=Count(), visits_30=Count()),
        parts=PartErrors(counters=FAILED),
    )
    async with stage(failed) as on:
        assert on.lines[2].count("failed") == 2


async def test_a_figure_older_than_its_neighbour_has_a_mark() -> None:
    counters = snapshots.busy().counters
    old = replace(counters, counters_at=NOW - 400, today_at=NOW - 400)
    async with stage(replace(snapshots.busy(), counters=old), (120, 40)) as on:
        assert on.text.count("as of 13:55") == 3, "actions, visits and today"
    async with stage(replace(snapshots.busy(), counters=old)) as on:
        assert on.lines[2].count("~") == 5
    async with stage(replace(snapshots.busy(), counters=replace(counters, today_at=NOW - 40))) as on:
        assert on.lines[2].count("~") == 2, "what is archived alone"
    many = replace(counters, today=Count(9_999_999), revenue=Count(9_999.0), today_at=NOW - 400)
    dear = msgspec.structs.replace(snapshots.busy().site, currency="NOK WORDS")
    async with stage(replace(snapshots.busy(), site=dear, counters=many)) as on:
        assert on.lines[2].count("~") == 3, "also where the figure fills its cells"


async def test_a_change_in_percent_keeps_its_sign_at_80_columns() -> None:
    for today, before in ((3_004, 100), (3_004, 2_500), (100, 3_004), (9_999, 1)):
        counters = replace(snapshots.busy().counters, today=Count(today, before))
        async with stage(replace(snapshots.busy(), counters=counters)) as on:
            assert re.search(r"[▲▼](>10×|\d+%) ", on.lines[2]), on.lines[2]


def below_today(on: Stage) -> str:
    """The line below the figure of the visits of today."""
    place = on.lines[1].index("Visits today")
    return on.lines[5][place : place + 20]


@pytest.mark.parametrize(
    ("later", "mark"),
    [
        (60, "vs yesterday"),
        (3 * 3600, "as of 14:02"),  # the next poll is long overdue: the computer slept
        (22 * 3600, "as of 24 Nov"),
    ],
)
async def test_the_visits_of_today_do_not_pass_for_todays_after_the_computer_slept(later: float, mark: str) -> None:
    counters = replace(snapshots.busy().counters, today_at=NOW)
    async with stage(polled(replace(snapshots.busy(), counters=counters), next_poll_at=NOW + 5), (120, 40)) as on:
        assert "vs yesterday" in below_today(on)
        on.clock.at += later
        on.app.live._tick()
        await on.pilot.pause()
        assert mark in below_today(on)


async def test_the_visits_of_yesterday_are_not_those_of_today_while_polling_is_paused() -> None:
    counters = replace(snapshots.busy().counters, today_at=NOW)
    paused = polled(replace(snapshots.busy(), counters=counters), phase=Phase.PAUSED, next_poll_at=None)
    async with stage(paused, (120, 40)) as on:
        for later, old in ((9 * 3600, False), (10 * 3600, True)):  # 23:02 and 00:02
            on.clock.at = NOW + later
            on.app.live._tick()
            await on.pilot.pause()
            assert ("as of 24 Nov" in below_today(on)) is old


async def test_without_the_servers_time_today_has_no_beginning() -> None:
    counters = replace(snapshots.busy().counters, today=Count())
    snapshot = polled(replace(snapshots.busy(), counters=counters), clock_offset=None)
    async with stage(snapshot, (120, 40)) as on:
        assert "no clock" in on.text


ROUTES = Ranking(
    (
        Ranked("a", "/index.php", 4, 9, segment="pageUrl==a", variant="?route=product/product&product_id=3"),
        Ranked("b", "/", 2, 7, segment="pageUrl==b", variant="?p=11"),
        Ranked("c", "/", 1, 5, segment="pageUrl==c"),
    ),
    total=3,
)
PATHS = Ranking(
    (
        Ranked("a*", "/index.php", 4, 9, segment="pageUrl==a,pageUrl=^a?"),
        Ranked("c*", "/", 3, 12, segment="pageUrl==c,pageUrl=^c?", variant=" (2)"),
    ),
    total=2,
)


def pages(on: Stage) -> RankingPane:
    pane = on.app.live.query_one("#pages", RankingPane)
    pane.table.focus()
    return pane


async def test_a_page_shows_its_query_and_x_folds_the_pages_of_a_path() -> None:
    snapshot = replace(snapshots.busy(), pages=ROUTES, paths=PATHS)
    async with stage(snapshot, (120, 40)) as on:
        pane = pages(on)
        await on.pilot.pause()
        assert "/?p=11" in on.text
        assert "uct_id=3" in on.text, "the end tells pages apart"
        await on.pilot.press("down", "f")
        await on.pilot.pause()
        assert on.app.live.segment == "pageUrl==b"
        assert "/?p=11" in on.lines[0]
        await on.publish(snapshot)
        pages(on)
        await on.pilot.press("x")
        await on.pilot.pause()
        assert "Paths now" in on.text
        assert "/ (2)" in on.text
        assert not [line for line in on.lines[1:] if "?p=11" in line]
        await on.pilot.press("end", "f")
        await on.pilot.pause()
        assert on.app.live.segment == "pageUrl==b;pageUrl==c,pageUrl=^c?"
        assert "/, any query" in on.lines[0]
        await on.publish(snapshot)
        pages(on)
        await on.pilot.press("x")
        assert pane.subject.part == "pages"


async def test_x_is_no_key_of_other_rankings() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        pane = on.app.live.query_one("#countries", RankingPane)
        pane.table.focus()
        await on.pilot.press("x")
        assert pane.subject.part == "countries"


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("https://shop.example/products/lamp?color=red&size=1", True),
        ("http://www.shop.example/products/lamp?color=red&size=1", True),
        ("https://shop.example/products/lamp", False),
        ("https://shop.example/products/lamp?color=red&size=1#top", False),
        ("https://shop.example/products/LAMP?color=red&size=1", False),
        ("https://shop.example/products/lamp/?color=red&size=1", False),
        ("https://shop[.example/x", False),
    ],
)
def test_the_visits_of_a_page_are_those_of_exactly_that_page(address: str, found: bool) -> None:
    assert matches(LAMP, words_of(f"page: {address}")) is found


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_feed_of_a_roll_up_names_the_site_and_its_money(size: tuple[int, int]) -> None:
    order = (Badge(Kind.ORDER, "Order US-1", 129.9),)
    row = visit(id_visit=1, site_name="Shop US", currency="USD", page="/cart", page_variant="?step=2", badges=order)
    async with feed(only(row, LAMP), size) as on:
        assert "Shop US · /cart?step=2" in on.app.text
        assert "$ 130" in on.app.text or "$ 129.90" in on.app.text
        assert "€ 60" in on.app.text or "€ 59.90" in on.app.text


async def test_a_filter_with_somebodys_token_does_not_show_it() -> None:
    async with feed(only(LAMP)) as on:
        on.pane.find("page: https://shop.example/x?token_auth=aaaabbbbccccddddeeeeffff00001111")
        await on.pilot.pause()
        assert "aaaabbbb" not in on.app.text
        assert "token_auth=***" in on.app.text
