"""The tracking test: what it says of what was typed and chosen."""

from __future__ import annotations

from typing import Any

import pytest

from matomo_tui.api.client import Client
from matomo_tui.api.errors import TimedOut
from matomo_tui.api.goals import delete_goal
from matomo_tui.ui.admin.tracking import TrackingPane
from matomo_tui.ui.shell import UNSEEN_FOR
from tests.ui.admin.administering import Office, office, quiet
from tests.ui.admin.steps import open_part
from tests.ui.conftest import StandingClock


async def to_goal(on: Office) -> TrackingPane:
    """To the choice of a goal."""
    pane = await open_part(on, "tracking")
    assert isinstance(pane, TrackingPane)
    await on.press("right", "right", "right")
    pane.form.focus_field("goal_id")
    await on.pilot.pause()
    return pane


async def rebuilt(on: Office, clock: StandingClock) -> TrackingPane:
    """The pane anew, as after ten minutes on another screen."""
    await on.press("1")
    on.app.release_unseen()
    clock.at += UNSEEN_FOR + 1
    on.app.release_unseen()
    pane = await open_part(on, "tracking")
    assert isinstance(pane, TrackingPane)
    return pane


async def test_the_chosen_goal_is_chosen_again_in_a_new_pane() -> None:
    clock = StandingClock()
    async with office(clock=clock) as on:
        before = await to_goal(on)
        await on.press("right", "right")
        assert before.form.values["goal_id"] == "3"
        pane = await rebuilt(on, clock)
        assert pane is not before
        assert (pane.form.values["kind"], pane.form.values["goal_id"]) == ("goal", "3")
        await on.sees("idgoal=3")


async def test_a_chosen_goal_that_is_gone_is_not_replaced_by_another() -> None:
    clock, demo = StandingClock(), quiet()
    async with office(clock=clock, demo=demo) as on:
        await to_goal(on)
        await on.press("right", "right")
        await on.superuser.call(delete_goal(1, 3))
        pane = await rebuilt(on, clock)
        assert pane.form.values["goal_id"] == ""
        await on.sees("Choose the goal to convert.")
        assert "idgoal" not in on.text


@pytest.mark.parametrize("role", ["superuser", "write"])
async def test_goals_that_cannot_be_read_are_not_said_to_be_none(role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: Any, **__: Any) -> Any:
        raise TimedOut("No answer in 20 s.")

    async with office(role, size=(110, 30)) as on:
        with monkeypatch.context() as patched:
            for method in ("gather", "call"):
                patched.setattr(Client, method, fail)
            await to_goal(on)
            await on.sees("the goals could not be read: r tries again")
            assert "no goals" not in on.text
        await on.press("r")
        await on.sees("idgoal=1")


@pytest.mark.parametrize("digits", [2, 5_000])
async def test_any_number_of_hits_may_be_typed(digits: int) -> None:
    async with office() as on:
        pane = await open_part(on, "tracking")
        assert isinstance(pane, TrackingPane)
        await on.press("left")
        pane.form.focus_field("count")
        await on.retype("9" * digits)
        await on.sees("A test batch has 1 to 50 hits.")
