"""Questions of a working day on the demo, each from the live screen and with its keys counted."""

from __future__ import annotations

from matomo_tui.api import live
from matomo_tui.ui.live.visit_screen import VisitScreen
from tests.ui.conftest import until
from tests.ui.questions import demo


async def test_the_visitor_with_this_ip_of_the_last_week() -> None:
    async with demo() as stage:
        (sought,) = await stage.session.client.call(
            live.get_last_visits_details(
                stage.session.site.id, limit=1, offset=40, period="range", date="2026-11-21,2026-11-21"
            )
        )
        await stage.press("V", "slash")
        await stage.type(sought.visit_ip)
        await stage.press("enter")
        assert f"with “{sought.visit_ip}”" in stage.lines[1]
        await stage.press("enter")
        await until(stage.pilot, lambda: isinstance(stage.app.screen, VisitScreen))
        shown = stage.app.screen
        assert isinstance(shown, VisitScreen)
        assert shown.visit.ip == sought.visit_ip
        assert stage.keys == 4


async def test_the_pages_of_last_month_from_germany_on_phones() -> None:
    async with demo() as stage:
        await stage.press("3", "M", "left_square_bracket", "S")
        await stage.type("phones germany")
        await stage.press("enter", "enter")
        assert "Oct 2026" in stage.lines[0]
        assert stage.app.live.segment == "deviceType==smartphone;countryCode==de"
        assert "/index" in stage.text
        assert stage.keys == 6


async def test_what_sold_yesterday_against_the_same_weekday_a_week_before() -> None:
    async with demo() as stage:
        await stage.press("5", "c", "2")
        await stage.sees("Goals", "vs Sun 15 Nov 2026")
        assert "Order" in stage.text
        assert stage.keys == 3


async def test_which_campaign_converted_best() -> None:
    async with demo() as stage:
        await stage.press("colon")
        await stage.type("campaigns")
        await stage.sees("Campaigns")
        await stage.press("enter")
        await stage.sees("Campaigns", "rows")
        await stage.press("m", "4")
        await stage.sees("goals: all", "Conversions", "Conversion Rate", "Revenue")
        assert stage.keys == 4


async def test_is_tracking_working() -> None:
    async with demo() as stage:
        await stage.press("T")
        await stage.sees("Is tracking working?", "Last hit", "ago")
        assert stage.keys == 1


async def test_how_many_visitors_all_sites_have_now() -> None:
    async with demo() as stage:
        await stage.press("8")
        await stage.sees("30 min")
        assert stage.keys == 1


async def test_what_a_metric_means() -> None:
    async with demo() as stage:
        await stage.press("3", "i")
        await stage.sees("Bounce Rate")
        assert stage.keys == 2
