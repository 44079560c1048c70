"""The columns of the access sheet: what is drawn while they change, and that no site is left out."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from matomo_tui.api.calls import Call
from tests.ui.admin.administering import office
from tests.ui.admin.steps import to_cell


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
