"""Matomo's UsersManager module: changes of users and their access to sites."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

from matomo_tui.demo.answers.sites import matches
from matomo_tui.demo.answers.users import at_address, counted, has_access, visible
from matomo_tui.demo.api_request import ApiRequest, Json, method, whole_number
from matomo_tui.demo.errors import refusal, refuse_if
from matomo_tui.demo.http import without_specials
from matomo_tui.demo.world import ANONYMOUS, RANK, Role, StoredUser

_SHORTEST, _LONGEST = 6, 200
_LOGIN = re.compile(r"[A-Za-zÄäÖöÜüß0-9_.@+-]{2,100}")
_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_DAY, _INVITED_FOR = 86_400, 7
_GIVEN = ("view", "write", "admin")


def confirm(call: ApiRequest) -> None:
    """Check ``passwordConfirmation`` against the token owner's password. A wrong one counts as a failed login."""
    given = call.params.get("passwordConfirmation", "")
    refuse_if(not given, "no confirmation")
    _check_own(call, call.user, given)


def _check_own(call: ApiRequest, user: StoredUser | None, given: str) -> None:
    if user is None or not user.password or not secrets.compare_digest(user.password.encode(), given.encode()):
        call.wrong_password()
        raise refusal("wrong password")


@method("UsersManager.addUser", writes=True)
def add_user(call: ApiRequest) -> None:
    """Add a user; an admin who is no superuser must name an initial site, which the user gets view access to."""
    login, password = call.typed("userLogin"), without_specials(call.text("password"))
    email = call.typed("email")
    call.check_somewhere("admin")
    _check_password(password)
    first = call.number("initialIdSite", 0)
    refuse_if(not first and not call.user.superuser, "no initial site")
    _create(call, StoredUser(login, password=password, address=email, joined=int(call.now)), first)


@method("UsersManager.inviteUser", writes=True)
def invite_user(call: ApiRequest) -> None:
    """Add a user who chooses a password through an e-mailed link; without mail, it stays pending."""
    login, email = call.typed("userLogin"), call.typed("email")
    call.check_somewhere("admin")
    first = call.number("initialIdSite", 0)
    refuse_if(not first, "no initial site")
    refuse_if(call.world.site(first) is None, "unknown site", site=first)
    days = call.number("expiryInDays", 0) or _INVITED_FOR
    invited = StoredUser(login, address=email, joined=int(call.now), invited_by=call.user.login)
    _create(call, replace(invited, invite_expires=call.now + days * _DAY), first)


@method("UsersManager.resendInvite", writes=True)
def resend_invite(call: ApiRequest) -> Json:
    """Renew an invitation; superusers and the inviter only. Returns the token of the link."""
    login = call.typed("userLogin")
    call.check_somewhere("admin")
    user = call.world.user(login)
    if user is None or user.invite_expires is None:
        raise refusal("unknown user", login=login)
    refuse_if(not call.user.superuser and user.invited_by != call.user.login, "resend", login=login)
    days = call.number("expiryInDays", _INVITED_FOR)
    call.world.put_user(replace(user, invite_expires=call.now + days * _DAY))
    return secrets.token_hex(16)


@method("UsersManager.updateUser", writes=True)
def update_user(call: ApiRequest) -> None:
    """Change password or address; superusers and the user only, with the caller's password."""
    login = call.typed("userLogin")
    call.check_oneself(login)
    _check_editable(login)
    user = call.known_user(login)
    changed = user
    if call.params.get("password"):
        password = without_specials(call.params["password"])
        _check_password(password)
        changed = replace(changed, password=password)
    email = call.typed("email", "")
    moved = bool(email) and email.casefold() != user.email.casefold()
    if moved:
        _check_email(call, email, "email", user.login)
    if moved or changed is not user:
        confirm(call)
    if email:
        changed = replace(changed, address=email)
    if moved and user.invite_expires is not None:
        changed = replace(changed, invite_expires=call.now + _INVITED_FOR * _DAY)
    call.world.put_user(changed)


@method("UsersManager.deleteUser", writes=True)
def delete_user(call: ApiRequest) -> None:
    """Delete a user and their tokens; superusers only, except that inviters may delete pending users."""
    login = call.typed("userLogin")
    call.check_somewhere("admin")
    _check_editable(login)
    user = call.world.user(login)
    if not call.user.superuser:
        own = user is not None and user.invite_expires is not None and user.invited_by == call.user.login
        refuse_if(not own, "delete user", login=login)
    user = call.known_user(login)
    refuse_if(call.world.superusers() == [user], "last superuser", what="Deleting", login=login)
    call.world.remove_user(user.login)


@method("UsersManager.createAppSpecificTokenAuth", writes=True)
def create_app_specific_token_auth(call: ApiRequest) -> Json:
    """Create a token for the user with a login or address; requires that user's password."""
    login, given = call.typed("userLogin"), call.text("passwordConfirmation")
    call.text("description")
    user = call.world.user(login) or next((each for each in call.world.users.values() if each.email == login), None)
    _check_own(call, user, given)
    if user is None:
        raise refusal("wrong password")
    token = hashlib.sha256(secrets.token_bytes(32)).hexdigest()[:32]
    call.world.add_token(token, user.login, _expires(call))
    return token


def _expires(call: ApiRequest) -> float | None:
    text = call.params.get("expireDate", "")
    if text:
        try:
            return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
        except (ValueError, OverflowError):
            raise refusal("expiry", text=text) from None
    hours = call.number("expireHours", 0)
    return call.now + hours * 3600 if hours > 0 else None


def _create(call: ApiRequest, user: StoredUser, first: int) -> None:
    refuse_if(not call.user.superuser and not call.user.at_least("admin", first), "no access", role="admin", site=first)
    refuse_if(not _LOGIN.fullmatch(user.login), "login")
    refuse_if(call.world.user(user.login) is not None, "login exists", login=user.login)
    refuse_if(at_address(call, user.login) is not None, "login is email", login=user.login)
    _check_email(call, user.email, "Email", "")
    call.world.put_user(user)
    if first and call.world.site(first) is not None:
        call.world.grant(user.login, "view", [first])


def _check_password(password: str) -> None:
    refuse_if(len(password.encode()) < _SHORTEST, "short password", least=_SHORTEST)
    refuse_if(len(password) > _LONGEST, "long password", most=_LONGEST)


def _check_email(call: ApiRequest, email: str, label: str, own_login: str) -> None:
    refuse_if(not _EMAIL.fullmatch(email) or ".." in email or len(email) > 100, "email", label=label, email=email)
    refuse_if(at_address(call, email) is not None, "email exists", label=label, email=email)
    if email.casefold() != own_login.casefold() and call.world.user(email) is not None:
        raise refusal("email is login", label=label, email=email)


def _check_editable(login: str) -> None:
    refuse_if(login == ANONYMOUS.login, "anonymous user")


@method("UsersManager.getUsersAccessFromSite")
def get_users_access_from_site(call: ApiRequest) -> Json:
    """Login → role on a site, without superusers and users without access; requires admin access."""
    site = call.site("admin")
    rows = {user.login: user.role(site.id) for user in visible(call) if not user.superuser and RANK[user.role(site.id)]}
    return rows or []


@method("UsersManager.getSitesAccessFromUser")
def get_sites_access_from_user(call: ApiRequest) -> Json:
    """Each site with the user's role; superusers only. A superuser has admin everywhere."""
    login = call.typed("userLogin")
    call.check_superuser()
    user = call.known_user(login)
    if user.superuser:
        return [{"site": number, "access": "admin"} for number in call.world.site_ids()]
    return [
        {"site": number, "access": user.role(number)} for number in call.world.ids_with(user, "view", "write", "admin")
    ]


@method("UsersManager.getSitesAccessForUser", pages_itself=True)
def get_sites_access_for_user(call: ApiRequest) -> Json:
    """Each site that the caller administers, with the user's role, by name."""
    login = call.typed("userLogin")
    call.check_somewhere("admin")
    user = call.known_user(login)
    refuse_if(user.superuser, "superuser's sites")
    search, access = call.params.get("filter_search", ""), call.params.get("filter_access", "")
    sites = sorted(call.world.sites_with(call.user, "admin", "superuser"), key=lambda s: (s.name.lower(), s.id))
    rows: list[Json] = [
        {"idsite": site.id, "site_name": site.name, "role": user.role(site.id), "capabilities": []}
        for site in sites
        if has_access(user.role(site.id), access) and (not search or matches(site, search))
    ]
    return counted(call, rows)


@method("UsersManager.setUserAccess", writes=True)
def set_user_access(call: ApiRequest) -> None:
    login, access, sites = call.typed("userLogin"), call.typed("access"), call.text("idSites")
    refuse_if(access not in (*_GIVEN, "noaccess"), "access", roles=", ".join(_GIVEN), access=access)
    numbers = _administered(call, sites)
    refuse_if(login == ANONYMOUS.login and access not in ("view", "noaccess"), "anonymous access")
    user = call.known_user(login)
    refuse_if(user.superuser, "superuser's access", login=login)
    call.world.grant(user.login, cast("Role", access), numbers)


def _administered(call: ApiRequest, sites: str) -> list[int]:
    if sites == "all":
        numbers = list(call.world.ids_with(call.user, "admin", "superuser"))
    else:
        numbers = [number for number in map(whole_number, sites.split(",")) if number > 0]
    refuse_if(not numbers, "no sites")
    for number in numbers:
        refuse_if(not call.user.at_least("admin", number), "no access", role="admin", site=number)
    return [number for number in numbers if call.world.site(number) is not None]


@method("UsersManager.setSuperUserAccess", writes=True)
def set_super_user_access(call: ApiRequest) -> None:
    """Grant or revoke superuser access; either way the user loses every role on single sites."""
    login = call.typed("userLogin")
    call.text("hasSuperUserAccess")
    call.check_superuser()
    _check_editable(login)
    confirm(call)
    user, wanted = call.known_user(login), call.flag("hasSuperUserAccess")
    if not wanted and call.world.superusers() == [user]:
        raise refusal("last superuser", what="Removing the Super User access from", login=login)
    call.world.put_user(replace(user, superuser=wanted, access={}, extra="noaccess"))
