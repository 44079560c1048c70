"""The wall: marked sites as tiles that poll by themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from matomo_tui.api.errors import NoAccess, NotMatomo, Unreachable
from matomo_tui.config.remembered import Remembered
from matomo_tui.live.site_activity import SiteNow
from matomo_tui.live.snapshot import Phase
from matomo_tui.ui.drawing.glyphs import ASCII, UNICODE
from matomo_tui.ui.live.live_screen import LiveScreen
from matomo_tui.ui.reports.sites.marked_sites import MOST, MarkedSites
from matomo_tui.ui.reports.sites.site_wall import SiteTile, SiteWall, wall_grid
from matomo_tui.ui.reports.sites.wall_screen import WallScreen
from tests.recorded import refusal
from tests.reports.matomo import ReportMatomo
from tests.ui.conftest import until
from tests.ui.reports.sectioning import Reports, reports
from tests.ui.reports.test_all_sites import many


def sites(count: int) -> ReportMatomo:
    rows = [{"label": f"Site {n:02}", "idsite": n, "nb_visits": 900 - n} for n in range(1, count + 1)]
    return many(rows)


async def wall(stage: Reports, tiles: int) -> None:
    """Open the wall, and wait for the figures of so many tiles."""
    stage.clock.at += 2
    await stage.press("B", "r")
    await until(stage.pilot, lambda: "9 today" in stage.text and "\n".join(stage.lines[1:]).count("●") >= tiles, 20)


async def test_marked_sites_are_tiles_with_visitors_today_and_the_last_hit() -> None:
    transport = sites(20)
    async with reports(transport, section="8", size=(120, 40)) as stage:
        await stage.press("space", "down", "space", "home")
        assert "2 on the wall" in stage.text
        assert stage.line("Site 03").split()[0] == "✓"
        await wall(stage, 2)
        assert isinstance(stage.app.screen, WallScreen)
        assert "2 sites" in stage.lines[0]
        assert "Site 03" in stage.text
        assert "Site 02" not in stage.text
        assert "12 s ago" in stage.text
        assert "41 in 30 min" in stage.text
        assert "▀ now " in stage.text
        assert "visits a day, " in stage.text
        assert stage.lines[-6].strip(), "the tiles share out the height"
        last = transport.requests[-1]
        assert {call["idSite"] for call in last if call["method"] == "Live.getCounters"} <= {"1", "3"}
        await stage.press("escape")
        assert "on the wall" in stage.text


async def test_without_marks_the_first_sites_stand_there_and_one_request_polls_them_all() -> None:
    transport = sites(45)
    async with reports(transport, section="8", size=(200, 60)) as stage:
        await wall(stage, 40)
        assert "40 sites" in stage.lines[0]
        assert "space in the list chooses them" in stage.lines[0]
        before = len(transport.requests)
        stage.clock.at += 31
        await stage.press("r")
        await until(stage.pilot, lambda: len(transport.requests) > before)
        await stage.settle()
        assert len(transport.requests) == before + 1
        assert len([call for call in transport.requests[-1] if call["method"] == "Live.getLastVisitsDetails"]) == 1


async def test_the_cursor_opens_a_site_and_takes_one_off() -> None:
    async with reports(sites(5), section="8", size=(120, 40)) as stage:
        await stage.press("x", "space", "space", "space")
        await wall(stage, 3)
        await stage.press("right", "space")
        assert "Site 02" not in stage.text
        assert "Site 03" in stage.text
        await stage.press("enter")
        await until(stage.pilot, lambda: isinstance(stage.app.screen, LiveScreen))


async def test_each_tile_has_the_visits_of_the_date_at_its_site() -> None:
    """Matomo takes ``today`` of several sites as the date in UTC (seen on 5.0.2 and 5.8.0)."""

    def visits(call: dict[str, str]) -> Any:
        last = call["date"].rpartition(",")[2]
        day: Any = 1023 if last == "today" else {last: 1000 + int(last[-2:])}
        return dict.fromkeys(call["idSite"].split(","), day) if "," in call["idSite"] else day

    transport = sites(3)
    transport.answers["VisitsSummary.get"] = visits
    transport.answers["SitesManager.getSiteFromId"] = lambda call: {
        "idsite": call["idSite"],
        "timezone": "Pacific/Kiritimati" if call["idSite"] == "2" else "UTC",
    }
    async with reports(transport, section="8", size=(120, 40)) as stage:
        stage.clock.at += 2
        await stage.press("B", "r")
        await until(stage.pilot, lambda: stage.text.count("1,0") >= 3, 20)
        assert (stage.text.count("1,023 today"), stage.text.count("1,024 today")) == (2, 1)


async def test_a_wall_that_stays_open_goes_over_to_the_new_day(monkeypatch: pytest.MonkeyPatch) -> None:
    transport = sites(3)
    async with reports(transport, section="8", size=(120, 40)) as stage:
        await wall(stage, 3)
        screen = stage.app.screen
        assert isinstance(screen, WallScreen)
        before = transport.answers["VisitsSummary.get"]
        monkeypatch.setitem(
            transport.answers,
            "VisitsSummary.get",
            lambda call: {site: {call["date"][11:]: 4} for site in "123"} if "11-24" in call["date"] else before(call),
        )
        stage.clock.at += 86_400
        for _ in range(5):
            screen._tick()
        await until(stage.pilot, lambda: "4 today" in stage.text)
        courses = [call["date"] for call in transport.calls if "," in call.get("date", "") and "," in call["idSite"]]
        assert (courses[0], courses[-1]) == ("2026-10-25,2026-11-23", "2026-10-26,2026-11-24")


async def test_stale_and_stopped_figures_say_so_in_every_tile(monkeypatch: pytest.MonkeyPatch) -> None:
    transport = sites(3)
    async with reports(transport, section="8", size=(120, 40)) as stage:
        await wall(stage, 3)
        monkeypatch.setitem(transport.answers, "Live.getLastVisitsDetails", Unreachable("No route to matomo.example."))
        stage.clock.at += 31
        await stage.press("r")
        await until(stage.pilot, lambda: stage.text.count("◌ stale") >= 3)
        assert "No route to matomo.example" in stage.text
        assert "41 in 30 min" in stage.text, "the figures stay"


async def test_more_tiles_than_fit_scroll_and_only_those_in_view_are_polled() -> None:
    transport = sites(200)
    async with reports(transport, section="8", size=(80, 24)) as stage:
        await stage.press(*["space"] * 30)
        await wall(stage, 10)
        polled = {call["idSite"] for call in transport.calls if call.get("lastMinutes") == "3"}
        assert 10 <= len(polled) < 30
        assert "Site 30" not in stage.text
        await stage.press("end")
        assert "Site 30" in stage.text
        assert "Site 01" not in stage.text


async def test_the_header_says_what_became_of_a_site_whose_figures_do_not_come() -> None:
    transport = sites(3)
    async with reports(transport, section="8", size=(120, 40)) as stage:
        await stage.press("space", "down", "space", "home")
        await wall(stage, 2)
        counters = transport.answers["Live.getCounters"]
        transport.answers["Live.getCounters"] = lambda call: (
            refusal("You can't see this site.") if call["idSite"] == "3" else counters(call)
        )
        stage.clock.at += 60
        await stage.press("r")
        await until(stage.pilot, lambda: "failed" in stage.text)
        assert "Site 03: You can't see this site" in stage.lines[0]
        assert "■ last hit" in stage.text
        assert "● live" in stage.text


def test_a_tile_says_what_its_figures_are_worth() -> None:
    def state(now: SiteNow, phase: Phase) -> str:
        return SiteTile(1, "Shop", now, None, phase).state(UNICODE)[0]

    known = SiteNow(asked_at=1.0)
    assert state(known, Phase.LIVE) == "● live"
    assert state(known, Phase.STALE) == "◌ stale"
    assert state(known, Phase.STOPPED) == "■ stopped"
    assert state(SiteNow(), Phase.STARTING) == "◌ waiting"
    assert state(SiteNow(error=NoAccess("No.")), Phase.LIVE) == "■ refused"
    assert state(SiteNow(error=NotMatomo("Not in Matomo's format.")), Phase.LIVE) == "■ failed"
    assert SiteTile(1, "Shop", known, None, Phase.LIVE).state(ASCII)[0].isascii()


@pytest.mark.parametrize("size", [(78, 20), (118, 36), (198, 56)])
@pytest.mark.parametrize("count", [1, 5, 12, 40])
def test_the_grid_has_room_for_all_where_it_can(size: tuple[int, int], count: int) -> None:
    width, height = size
    grid = wall_grid(width, height, count)
    assert 1 <= grid.columns <= width
    assert 4 <= grid.height <= 48
    rows = -(-count // grid.columns)
    assert rows * grid.height <= height or grid.height == 4
    assert rows * grid.height > height * 0.6 or grid.height == 26, "a wall is not left half empty"


def test_marks_outlast_the_program_and_belong_to_one_matomo(tmp_path: Path) -> None:
    remembered = Remembered(tmp_path)
    marks = MarkedSites(remembered, "shop")
    assert marks.turn(3, "Blog")
    assert marks.turn(1, "Shop")
    again = MarkedSites(Remembered(tmp_path), "shop")
    assert (list(again), again.name(3)) == ([3, 1], "Blog")
    assert not MarkedSites(Remembered(tmp_path), "other")
    assert again.turn(3, "Blog")
    assert list(MarkedSites(Remembered(tmp_path), "shop")) == [1]


@pytest.mark.parametrize("kept", ["x", 7, [1, 2], [[1]], [["1", "Shop"]], [[1, None]], {"1": "Shop"}])
def test_broken_marks_are_none(kept: Any) -> None:
    remembered = Remembered(None)
    remembered.put("wall", "shop", kept)
    assert not MarkedSites(remembered, "shop")


def test_the_wall_has_an_end() -> None:
    marks = MarkedSites(None, "shop")
    assert all(marks.turn(site, "") for site in range(MOST))
    assert not marks.turn(MOST + 1, "One too many")


async def test_a_click_beside_a_tile_is_one_on_it() -> None:
    async with reports(sites(4), section="8", size=(120, 40)) as stage:
        await wall(stage, 4)
        grid = stage.app.screen.query_one(SiteWall)
        row = next(n for n, line in enumerate(stage.lines) if "Site 03" in line)
        for x, index in ((0, 2), (119, 3), (0, 2)):
            await stage.pilot.click(offset=(x, row))
            assert grid.grid_cursor == index
