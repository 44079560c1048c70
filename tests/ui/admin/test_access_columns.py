"""The columns of the access sheet: what is drawn while they change, and that no site is left out."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from matomo_tui.api.calls import Call
from matomo_tui.demo.app import DemoMatomo
from matomo_tui.ui.admin.access import AccessPane
from tests.ui.admin.administering import Office, office
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
