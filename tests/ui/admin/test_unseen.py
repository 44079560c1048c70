"""An administration that is not shown for ten minutes gives back its parts, and comes back at the same place."""

from __future__ import annotations

from matomo_tui.ui.shell import UNSEEN_FOR
from tests.ui.admin.administering import office
from tests.ui.admin.steps import open_part, table_of, unlock
from tests.ui.conftest import StandingClock


async def test_the_administration_comes_back_at_its_part_and_row() -> None:
    clock = StandingClock()
    async with office(clock=clock) as on:
        pane = await open_part(on, "sites")
        await on.sees("Sites 5")
        await on.press("down", "down")
        row = table_of(pane).cursor_key
        assert row is not None
        await on.press("1")
        on.app.release_unseen()
        clock.at += UNSEEN_FOR + 1
        on.app.release_unseen()
        await on.until(lambda: not pane.is_running)
        await on.press("9")
        await on.sees("Sites 5")
        assert on.app.administration is not None
        again = on.app.administration.go().pane
        assert again is not None
        assert again is not pane
        await on.until(lambda: table_of(again).cursor_key == row)
        await unlock(on)
