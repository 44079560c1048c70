"""The columns of the access sheet: what is drawn while they change, and that no site is left out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from matomo_tui.api import sites
from matomo_tui.api.calls import Call
from matomo_tui.api.errors import TimedOut
from matomo_tui.demo.app import DemoMatomo
from matomo_tui.ui.admin.access import AccessPane
from tests.ui.admin.administering import Office, office, quiet
from tests.ui.admin.steps import open_part, to_cell


async def access(on: Office) -> AccessPane:
    """The access sheet, once its columns are placed."""
    pane = await open_part(on, "access")
    assert isinstance(pane, AccessPane)
    await on.until(lambda: len(pane._shown) > 1)
    return pane


@pytest.mark.usefixtures("painted")
async def test_the_sheet_stays_while_the_sites_of_one_user_are_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    async with office(size=(120, 30)) as on:
        pane = await to_cell(on, "carol", 1)
        client, answer, asked = on.context.client, asyncio.Event(), asyncio.Event()
        real = client.call

        async def slow(call: Call[Any]) -> Any:
            if call.method == "UsersManager.getSitesAccessForUser":
                asked.set()
                await answer.wait()
            return await real(call)

        monkeypatch.setattr(client, "call", slow)
        await on.press("o")
        await on.until(asked.is_set)
        await on.press("down", "right", "left", "up")
        assert pane.columns == [1, 2, 3, 4, 5]
        answer.set()
        await on.sees("Access › sites of carol")
        assert pane.columns == [1]


@pytest.mark.usefixtures("painted")
@pytest.mark.parametrize(("size", "then"), [((160, 22), (80, 50)), ((80, 22), (160, 50))])
async def test_another_width_shows_other_sites(size: tuple[int, int], then: tuple[int, int]) -> None:
    demo = DemoMatomo(extra_sites=20, extra_users=80)
    demo.world.sites[1] = replace(demo.world.sites[1], traffic="")
    async with office(size=size, demo=demo) as on:
        pane = await access(on)
        before = len(pane._shown)
        await on.pilot.resize_terminal(*then)
        await on.until(lambda: len(pane._shown) != before)
        await on.press("pagedown")
        await on.sees("Lumen & Oak")


async def all_the_way(on: Office, pane: AccessPane) -> None:
    """To the last site with the arrow."""
    for _ in range(100):
        await on.press("right")
        await on.until(lambda: not pane.is_loading)
        if pane._scope.is_all and pane.column == len(pane.columns) - 1:
            return
    raise AssertionError(f"there is no end: {pane.columns}")


async def test_the_arrow_pressed_again_while_sites_load_leaves_none_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async with office(demo=quiet(extra_sites=40), size=(120, 30)) as on:
        pane = await access(on)
        client, answer, asked = on.context.client, asyncio.Event(), asyncio.Event()
        real, bulks = client.bulk, 0

        async def slow(calls: Sequence[Call[Any]]) -> Any:
            nonlocal bulks
            bulks += 1
            asked.set()
            await answer.wait()
            return await real(calls)

        monkeypatch.setattr(client, "bulk", slow)
        await on.press(*["right"] * 10)
        await on.until(asked.is_set)
        await on.press("right")
        await on.pilot.pause()
        assert bulks == 1, "the running request was replaced"
        answer.set()
        await on.until(lambda: len(pane.columns) == 24)
        await all_the_way(on, pane)
        assert sorted(pane.columns) == sorted(on.context.access.sites)


async def test_sites_that_could_not_be_loaded_come_with_the_next_arrow(monkeypatch: pytest.MonkeyPatch) -> None:
    async with office(demo=quiet(extra_sites=40), size=(120, 30)) as on:
        pane = await access(on)
        client = on.context.client

        async def fails(_calls: Sequence[Call[Any]]) -> Any:
            raise TimedOut("No answer in 20 s.")

        with monkeypatch.context() as patched:
            patched.setattr(client, "bulk", fails)
            await on.press(*["right"] * 10)
            await on.sees("No answer in 20 s.")
        await all_the_way(on, pane)
        assert sorted(pane.columns) == sorted(on.context.access.sites)


@pytest.mark.parametrize("extra", [0, 40])
async def test_a_site_added_meanwhile_comes_when_it_is_loaded_again(extra: int) -> None:
    async with office(demo=quiet(extra_sites=extra), size=(120, 30)) as on:
        pane = await access(on)
        await all_the_way(on, pane)
        added = await on.superuser.call(sites.add_site("Fresh", ("https://fresh.example",)))
        await on.press("r")
        await on.until(lambda: not pane.is_loading)
        await all_the_way(on, pane)
        assert added in pane.columns
        assert len(set(pane.columns)) == len(pane.columns)


@pytest.mark.usefixtures("painted")
async def test_the_title_tells_which_of_the_sites_are_visible() -> None:
    async with office(size=(80, 24), demo=DemoMatomo(extra_sites=2)) as on:
        pane = await access(on)
        count = len(pane.columns)
        await on.sees(f"sites 1-4 of {count}")
        for _ in range(count):
            await on.press("right")
        await on.sees(f"sites {count - 3}-{count} of {count}")
        await on.pilot.resize_terminal(300, 24)
        await on.until(lambda: len(pane._shown) == count)
        await on.until(lambda: "sites " not in on.text.split("\n")[1])
