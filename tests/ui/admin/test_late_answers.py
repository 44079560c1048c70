"""What a key asked for comes after its part was left: nothing opens over what is shown by then, or takes its keys."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from matomo_tui.ui.admin.admin_screen import AdminScreen
from matomo_tui.ui.help_screen import HelpScreen
from matomo_tui.ui.live.live_screen import LiveScreen
from matomo_tui.ui.widgets.pane import LOADING_AFTER, Pane
from matomo_tui.ui.widgets.requesting_pane import REQUEST
from matomo_tui.ui.widgets.workers import is_working
from tests.ui.admin.administering import Office, held, office
from tests.ui.admin.steps import at, form, open_part, set_access, table_of, to_cell, unlock

DIALOGS = [
    ("sites", 1, "enter"),
    ("sites", 1, "X"),
    ("sites", 1, "v"),
    ("sites", 1, "f"),
    ("users", "carol", "X"),
    ("users", "carol", "u"),
]
"""Part, row and key of what asks Matomo before a dialog opens."""


async def answered(on: Office, answers: asyncio.Event) -> None:
    """All answers are there, and what follows from them."""
    answers.set()
    await on.until(lambda: not any(worker.is_running for worker in on.app.workers if worker.group == REQUEST))
    await on.pilot.pause(1)


@asynccontextmanager
async def at_a_site(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Office, Pane, asyncio.Event]]:
    """The list of sites with the cursor on one; then Matomo answers when the event is set."""
    async with office(size=(120, 40)) as on:
        pane = await open_part(on, "sites")
        await unlock(on)
        await at(on, pane, 1)
        yield on, pane, held(monkeypatch)


@pytest.mark.parametrize(("part", "row", "key"), DIALOGS)
async def test_no_dialog_opens_over_another_section(
    part: str, row: Any, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with office(size=(120, 40)) as on:
        pane = await open_part(on, part)
        await unlock(on)
        await at(on, pane, row)
        on.context.users_changed()  # whose the token is was asked for with the list
        answers = held(monkeypatch)
        await on.press(key, "1")
        assert isinstance(on.app.screen, LiveScreen)
        await answered(on, answers)
        assert isinstance(on.app.screen, LiveScreen)
        await on.press("9")
        assert isinstance(on.app.screen, AdminScreen)
        await on.press(key)
        await on.until(lambda: not isinstance(on.app.screen, AdminScreen))


async def test_no_review_of_access_opens_over_another_section(monkeypatch: pytest.MonkeyPatch) -> None:
    async with office(size=(120, 40)) as on:
        await unlock(on)
        await to_cell(on, "dave", 1)
        await on.press(set_access("dave", 1, "write").key)
        on.context.users_changed()  # whose the token is was asked for with the list
        answers = held(monkeypatch)
        await on.press("enter", "1")
        await answered(on, answers)
        assert isinstance(on.app.screen, LiveScreen)


async def test_no_form_opens_over_another_part_a_dialog_or_a_search(monkeypatch: pytest.MonkeyPatch) -> None:
    async with at_a_site(monkeypatch) as (on, pane, answers):
        await on.press("enter", "l", "up", "enter")
        await answered(on, answers)
        assert "Administration › Goals" in on.lines[0]
        monkeypatch.undo()

        await open_part(on, "sites")
        answers = held(monkeypatch)
        await on.press("enter", "question_mark")
        await answered(on, answers)
        assert isinstance(on.app.screen, HelpScreen)
        await on.press("escape")
        monkeypatch.undo()

        answers = held(monkeypatch)
        await on.press("enter", "slash", "b")
        await answered(on, answers)
        assert isinstance(on.app.screen, AdminScreen)
        assert on.app.focused is not table_of(pane)


async def test_a_form_that_is_awaited_is_shown_to_be_and_escape_drops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with at_a_site(monkeypatch) as (on, pane, answers):
        await on.press("enter")
        assert "━━━━━━" not in on.text
        await on.pilot.pause(LOADING_AFTER + 0.5)
        assert "━━━━━━" in on.text
        await on.press("escape")
        assert isinstance(on.app.screen, AdminScreen)
        assert not is_working(pane, REQUEST)
        assert "━━━━━━" not in on.text
        await on.press("enter")
        answers.set()
        await form(on)
        await on.press("escape")
        assert "━━━━━━" not in on.text
