"""The site switcher: asks the server for what is typed once the keys rest; answers to older words are dropped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.pilot import Pilot

from matomo_tui.api.client import Client
from matomo_tui.api.errors import Unreachable
from matomo_tui.api.site import Site
from matomo_tui.api.transport import Response
from matomo_tui.ui.live.site_switcher import LIMIT, SiteSwitcher
from matomo_tui.ui.widgets.search_dialog import PAUSE
from tests import recorded
from tests.ui import snapshots
from tests.ui.host import Host

ALL = [
    {
        "idsite": number,
        "name": f"Site {number}",
        "main_url": f"https://site{number}.example",
        "timezone": "Europe/Berlin" if number % 2 else "Asia/Tokyo",
        "currency": "EUR",
    }
    for number in range(1, 50_001)
]
RESTED = PAUSE + 0.15


def matching(call: dict[str, str]) -> list[dict[str, Any]]:
    pattern, limit = call["pattern"].lower(), int(call["limit"])
    found = (site for site in ALL if pattern in str(site["name"]).lower() or pattern == str(site["idsite"]))
    return [site for site, _ in zip(found, range(limit), strict=False)]


def first(call: dict[str, str]) -> list[dict[str, Any]]:
    return ALL[: int(call["limit"])]


HANDLERS = {
    "SitesManager.getSitesWithAtLeastViewAccess": first,
    "SitesManager.getPatternMatchSites": matching,
}


class Choosing:
    def __init__(self, app: Host, pilot: Pilot[None], transport: recorded.FakeTransport) -> None:
        self.app, self.pilot, self.transport = app, pilot, transport

    async def type(self, words: str) -> None:
        await self.pilot.press(*("space" if character == " " else character for character in words))

    async def rest(self) -> None:
        await self.pilot.pause(RESTED)
        await self.pilot.pause()

    def patterns(self) -> list[str | None]:
        return [dict(fields).get("pattern") for fields in self.transport.sent]

    @property
    def answer(self) -> Site | None:
        """What the switcher ended with."""
        (answer,) = self.app.answers
        assert answer is None or isinstance(answer, Site)
        return answer


@asynccontextmanager
async def switcher(
    handlers: dict[str, Any] | None = None, size: tuple[int, int] = (100, 30), current: Site = snapshots.SHOP
) -> AsyncIterator[Choosing]:
    transport = recorded.fake_matomo(HANDLERS if handlers is None else handlers)
    app = Host(over=SiteSwitcher(Client(transport), current))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.pause()
        yield Choosing(app, pilot, transport)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_the_first_sites_are_there_at_once_with_what_tells_them_apart(size: tuple[int, int]) -> None:
    async with switcher(size=size) as stage:
        (line,) = (line for line in stage.app.lines if "Site 2 " in line)
        assert line.split()[1:6] == ["Site", "2", "2", "site2.example", "Tokyo"]
        assert any("Site 1 (current)" in line for line in stage.app.lines)
        assert dict(stage.transport.sent[0])["limit"] == str(LIMIT)


async def test_a_site_is_found_among_fifty_thousand_and_chosen() -> None:
    async with switcher() as stage:
        await stage.type("site 4711")
        await stage.rest()
        assert stage.patterns() == [None, "site 4711"], "one request for all the letters"
        await stage.pilot.press("enter")
        await stage.pilot.pause()
        assert stage.answer is not None
        assert (stage.answer.id, stage.answer.timezone) == (4711, "Europe/Berlin")


async def test_a_number_finds_the_site_with_that_id_first() -> None:
    async with switcher() as stage:
        await stage.type("42")
        await stage.rest()
        found = [line for line in stage.app.lines if ".example" in line]
        assert "site42.example" in found[0]
        assert len(found) > 1


async def test_arrows_choose_while_typing() -> None:
    async with switcher() as stage:
        await stage.type("site")
        await stage.rest()
        await stage.pilot.press("down", "down", "up", "pagedown", "pageup", "enter")
        await stage.pilot.pause()
        assert stage.answer is not None
        assert stage.answer.id == 2


async def test_the_mouse_chooses() -> None:
    async with switcher() as stage:
        await stage.pilot.click("SiteSwitcher VirtualTable", offset=(5, 3), times=2)
        await stage.pilot.pause()
        assert stage.answer is not None
        assert stage.answer.id == 4


async def test_esc_stays_where_one_is() -> None:
    async with switcher() as stage:
        await stage.type("x")
        await stage.pilot.press("escape")
        await stage.pilot.pause()
        assert stage.answer is None


async def test_nothing_found_is_said_and_cannot_be_chosen() -> None:
    async with switcher() as stage:
        await stage.type("zebra")
        await stage.rest()
        assert 'No site matches "zebra"' in stage.app.text
        await stage.pilot.press("enter")
        await stage.pilot.pause()
        assert stage.app.answers == []


async def test_an_empty_pattern_is_never_asked() -> None:
    async with switcher() as stage:
        await stage.type("blo")
        await stage.rest()
        await stage.pilot.press("backspace", "backspace", "backspace", "space")
        await stage.rest()
        assert stage.patterns() == [None, "blo", None]
        assert "Site 1 (current)" in stage.app.text


async def test_more_than_fit_is_said() -> None:
    async with switcher() as stage:
        assert f"The first {LIMIT}; type more" in stage.app.text


async def test_an_error_is_said_in_its_own_words_and_enter_asks_again() -> None:
    answers: list[Any] = [Unreachable("Cannot reach shop.example."), ALL[6:8]]
    async with switcher({**HANDLERS, "SitesManager.getPatternMatchSites": lambda _call: answers.pop(0)}) as stage:
        await stage.type("site 7")
        await stage.rest()
        assert "Cannot reach shop.example." in stage.app.text
        await stage.pilot.press("enter")
        await stage.rest()
        assert "site7.example" in stage.app.text
        assert "Cannot reach" not in stage.app.text


async def test_a_token_that_sees_no_site_is_told_so() -> None:
    async with switcher({"SitesManager.getSitesWithAtLeastViewAccess": []}) as stage:
        assert "This token sees no site" in stage.app.text


async def test_hostile_names_are_harmless_text() -> None:
    evil = [{"idsite": 7, "name": snapshots.HOSTILE, "main_url": "http://\x1b]52;c;x\x07", "timezone": "\x9bZ/\x1bY"}]
    async with switcher({"SitesManager.getSitesWithAtLeastViewAccess": evil}) as stage:
        assert all(character.isprintable() for line in stage.app.lines for character in line)


class Slow:
    """Answers each request when it is told to."""

    def __init__(self) -> None:
        self.turns: dict[str, asyncio.Future[None]] = {}

    async def post(self, fields: Sequence[tuple[str, str]], *, timeout: float | None = None) -> Response:
        call = dict(fields)
        pattern = call.get("pattern", "")
        self.turns[pattern] = asyncio.get_running_loop().create_future()
        await asyncio.shield(self.turns[pattern])
        return recorded.json_response(matching(call) if pattern else ALL[:3])

    async def aclose(self) -> None:
        """Nothing to close."""


async def test_an_answer_to_older_words_is_dropped() -> None:
    transport = Slow()
    app = Host(over=SiteSwitcher(Client(transport), snapshots.SHOP))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await pilot.press("8", "8")
        await pilot.pause(RESTED)
        await pilot.press("8")
        await pilot.pause(RESTED)
        transport.turns["888"].set_result(None)
        await pilot.pause()
        transport.turns["88"].set_result(None)
        transport.turns[""].set_result(None)
        await pilot.pause()
        found = [line for line in app.lines if ".example" in line]
        assert "site888.example" in found[0]
        assert all("888" in line for line in found)


async def test_waiting_is_said_after_a_moment() -> None:
    app = Host(over=SiteSwitcher(Client(Slow()), snapshots.SHOP))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause(0.4)
        assert "Asking Matomo" in app.text


async def test_enter_before_the_answer_never_chooses_from_the_list_before() -> None:
    async with switcher() as stage:
        await stage.type("site 31415")
        await stage.pilot.press("enter")
        await stage.rest()
        assert stage.answer is not None
        assert stage.answer.id == 31415


async def test_enter_before_an_answer_with_many_leaves_the_choice() -> None:
    async with switcher() as stage:
        await stage.type("site 3")
        await stage.pilot.press("enter")
        await stage.rest()
        assert stage.app.answers == []
        await stage.pilot.press("enter")
        await stage.pilot.pause()
        assert stage.answer is not None
        assert stage.answer.id == 3
