"""Matomo's UsersManager module: users and their roles.

Logins and e-mail addresses are returned as typed, because they are sent back to the server: sanitize them before
display. Passwords are :class:`~matomo_tui.api.secret.Secret` objects, revealed only in the request itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal, cast, get_args

import msgspec
from msgspec import Struct

from matomo_tui.api import json_decoding
from matomo_tui.api.calls import EVERY, Call, Params
from matomo_tui.api.errors import Role
from matomo_tui.api.secret import Secret
from matomo_tui.api.write_encoding import as_typed, done

SiteRole = Literal["noaccess", "view", "write", "admin"]
"""Roles that :func:`set_user_access` can set."""

SITE_ROLES: tuple[SiteRole, ...] = get_args(SiteRole)

AccessFilter = Literal["", "noaccess", "some", "view", "write", "admin", "superuser"]
StatusFilter = Literal["", "active", "pending", "expired"]


def _role(value: Any) -> Role | None:
    return cast("Role", value) if type(value) is str and value in get_args(Role) else None


def _names(value: Any) -> tuple[str, ...]:
    return tuple(name for entry in json_decoding.entries(value) if (name := json_decoding.text(entry)) is not None)


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A user. Matomo sends many fields only to superusers and to the user; otherwise they are empty or ``None``."""

    login: str
    email: str = ""
    superuser_access: bool = False
    date_registered: str = ""
    last_seen: str = ""
    """Matomo's wording (``2 hours``); ``""`` for never or unknown."""
    invited_by: str = ""
    invite_status: str = "active"
    """``active``, ``expired``, or the days left of a pending invitation."""
    invite_expired_at: str = ""
    uses_2fa: bool | None = None
    role: Annotated[str, _role] = ""
    """The role on the site of the request; ``""`` for requests without a site."""
    capabilities: Annotated[tuple[str, ...], _names] = ()

    @property
    def is_invited(self) -> bool:
        """True if the user has not accepted the invitation yet."""
        return self.invite_status != "active"


class SiteAccess(msgspec.Struct, frozen=True, kw_only=True):
    """A user's role on one site."""

    site_id: int = msgspec.field(name="idsite")
    site_name: str = ""
    role: Annotated[str, _role] = "noaccess"
    capabilities: Annotated[tuple[str, ...], _names] = ()


class UsersPage(Struct, frozen=True):
    """One page of users."""

    users: tuple[User, ...]
    total: int | None = None
    """Number of users on all pages; ``None`` within a bulk request."""

    def __len__(self) -> int:
        return len(self.users)

    def __iter__(self) -> Iterator[User]:
        return iter(self.users)


class SiteAccessPage(Struct, frozen=True):
    """One page of a user's sites."""

    sites: tuple[SiteAccess, ...]
    total: int | None = None
    """Number of sites on all pages; ``None`` within a bulk request."""

    def __len__(self) -> int:
        return len(self.sites)

    def __iter__(self) -> Iterator[SiteAccess]:
        return iter(self.sites)


def has_super_user_access() -> Call[bool]:
    """``UsersManager.hasSuperUserAccess``: True if the token is a superuser's."""
    return Call("UsersManager.hasSuperUserAccess", {}, json_decoding.scalar(json_decoding.flag))


def get_users(logins: Sequence[str] = ()) -> Call[tuple[User, ...]]:
    """``UsersManager.getUsers``: all users visible to the token, or those with these ``logins``.

    Requires admin access to a site."""
    params: Params = {"userLogins": ",".join(logins), **EVERY} if logins else EVERY
    return Call("UsersManager.getUsers", params, json_decoding.records(User))


def get_user(login: str) -> Call[User]:
    """``UsersManager.getUser``: the user with this login."""
    return Call("UsersManager.getUser", {"userLogin": as_typed(login)}, json_decoding.record(User))


def user_exists(login: str) -> Call[bool]:
    """``UsersManager.userExists``: True if the login is taken."""
    return Call("UsersManager.userExists", {"userLogin": as_typed(login)}, json_decoding.scalar(json_decoding.flag))


def get_user_login_from_user_email(email: str) -> Call[str]:
    """``UsersManager.getUserLoginFromUserEmail``: login of the user with this e-mail address.

    It also finds users who are not visible to the token, and raises ``BadRequest`` for an unknown address. Requires
    admin access to a site."""
    params: Params = {"userEmail": as_typed(email)}
    return Call("UsersManager.getUserLoginFromUserEmail", params, json_decoding.scalar(json_decoding.text))


def get_users_having_super_user_access() -> Call[tuple[User, ...]]:
    """``UsersManager.getUsersHavingSuperUserAccess``: all superusers."""
    return Call("UsersManager.getUsersHavingSuperUserAccess", EVERY, json_decoding.records(User))


def get_users_plus_role(
    site_id: int,
    *,
    limit: int = 50,
    offset: int = 0,
    search: str = "",
    access: AccessFilter = "",
    status: StatusFilter = "",
) -> Call[UsersPage]:
    """``UsersManager.getUsersPlusRole``: one page of users with their role on one site.

    The answer's ``total`` is known only outside of a bulk request. Without admin access to the site the answer is the
    token's own user."""
    params: dict[str, str | int] = {"idSite": site_id, "limit": limit, "offset": offset}
    filters = {"filter_search": search.strip(), "filter_access": access, "filter_status": status}
    params |= {name: value for name, value in filters.items() if value}
    return Call("UsersManager.getUsersPlusRole", params, _users_page, with_headers=_with_total)


def get_users_access_from_site(site_id: int) -> Call[Mapping[str, Role]]:
    """``UsersManager.getUsersAccessFromSite``: role by login, without superusers and users without a role."""
    return Call("UsersManager.getUsersAccessFromSite", {"idSite": site_id}, _roles)


def get_sites_access_for_user(
    login: str, *, limit: int = 50, offset: int = 0, search: str = "", access: AccessFilter = ""
) -> Call[SiteAccessPage]:
    """``UsersManager.getSitesAccessForUser``: one page of the sites that the token administers, with the user's roles.

    Raises ``BadRequest`` if ``login`` is a superuser, who has access to all sites."""
    params: dict[str, str | int] = {"userLogin": as_typed(login), "limit": limit, "offset": offset}
    filters = {"filter_search": search.strip(), "filter_access": access}
    params |= {name: value for name, value in filters.items() if value}
    return Call("UsersManager.getSitesAccessForUser", params, _sites_page, with_headers=_with_total)


def add_user(login: str, password: Secret, email: str, *, initial_site_id: int | None = None) -> Call[None]:
    """``UsersManager.addUser`` (a write). The new user may view ``initial_site_id``, which only superusers can omit."""
    params: dict[str, str | int | Secret] = {
        "userLogin": as_typed(login),
        "password": _password(password),
        "email": as_typed(email),
    }
    if initial_site_id is not None:
        params["initialIdSite"] = initial_site_id
    return Call("UsersManager.addUser", params, done, writes=True)


def invite_user(login: str, email: str, initial_site_id: int, *, expiry_days: int | None = None) -> Call[None]:
    """``UsersManager.inviteUser`` (a write): Matomo sends an invitation to ``email``; the user chooses a password."""
    params: dict[str, str | int | Secret] = {
        "userLogin": as_typed(login),
        "email": as_typed(email),
        "initialIdSite": initial_site_id,
    }
    if expiry_days is not None:
        params["expiryInDays"] = expiry_days
    return Call("UsersManager.inviteUser", params, done, writes=True)


def resend_invite(login: str, *, expiry_days: int = 7) -> Call[None]:
    """``UsersManager.resendInvite`` (a write): sends another e-mail; the link in the previous one stops working."""
    params: Params = {"userLogin": as_typed(login), "expiryInDays": expiry_days}
    return Call("UsersManager.resendInvite", params, _anything, writes=True)


def update_user(
    login: str,
    *,
    password: Secret | None = None,
    email: str | None = None,
    password_confirmation: Secret | None = None,
) -> Call[None]:
    """``UsersManager.updateUser`` (a write): sets a new password, a new e-mail address, or both.

    Matomo requires the password of the token's owner as ``password_confirmation``."""
    params: dict[str, str | int | Secret] = {"userLogin": as_typed(login)}
    if password is not None:
        params["password"] = _password(password)
    if email is not None:
        params["email"] = as_typed(email)
    return Call("UsersManager.updateUser", _confirmed(params, password_confirmation), done, writes=True)


def delete_user(login: str) -> Call[None]:
    """``UsersManager.deleteUser`` (a write). Requires superuser access, or that the token's owner invited the user and
    the invitation is pending."""
    return Call("UsersManager.deleteUser", {"userLogin": as_typed(login)}, done, writes=True)


def set_user_access(login: str, access: SiteRole, site_ids: Sequence[int]) -> Call[None]:
    """``UsersManager.setUserAccess`` (a write): replaces the user's role and capabilities on these sites.

    Matomo refuses it for superusers, and for ``anonymous`` except with ``view`` and ``noaccess``. Raises
    ``ValueError`` without ``site_ids``."""
    if not site_ids:
        raise ValueError("Setting access needs at least one site.")
    params: Params = {"userLogin": as_typed(login), "access": access, "idSites": ",".join(map(str, site_ids))}
    return Call("UsersManager.setUserAccess", params, done, writes=True)


def set_super_user_access(login: str, has: bool, *, password_confirmation: Secret | None = None) -> Call[None]:
    """``UsersManager.setSuperUserAccess`` (a write): gives or takes superuser access.

    Both remove all of the user's roles on single sites. Matomo requires the password of the token's owner as
    ``password_confirmation``."""
    params: dict[str, str | int | Secret] = {"userLogin": as_typed(login), "hasSuperUserAccess": int(has)}
    return Call("UsersManager.setSuperUserAccess", _confirmed(params, password_confirmation), done, writes=True)


def with_confirmation(call: Call[None], password: Secret) -> Call[None]:
    """Return a copy of ``call`` with the password of the token's owner as confirmation."""
    return replace(call, params=_confirmed(dict(call.params), password))


def _confirmed(params: dict[str, str | int | Secret], password: Secret | None) -> dict[str, str | int | Secret]:
    return params if password is None else {**params, "passwordConfirmation": _password(password)}


def _password(password: Secret) -> Secret:
    return Secret(as_typed(password.reveal()))


def _users_page(body: bytes) -> UsersPage:
    return UsersPage(json_decoding.records(User)(body))


def _sites_page(body: bytes) -> SiteAccessPage:
    return SiteAccessPage(json_decoding.records(SiteAccess)(body))


def _with_total(page: Any, headers: Mapping[str, str]) -> Any:
    return msgspec.structs.replace(page, total=json_decoding.integer(headers.get("x-matomo-total-results", "").strip()))


def _roles(body: bytes) -> Mapping[str, Role]:
    value = json_decoding.parse(body)
    if type(value) is dict:
        return {login: role for login, access in value.items() if (role := _role(access)) is not None}
    if value in ([], False, None):
        return {}
    raise ValueError("no roles")


def _anything(body: bytes) -> None:
    """Accept any JSON: the answer is a token, which is not needed, or empty."""
    json_decoding.parse(body)
