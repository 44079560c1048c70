"""The nine questions of a working day on the demo, each from the live screen and with its keys counted.

A text that is typed, such as an IP address, does not count as keys.
"""

from __future__ import annotations

import pytest

from matomo_tui.api import live
from matomo_tui.live.snapshot import VisitRow
from matomo_tui.ui.live.live_screen import LiveScreen
from matomo_tui.ui.live.visit_screen import VisitScreen
from tests.demo.asking import fewer_visits
from tests.ui.conftest import until
from tests.ui.questions import Counted, demo


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of the visits, for questions about days and months: a month of all of them takes seconds to count."""
    fewer_visits(monkeypatch, lambda site: 0.1)


def feed_lines(stage: Counted) -> list[str]:
    """The lines of the visits on the live screen."""
    return [line for line in stage.lines if line[2:10].count(":") == 2]


def opened(stage: Counted) -> VisitRow:
    """The visit that is open."""
    assert isinstance(stage.app.screen, VisitScreen)
    return stage.app.screen.visit


# 1. Who is on the checkout page now, and where did they come from?


async def test_1_who_is_on_the_page_at_the_top_and_where_from() -> None:
    async with demo() as stage:
        snapshot = stage.app.live.snapshot
        page = snapshot.pages.rows[0].label
        there = [visit for visit in snapshot.feed.visits if visit.page == page]
        await stage.press("tab", "enter")
        assert stage.keys == 2
        assert f" on {page}" in stage.text
        for line, visit in zip(feed_lines(stage), there, strict=False):
            assert visit.source[:10] in line


async def test_1_who_is_on_the_checkout_page() -> None:
    async with demo() as stage:
        there = [visit for visit in stage.app.live.snapshot.feed.visits if "/checkout" in visit.page]
        assert there
        await stage.press("slash")
        await stage.type("/checkout")
        await stage.press("enter")
        assert stage.keys == 2
        lines = feed_lines(stage)
        assert len(lines) == len(there)
        for line, visit in zip(lines, there, strict=True):
            assert visit.source[:10] in line


# 2. Find the visitor with this IP or user id, of today, yesterday, last week.


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("what", ["IP", "user id"])
async def test_2_the_visitor_with_this_ip_or_user_id_of_the_last_week(what: str) -> None:
    async with demo() as stage:
        found = await stage.session.client.call(
            live.get_last_visits_details(
                stage.session.site.id, limit=60, offset=40, period="range", date="2026-11-21,2026-11-21"
            )
        )
        sought = next(visit for visit in found if visit.user_id.isascii() and (what == "IP" or visit.user_id))
        wanted = sought.visit_ip if what == "IP" else sought.user_id
        await stage.press("V", "slash")
        await stage.type(wanted)
        await stage.press("enter")
        assert f"with “{wanted}”" in stage.lines[1]
        await stage.press("enter")
        await until(stage.pilot, lambda: isinstance(stage.app.screen, VisitScreen))
        assert wanted in (opened(stage).ip, opened(stage).user_id)
        assert stage.keys == 4


# 3. What sold yesterday against the same weekday a week before?


@pytest.mark.usefixtures("quiet")
async def test_3_what_sold_yesterday_against_the_same_weekday_a_week_before() -> None:
    async with demo() as stage:
        await stage.press("5", "c", "2")
        await stage.sees("Goals", "vs Sun 15 Nov 2026")
        assert "Order" in stage.text
        assert stage.keys == 3


# 4. Which campaign converted best?


@pytest.mark.usefixtures("quiet")
async def test_4_which_campaign_converted_best() -> None:
    async with demo() as stage:
        await stage.press("colon")
        await stage.type("campaigns")
        await stage.sees("Campaigns")
        await stage.press("enter")
        await stage.sees("Campaigns", "rows")
        await stage.press("m", "4")
        await stage.sees("goals: all", "Conversions", "Conversion Rate", "Revenue")
        assert stage.keys == 4


# 5. The top ten pages of last month from Germany on phones.


@pytest.mark.usefixtures("quiet")
async def test_5_the_pages_of_last_month_from_germany_on_phones() -> None:
    async with demo() as stage:
        await stage.press("3", "M", "left_square_bracket", "S")
        await stage.type("phones germany")
        await stage.press("enter", "enter")
        assert "Oct 2026" in stage.lines[0]
        assert stage.app.live.segment == "deviceType==smartphone;countryCode==de"
        assert "/index" in stage.text
        assert stage.keys == 6


# 6. Is tracking working?


async def test_6_is_tracking_working() -> None:
    async with demo() as stage:
        await stage.press("T")
        await stage.sees("Is tracking working?", "Last hit", "ago")
        assert stage.keys == 1


# 7. Watch two sites.


@pytest.mark.usefixtures("quiet")
async def test_7_how_many_visitors_all_sites_have_now() -> None:
    async with demo() as stage:
        await stage.press("8")
        await stage.sees("30 min")
        assert stage.keys == 1


# 8. From an action to all visits that did the same; from a visit to its user over all devices.


async def test_8_all_visits_that_did_the_same_as_this_one() -> None:
    async with demo() as stage:
        await stage.press("enter")
        await until(stage.pilot, lambda: isinstance(stage.app.screen, VisitScreen))
        action = opened(stage).timeline[-1]
        await stage.press("f")
        assert isinstance(stage.app.screen, LiveScreen)
        assert stage.keys == 2
        assert action.segment
        assert stage.poller.wishes == [("switch", (None, action.segment))]


async def test_8_the_visits_of_a_user_on_all_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    fewer_visits(monkeypatch, lambda site: 0.4)
    async with demo() as stage:
        user = next(
            visit.user_id for visit in stage.app.live.snapshot.feed.visits if visit.user_id.isascii() and visit.user_id
        )
        await stage.press("slash")
        await stage.type(user.partition("@")[0])
        await stage.press("enter", "enter")
        await until(stage.pilot, lambda: isinstance(stage.app.screen, VisitScreen))
        await stage.press("u")
        await stage.sees(user, "visit", "device")
        assert stage.keys == 4


async def test_8_the_columns_of_the_feed() -> None:
    async with demo() as stage:
        await stage.press("m")
        await stage.sees("Columns of the feed", "IP", "User id")
        assert stage.keys == 1


# 9. What does this mean?


@pytest.mark.usefixtures("quiet")
async def test_9_what_a_metric_means() -> None:
    async with demo() as stage:
        await stage.press("3", "i")
        await stage.sees("Bounce Rate")
        assert stage.keys == 2


async def test_9_what_the_live_counters_mean() -> None:
    async with demo() as stage:
        await stage.press("i")
        await stage.sees("What the counters mean", "Active now", "at most 3 minutes old", "Matomo on Unique visitors:")
        assert stage.keys == 1
