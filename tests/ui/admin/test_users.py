"""Users on the screens: what is shown once, what is asked for, and whom nobody can lock out by mistake."""

from __future__ import annotations

from matomo_tui.admin.audit import AuditLog
from matomo_tui.api.users import get_user, set_user_access
from matomo_tui.demo.world import StoredUser
from matomo_tui.ui.admin.form_screen import FormScreen
from matomo_tui.ui.widgets.choice_dialog import ChoiceDialog
from tests.ui.admin import steps
from tests.ui.admin.administering import office, quiet
from tests.ui.admin.steps import at, form, in_list, open_part, plan, table_of, to_cell, unlock


async def test_a_generated_password_is_there_to_be_told_and_nowhere_else(log: AuditLog) -> None:
    async with office() as on:
        await open_part(on, "users")
        await unlock(on)
        await on.press("a")
        await form(on)
        await on.sees("Pass it on: it is not shown again.")
        assert isinstance(on.app.screen, FormScreen)
        generated = str(on.app.screen.form.values["password"])
        assert len(generated) == 20
        assert on.text.count(generated) == 1
        assert "••" not in on.text, "it does not stand hidden beside it"
        await on.press("ctrl+y")
        await on.sees("Copied: the password")
        assert on.app.clipboard == generated
        await on.type("zoe.new")
        await on.press("tab")
        await on.type("zoe@example.org")
        await on.press("ctrl+o")
        shown = await plan(on)
        await on.sees("Password – → •••")
        assert generated not in shown.plan.steps[0].http
        await on.press("y")
        await in_list(on)
        assert await steps._is_password("zoe.new", generated)(on.superuser)
        assert generated not in on.said
        assert generated not in log.file.read_text(encoding="utf-8")
        await on.press("a")
        await form(on)
        assert generated not in on.text


async def test_a_password_that_is_typed_is_neither_shown_nor_copied() -> None:
    async with office(size=(100, 30)) as on:
        await open_part(on, "users")
        await unlock(on)
        await on.press("a")
        await form(on)
        assert "copy password" in on.lines[-1]
        await on.press("tab", "tab", "right", "tab")
        await on.type("their-own-choice")
        await on.press("ctrl+y")
        assert on.app.clipboard == ""
        assert "copy password" not in on.lines[-1]
        assert "their-own-choice" not in on.text


async def test_a_wrong_password_of_ones_own_is_typed_again_in_place(log: AuditLog) -> None:
    write = steps.change_email("mara.lind", "mara@elsewhere.example")
    async with office() as on:
        await write.show(on)
        await on.type("not-my-password")
        await on.press("enter")
        await on.sees("Matomo refused: The current password you entered is not correct.")
        await on.sees("Type your own password again")
        assert await write.stored(on.superuser) != write.wanted
        await write.confirmed(on)  # in place: nothing else has to be typed again
        await in_list(on)
        assert await write.stored(on.superuser) == write.wanted
    assert "not-my-password" not in log.file.read_text(encoding="utf-8")


async def test_the_only_superuser_is_neither_deleted_nor_made_less() -> None:
    async with office() as on:
        pane = await open_part(on, "users")
        await at(on, pane, "root")
        await unlock(on)
        for key in ("X", "u"):
            await on.press(key)
            await plan(on)
            await on.sees("root is the only superuser: Matomo keeps the last one.")
            await on.press("y", "enter")
            await on.press("escape")
            await in_list(on)
        assert (await on.superuser.call(get_user("root"))).superuser_access


async def test_of_several_superusers_the_person_says_who_they_are_and_cannot_lock_themselves_out() -> None:
    async with office() as on:
        make = steps.superuser("mara.lind", has=True)
        await make.show(on)
        await on.type("mara")
        await on.press("enter")
        await on.sees("That is not “mara.lind”: nothing was sent.")
        await on.retype("mara.lind")
        await on.press("enter")
        await on.type("root-password")
        await on.press("enter")
        await in_list(on)
        assert await make.stored(on.superuser) is True
        pane = await open_part(on, "users")
        await at(on, pane, "root")
        await on.press("u")
        await on.until(lambda: isinstance(on.app.screen, ChoiceDialog))
        await on.sees("Which superuser are you")
        await on.press("2" if on.text.index("root") > on.text.index("mara.lind", on.text.index("Which")) else "1")
        for key in ("u", "X"):
            await plan(on)
            await on.sees("root is the user of this token")
            await on.sees("would lock you out")
            await on.press("y", "enter", "escape")
            await in_list(on)
            await on.press(key)
        assert (await on.superuser.call(get_user("root"))).superuser_access


async def test_only_who_was_invited_can_be_invited_again() -> None:
    async with office(size=(120, 30)) as on:
        pane = await open_part(on, "users")
        await at(on, pane, "mara.lind")
        assert "invite again" not in on.lines[-1]
        await at(on, pane, "old.intern")
        await on.until(lambda: "invite again" in on.lines[-1])
        write = steps.invite_again("old.intern")
        assert await write.stored(on.superuser) == "expired"
        await write.show(on)
        await write.confirmed(on)
        await in_list(on)
        assert await write.stored(on.superuser) == "6"


async def test_a_login_that_no_form_would_take_is_shown_harmless_and_meant_as_it_is() -> None:
    login, shown = "o'we\u202e[b]“n” & <i>🎉", "o'we[b]“n” & <i>🎉"
    demo = quiet()
    demo.world.put_user(StoredUser(login, access={1: "view"}, address="owen+x@example.org"))
    async with office(demo=demo, size=(120, 30)) as on:
        await on.press("ctrl+e")
        pane = await open_part(on, "users")
        await at(on, pane, login)
        await on.sees(shown)
        write = steps.change_email(login, "o'wen+y@example.org")
        await write.show(on)
        await write.confirmed(on)
        await in_list(on)
        assert demo.world.users[login].email == "o'wen+y@example.org"
        access = steps.set_access(login, 2, "write")
        await access.show(on)
        await on.sees(f"{shown} on Field Notes")
        await access.confirmed(on)
        await in_list(on)
        assert demo.world.users[login].role(2) == "write"
        delete = steps.delete_user(login)
        await delete.show(on)
        await on.sees(f"Type “{shown}” and press enter to confirm:")
        assert "\u202e" not in on.text
        await on.type(shown)
        await on.press("enter")
        await in_list(on)
        assert login not in demo.world.users


async def test_the_list_is_searched_and_narrowed_on_the_server() -> None:
    async with office() as on:
        pane = await open_part(on, "users")
        await on.press("slash")
        await on.type("agency")
        await on.until(lambda: len(table_of(pane).rows) == 2)
        await on.press("escape", "f")
        await on.until(lambda: isinstance(on.app.screen, ChoiceDialog))
        await on.press("5")
        await on.sees("Users › Admin")
        await on.until(lambda: len(table_of(pane).rows) == 1)
        assert table_of(pane).cursor_key == "alice"


async def test_whoever_administers_nothing_sees_and_changes_just_themselves() -> None:
    async with office("write") as on:
        pane = await open_part(on, "users")
        await on.sees("this token has write at most. You see only your own user.")
        assert len(table_of(pane).rows) == 1
        write = steps.change_password("bob", "a-new-password-1")
        await write.show(on)
        await write.confirmed(on, "bob")
        await in_list(on)
        await on.sees("password cannot be read back")
        assert await write.stored(on.superuser) is True


async def test_a_role_given_meanwhile_shows_more_users() -> None:
    async with office("write") as on:
        pane = await open_part(on, "users")
        await on.superuser.call(set_user_access("bob", "admin", (1,)))
        await on.context.refresh_access()
        await on.until(lambda: len(table_of(pane).rows) > 1)


async def test_a_typed_password_is_hidden_also_after_a_generated_one() -> None:
    async with office(size=(100, 40)) as on:
        await open_part(on, "users")
        await unlock(on)
        await on.press("a")
        await form(on)
        await on.press("tab", "tab", "right", "tab")
        await on.type("a secret of mine")
        assert "a secret of mine" not in on.text
        assert "•" * 16 in on.text
        await on.press("shift+tab", "left")
        assert "•" not in on.text


async def test_no_access_is_named_so_in_every_list() -> None:
    async with office(size=(120, 30)) as on:
        pane = await open_part(on, "users")
        await at(on, pane, "dave")
        assert "no access" in next(line for line in on.lines if "dave@" in line)
        pane = await open_part(on, "access")
        await on.sees("– is no access to the site.")
        assert "X no access" in on.lines[-1]
        await unlock(on)
        await to_cell(on, "carol", 1)
        before = next(n for n, line in enumerate(on.lines) if "carol" in line)
        await on.press("X")
        await on.sees("1 change pending, marked *: ⏎ reviews it.")
        assert "*–" in on.lines[before], "the rows stay where they are"
        await on.press("enter")
        await on.sees("view → no access")
        await on.press("escape")
        await to_cell(on, "dave", 1)
        await on.press("v")
        await on.sees("2 changes pending, marked *: ⏎ reviews them.")
