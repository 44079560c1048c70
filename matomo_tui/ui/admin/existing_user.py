"""Gives an existing user a role on a site, by login or e-mail, even if this token cannot list the user: Matomo shows
an admin only the users of the sites they administer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from matomo_tui.admin.access_matrix import as_site_role, plan_role
from matomo_tui.admin.input_parsing import is_email, is_login
from matomo_tui.admin.outcome import Result
from matomo_tui.api import users
from matomo_tui.api.client import Client
from matomo_tui.api.errors import BadRequest
from matomo_tui.api.secret import ANONYMOUS
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.admin.admin_pane import AdminPane
from matomo_tui.ui.widgets.choice_dialog import ChoiceDialog
from matomo_tui.ui.widgets.search_select_dialog import Option, SearchDialog

_ROLES = (("view", "View"), ("write", "Write"), ("admin", "Admin"))


async def logins_for(client: Client, text: str) -> Sequence[str]:
    """The logins of the users with exactly this login or e-mail address, at most two (``UsersManager.userExists``,
    ``.getUserLoginFromUserEmail``). Raises a ``MatomoError``."""
    found: dict[str, None] = {}
    if is_login(text) and await client.call(users.user_exists(text)):
        found[text] = None
    if is_email(text):
        try:
            found[await client.call(users.get_user_login_from_user_email(text))] = None
        except BadRequest as error:
            if "exist" not in str(error):
                raise
    return tuple(found)


def add_existing_user(pane: AdminPane, site_id: int, site: str, written: Callable[[Result | None], None]) -> None:
    """Ask for the user and the role, then show the plan. ``site`` is the site's name, raw; ``written`` is called with
    the result, None if nothing was sent."""
    context = pane.context

    async def find(text: str) -> Sequence[Option]:
        if not text:
            return []
        found = await logins_for(context.client, text)
        return [
            (login, f"{sanitize(login, 100)}{'' if login == text else f' ({sanitize(text, 100)})'}") for login in found
        ]

    def found(login: str | None) -> None:
        if login is not None:
            roles = _ROLES[:1] if login == ANONYMOUS else _ROLES
            pane.app.push_screen(
                ChoiceDialog(f"What may {sanitize(login, 40)} do on {sanitize(site, 40) or f'site {site_id}'}?", roles),
                lambda role: pane.request(show, login, role) if role is not None else None,
            )

    async def show(login: str, role: str) -> None:
        identity = await context.identity()
        plan = await plan_role(context.client, login, site_id, site, as_site_role(role), identity)
        pane.review(plan, written)

    title = f"Who gets access to {sanitize(site, 40) or f'site {site_id}'}? Their whole login or e-mail"
    pane.app.push_screen(SearchDialog(title, find, nothing="No user has exactly the login or e-mail “{}”."), found)
