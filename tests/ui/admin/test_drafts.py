"""What was typed is there again: after the form was closed, the connection lost, the terminal resized."""

from __future__ import annotations

import pytest

from matomo_tui.ui.admin.admin_screen import AdminScreen
from matomo_tui.ui.admin.form_screen import FormScreen
from matomo_tui.ui.live.live_screen import LiveScreen
from tests.ui.admin import steps
from tests.ui.admin.administering import Office, office
from tests.ui.admin.steps import Write, form, in_list

HOSTILE = "5%+ “ä” & <i>[x] 🎉\u200fש'\" \u202eabc"


async def typed(on: Office, write: Write) -> FormScreen[object, object]:
    """Into a form, with a hostile text in its first field."""
    await write.begin(on)
    await form(on)
    assert isinstance(on.app.screen, FormScreen)
    await on.retype(HOSTILE)
    return on.app.screen


def first(screen: FormScreen[object, object]) -> object:
    """What stands in the first field."""
    return screen.form.values[screen.fields()[0].name]


@pytest.mark.parametrize(
    "write",
    [
        steps.add_goal(""),
        steps.change_site("Field Notes", ""),
        steps.add_user(""),
        steps.change_email("mara.lind", ""),
    ],
    ids=lambda write: write.name.replace(" ", "-"),
)
async def test_it_outlives_the_form_the_connection_and_the_terminals_size(write: Write) -> None:
    async with office() as on:
        screen = await typed(on, write)
        await on.pilot.resize_terminal(80, 24)
        await on.pilot.resize_terminal(120, 40)
        assert first(screen) == HOSTILE
        assert "\u202e" not in on.text
        await on.press("escape")
        await in_list(on)
        await on.sees("Your input is kept until the program ends.")
        before = on.context
        assert on.app.session is not None
        on.app.connection.follow(on.app.session)  # as after connecting anew
        await on.until(lambda: isinstance(on.app.screen, LiveScreen))
        await on.press("9")
        await on.until(lambda: isinstance(on.app.screen, AdminScreen))
        assert on.context is not before
        await write.begin(on)
        await form(on)
        await on.sees("Your earlier input is still here. ^r discards it.")
        assert isinstance(on.app.screen, FormScreen)
        assert first(on.app.screen) == HOSTILE
        await on.press("ctrl+r", "ctrl+r")
        assert first(on.app.screen) != HOSTILE


async def test_a_form_that_is_open_while_the_connection_is_replaced_loses_nothing() -> None:
    write = steps.add_site("")
    async with office() as on:
        await typed(on, write)
        assert on.app.session is not None
        on.app.connection.follow(on.app.session)
        await on.until(lambda: isinstance(on.app.screen, LiveScreen))
        await on.press("9")
        await write.begin(on)
        await form(on)
        assert isinstance(on.app.screen, FormScreen)
        assert first(on.app.screen) == HOSTILE


async def test_a_password_that_was_typed_comes_back_hidden() -> None:
    write = steps.change_password("mara.lind", "a-new-password-1")
    async with office() as on:
        await write.show(on)
        await on.press("escape")
        await form(on)
        await on.press("escape")
        await in_list(on)
        await write.begin(on)
        await form(on)
        assert isinstance(on.app.screen, FormScreen)
        assert on.app.screen.form.values["password"] == "a-new-password-1"
        assert "a-new-password-1" not in on.text
        assert "a-new-password-1" not in repr(on.app.drafts._drafts)
