"""Matomo's UsersManager module: users, their roles, and the token's own.

Logins and addresses are as they were typed, because they go back to the server: clean them (``text.clean``) before
they are shown. Passwords are ``Secret`` everywhere and revealed only in the request itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, cast, get_args

import msgspec

from matomo_tui.api import json_decoding
from matomo_tui.api.calls import EVERY, Call, Params
from matomo_tui.api.errors import Role
from matomo_tui.api.secret import Secret
from matomo_tui.api.write_encoding import as_typed, done

SiteRole = Literal["noaccess", "view", "write", "admin"]
"""What ``setUserAccess`` can give."""

SITE_ROLES: tuple[SiteRole, ...] = get_args(SiteRole)

AccessFilter = Literal["", "noaccess", "some", "view", "write", "admin", "superuser"]
StatusFilter = Literal["", "active", "pending", "expired"]


def _role(value: Any) -> Role | None:
    return cast("Role", value) if type(value) is str and value in get_args(Role) else None


def _names(value: Any) -> tuple[str, ...]:
    return tuple(name for entry in json_decoding.entries(value) if (name := json_decoding.text(entry)) is not None)


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A user. ``role`` is on the site that was asked about, ``""`` where none was; ``email``, ``date_registered``,
    ``uses_2fa`` and more are told only to superusers and to the user (``""`` and ``None``: not told).

    ``invite_status`` is ``active``, ``expired``, or the days left of an invitation. ``last_seen`` is Matomo's own
    wording (``2 hours``), ``""`` for never or not told.
    """

    login: str
    email: str = ""
    superuser_access: bool = False
    date_registered: str = ""
    last_seen: str = ""
    invited_by: str = ""
    invite_status: str = "active"
    invite_expired_at: str = ""
    uses_2fa: bool | None = None
    role: Annotated[str, _role] = ""
    capabilities: Annotated[tuple[str, ...], _names] = ()

    @property
    def is_invited(self) -> bool:
        """Invited, and the invitation is not accepted yet."""
        return self.invite_status != "active"


class SiteAccess(msgspec.Struct, frozen=True, kw_only=True):
    """A user's role on one site; the site's name as it was typed."""

    site_id: int = msgspec.field(name="idsite")
    site_name: str = ""
    role: Annotated[str, _role] = "noaccess"
    capabilities: Annotated[tuple[str, ...], _names] = ()


@dataclass(frozen=True, slots=True)
class UsersPage:
    """A page of users; ``total`` counts what the filters found, ``None`` where the server did not say."""

    users: tuple[User, ...]
    total: int | None = None

    def __len__(self) -> int:
        return len(self.users)

    def __iter__(self) -> Iterator[User]:
        return iter(self.users)


@dataclass(frozen=True, slots=True)
class SiteAccessPage:
    """A page of a user's sites; ``total`` counts what the filters found, ``None`` where the server did not say."""

    sites: tuple[SiteAccess, ...]
    total: int | None = None

    def __len__(self) -> int:
        return len(self.sites)

    def __iter__(self) -> Iterator[SiteAccess]:
        return iter(self.sites)


def has_super_user_access() -> Call[bool]:
    """``UsersManager.hasSuperUserAccess`` of the token itself."""
    return Call("UsersManager.hasSuperUserAccess", {}, json_decoding.scalar(json_decoding.flag))


def get_users(logins: Sequence[str] = ()) -> Call[tuple[User, ...]]:
    """``UsersManager.getUsers``: all that the token may see, or these. For admins of at least one site."""
    params: Params = {"userLogins": ",".join(logins), **EVERY} if logins else EVERY
    return Call("UsersManager.getUsers", params, json_decoding.records(User))


def get_user(login: str) -> Call[User]:
    """``UsersManager.getUser``."""
    return Call("UsersManager.getUser", {"userLogin": as_typed(login)}, json_decoding.record(User))


def user_exists(login: str) -> Call[bool]:
    """``UsersManager.userExists``."""
    return Call("UsersManager.userExists", {"userLogin": as_typed(login)}, json_decoding.scalar(json_decoding.flag))


def get_user_login_from_user_email(email: str) -> Call[str]:
    """``UsersManager.getUserLoginFromUserEmail``: whose address it is, also of users whom the token does not see; for
    admins of a site. An address that nobody has is refused."""
    params: Params = {"userEmail": as_typed(email)}
    return Call("UsersManager.getUserLoginFromUserEmail", params, json_decoding.scalar(json_decoding.text))


def get_users_having_super_user_access() -> Call[tuple[User, ...]]:
    """``UsersManager.getUsersHavingSuperUserAccess``."""
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
    """``UsersManager.getUsersPlusRole``: users with their role on one site, and how many there are in all (where it
    is called alone). Without admin on the site the answer is the token's own user."""
    params: dict[str, str | int] = {"idSite": site_id, "limit": limit, "offset": offset}
    filters = {"filter_search": search.strip(), "filter_access": access, "filter_status": status}
    params |= {name: value for name, value in filters.items() if value}
    return Call("UsersManager.getUsersPlusRole", params, _users_page, with_headers=_with_total)


def get_users_access_from_site(site_id: int) -> Call[Mapping[str, Role]]:
    """``UsersManager.getUsersAccessFromSite``: login → role, without superusers and those who have none."""
    return Call("UsersManager.getUsersAccessFromSite", {"idSite": site_id}, _roles)


def get_sites_access_for_user(
    login: str, *, limit: int = 50, offset: int = 0, search: str = "", access: AccessFilter = ""
) -> Call[SiteAccessPage]:
    """``UsersManager.getSitesAccessForUser``: each site that the token administers with the user's role there.
    Refused for a superuser, who has them all."""
    params: dict[str, str | int] = {"userLogin": as_typed(login), "limit": limit, "offset": offset}
    filters = {"filter_search": search.strip(), "filter_access": access}
    params |= {name: value for name, value in filters.items() if value}
    return Call("UsersManager.getSitesAccessForUser", params, _sites_page, with_headers=_with_total)


def add_user(login: str, password: Secret, email: str, *, initial_site_id: int | None = None) -> Call[None]:
    """``UsersManager.addUser``. Who is no superuser has to name a first site, which the new user may view."""
    params: dict[str, str | int | Secret] = {
        "userLogin": as_typed(login),
        "password": _password(password),
        "email": as_typed(email),
    }
    if initial_site_id is not None:
        params["initialIdSite"] = initial_site_id
    return Call("UsersManager.addUser", params, done, writes=True)


def invite_user(login: str, email: str, initial_site_id: int, *, expiry_days: int | None = None) -> Call[None]:
    """``UsersManager.inviteUser``: Matomo writes to ``email``, and the user chooses a password."""
    params: dict[str, str | int | Secret] = {
        "userLogin": as_typed(login),
        "email": as_typed(email),
        "initialIdSite": initial_site_id,
    }
    if expiry_days is not None:
        params["expiryInDays"] = expiry_days
    return Call("UsersManager.inviteUser", params, done, writes=True)


def resend_invite(login: str, *, expiry_days: int = 7) -> Call[None]:
    """``UsersManager.resendInvite``: a new mail; the link in the old one stops working."""
    params: Params = {"userLogin": as_typed(login), "expiryInDays": expiry_days}
    return Call("UsersManager.resendInvite", params, _anything, writes=True)


def update_user(
    login: str,
    *,
    password: Secret | None = None,
    email: str | None = None,
    password_confirmation: Secret | None = None,
) -> Call[None]:
    """``UsersManager.updateUser``: a new password, a new address, or both. ``password_confirmation`` is the password
    of the token's owner, without which Matomo refuses."""
    params: dict[str, str | int | Secret] = {"userLogin": as_typed(login)}
    if password is not None:
        params["password"] = _password(password)
    if email is not None:
        params["email"] = as_typed(email)
    return Call("UsersManager.updateUser", _confirmed(params, password_confirmation), done, writes=True)


def delete_user(login: str) -> Call[None]:
    """``UsersManager.deleteUser``, for superusers (and for who invited somebody that has not accepted yet)."""
    return Call("UsersManager.deleteUser", {"userLogin": as_typed(login)}, done, writes=True)


def set_user_access(login: str, access: SiteRole, site_ids: Sequence[int]) -> Call[None]:
    """``UsersManager.setUserAccess``: replaces the role, and any capabilities, on these sites. Not for superusers;
    ``anonymous`` takes view or noaccess."""
    if not site_ids:
        raise ValueError("Setting access needs at least one site.")
    params: Params = {"userLogin": as_typed(login), "access": access, "idSites": ",".join(map(str, site_ids))}
    return Call("UsersManager.setUserAccess", params, done, writes=True)


def set_super_user_access(login: str, has: bool, *, password_confirmation: Secret | None = None) -> Call[None]:
    """``UsersManager.setSuperUserAccess``: either way every role of the user on single sites is removed.
    ``password_confirmation`` is the password of the token's owner, without which Matomo refuses."""
    params: dict[str, str | int | Secret] = {"userLogin": as_typed(login), "hasSuperUserAccess": int(has)}
    return Call("UsersManager.setSuperUserAccess", _confirmed(params, password_confirmation), done, writes=True)


def with_confirmation(call: Call[None], password: Secret) -> Call[None]:
    """The same call with the password of the token's owner."""
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
    return replace(page, total=json_decoding.integer(headers.get("x-matomo-total-results", "").strip()))


def _roles(body: bytes) -> Mapping[str, Role]:
    value = json_decoding.parse(body)
    if type(value) is dict:
        return {login: role for login, access in value.items() if (role := _role(access)) is not None}
    if value in ([], False, None):
        return {}
    raise ValueError("no roles")


def _anything(body: bytes) -> None:
    """Whatever a success answers here (a token, which is of no use to us, or nothing)."""
    json_decoding.parse(body)
