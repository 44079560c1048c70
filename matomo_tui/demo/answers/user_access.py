"""Matomo's UsersManager module: who may do what on which site."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from matomo_tui.demo.answers.sites import matches
from matomo_tui.demo.answers.user_writes import confirm
from matomo_tui.demo.answers.users import TOTAL, known, page_of, refuse_anonymous, visible
from matomo_tui.demo.api_request import ApiRequest, Json, whole_number
from matomo_tui.demo.entities import RANK, Role
from matomo_tui.demo.errors import ApiError, no_access
from matomo_tui.demo.method_registry import SUCCESS, method
from matomo_tui.demo.world import ANONYMOUS

_GIVEN = ("view", "write", "admin")


@method("UsersManager.getUsersAccessFromSite")
def get_users_access_from_site(ask: ApiRequest) -> Json:
    """Login → role on a site, without superusers and those who have none; for its administrators."""
    site = ask.site("admin")
    rows = {user.login: user.role(site.id) for user in visible(ask) if not user.superuser and RANK[user.role(site.id)]}
    return rows or []


@method("UsersManager.getSitesAccessFromUser")
def get_sites_access_from_user(ask: ApiRequest) -> Json:
    """Each site with the user's role; for superusers. A superuser has admin everywhere."""
    login = ask.typed("userLogin")
    ask.check_superuser()
    user, world = known(ask, login), ask.store.world
    if user.superuser:
        return [{"site": number, "access": "admin"} for number in world.site_ids()]
    return [{"site": number, "access": user.role(number)} for number in world.ids_with(user, "view", "write", "admin")]


@method("UsersManager.getSitesAccessForUser", pages_itself=True)
def get_sites_access_for_user(ask: ApiRequest) -> Json:
    """Each site that the asker administers with the user's role on it, by name."""
    login = ask.typed("userLogin")
    ask.check_somewhere("admin")
    user = known(ask, login)
    if user.superuser:
        raise ApiError("This method should not be used with superusers.")
    search, access = ask.params.get("filter_search", ""), ask.params.get("filter_access", "")
    rows: list[Json] = []
    for site in sorted(
        ask.store.world.sites_with(ask.user, "admin", "superuser"), key=lambda s: (s.name.lower(), s.id)
    ):
        role = user.role(site.id)
        wanted = not access or role == access or (access == "some" and role != "noaccess")
        if wanted and (not search or matches(site, search)):
            rows.append({"idsite": site.id, "site_name": site.name, "role": role, "capabilities": []})
    ask.headers[TOTAL] = str(len(rows))
    return page_of(ask, rows)


@method("UsersManager.setUserAccess", writes=True)
def set_user_access(ask: ApiRequest) -> Json:
    """Gives a user a role on sites that the asker administers, instead of the one they have."""
    login, access, sites = ask.typed("userLogin"), ask.typed("access"), ask.text("idSites")
    if access not in (*_GIVEN, "noaccess"):
        raise ApiError(
            f"The parameter access must have one of the following values: [ {', '.join(_GIVEN)} ], '{access}' given."
        )
    numbers = _administered(ask, sites)
    if login == ANONYMOUS.login and access not in ("view", "noaccess"):
        raise ApiError("You can only set access noaccess or view access to the 'anonymous' user.")
    user = known(ask, login)
    if user.superuser:
        raise ApiError(
            f"The user '{login}' has Super User access and has already permission to access and modify all websites in "
            "Matomo. You may remove the Super User access from this user and try again."
        )
    ask.store.world.grant(user.login, cast("Role", access), numbers)
    return SUCCESS


def _administered(ask: ApiRequest, sites: str) -> list[int]:
    world = ask.store.world
    if sites == "all":
        numbers = list(world.ids_with(ask.user, "admin", "superuser"))
    else:
        numbers = [number for number in map(whole_number, sites.split(",")) if number > 0]
    if not numbers:
        raise ApiError("Specify at least one website ID in &idSites=")
    for number in numbers:
        if not ask.user.at_least("admin", number):
            raise no_access("admin", number)
    return [number for number in numbers if world.site(number) is not None]


@method("UsersManager.setSuperUserAccess", writes=True)
def set_super_user_access(ask: ApiRequest) -> Json:
    """Makes a superuser of somebody, or none; either way they lose every role on single sites."""
    login = ask.typed("userLogin")
    ask.text("hasSuperUserAccess")
    ask.check_superuser()
    refuse_anonymous(login)
    confirm(ask)
    user, wanted = known(ask, login), ask.flag("hasSuperUserAccess")
    if not wanted and ask.store.world.superusers() == [user]:
        raise ApiError(
            f"Removing the Super User access from user '{login}' is not possible. There has to be at least one user "
            "with Super User access. Please grant Super User access to another user first."
        )
    ask.store.world.put_user(replace(user, superuser=wanted, access={}, extra="noaccess"))
    return SUCCESS
