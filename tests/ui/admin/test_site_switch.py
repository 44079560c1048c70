"""Another site is chosen: nothing of the one before stands, or is changed, under its name."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from matomo_tui.api.errors import TimedOut
from matomo_tui.api.http import HttpTransport
from matomo_tui.api.sites import get_site_from_id
from matomo_tui.ui.admin.admin_screen import AdminScreen
from matomo_tui.ui.admin.form_screen import FormScreen
from matomo_tui.ui.reports.section_screen import SectionScreen
from matomo_tui.ui.widgets.async_pane import AsyncPane
from matomo_tui.ui.widgets.pane import PaneState
from matomo_tui.ui.widgets.visibility import is_displayed
from tests.ui.admin.administering import Office, office
from tests.ui.admin.steps import SHOP, at, delete_goal, form, in_list, open_part, table_of, unlock

GOAL = "Newsletter sign-up"


def slow(
    monkeypatch: pytest.MonkeyPatch, on: Office, method: str, *, fails: bool = False, site_id: int | None = None
) -> asyncio.Event:
    """The answers of ``method``, about one site or any, wait for the event, or fail."""
    real, answers = on.context.client.call, asyncio.Event()

    async def call(one: Any, *args: Any, **kwargs: Any) -> Any:
        if one.method == method and site_id in (None, one.params.get("idSite")):
            if fails:
                raise TimedOut("Matomo gave no answer in 20 seconds.")
            await answers.wait()
        return await real(one, *args, **kwargs)

    monkeypatch.setattr(on.context.client, "call", call)
    return answers


async def switch(on: Office, site_id: int) -> None:
    on.app.switch_to(await on.superuser.call(get_site_from_id(site_id)))
    await on.pilot.pause()


async def test_the_goals_of_the_site_before_do_not_stand_under_the_name_of_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with office(size=(120, 24)) as on:
        pane = await open_part(on, "goals")
        await unlock(on)
        answers = slow(monkeypatch, on, "Goals.getGoals")
        await switch(on, 2)
        assert on.lines[0].startswith(" Field Notes › Administration › Goals")
        assert GOAL not in on.text
        await on.press("enter", "X")
        assert isinstance(on.app.screen, AdminScreen), "there is nothing to be changed yet"
        answers.set()
        await on.sees("Letter subscribed")
        assert on.app.focused is table_of(pane)


@pytest.mark.parametrize(("part", "method"), [("goals", "Goals.getGoals"), ("users", "UsersManager.getUsersPlusRole")])
async def test_what_cannot_be_loaded_of_the_next_site_is_said_to_have_failed(
    part: str, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with office(size=(120, 24)) as on:
        pane = await open_part(on, part)
        slow(monkeypatch, on, method, fails=True)
        await switch(on, 2)
        await on.until(lambda: pane.state is PaneState.BROKEN)
        await on.sees("Matomo gave no answer in 20 seconds.")
        assert GOAL not in on.text
        assert "root" not in on.text
        monkeypatch.undo()
        await on.press("r")
        await on.until(lambda: pane.state is PaneState.CONTENT)


async def test_an_answer_about_the_site_before_that_comes_late_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    async with office(size=(120, 24)) as on:
        pane = await open_part(on, "goals")
        answers = slow(monkeypatch, on, "Goals.getGoals")
        await on.press("r")
        await on.press("8")  # the pane is not on the screen: it loads when it is shown again
        await switch(on, 2)
        answers.set()
        monkeypatch.undo()
        answers = slow(monkeypatch, on, "Goals.getGoals")
        await on.press("9")
        assert GOAL not in on.text
        answers.set()
        await on.until(lambda: pane.state is PaneState.CONTENT)
        await on.sees("Letter subscribed")


async def test_a_form_names_the_site_of_its_goal() -> None:
    async with office(size=(120, 24)) as on:
        pane = await open_part(on, "goals")
        await unlock(on)
        goal = (await on.goals(1))[GOAL]
        await at(on, pane, goal.id)
        on.context.set_site(await on.superuser.call(get_site_from_id(2)))
        await on.press("enter")
        await form(on)
        assert isinstance(on.app.screen, FormScreen)
        assert on.lines[0].startswith(f" {SHOP} › Administration › Goals")


async def test_what_was_written_to_the_site_before_does_not_bring_its_list_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with office(size=(120, 24)) as on:
        pane = await open_part(on, "goals")
        write = delete_goal(GOAL)
        await write.show(on)
        answers = slow(monkeypatch, on, "Goals.getGoals", site_id=2)
        await switch(on, 2)
        await write.confirmed(on)
        await in_list(on)
        await on.pilot.pause()
        assert pane.state is PaneState.LOADING
        answers.set()
        await on.sees("Letter subscribed")
        assert GOAL not in await on.goals(1)


@pytest.mark.parametrize("key", ["2", "3", "5"])
@pytest.mark.parametrize("fails", [True, False], ids=["failed", "waiting"])
async def test_no_chart_of_the_site_before_stands_under_the_name_of_the_next(
    key: str, fails: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = asyncio.Event()

    async def post(*_: Any, **__: Any) -> Any:
        if fails:
            raise TimedOut("No answer in 20 s.")
        await answers.wait()

    async with office(size=(120, 40)) as on:
        other, here = await on.superuser.call(get_site_from_id(2)), on.context.site
        await on.press(key)
        screen = on.app.screen
        assert isinstance(screen, SectionScreen)

        def states() -> list[PaneState]:
            return [pane.state for pane in screen.query(AsyncPane) if is_displayed(pane)]

        def waits() -> bool:
            return any(pane.is_waiting for pane in screen.query(AsyncPane) if is_displayed(pane))

        await on.until(lambda: screen.request is not None and not waits(), 5)
        before = states()
        with monkeypatch.context() as patched:
            patched.setattr(HttpTransport, "post", post)
            on.app.switch_to(other)
            wanted = PaneState.BROKEN if fails else PaneState.LOADING
            await on.until(lambda: set(states()) == {wanted}, 5)
        answers.set()
        on.app.switch_to(here)
        await on.until(lambda: states() == before, 5)


async def test_another_name_of_the_same_site_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with office(size=(120, 24)) as on:
        await open_part(on, "goals")
        site = on.context.site
        slow(monkeypatch, on, "Goals.getGoals")
        assert on.app.administration is not None
        on.app.administration.set_site(replace(site, name="Lamps"))
        await on.pilot.pause()
        assert on.lines[0].startswith(" Lamps › Administration › Goals")
        assert GOAL in on.text


async def test_the_tracking_test_has_the_focus_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with office(size=(120, 24)) as on:
        pane = await open_part(on, "tracking")
        real, answers = on.context.client.gather, asyncio.Event()

        async def gather(*calls: Any, **kwargs: Any) -> Any:
            await answers.wait()
            return await real(*calls, **kwargs)

        monkeypatch.setattr(on.context.client, "gather", gather)
        await switch(on, 2)
        await on.pilot.pause()
        assert not pane.has_focus_within
        answers.set()
        await on.sees("idsite=2&rec=1")
        await on.until(lambda: on.app.focused is pane.focus_target(), 5)
