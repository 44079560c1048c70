"""Input is not discarded by a key that did not say so before: neither that of an open form nor what is kept."""

from __future__ import annotations

import asyncio

import pytest

from matomo_tui.config.settings import Settings
from matomo_tui.ui.admin.access import AccessPane
from matomo_tui.ui.admin.form_screen import FormScreen
from tests.ui.admin.administering import Office, held, office
from tests.ui.admin.steps import delete_goal, form, in_list, open_part, to_cell, unlock

QUITS = "^q again quits and discards your input."
CLOSES = "The same key again closes the tab and discards your input."


async def type_a_goal(on: Office) -> FormScreen[object, object]:
    await open_part(on, "goals")
    await unlock(on)
    await on.press("a")
    await form(on)
    await on.type("A careful name")
    assert isinstance(on.app.screen, FormScreen)
    return on.app.screen


async def change_access(on: Office) -> AccessPane:
    pane = await to_cell(on, "carol", 2)
    await unlock(on)
    await on.press("a")
    await on.sees("1 change pending")
    return pane


async def test_that_quitting_was_asked_for_is_no_answer_to_starting_over() -> None:
    async with office() as on:
        screen = await type_a_goal(on)
        await on.press("ctrl+q")
        await on.sees(QUITS)
        await on.press("ctrl+r")
        await on.sees("^r again discards your input.")
        assert screen.form.values["name"] == "A careful name"


async def test_that_starting_over_was_asked_for_is_no_answer_to_quitting() -> None:
    async with office() as on:
        await type_a_goal(on)
        await on.press("ctrl+r", "ctrl+q")
        await on.sees(QUITS)
        assert on.app.return_code is None
        await on.press("ctrl+q")
        assert on.app.return_code == 0


async def test_ctrl_c_copies_what_is_selected_in_a_field_once_and_then_asks_as_ctrl_q_does() -> None:
    async with office() as on:
        screen = await type_a_goal(on)
        await on.press("ctrl+shift+left", "ctrl+c")
        assert on.app.clipboard == "name"
        await on.sees("Copied: ")
        assert on.app.return_code is None
        await on.press("ctrl+c")
        await on.sees(QUITS)
        assert on.app.return_code is None
        assert screen.form.values["name"] == "A careful name"
        await on.press("ctrl+c")
        assert on.app.return_code == 0


@pytest.mark.parametrize("of", ["a closed form", "access"])
@pytest.mark.parametrize(("key", "asks", "left"), [("ctrl+q", QUITS, (0, 2)), ("ctrl+w", CLOSES, (None, 1))])
async def test_what_is_kept_is_asked_for_too(of: str, key: str, asks: str, left: tuple[int | None, int]) -> None:
    async with office() as on:
        on.app.add_connection(Settings(url="http://other.example/"), None)
        if of == "access":
            await change_access(on)
        else:
            await type_a_goal(on)
            await on.press("escape")
            await in_list(on)
        on.app.clear_notifications()
        await on.press(key)
        await on.sees(asks)
        assert on.app.return_code is None
        assert len(on.app.connections) == 2
        await on.press(key)
        assert (on.app.return_code, len(on.app.connections)) == left


async def send_a_write(on: Office, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """A goal is being deleted, and Matomo answers when the event is set."""
    write = delete_goal(next(iter(await on.goals())))
    dialog = await write.show(on)
    answers = held(monkeypatch)
    await write.confirmed(on)
    await on.until(lambda: dialog.is_writing)
    return answers


async def test_the_outcome_of_a_write_is_not_lost_by_quitting_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with office() as on:
        await send_a_write(on, monkeypatch)
        await on.app.run_action("app.quit")
        await on.sees("The write is under way, and you would not see its outcome.")
        assert on.app.return_code is None
        await on.app.run_action("app.quit")
        assert on.app.return_code == 0


async def test_the_outcome_of_a_write_is_not_lost_by_closing_its_tab_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with office() as on:
        on.app.add_connection(Settings(url="http://other.example/"), None)
        await send_a_write(on, monkeypatch)
        await on.app.run_action("app.close_tab")
        await on.sees("The write is under way, and you would not see its outcome.")
        assert len(on.app.connections) == 2
        await on.app.run_action("app.close_tab")
        assert len(on.app.connections) == 1


async def test_a_write_that_ended_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async with office() as on:
        answers = await send_a_write(on, monkeypatch)
        await on.press("ctrl+q")
        await on.sees(f"you would not see its outcome. {QUITS.partition(' and')[0]}.")
        answers.set()
        await in_list(on)
        await on.press("ctrl+q")
        assert on.app.return_code == 0


async def test_one_more_change_is_asked_for_again() -> None:
    async with office() as on:
        await change_access(on)
        await on.press("ctrl+q", "v")
        on.app.clear_notifications()
        await on.press("ctrl+q")
        await on.sees(QUITS)
        assert on.app.return_code is None


async def test_what_was_undone_or_only_tried_out_is_not_asked_for() -> None:
    async with office() as on:
        await change_access(on)
        await on.press("u")
        await open_part(on, "tracking")
        await on.press("right")
        await on.press("ctrl+q")
        assert on.app.return_code == 0
