"""The palette finds reports, sites, segments, profiles, themes and settings, and goes there."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from matomo_tui.config.profile_store import ProfileStore
from matomo_tui.ui.connect.connect_screen import ConnectScreen
from matomo_tui.ui.palette_dialog import PaletteDialog
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from tests.config.keyrings import NO_KEYRING
from tests.recorded import refusal
from tests.reports.matomo import ReportMatomo
from tests.ui.conftest import until
from tests.ui.reports.sectioning import Reports, matomo, reports

LOADED = ("API.getReportMetadata", "SitesManager.getSitesWithAtLeastViewAccess", "SegmentEditor.getAll")


def site(number: int, name: str) -> dict[str, Any]:
    return {
        "idsite": number,
        "name": name,
        "main_url": f"https://{number}.example",
        "timezone": "UTC",
        "currency": "EUR",
    }


def transport(sites: int = 2) -> ReportMatomo:
    serving = matomo()
    serving.answers |= {
        "SitesManager.getSitesWithAtLeastViewAccess": [
            site(number, f"Shop {number}") for number in range(1, sites + 1)
        ],
        "SitesManager.getPatternMatchSites": [site(777, "Faraway [b]")],
        "SegmentEditor.getAll": [{"idsegment": 4, "name": "Phones", "definition": "deviceType==smartphone"}],
    }
    return serving


async def search(on: Reports, text: str, finds: str) -> None:
    """Open the palette, type, and wait for an entry."""
    await on.pilot.press("ctrl+p", *("space" if letter == " " else letter for letter in text))
    await until(on.pilot, lambda: finds in on.text)


async def test_opening_it_asks_nothing_and_typing_loads_once() -> None:
    async with reports(transport(), section="") as on:
        await on.pilot.press("ctrl+p")
        await on.settle()
        assert not on.transport.requests
        await on.pilot.press(*"page ur")
        await until(on.pilot, lambda: "Page URLs" in on.text)
        await on.settle()
        assert sorted(call["method"] for call in on.transport.calls) == sorted(LOADED)


async def test_a_report_opens_in_its_section() -> None:
    async with reports(transport(), section="") as on:
        await search(on, "exit pages", "Exit pages")
        await on.press("enter")
        await until(on.pilot, lambda: on.app.screen is not on.app.live)
        await on.settle()
        assert on.section.section.name == "pages"
        assert on.section.request is not None
        assert on.section.request.report.name == "Exit pages"
        await search(on, "browser ver", "Browser version")
        await on.press("enter")
        assert on.section.section.name == "all"
        assert on.section.request.report.action == "getBrowserVersions"


async def test_one_line_each() -> None:
    async with reports(transport(), section="") as on:
        await search(on, "exit pages", "Exit pages")
        await on.settle()
        entry = next(line for line in on.lines if "▸ Exit pages" in line)
        assert entry.split("│")[1].split() == ["▸", "Exit", "pages", "report"]


async def test_a_click_on_an_entry_that_typing_has_taken_away_is_ignored() -> None:
    async with reports(transport(), section="") as on:
        await on.pilot.press("ctrl+p")
        await on.settle()
        table = on.app.screen.query_one(VirtualTable)
        clicked = VirtualTable.Selected(table, 0, table.cursor_key)
        await on.pilot.press(*"page urls")
        table.post_message(clicked)
        await on.settle()
        assert isinstance(on.app.screen, PaletteDialog)


async def test_a_site_by_its_address() -> None:
    async with reports(transport(), section="") as on:
        await search(on, "2.example", "Shop 2")
        await on.press("enter")
        (wish,) = [about for what, about in on.poller.wishes if what == "switch"]
        assert isinstance(wish, tuple)
        assert wish[0].id == 2


async def test_a_site_that_was_changed_is_switched_to_as_it_is_now() -> None:
    async with reports(transport(), section="") as on:
        await search(on, "shop", "Shop 2")
        await on.press("escape", "escape")
        on.transport.answers["SitesManager.getSitesWithAtLeastViewAccess"] = [
            site(2, "Shop 2") | {"currency": "JPY", "timezone": "Asia/Tokyo"},
            site(3, "Shop 3"),
        ]
        await search(on, "shop", "Shop 3")
        assert "Shop 1" not in on.text
        await on.press("escape", "escape")
        await search(on, "2.example", "Shop 2")
        await on.press("enter")
        (wish,) = [about for what, about in on.poller.wishes if what == "switch"]
        assert isinstance(wish, tuple)
        assert (wish[0].currency, wish[0].timezone) == ("JPY", "Asia/Tokyo")


async def test_a_site_among_thousands_is_searched_on_the_server_once_a_pause() -> None:
    async with reports(transport(sites=50), section="") as on:
        await search(on, "faraw", "Faraway [b]")
        await on.settle()
        assert [call["pattern"] for call in on.asked("SitesManager.getPatternMatchSites")] == ["faraw"]


async def test_that_nothing_was_found_is_said_when_the_search_has_ended() -> None:
    serving = transport(sites=50)
    serving.answers["SitesManager.getPatternMatchSites"] = []
    async with reports(serving, section="") as on:
        gate = serving.gate = asyncio.Event()
        await search(on, "zzqx", "Searching…")
        gate.set()
        await until(on.pilot, lambda: 'Nothing has "zzqx"' in on.text)
        gate.clear()
        await on.pilot.press("7", "7")
        await until(on.pilot, lambda: len(on.asked("SitesManager.getPatternMatchSites")) == 2)
        assert "Searching…" in on.text
        assert "Nothing has" not in on.text
        gate.set()
        await until(on.pilot, lambda: 'Nothing has "zzqx77"' in on.text)


async def test_a_saved_segment_narrows_the_live_screen_and_the_reports() -> None:
    async with reports(transport()) as on:
        await search(on, "phones", "Phones")
        await on.press("enter")
        assert ("switch", (None, "deviceType==smartphone")) in on.poller.wishes
        assert on.section.context.query.segment == "deviceType==smartphone"
        assert "Phones" in on.lines[0]


async def test_a_theme_and_a_setting() -> None:
    async with reports(transport(), section="", live=True) as on:
        await search(on, "nord", "nord")
        await on.press("enter")
        assert on.app.theme_name == "nord"
        await search(on, "interval 10", "Poll every 10 s")
        await on.press("enter")
        assert on.poller.wishes == [("interval", 10)]
        await search(on, "ascii", "ASCII only")
        await on.press("enter")
        assert "●" not in on.text
        await search(on, "ascii", "block characters")
        await on.press("enter")
        assert "●" in on.text


async def test_a_report_opened_from_the_list_has_the_focus() -> None:
    async with reports(transport(), section="4") as on:
        await on.press("l")
        await search(on, "websites", "Websites")
        await on.press("enter")
        assert on.section.report_pane.has_focus_within


async def test_recent_ones_are_on_top() -> None:
    async with reports(transport(), section="") as on:
        await search(on, "exit pages", "Exit pages")
        await on.press("enter")
        await on.press("ctrl+p")
        await until(on.pilot, lambda: "Exit pages" in "".join(on.lines[2:]) and "recent" in on.text)
        await on.press("1")  # typed, not a key of the screen
        assert isinstance(on.app.screen, PaletteDialog)


async def test_what_cannot_be_loaded_is_said_and_the_rest_is_there() -> None:
    serving = transport()
    serving.answers["SegmentEditor.getAll"] = refusal("The plugin SegmentEditor is not enabled.")
    async with reports(serving, section="") as on:
        await search(on, "exit pages", "Exit pages")
        await until(on.pilot, lambda: "SegmentEditor" in on.text)


async def test_a_profile_connects_there(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path, NO_KEYRING)
    (tmp_path / "config.toml").write_text('[profiles.prod]\nurl = "https://a.example"\n[profiles.other]\nurl = "b"\n')
    async with reports(transport(), section="") as on:
        on.app.profiles = store
        await search(on, "other", "other")
        await on.press("enter")
        await until(on.pilot, lambda: "other:" in on.text)  # it has no token
        assert not isinstance(on.app.screen, ConnectScreen)


async def test_an_action_of_another_screen_is_named_with_its_key_and_place() -> None:
    async with reports(transport(), section="") as on:
        await search(on, "export", "In reports, e: Export the visible rows")
        await on.press("escape")
        await search(on, "zzz", 'Nothing has "zzz"')


async def test_an_action_of_this_screen_is_not_said_to_be_elsewhere() -> None:
    async with reports(transport(), section="", size=(120, 40)) as on:
        await search(on, "resume polling", "Not possible here now, p: Resume polling")
        await on.press("escape", "escape")
        await search(on, "faster", "Here, +: Poll more often")
