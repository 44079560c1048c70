"""Somebody else at the same thing: shown in three columns, and settled by choosing, in every form and dialog."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import pytest

from matomo_tui.admin.goals import GoalDraft
from matomo_tui.admin.sites import SiteDraft
from matomo_tui.api import goals, sites, users
from matomo_tui.api.client import Client
from matomo_tui.api.secret import Secret
from matomo_tui.ui.admin.form_screen import FormScreen
from tests.ui.admin import steps
from tests.ui.admin.administering import office
from tests.ui.admin.steps import Write, form, in_list, plan

Meddle = Callable[[Client, str], Awaitable[object]]

ROOT = Secret("root-password")


async def other_goal(client: Client, word: str) -> None:
    """Another pattern for the first site's second goal."""
    goal = next(goal for goal in await client.call(goals.get_goals(1)) if goal.id == 2)
    draft = replace(GoalDraft.of(goal), pattern=f"/{word}")
    await client.call(goals.update_goal(1, 2, **dict(draft.state())))  # type: ignore[arg-type]


async def other_site(client: Client, word: str) -> None:
    """Another address that the second site counts."""
    details = await client.call(sites.get_site_details(2))
    draft = SiteDraft.of(details, (f"https://{word}.example",))
    await client.call(sites.update_site(2, **dict(draft.state())))  # type: ignore[arg-type]


async def other_user(client: Client, word: str) -> None:
    """Another address of a user."""
    call = users.update_user("mara.lind", email=f"{word}@example.org", password_confirmation=ROOT)
    await client.call(call)


@dataclass(frozen=True)
class Case:
    """A write, what somebody else does meanwhile, and the field that shows it."""

    write: Write
    meddle: Meddle
    field: str
    in_form: bool = True


CASES = [
    Case(steps.delete_goal("Reached checkout"), other_goal, "Pattern", in_form=False),
    Case(steps.change_site("Field Notes", "Mine"), other_site, "URLs"),
    Case(steps.delete_site("Field Notes"), other_site, "URLs", in_form=False),
    Case(steps.change_email("mara.lind", "mine@example.org"), other_user, "E-mail"),
    Case(steps.superuser("mara.lind", has=True), other_user, "E-mail", in_form=False),
    Case(steps.delete_user("mara.lind"), other_user, "E-mail", in_form=False),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.write.name.replace(" ", "-"))
async def test_theirs_is_gone_on_with_and_mine_is_shown_as_a_difference_to_theirs(case: Case) -> None:
    write = case.write
    async with office(size=(100, 40)) as on:
        before = await write.stored(on.superuser)
        await write.show(on)
        await case.meddle(on.superuser, "first")
        await write.confirmed(on)
        await on.sees("Someone else changed it since you opened it. Nothing was sent. Choose:")
        await on.sees("as opened theirs yours")
        row = next(line for line in on.lines if "first" in line and case.field in line)
        assert row.index(case.field) < row.index("first")
        await on.press("t")
        if case.in_form:
            await form(on)
            await on.until(lambda: "first" in on.text)
            await on.press("ctrl+o")
            await on.sees("Nothing would change.")
            await on.press("escape")
        await in_list(on)
        assert await write.stored(on.superuser) in (before, "first@example.org")

        await write.show(on)
        await case.meddle(on.superuser, "second")
        await write.confirmed(on)
        await on.sees("as opened theirs yours")
        await on.press("m")
        shown = await plan(on)
        await on.until(lambda: shown.stage == "review")
        await on.until(lambda: "Choose:" not in on.text)
        assert "second" in on.text or write.name == "make a superuser"
        assert await write.stored(on.superuser) != write.wanted
        await write.confirmed(on)
        await in_list(on)
        assert await write.stored(on.superuser) == write.wanted


@pytest.mark.parametrize(
    ("write", "meddle", "theirs"),
    [
        (steps.change_site("Field Notes", "Mine"), other_site, steps._site("Mine", "main_url")),
        (steps.change_password("mara.lind", "a-new-password-1"), other_user, steps._user("mara.lind", "email")),
    ],
    ids=["site", "password"],
)
async def test_their_fields_and_mine_are_both_kept(write: Write, meddle: Meddle, theirs: steps.Stored) -> None:
    async with office(size=(100, 40)) as on:
        await write.show(on)
        await meddle(on.superuser, "theirs")
        await write.confirmed(on)
        await on.sees("as opened theirs yours")
        await on.press("b")
        await on.until(lambda: "Choose:" not in on.text)
        await write.confirmed(on)
        await in_list(on)
        assert await write.stored(on.superuser) == write.wanted
        assert "theirs" in str(await theirs(on.superuser))


@pytest.mark.parametrize("size", [(80, 60), (100, 60), (160, 60)])
async def test_all_of_three_long_values_is_shown_at_any_width(size: tuple[int, int]) -> None:
    write = steps.change_goal("Reached checkout", "Mine " + "m" * 60)
    theirs = "a-very-long-pattern-of-somebody-else-that-fits-in-no-column-of-the-table-and-ends"
    async with office(size=size) as on:
        await write.show(on)
        await other_goal(on.superuser, theirs)
        await write.confirmed(on)
        await on.sees("Choose:")
        lines = [line.split("│")[1] for line in on.lines if line.count("│") > 1]
        table = lines[next(at for at, line in enumerate(lines) if "someone else changed it" in line) :]
        assert theirs in "".join(line.strip() for line in table)
        assert "m" * 60 in "".join(line.strip() for line in table)
        column = next(line.index("/checkout/shipping") for line in table if "as opened" in line and "/check" in line)
        assert all(line.index("ends") >= column for line in table if "ends" in line)


async def test_where_both_changed_the_same_field_there_is_no_both() -> None:
    async with office(size=(100, 40)) as on:
        write = steps.change_email("mara.lind", "mine@example.org")
        await write.show(on)
        await other_user(on.superuser, "theirs")
        await write.confirmed(on)
        await on.sees("! E-mail")
        assert "m mine" in on.lines[-1]
        assert "b both" not in on.lines[-1]


@pytest.mark.parametrize("write", [steps.add_user("zoe.new"), steps.invite_user("zoe.new")], ids=["add", "invite"])
async def test_a_login_that_was_taken_meanwhile_is_said_and_what_was_typed_stays(write: Write) -> None:
    async with office(size=(100, 40)) as on:
        await write.show(on)
        await on.superuser.call(users.add_user("zoe.new", Secret("somebody-else-1"), "other@example.org"))
        await write.confirmed(on)
        await on.sees("Not sent: that name already exists.")
        assert "Choose:" not in on.text
        await on.press("m", "escape")
        await form(on)
        assert isinstance(on.app.screen, FormScreen)
        assert "zoe.new@steps.example" in on.text
        assert await steps._user("zoe.new", "email")(on.superuser) == "other@example.org"
