"""Each write that the administration offers, as the keys that lead to it and a look at what the server then has."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any

from matomo_tui.api.calls import untyped
from matomo_tui.api.client import Client
from matomo_tui.api.errors import BadRequest
from matomo_tui.api.goals import get_goals
from matomo_tui.api.sites import get_sites_with_admin_access
from matomo_tui.api.users import get_users, get_users_access_from_site
from matomo_tui.ui.admin.access import AccessPane
from matomo_tui.ui.admin.admin_pane import AdminPane
from matomo_tui.ui.admin.admin_screen import AdminScreen
from matomo_tui.ui.admin.form_screen import FormScreen
from matomo_tui.ui.admin.review_dialog import ReviewDialog
from matomo_tui.ui.widgets.choice_dialog import ChoiceDialog
from matomo_tui.ui.widgets.pane import PaneState
from matomo_tui.ui.widgets.search_select import SearchSelect
from matomo_tui.ui.widgets.search_select_dialog import SearchDialog
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from tests.ui.admin.administering import Office

LOGINS = {"superuser": "root", "admin": "alice", "write": "bob", "view": "carol", "noaccess": "dave"}
"""Whose the five tokens are. The password of each is the login with ``-password`` behind it."""

SHOP = "Lumen & Oak"
"""The name of site 1."""

Step = Callable[[Office], Awaitable[None]]
Stored = Callable[[Client], Awaitable[object]]


# Getting about


async def open_part(on: Office, name: str) -> AdminPane:
    """To a part of the administration, once what it shows is there."""
    await on.until(lambda: on.app.session is not None)
    if not isinstance(on.app.screen, AdminScreen):
        await on.press("9")
    await on.until(lambda: isinstance(on.app.screen, AdminScreen) and on.app.screen.pane is not None)
    screen = on.app.screen
    assert isinstance(screen, AdminScreen)
    if screen._open != name or screen.pane is None:
        await screen.open(name)
    pane = screen.pane
    assert pane is not None
    await on.until(lambda: pane._loaded or pane.state is PaneState.REFUSED)
    target = pane.focus_target()
    if target is not None and pane.state is PaneState.CONTENT:
        await on.until(lambda: target.focusable)
        target.focus()
        await on.until(lambda: on.app.focused is target)
    return pane


def table_of(pane: AdminPane) -> VirtualTable[Any]:
    """The list of a part."""
    table = pane.focus_target()
    assert isinstance(table, VirtualTable)
    return table


async def at(on: Office, pane: AdminPane, key: Hashable) -> None:
    """To a line of its list."""
    table = table_of(pane)
    await on.until(lambda: table.rows.index_of(key) is not None)
    table.move_cursor(table.rows.index_of(key) or 0)
    await on.until(lambda: table.cursor_key == key)


async def to_cell(on: Office, login: str, site_id: int) -> AccessPane:
    """To a cell of the access sheet."""
    pane = await open_part(on, "access")
    assert isinstance(pane, AccessPane)
    await at(on, pane, login)
    await on.until(lambda: site_id in pane.columns)
    while pane.column != pane.columns.index(site_id):
        await on.press("right" if pane.column < pane.columns.index(site_id) else "left")
    return pane


async def form(on: Office) -> None:
    """Until a form is open."""
    await on.until(lambda: isinstance(on.app.screen, FormScreen) and on.app.focused is not None)


async def plan(on: Office) -> ReviewDialog:
    """Until something is there to be confirmed."""
    await on.until(lambda: isinstance(on.app.screen, ReviewDialog) and on.app.focused is not None)
    assert isinstance(on.app.screen, ReviewDialog)
    return on.app.screen


async def in_list(on: Office) -> None:
    """Until all dialogs are closed."""
    await on.until(lambda: isinstance(on.app.screen, AdminScreen))


async def unlock(on: Office) -> None:
    """Editing is unlocked from here on."""
    if not on.context.lock.is_open:
        await on.press("ctrl+e")
        await on.until(lambda: on.context.lock.is_open)


async def picked(on: Office, typed: str, found: str) -> None:
    """A value that is searched for from the field that one is in, and on to the next field."""
    field = on.app.focused
    assert isinstance(field, SearchSelect)
    await on.press(typed[0])
    await on.until(lambda: isinstance(on.app.screen, SearchDialog))
    dialog = on.app.screen
    assert isinstance(dialog, SearchDialog)
    await on.type(typed[1:])
    await on.sees(found)
    await on.until(lambda: not dialog.is_stale)
    await on.press("enter")
    await form(on)
    await on.press("enter")
    await on.until(lambda: on.app.focused is not field)


# What a write is


@dataclass(frozen=True)
class Write:
    """``to_line`` goes to the line that it is about, ``key`` begins it there, and ``review`` leads to the difference.
    ``confirm`` has to be typed (``""``: ``y`` is enough), ``own_password``: so has the password of whose token it is.
    ``stored`` is what the server has of it, ``wanted`` that when the write is done."""

    name: str
    part: str
    key: str
    review: Step
    stored: Stored
    wanted: object
    to_line: Step | None = None
    confirm: str = ""
    own_password: bool = False

    async def begin(self, on: Office) -> None:
        """Press the key for it on the line for it. The toasts of what came before are gone then: each screen that is
        opened would show all of them again, and one of them may say what is expected of this write."""
        on.app.clear_notifications()
        pane = await open_part(on, self.part)
        if self.to_line is not None and pane.state is PaneState.CONTENT:
            await self.to_line(on)
        await unlock(on)
        await on.press(self.key)

    async def show(self, on: Office) -> ReviewDialog:
        """From wherever one is to the difference."""
        await self.begin(on)
        await self.review(on)
        return await plan(on)

    async def confirmed(self, on: Office, login: str = "root") -> None:
        """Confirm what is shown, as the user whose token it is."""
        if self.confirm:
            await on.type(self.confirm)
            await on.press("enter")
        if self.own_password:
            await on.type(f"{login}-password")
            await on.press("enter")
        if not self.confirm and not self.own_password:
            await on.press("y")


async def at_once(_on: Office) -> None:
    """The key shows the difference."""


def typed(*texts: str, first: int = 0) -> Step:
    """A form: each text in place of what stands in one field after the other, from the ``first``; then the
    difference."""

    async def review(on: Office) -> None:
        await form(on)
        await on.press(*["tab"] * first)
        for number, text in enumerate(texts):
            if number:
                await on.press("tab")
            await on.retype(text)
        await on.press("ctrl+o")

    return review


def _on_line(find: Callable[[Client], Awaitable[Hashable]]) -> Step:
    async def to_line(on: Office) -> None:
        screen = on.app.screen
        assert isinstance(screen, AdminScreen)
        assert screen.pane is not None
        await at(on, screen.pane, await find(on.superuser))

    return to_line


# Goals, of the first site


def _goal(name: str, of: str) -> Stored:
    async def stored(client: Client) -> object:
        return next((getattr(goal, of) for goal in await client.call(get_goals(1)) if goal.name == name), None)

    return stored


def _goal_line(name: str) -> Step:
    return _on_line(_goal(name, "id"))


def add_goal(name: str, pattern: str = "/steps/") -> Write:
    """A goal that a page triggers."""

    async def review(on: Office) -> None:
        await form(on)
        await on.retype(name)
        await on.press("enter", "enter", "enter", "enter")
        await on.retype(pattern)
        await on.press("ctrl+o")

    return Write("add a goal", "goals", "a", review, _goal(name, "pattern"), pattern)


def change_goal(name: str, description: str) -> Write:
    """A goal's description."""
    review, stored = typed(description, first=1), _goal(name, "description")
    return Write("change a goal", "goals", "enter", review, stored, description, _goal_line(name))


def delete_goal(name: str) -> Write:
    """A goal."""
    return Write("delete a goal", "goals", "X", at_once, _goal(name, "name"), None, _goal_line(name), name)


# Sites


def _site(name: str, of: str) -> Stored:
    async def stored(client: Client) -> object:
        found = await client.call(get_sites_with_admin_access(limit=500))
        return next((getattr(site, of) for site in found if site.name == name), None)

    return stored


def _site_line(name: str) -> Step:
    return _on_line(_site(name, "id"))


def add_site(name: str) -> Write:
    """A site, in the zone and with the currency of the one that is watched."""
    url = "https://steps.example"
    return Write("add a site", "sites", "a", typed(name, url), _site(name, "main_url"), url)


def change_site(name: str, to: str) -> Write:
    """A site's name."""
    return Write("change a site", "sites", "enter", typed(to), _site(to, "name"), to, _site_line(name))


def delete_site(name: str) -> Write:
    """A site."""
    return Write("delete a site", "sites", "X", at_once, _site(name, "name"), None, _site_line(name), name)


# Users


def _user(login: str, of: str) -> Stored:
    async def stored(client: Client) -> object:
        return next((getattr(user, of) for user in await client.call(get_users((login,)))), None)

    return stored


def _user_line(login: str) -> Step:
    async def find(_client: Client) -> Hashable:
        return login

    return _on_line(find)


def _is_password(login: str, password: str) -> Stored:
    """Matomo shows no password, but gives a token for the right one."""

    async def stored(client: Client) -> object:
        params = {"userLogin": login, "passwordConfirmation": password, "description": "steps"}
        try:
            await client.call(untyped("UsersManager.createAppSpecificTokenAuth", params, writes=True))
        except BadRequest:
            return False
        return True

    return stored


def add_user(login: str) -> Write:
    """A user with a generated password."""
    review = typed(login, f"{login}@steps.example")
    return Write("add a user", "users", "a", review, _user(login, "login"), login)


def invite_user(login: str) -> Write:
    """A user who is to choose a password within three days."""

    async def review(on: Office) -> None:
        await form(on)
        await on.retype(login)
        await on.press("tab")
        await on.retype(f"{login}@steps.example")
        await on.press("tab", "left")
        await on.sees("invited by mail")
        await on.press("tab", "tab")
        await on.retype("3")
        await on.press("ctrl+o")

    return Write("invite a user", "users", "a", review, _user(login, "is_invited"), True)


def invite_again(login: str) -> Write:
    """Whoever has not come: the week begins anew, and six whole days of it are left at once."""
    stored = _user(login, "invite_status")
    return Write("invite a user again", "users", "i", at_once, stored, "6", _user_line(login))


def change_email(login: str, email: str, name: str = "change an address") -> Write:
    """A user's address."""
    review, stored = typed(email), _user(login, "email")
    return Write(name, "users", "enter", review, stored, email, _user_line(login), own_password=True)


def change_password(login: str, password: str) -> Write:
    """A user's password."""
    review, stored = typed(password, first=1), _is_password(login, password)
    return Write("change a password", "users", "enter", review, stored, True, _user_line(login), own_password=True)


def delete_user(login: str) -> Write:
    """A user."""
    return Write("delete a user", "users", "X", at_once, _user(login, "login"), None, _user_line(login), login)


def superuser(login: str, *, has: bool) -> Write:
    """Superuser access, given or taken. Where there are several, the person at the keys is root."""

    async def review(on: Office) -> None:
        await on.until(lambda: isinstance(on.app.screen, ReviewDialog | ChoiceDialog))
        if isinstance(on.app.screen, ChoiceDialog):
            await on.sees("Which superuser are you")
            number = re.search(r"(\d) +root", on.text)
            assert number is not None
            await on.press(number[1])

    name, stored = "make a superuser" if has else "take superuser access", _user(login, "superuser_access")
    return Write(name, "users", "u", review, stored, has, _user_line(login), login, own_password=True)


def set_access(login: str, site_id: int, role: str) -> Write:
    """A user's role on a site."""

    async def to_line(on: Office) -> None:
        await to_cell(on, login, site_id)

    async def review(on: Office) -> None:
        await on.sees("1 change pending")
        await on.press("enter")

    async def stored(client: Client) -> object:
        return (await client.call(get_users_access_from_site(site_id))).get(login, "noaccess")

    return Write("set access", "access", role[0], review, stored, role, to_line)
