"""All sites on one screen: recorded figures, sorted and searched here, and from there to one site live."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rich.style import Style

from matomo_tui.api.access import Access
from matomo_tui.ui.live.live_screen import LiveScreen
from matomo_tui.ui.reports.sites import site_listing
from matomo_tui.ui.reports.sites.all_sites import AllSitesPane
from matomo_tui.ui.reports.sites.all_sites_view import LOOK
from tests.recorded import load, refusal
from tests.reports.matomo import NOW, ReportMatomo
from tests.ui.conftest import until
from tests.ui.reports.sectioning import Reports, matomo, reports


def recorded() -> list[dict[str, Any]]:
    """What a real Matomo said of its three sites."""
    found = next(
        exchange
        for exchange in load("reports_more")
        if exchange.params["method"] == "MultiSites.getAll" and exchange.role == "superuser"
    )
    rows: list[dict[str, Any]] = found.json
    return rows


def hits(call: dict[str, str]) -> list[dict[str, Any]]:
    """A hit on each site asked for, the higher its number the older."""
    sites = [int(site) for site in call["idSite"].split(",")]
    return [{"idVisit": site, "idSite": site, "lastActionTimestamp": int(NOW) - 10 * site} for site in sites]


def visits_of_sites(call: dict[str, str]) -> Any:
    """Three days, keyed by site if there are several."""
    days = {"2026-11-20": 3, "2026-11-21": [], "2026-11-22": 9}
    sites = call["idSite"].split(",")
    return dict.fromkeys(sites, days) if len(sites) > 1 else days


def many(rows: list[dict[str, Any]] | None = None) -> ReportMatomo:
    transport = matomo()
    transport.answers["MultiSites.getAll"] = recorded() if rows is None else rows
    transport.answers["Live.getCounters"] = lambda call: [{"visits": 40 + int(call["idSite"])}]
    transport.answers["Live.getLastVisitsDetails"] = hits
    transport.answers["VisitsSummary.get"] = visits_of_sites
    transport.answers["SitesManager.getSiteFromId"] = {
        "idsite": 2,
        "name": "Blog",
        "timezone": "UTC",
        "currency": "USD",
    }
    return transport


def pane(stage: Reports) -> AllSitesPane:
    return stage.app.screen.query_one(AllSitesPane)


async def test_each_site_is_a_line_with_its_figures_and_how_they_changed() -> None:
    async with reports(many(), section="8", size=(140, 30)) as stage:
        await stage.press("x")
        line = stage.line("Shop").split()
        assert line[:2] == ["▸", "Shop"]
        assert line[4] == "128"
        assert {"+203", "+123", "+135", "+144"} <= set(line)
        assert {"308", "268", "1,703"} <= set(line)
        (asked,) = stage.asked("MultiSites.getAll")
        assert (asked["period"], asked["date"], asked["enhanced"]) == ("day", "2026-11-22", "1")
        await stage.press("left_square_bracket")
        assert [call["date"] for call in stage.asked("MultiSites.getAll")] == ["2026-11-22", "2026-11-21"]
        await stage.press("8")
        assert len(stage.asked("MultiSites.getAll")) == 2


async def test_eighty_columns_keep_the_names_the_visits_and_the_revenue() -> None:
    async with reports(many(), section="8") as stage:
        line = stage.line("Shop")
        assert "128" in line
        assert "1,703" in line
        assert len(line) <= 80


async def test_sites_are_ordered_and_searched_without_asking_again() -> None:
    def visits(site: int) -> int:
        return site * 7919 % 5_000

    rows = [
        {"label": f"Site {n:05}", "idsite": n, "nb_visits": visits(n), "main_url": f"https://{n}.example"}
        for n in range(1, 5_001)
    ]
    async with reports(many(rows), section="8") as stage:
        assert "5,000" in stage.text
        shown = [visits(int(site)) for site in re.findall(r"\bSite (\d{5})\b", stage.text)]
        assert len(shown) > 5
        assert shown == sorted(shown, reverse=True)
        await stage.press("O")
        assert pane(stage).table.cursor_key is not None
        await stage.press("slash", *"00042")
        assert "1 of 5,000" in stage.text
        assert "Site 00042" in stage.text
        await stage.press("enter", "escape")
        assert "1 of 5,000" not in stage.text
        assert len(stage.asked("MultiSites.getAll")) == 1


def by_groups(sites: int) -> ReportMatomo:
    """Sites in groups of ten, the more visited the higher their numbers: all of them, and as Matomo pages them."""
    lines: list[dict[str, Any]] = []
    for number in range(sites, 0, -1):
        if number % 10 == 0:
            lines.append({"label": f"Group {number // 10:04}", "nb_visits": "9,990", "isGroup": 1, "group": ""})
        group = f"Group {-(-number // 10):04}"
        site = {"label": f"Site {number:05}", "idsite": number, "group": group, "nb_visits": f"{number:,}"}
        lines.append({**site, "currencySymbol": "€", "revenue": f"€{number:,}.5", "visits_evolution": "12.5%"})

    def found(call: dict[str, str]) -> list[dict[str, Any]]:
        wanted = call.get("pattern", "").lower()
        return [line for line in lines if wanted in line["label"].lower()]

    def page(call: dict[str, str], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        start, limit = int(call.get("filter_offset", 0)), int(call["filter_limit"])
        return rows[start:] if limit < 0 else rows[start : start + limit]

    def in_groups(call: dict[str, str]) -> dict[str, Any]:
        rows = page(call, found(call))
        if int(call["filter_offset"]) and rows and rows[0]["group"]:
            rows = [next(line for line in lines if line["label"] == rows[0]["group"]), *rows]
        return {"numSites": len(found(call)), "totals": {}, "lastDate": "", "sites": rows}

    def as_list(call: dict[str, str]) -> list[dict[str, Any]]:
        rows = [line for line in found(call) if "idsite" in line]
        rows = rows[::-1] if call.get("filter_sort_order") == "asc" else rows
        figures = {"previous_nb_visits": 10, "ratio": 0.5, "visits_evolution": 0.125}
        return page(call, [{**row, **figures, "nb_visits": row["idsite"], "revenue": row["idsite"]} for row in rows])

    transport = many()
    transport.answers["MultiSites.getAllWithGroups"] = in_groups
    transport.answers["MultiSites.getAll"] = as_list
    return transport


async def test_sites_stand_below_their_groups_with_the_sums() -> None:
    async with reports(by_groups(20), section="8", size=(120, 30)) as stage:
        await stage.press("G", "home")
        assert stage.line("Group 0002").split()[:8] == ["▸", "▾", "Group", "0002", "10", "sites", "155", "▲"]
        assert "+210 %" in stage.line("Group 0002"), "against half of ten visits of each site"
        line = stage.line("Site 00020")
        assert line.index("Site 00020") == stage.line("Group 0002").index("Group 0002")
        assert {"20", "+13"} <= set(line.split())
        assert line.endswith("€ 20")
        assert stage.line("Group 0002").endswith("€ 155")
        await stage.press("G")
        assert "Group" not in stage.text
        assert len(stage.asked("MultiSites.getAll")) == 1
        assert not stage.asked("MultiSites.getAllWithGroups")


async def test_groups_fold_one_by_one_and_all_at_once() -> None:
    async with reports(by_groups(20), section="8", size=(120, 30)) as stage:
        await stage.press("G", "home", "enter")
        assert "Site 00020" not in stage.text
        assert "Site 00010" in stage.text
        await stage.press("down", "down", "down", "left")
        assert "Site 00010" not in stage.text, "left on a site folds its group"
        assert [line.split()[:2] for line in stage.lines if "Group" in line] == [["▸", "Group"], ["▸", "▸"]]
        await stage.press("right")
        assert "Site 00010" in stage.text
        await stage.press("shift+left")
        assert "Site" not in stage.text.replace("Site  ", "")
        await stage.press("slash", *"00012")
        assert "Site 00012" in stage.text, "what is searched for is shown"
        await stage.press("escape", "shift+right")
        assert "Site 00020" in stage.text
        assert "Site 00010" in stage.text
        assert len(stage.asked("MultiSites.getAll")) == 1


async def test_sites_without_groups_have_none_to_switch_to() -> None:
    async with reports(many(), section="8", size=(120, 30)) as stage:
        assert "g groups" not in stage.lines[-1]
        await stage.press("G")
        assert "No site is in a group" in stage.text


async def seen(stage: Reports, sites: int) -> None:
    """Have the token see so many sites, and open the section."""
    assert stage.app.session is not None
    stage.app.session = replace(stage.app.session, access=Access(sites=dict.fromkeys(range(1, sites + 1), "view")))
    await stage.press("8")


async def test_ten_thousand_sites_come_by_pages_and_cost_no_more_requests_than_forty() -> None:
    async with reports(by_groups(10_000), section="", size=(120, 30)) as stage:
        await seen(stage, 10_000)
        assert "10,000" in stage.lines[1]
        assert "Site 10000" in stage.text
        await stage.press("end")
        await until(stage.pilot, lambda: "Site 00001" in stage.text)
        asked = stage.asked("MultiSites.getAll")
        assert [(call.get("filter_offset", "0"), call["filter_limit"]) for call in asked] == [
            ("0", "100"),
            ("9900", "100"),
        ]
        await stage.press("o")
        assert stage.asked("MultiSites.getAll")[-1]["filter_sort_column"] == "visits_evolution"
        await stage.press("slash", *"00042")
        await until(stage.pilot, lambda: "Site 00042" in stage.text)
        assert stage.asked("MultiSites.getAll")[-1]["pattern"] == "00042"
        await stage.press("enter", "escape")
        await until(stage.pilot, lambda: "Site 10000" in stage.text)
        assert not stage.asked("MultiSites.getAllWithGroups")


async def test_sites_of_another_period_do_not_stay_while_they_are_loaded_in_another_order() -> None:
    async with reports(by_groups(10_000), section="", size=(120, 30)) as stage:
        await seen(stage, 10_000)
        gate = stage.transport.gate = asyncio.Event()
        await stage.pilot.press("[", "o")
        await until(stage.pilot, lambda: "Site 10000" not in stage.text, 4)
        gate.set()
        await stage.settle()
        assert stage.asked("MultiSites.getAll")[-1]["filter_sort_column"] == "visits_evolution"
        await stage.pilot.press("o")
        await stage.settle()
        assert "Site 10000" in stage.text


async def test_pages_of_groups_are_sorted_by_matomo_and_fold() -> None:
    async with reports(by_groups(50_000), section="", size=(120, 30)) as stage:
        await seen(stage, 50_000)
        await stage.press("G")
        assert "50,000 by groups" in stage.text
        assert stage.line("Site 50000").index("Site") == stage.line("Group 5000").index("Group")
        await stage.press("shift+left")
        assert "group by group" in stage.text
        await stage.press("home", "enter")
        assert "Site 50000" not in stage.text
        assert "Site 49990" in stage.text
        await stage.press("end")
        await until(stage.pilot, lambda: "Site 00001" in stage.text)
        await stage.press("home", "right")
        await until(stage.pilot, lambda: "Site 50000" in stage.text)
        await stage.press("o", "o")
        asked = stage.asked("MultiSites.getAllWithGroups")
        assert [call["filter_sort_column"] for call in asked[-3:]] == [
            "nb_visits",
            "nb_actions",
            "Actions_nb_pageviews",
        ]


async def test_enter_watches_the_site_live() -> None:
    async with reports(many(), section="8") as stage:
        place = pane(stage).table.rows.index_of(2)
        assert place is not None
        pane(stage).table.move_cursor(place)
        await stage.press("enter")
        assert isinstance(stage.app.screen, LiveScreen)
        assert stage.app.live.snapshot.site.name == "Blog"
        assert stage.app.sections is not None
        assert stage.app.sections.context.query.site.id == 2


async def test_it_is_there_only_where_there_is_more_than_one_site() -> None:
    async with reports(many(), section="") as stage:
        assert stage.app.session is not None
        stage.app.session = replace(stage.app.session, access=Access(sites={1: "admin"}))
        await stage.press("8")
        assert isinstance(stage.app.screen, LiveScreen)
        assert not stage.asked("MultiSites.getAll")


async def test_a_name_that_would_obey_the_terminal_is_shown_as_text() -> None:
    rows = [{"label": "\x1b[2J[red]\u202eevil", "idsite": 1, "nb_visits": 3, "currencySymbol": "\x07$"}]
    async with reports(many(rows), section="8") as stage:
        assert "[2J[red]evil" in stage.text
        assert "\x1b" not in stage.text


async def test_no_change_is_told_of_a_day_that_has_only_begun() -> None:
    async with reports(many(), section="8", size=(120, 30)) as stage:
        assert ", vs " in stage.text
        await stage.press("x", "right_square_bracket")
        assert "128" in stage.line("Shop")
        assert "+203" not in stage.line("Shop")
        assert ", vs " not in stage.text


@pytest.mark.parametrize("paged", [False, True])
async def test_what_was_asked_for_while_a_day_went_on_is_not_the_whole_day_and_is_loaded_again(
    paged: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at(day: int, hour: int) -> float:
        return datetime(2026, 11, day, hour, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()

    if paged:
        monkeypatch.setattr(site_listing, "MOST_AT_ONCE", 0)
    visits = 100
    transport = many()
    transport.answers["MultiSites.getAll"] = lambda _call: [{**row, "nb_visits": visits} for row in recorded()]
    async with reports(transport, section="8", size=(120, 30)) as stage:
        await stage.press("x")
        stage.clock.at = at(23, 12)
        await stage.press("right_square_bracket")
        assert "100" in stage.line("Shop").split()
        visits = 8200
        stage.clock.at = at(24, 8)  # the computer slept
        await stage.resize(121, 30)
        assert "100" in stage.line("Shop").split()
        assert "vs Sun" not in stage.text, "half a day is compared with none"
        pane(stage).update_age()
        await stage.settle()
        assert "8,200" in stage.line("Shop").split()
        assert "vs Sun 22 Nov" in stage.text
        asked = len(stage.asked("MultiSites.getAll"))
        stage.clock.at = at(24, 15)
        pane(stage).update_age()
        await stage.settle()
        assert len(stage.asked("MultiSites.getAll")) == asked, "the figures of a day that is over stay"


async def test_visits_of_now_and_the_last_days_come_in_one_request_for_the_sites_in_view() -> None:
    rows = [{"label": f"Site {n:03}", "idsite": n, "nb_visits": 500 - n, "main_url": ""} for n in range(1, 301)]
    transport = many(rows)
    async with reports(transport, section="8", size=(180, 30)) as stage:
        await until(stage.pilot, lambda: " 41 " in stage.text)
        assert stage.line("Site 001").split()[3:7] == ["41", "10", "s", "499"]
        assert "200 s" not in stage.line("Site 020")
        assert "▃" in stage.line("Site 001") or "▄" in stage.line("Site 001"), stage.line("Site 001")
        sites = [int(call["idSite"]) for call in stage.asked("Live.getCounters")]
        assert sites == list(range(1, len(sites) + 1))
        assert 20 <= len(sites) <= 30, "only of the rows in view"
        (request,) = (one for one in transport.requests if "Live.getCounters" in str(one))
        assert "VisitsSummary.get" in str(request)
        stage.clock.at += 2
        await stage.press("pagedown")
        await until(stage.pilot, lambda: len(stage.asked("Live.getCounters")) > len(sites))
        again = [int(call["idSite"]) for call in stage.asked("Live.getCounters")][len(sites) :]
        assert not set(again) & set(sites), "what is fresh is not asked for again"


def few(sites: int) -> ReportMatomo:
    return many(
        [
            {"label": f"Site {n:02}", "idsite": n, "nb_visits": 900 - n, "currencySymbol": "€", "revenue": 70 + n}
            for n in range(1, sites + 1)
        ]
    )


async def test_fewer_than_a_dozen_sites_are_cards_of_the_requests_of_the_table() -> None:
    transport = few(11)
    async with reports(transport, section="8", size=(120, 40)) as stage:
        await until(stage.pilot, lambda: "51 in 30 min" in stage.text)
        assert "Site 03" in stage.line("Site 01"), "three in a row"
        assert "899 visits" in stage.text
        assert "€ 71 revenue" in stage.text
        assert stage.text.count("3 days: 0 to 9 visits a day") == 11
        assert len(stage.asked("MultiSites.getAll")) == 1
        assert len([one for one in transport.requests if "Live.getCounters" in str(one)]) == 1
        await stage.press("x")
        assert "Actions" in stage.text
        assert "in 30 min" not in stage.text
        assert len([one for one in transport.requests if "Live.getCounters" in str(one)]) == 1


async def test_cards_that_could_not_be_reloaded_stay_as_they_are() -> None:
    transport = many()
    async with reports(transport, section="8", size=(120, 40)) as stage:
        before = stage.lines
        transport.answers["MultiSites.getAll"] = refusal("Not now.")
        await stage.press("r")
        assert "refresh failed: Not now" in stage.lines[1]
        assert stage.lines[2:] == before[2:]


async def test_the_cursor_goes_from_card_to_card_and_enter_watches_its_site() -> None:
    async with reports(few(5), section="8", size=(120, 40)) as stage:
        table = pane(stage).table
        assert "▸ Site 01" in stage.text
        await stage.press("right", "down")
        assert "▸ Site 04" in stage.text
        await stage.press("down")
        assert "▸ Site 05" in stage.text
        await stage.press("down", "right")
        assert "▸ Site 05" in stage.text
        await stage.press("home", "end", "up", "left")
        assert "▸ Site 02" in stage.text
        assert table.cursor_key == 2
        await stage.press("enter")
        assert isinstance(stage.app.screen, LiveScreen)
        assert stage.app.live.snapshot.site.id == 2


async def test_cards_are_searched_and_ordered_as_the_table_is() -> None:
    async with reports(few(5), section="8", size=(120, 40)) as stage:
        await stage.press("O")
        assert stage.text.index("Site 05") < stage.text.index("Site 01")
        await stage.press("slash", *"02")
        assert "Site 05" not in stage.text
        assert "898 visits" in stage.text
        await stage.press("z")
        assert "No site matches" in stage.text
        await stage.press("escape")
        assert "Site 05" in stage.text
        await stage.press("right")
        assert "▸ Site" in stage.text


async def test_a_dozen_sites_or_a_small_terminal_have_the_table() -> None:
    async with reports(few(12), section="8", size=(120, 40)) as stage:
        assert "Actions" in stage.text
        await stage.press("x")
        assert "fewer than a dozen" in stage.text
    async with reports(few(3), section="8") as stage:
        assert "Revenue" in stage.text
        await stage.pilot.resize_terminal(120, 40)
        await stage.settle()
        assert "€ 71 revenue" in stage.text
        await stage.press("right")
        assert "▸ Site 02" in stage.text


async def test_the_table_is_remembered_once_chosen() -> None:
    async with reports(few(3), section="8", size=(120, 40)) as stage:
        assert "€ 71 revenue" in stage.text
        await stage.press("x", "down", "enter")
        assert isinstance(stage.app.screen, LiveScreen)
        assert stage.app.remembered.get("all sites", "table") is True


def look_of(stage: Reports, text: str) -> Style:
    """How the first ``text`` in the cards or the table is drawn."""
    shown = pane(stage).focus_target
    lines = (shown.render_line(y) for y in range(shown.size.height))
    drawn = (segment for line in lines for segment in line)
    return next(one.style for one in drawn if one.style and text in re.split(" {2,}", one.text.strip()))


@pytest.mark.parametrize("as_table", [False, True])
async def test_live_figures_from_before_the_section_was_left_are_dimmed_until_the_answer(as_table: bool) -> None:
    transport = many()
    async with reports(transport, section="8", size=(140, 30)) as stage:
        await stage.press(*["x"] * as_table)
        stage.clock.at += 2
        await stage.press("down", "up")
        await until(stage.pilot, lambda: "12 s" in stage.text)
        fresh = [look_of(stage, text) for text in ("41", "12 s")]
        assert "● live" in stage.lines[0]
        await stage.press("2")
        stage.clock.at += 600
        gate = transport.gate = asyncio.Event()
        await stage.pilot.press("8")
        await stage.pilot.pause(LOOK)
        assert look_of(stage, "41") != fresh[0]
        assert look_of(stage, "10 m") != fresh[1]
        assert "awaiting live figures" in stage.lines[1]
        assert "◌ stale" in stage.lines[0]
        gate.set()
        await stage.settle()
        assert "● live" in stage.lines[0]
        assert "awaiting" not in stage.lines[1]
        assert look_of(stage, "41") == fresh[0]
