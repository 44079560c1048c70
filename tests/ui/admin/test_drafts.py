"""What was typed is there again: after the form was closed, the connection lost, the terminal resized."""

from __future__ import annotations

import dataclasses

import pytest
from msgspec import structs

from matomo_tui.admin.goals import GoalDraft
from matomo_tui.api import goals
from matomo_tui.demo.world import StoredGoal
from matomo_tui.ui.admin.admin_screen import AdminScreen
from matomo_tui.ui.admin.form_screen import FormScreen
from matomo_tui.ui.live.live_screen import LiveScreen
from tests.ui.admin import steps
from tests.ui.admin.administering import Office, office, quiet
from tests.ui.admin.steps import Write, form, in_list, plan

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


async def test_a_form_kept_with_fewer_fields_does_not_propose_to_empty_the_others() -> None:
    demo = quiet()
    demo.world.sites[2] = structs.replace(demo.world.sites[2], group="Blogs")
    write = steps.change_site("Field Notes", "Renamed")
    async with office("admin", demo=demo, size=(100, 40)) as on:
        await write.show(on)
        await on.press("escape", "escape")
        await in_list(on)
        demo.world.put_user(dataclasses.replace(demo.world.users["alice"], superuser=True))
        assert await on.context.refresh_access()
        await write.begin(on)
        await form(on)
        await on.press("ctrl+o")
        await plan(on)
        assert "Field Notes → Renamed" in on.words
        assert "Blogs" not in on.words


async def test_what_was_typed_for_something_that_is_deleted_meanwhile_is_not_kept_out_of_reach() -> None:
    write = steps.change_goal("Reached checkout", "Mine")
    async with office(size=(100, 40)) as on:
        await write.show(on)
        await on.superuser.call(goals.delete_goal(1, (await on.goals())["Reached checkout"].id))
        await write.confirmed(on)
        await on.sees("someone else deleted it in the meantime.")
        await on.press("escape")
        await form(on)
        await on.sees("Your input is here until you close this form.")
        await on.type(" and more")
        on.app.clear_notifications()
        await on.press("escape")
        await in_list(on)
        assert "kept" not in on.said
        assert not on.app.drafts._drafts


async def test_starting_over_after_a_conflict_begins_with_what_is_stored_now() -> None:
    write = steps.change_goal("Reached checkout", "Mine")
    async with office(size=(100, 40)) as on:
        await write.show(on)
        goal = (await on.goals())["Reached checkout"]
        draft = dataclasses.replace(GoalDraft.of(goal), pattern="/theirs")
        await on.superuser.call(goals.update_goal(1, goal.id, **dict(draft.state())))  # type: ignore[arg-type]
        await write.confirmed(on)
        await on.sees("Choose:")
        await on.press("escape")
        await form(on)
        await on.press("ctrl+r", "ctrl+r")
        screen = on.app.screen
        assert isinstance(screen, FormScreen)
        await on.until(lambda: screen.form.values["pattern"] == "/theirs")
        assert screen.form.values["description"] == goal.description


async def test_a_stored_pattern_that_comes_to_mean_something_else_is_looked_at_again() -> None:
    demo = quiet()
    goal = StoredGoal(1, "Odd", "title", "foo[", "regex")
    demo.world.sites[1] = structs.replace(demo.world.sites[1], goals=(goal,))
    write = steps.change_goal("Odd", "Renamed")
    async with office("admin", demo=demo, size=(100, 40)) as on:
        await write.show(on)
        await on.press("escape")
        await form(on)
        screen = on.app.screen
        assert isinstance(screen, FormScreen)
        screen.form.focus_field("match_attribute")
        await on.press("left")
        assert screen.form.values["match_attribute"] == "url"
        await on.press("ctrl+o")
        await on.sees("1 field is invalid: The expression does not compile")
        screen.form.focus_field("match_attribute")
        await on.press("right", "ctrl+o")
        await plan(on)
