"""Matomo's UsersManager module: so far, what a token may learn about itself."""

from __future__ import annotations

from matomo_tui.demo.answers.registry import method
from matomo_tui.demo.ask import Ask, Json
from matomo_tui.demo.errors import no_access_anywhere
from matomo_tui.demo.world import RANK, Role, User


@method("UsersManager.hasSuperUserAccess")
def has_super_user_access(ask: Ask) -> Json:
    """Whether the token is a superuser's."""
    return ask.user.superuser


@method("UsersManager.getUserPreference")
def get_user_preference(ask: Ask) -> Json:
    """A preference; all are as they were at first."""
    ask.text("preferenceName")
    first = next(ask.store.world.sites_with(ask.user, "view", "write", "admin", "superuser"), None)
    return first.id if first else False


@method("UsersManager.getUsersPlusRole")
def get_users_plus_role(ask: Ask) -> Json:
    """Users with their role on a site: everybody to an administrator of it, only oneself to others."""
    site = ask.site()
    if not ask.user.at_least("admin", site.id):
        return [
            {
                "login": ask.user.login,
                "email": ask.user.email,
                "role": ask.user.role(site.id),
                "capabilities": [],
                "superuser_access": 0,
                "invite_status": "active",
            }
        ]
    search = ask.params.get("filter_search", "").casefold()
    users = [user for user in _visible(ask) if search in user.login or search in user.email]
    offset, limit = ask.number("offset", 0), ask.number("limit", 0)
    page = users[offset : offset + limit if limit else None]
    return [_with_role(ask, user, user.role(site.id)) for user in page]


def _visible(ask: Ask) -> list[User]:
    """Whom the asker may know of: a superuser everybody, others those with a role on one of their sites."""
    users = sorted(ask.store.world.users.values(), key=lambda user: user.login)
    if ask.user.superuser:
        return users
    sites = [site.id for site in ask.store.world.sites.values() if ask.user.at_least("admin", site.id)]
    return [user for user in users if not user.superuser and any(RANK[user.role(site)] for site in sites)]


def _with_role(ask: Ask, user: User, role: Role) -> dict[str, Json]:
    if ask.user.superuser:
        return {
            "login": user.login,
            "email": user.email,
            "superuser_access": user.superuser,
            "date_registered": ask.store.registered,
            "invited_by": None,
            "invite_expired_at": None,
            "invite_accept_at": None,
            "role": role,
            "capabilities": [],
            "invite_status": "active",
            "uses_2fa": False,
        }
    row: dict[str, Json] = {"login": user.login}
    if user.login == ask.user.login:
        row["email"] = user.email
    return row | {"role": role, "capabilities": [], "superuser_access": False, "invite_status": "active"}


@method("UsersManager.getUsersLogin")
def get_users_login(ask: Ask) -> Json:
    """Logins of all users that the asker may know of; for administrators."""
    if not any(ask.user.at_least("admin", site.id) for site in ask.store.world.sites.values()):
        raise no_access_anywhere("admin")
    return [user.login for user in _visible(ask)]
