"""What the live counters mean: their scope at once, Matomo's words when they come."""

from __future__ import annotations

from matomo_tui.api.errors import TimedOut
from matomo_tui.reports.catalogue import Catalogue
from matomo_tui.ui.live.counters import COUNTERS
from matomo_tui.ui.live.counters_dialog import CountersDialog
from tests.reports.matomo import catalogue
from tests.ui import snapshots
from tests.ui.conftest import stage, until


async def test_every_counter_has_its_scope_and_each_metric_is_explained_once() -> None:
    async def loaded() -> Catalogue:
        return catalogue()

    async with stage(snapshots.busy(), (120, 80)) as on:
        on.app.push_screen(CountersDialog(loaded))
        await until(on.pilot, lambda: "Matomo on Visits:" in on.text)
        for counter in COUNTERS:
            assert counter.label in on.text
        assert on.text.count("Matomo on Visits:") == 1
        assert "Product sales" not in on.text, "the meaning that another report gives to revenue"


async def test_where_matomo_does_not_answer_the_scopes_stay() -> None:
    async def failing() -> Catalogue:
        raise TimedOut("No answer within 30 s.")

    async with stage(snapshots.busy(), (120, 40)) as on:
        on.app.push_screen(CountersDialog(failing))
        await until(on.pilot, lambda: "No answer within 30 s." in on.text)
        assert "at most 3 minutes old" in on.text
