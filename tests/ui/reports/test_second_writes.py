"""A write that is sent again after a refusal is another one: leaving it is asked for again."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from tests.recorded import refusal
from tests.reports.matomo import SITE
from tests.ui.conftest import until
from tests.ui.reports.sectioning import matomo, reports

ASKS = "The write is under way, and you would not see its outcome."


async def test_the_write_after_a_refused_one_is_not_left_unasked() -> None:
    transport = matomo()
    transport.answers["Annotations.add"] = refusal("The note is too long.")
    async with reports(transport, section="2", size=(120, 40), site=replace(SITE, id=2)) as stage:
        await stage.press("A", "h", "i")
        for key in ("enter", "enter"):
            gate = transport.gate = asyncio.Event()
            await stage.pilot.press(key, "ctrl+q")
            await until(stage.pilot, lambda: any(ASKS in note.message for note in stage.app._notifications))
            assert stage.app.return_code is None
            gate.set()
            await stage.settle()
            assert "The note is too long." in stage.text
            stage.app.clear_notifications()
        transport.gate = asyncio.Event()
        await stage.pilot.press("enter", "ctrl+q", "ctrl+q")
        await until(stage.pilot, lambda: stage.app.return_code == 0)
        transport.gate.set()
