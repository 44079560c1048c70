"""Users over real HTTP, each write as each of the five roles: done, closed with a reason, or not offered."""

from __future__ import annotations

import pytest

from matomo_tui.api.users import User, get_user, get_users_access_from_site, user_exists
from matomo_tui.config import paths
from matomo_tui.ui.admin.users import UsersPane
from matomo_tui.ui.screens.admin import AdminScreen
from matomo_tui.ui.screens.edit import EditScreen
from matomo_tui.ui.screens.live import LiveScreen
from matomo_tui.ui.screens.pick import PickDialog
from matomo_tui.ui.screens.plan import PlanDialog
from tests.ui.admin.conftest import Server
from tests.ui.administering import Office, served


async def open_users(on: Office) -> UsersPane:
    await on.until(lambda: on.app.session is not None)
    await on.press("9")
    await on.until(lambda: isinstance(on.app.screen, AdminScreen) and on.app.screen.pane is not None)
    screen = on.app.screen
    assert isinstance(screen, AdminScreen)
    await screen.open("users")
    await on.pilot.pause()
    assert isinstance(screen.pane, UsersPane)
    return screen.pane


async def at(on: Office, pane: UsersPane, login: str) -> None:
    """Put the cursor on a user."""
    await on.until(lambda: isinstance(on.app.screen, AdminScreen) and pane.index_of(login) is not None)
    place = pane.index_of(login)
    assert place is not None
    pane.table.focus()
    pane.table.move_cursor(place)
    await on.pilot.pause()


async def form(on: Office) -> None:
    await on.until(lambda: isinstance(on.app.screen, EditScreen) and on.app.focused is not None)


async def plan(on: Office) -> None:
    await on.until(lambda: isinstance(on.app.screen, PlanDialog) and on.app.focused is not None)


async def back_in_list(on: Office) -> None:
    await on.until(lambda: isinstance(on.app.screen, AdminScreen))


async def user(on: Office, login: str) -> User:
    return await on.superuser.call(get_user(login))


async def test_a_superuser_adds_changes_and_deletes_a_user(server: Server) -> None:
    address, tokens = server.address, server.tokens
    async with served(address, tokens["superuser"], tokens["superuser"]) as on:
        pane = await open_users(on)
        await at(on, pane, "alice")
        await on.press("ctrl+e", "a")
        await form(on)
        await on.type("zoe.new")
        await on.press("tab")
        await on.type("zoe@example.org")
        await on.sees("tell it to them")
        generated = str(on.app.screen.form.values["password"])  # type: ignore[attr-defined]
        assert len(generated) == 20
        assert generated in on.text
        await on.press("ctrl+o")
        await plan(on)
        assert isinstance(on.app.screen, PlanDialog)
        assert generated not in on.app.screen.plan.steps[0].http
        assert not await on.superuser.call(user_exists("zoe.new"))
        await on.press("y")
        await back_in_list(on)
        assert (await user(on, "zoe.new")).email == "zoe@example.org"

        await at(on, pane, "zoe.new")
        await on.press("enter")
        await form(on)
        await on.retype("zoe@elsewhere.example")
        await on.press("ctrl+o")
        await plan(on)
        await on.type("not-my-password")
        await on.press("enter")
        await on.sees("refused")
        assert (await user(on, "zoe.new")).email == "zoe@example.org"
        await on.press("escape")
        await form(on)
        await on.press("ctrl+o")
        await plan(on)
        await on.type("root-password")
        await on.press("enter")
        await back_in_list(on)
        assert (await user(on, "zoe.new")).email == "zoe@elsewhere.example"

        await at(on, pane, "zoe.new")
        await on.press("u")
        await plan(on)
        await on.type("zoe.new")
        await on.press("enter")
        await on.type("root-password")
        await on.press("enter")
        await back_in_list(on)
        assert (await user(on, "zoe.new")).superuser_access

        await at(on, pane, "root")
        await on.press("u")  # two superusers now: whose token this is only the person can say
        await on.until(lambda: isinstance(on.app.screen, PickDialog))
        await on.sees("Which superuser are you")
        await on.press("1" if on.text.index("root") < on.text.index("zoe.new", on.text.index("Which")) else "2")
        await plan(on)
        await on.sees("would lock you out")
        await on.press("y", "enter")
        assert (await user(on, "root")).superuser_access
        await on.press("escape")
        await at(on, pane, "root")
        await on.press("X")
        await plan(on)
        await on.sees("root is the user of this token")
        await on.press("escape")

        await at(on, pane, "zoe.new")
        await on.press("X")
        await plan(on)
        await on.type("zoe.new")
        await on.press("enter")
        await back_in_list(on)
        assert not await on.superuser.call(user_exists("zoe.new"))
        logged = paths.audit_file(paths.state_dir()).read_text(encoding="utf-8")
        assert [word in logged for word in (generated, "root-password", tokens["superuser"])] == [False] * 3


async def test_a_superuser_invites_a_user(server: Server) -> None:
    address, tokens = server.address, server.tokens
    async with served(address, tokens["superuser"], tokens["superuser"], size=(80, 24)) as on:
        pane = await open_users(on)
        await at(on, pane, "alice")
        await on.press("ctrl+e", "a")
        await form(on)
        await on.type("ivy.invited")
        await on.press("tab")
        await on.type("ivy@example.org")
        await on.press("tab", "left")
        await on.until(lambda: on.app.screen.form.values["how"] == "invite")  # type: ignore[attr-defined]
        await on.press("ctrl+o")
        await plan(on)
        await on.press("y")
        await back_in_list(on)
        assert (await user(on, "ivy.invited")).is_invited
        await at(on, pane, "ivy.invited")
        await on.press("i")
        await plan(on)
        await on.press("y")
        await back_in_list(on)
        await on.sees("Invite ivy.invited again")


async def test_an_admin_adds_users_and_is_told_what_else_needs(server: Server) -> None:
    address, tokens = server.address, server.tokens
    async with served(address, tokens["admin"], tokens["superuser"]) as on:
        pane = await open_users(on)
        await at(on, pane, "bob")
        await on.press("ctrl+e")
        for key, words in (
            ("enter", "Changing another user's address or password needs a superuser's token"),
            ("X", "Deleting a user needs a superuser's token"),
            ("u", "Giving and taking superuser access needs a superuser's token"),
        ):
            await on.press(key)
            await on.sees(words)
            assert isinstance(on.app.screen, AdminScreen)
        await on.press("a")
        await form(on)
        await on.type("nina.new")
        await on.press("tab")
        await on.type("nina@example.org")
        await on.press("ctrl+o")
        await plan(on)
        await on.press("y")
        await back_in_list(on)
        assert (await on.superuser.call(get_users_access_from_site(1)))["nina.new"] == "view"


async def test_a_writer_is_told_what_seeing_users_needs(server: Server) -> None:
    address, tokens = server.address, server.tokens
    async with served(address, tokens["write"], tokens["superuser"]) as on:
        await open_users(on)
        await on.sees("Seeing users needs the admin role on at least one site")
        await on.press("ctrl+e", "a", "u", "X")
        assert isinstance(on.app.screen, AdminScreen)


@pytest.mark.parametrize("role", ["view", "noaccess"])
async def test_whoever_only_looks_is_not_offered_any_of_it(server: Server, role: str) -> None:
    address, tokens = server.address, server.tokens
    async with served(address, tokens[role], tokens["superuser"]) as on:
        await on.until(lambda: on.app.session is not None or on.app.live.snapshot.poll.error is not None)
        await on.press("9")
        assert isinstance(on.app.screen, LiveScreen)
