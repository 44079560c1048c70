"""Matomo's UsersManager module: changes of users and their access to sites."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

from matomo_tui.demo.answers.sites import matches
from matomo_tui.demo.answers.users import TOTAL, has_address, known, page_of, refuse_anonymous, visible
from matomo_tui.demo.api_request import ApiRequest, Json, whole_number
from matomo_tui.demo.catalog.accounts import ANONYMOUS
from matomo_tui.demo.entities import RANK, Role, StoredUser
from matomo_tui.demo.errors import ApiError, no_access, unknown_site, unknown_user
from matomo_tui.demo.method_registry import SUCCESS, method
from matomo_tui.demo.php import without_specials

_SHORTEST, _LONGEST = 6, 200
_LOGIN = re.compile(r"[A-Za-zÄäÖöÜüß0-9_.@+-]{2,100}")
_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_DAY, _INVITED_FOR = 86_400, 7
_NOT_CORRECT = "The current password you entered is not correct."
_FIRST_SITE = "New users must be given access to a website, please set the 'initialIdSite' parameter."


def confirm(ask: ApiRequest) -> None:
    """Check ``passwordConfirmation`` against the token owner's password. A wrong one counts as a failed login."""
    given = ask.params.get("passwordConfirmation", "")
    if not given:
        raise ApiError("Please enter your password to confirm this change.")
    _check_own(ask, ask.user, given)


def _check_own(ask: ApiRequest, user: StoredUser | None, given: str) -> None:
    if user is None or not user.password or not secrets.compare_digest(user.password.encode(), given.encode()):
        ask.wrong_password()
        raise ApiError(_NOT_CORRECT)


@method("UsersManager.addUser", writes=True)
def add_user(ask: ApiRequest) -> Json:
    """Add a user with a password; an admin who is no superuser must name an initial site, which the user gets view
    access to.
    """
    login, password = ask.typed("userLogin"), without_specials(ask.text("password"))
    email = ask.typed("email")
    ask.check_somewhere("admin")
    _check_password(password)
    first = ask.number("initialIdSite", 0)
    if not first and not ask.user.superuser:
        raise ApiError(_FIRST_SITE)
    _create(ask, StoredUser(login, password=password, address=email, joined=int(ask.now)), first)
    return SUCCESS


@method("UsersManager.inviteUser", writes=True)
def invite_user(ask: ApiRequest) -> Json:
    """Add a user who chooses a password through an e-mailed link; without mail, it stays pending."""
    login, email = ask.typed("userLogin"), ask.typed("email")
    ask.check_somewhere("admin")
    first = ask.number("initialIdSite", 0)
    if not first:
        raise ApiError(_FIRST_SITE)
    if ask.store.world.site(first) is None:
        raise unknown_site(first)
    days = ask.number("expiryInDays", 0) or _INVITED_FOR
    invited = StoredUser(login, address=email, joined=int(ask.now), invited_by=ask.user.login)
    _create(ask, replace(invited, invite_expires=ask.now + days * _DAY), first)
    return SUCCESS


@method("UsersManager.resendInvite", writes=True)
def resend_invite(ask: ApiRequest) -> Json:
    """Renew an invitation; superusers and the inviter only. Returns the token of the link."""
    login = ask.typed("userLogin")
    ask.check_somewhere("admin")
    user = ask.store.world.user(login)
    if user is None or user.invite_expires is None:
        raise unknown_user(login)
    if not ask.user.superuser and user.invited_by != ask.user.login:
        raise ApiError(f"Resending an invite is only allowed to the user who invited {login} or any super user.", 401)
    days = ask.number("expiryInDays", _INVITED_FOR)
    ask.store.world.put_user(replace(user, invite_expires=ask.now + days * _DAY))
    return secrets.token_hex(16)


@method("UsersManager.updateUser", writes=True)
def update_user(ask: ApiRequest) -> Json:
    """Change password or address; superusers and the user only, with the caller's password."""
    login = ask.typed("userLogin")
    ask.check_oneself(login)
    refuse_anonymous(login)
    user = known(ask, login)
    changed = user
    if ask.params.get("password"):
        password = without_specials(ask.params["password"])
        _check_password(password)
        changed = replace(changed, password=password)
    email = ask.typed("email", "")
    moved = bool(email) and email.casefold() != user.email.casefold()
    if moved:
        _check_email(ask, email, "email", user.login)
    if moved or changed is not user:
        confirm(ask)
    if email:
        changed = replace(changed, address=email)
    if moved and user.invite_expires is not None:
        changed = replace(changed, invite_expires=ask.now + _INVITED_FOR * _DAY)
    ask.store.world.put_user(changed)
    return SUCCESS


@method("UsersManager.deleteUser", writes=True)
def delete_user(ask: ApiRequest) -> Json:
    """Delete a user and their tokens; superusers only, except that inviters may delete pending users."""
    login = ask.typed("userLogin")
    ask.check_somewhere("admin")
    refuse_anonymous(login)
    world = ask.store.world
    user = world.user(login)
    if not ask.user.superuser:
        own = user is not None and user.invite_expires is not None and user.invited_by == ask.user.login
        if not own:
            raise ApiError(unknown_user(login).message, 401)
    user = known(ask, login)
    if world.superusers() == [user]:
        raise ApiError(
            f"Deleting user '{login}' is not possible. There has to be at least one user with Super User access. "
            "Please grant Super User access to another user first."
        )
    world.remove_user(user.login)
    return SUCCESS


@method("UsersManager.createAppSpecificTokenAuth", writes=True)
def create_app_specific_token_auth(ask: ApiRequest) -> Json:
    """Create a token for the user with a login or address; requires that user's password."""
    login, given = ask.typed("userLogin"), ask.text("passwordConfirmation")
    ask.text("description")
    world = ask.store.world
    user = world.user(login) or next((each for each in world.users.values() if each.email == login), None)
    _check_own(ask, user, given)
    if user is None:
        raise ApiError(_NOT_CORRECT)
    token = hashlib.sha256(secrets.token_bytes(32)).hexdigest()[:32]
    world.add_token(token, user.login, _expires(ask))
    return token


def _expires(ask: ApiRequest) -> float | None:
    text = ask.params.get("expireDate", "")
    if text:
        try:
            return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
        except (ValueError, OverflowError):
            raise ApiError(f"The date '{text}' is not a correct date.") from None
    hours = ask.number("expireHours", 0)
    return ask.now + hours * 3600 if hours > 0 else None


def _create(ask: ApiRequest, user: StoredUser, first: int) -> None:
    if not ask.user.superuser and not ask.user.at_least("admin", first):
        raise no_access("admin", first)
    if not _LOGIN.fullmatch(user.login):
        raise ApiError(
            "Username: The username must be between 2 and 100 characters long and contain only letters, numbers, or "
            "the characters '_' or '-' or '.' or '@' or '+'"
        )
    if ask.store.world.user(user.login) is not None:
        raise ApiError(f"Username: Username '{user.login}' already exists.")
    if has_address(ask, user.login):
        raise ApiError(f"Username: Username '{user.login}' already used as an email.")
    _check_email(ask, user.email, "Email", "")
    world = ask.store.world
    world.put_user(user)
    if first and world.site(first) is not None:
        world.grant(user.login, "view", [first])


def _check_password(password: str) -> None:
    if len(password.encode()) < _SHORTEST:
        raise ApiError(f"The password length must be greater than {_SHORTEST} characters.")
    if len(password) > _LONGEST:
        raise ApiError(f"The password length must be less than {_LONGEST} characters.")


def _check_email(ask: ApiRequest, email: str, label: str, own_login: str) -> None:
    if not _EMAIL.fullmatch(email) or ".." in email or len(email) > 100:
        raise ApiError(f'{label}: The value "{email}" does not look like a valid email.')
    if has_address(ask, email):
        raise ApiError(f"{label}: User with email '{email}' already exists.")
    if email.casefold() != own_login.casefold() and ask.store.world.user(email) is not None:
        raise ApiError(f"{label}: Email '{email}' already used as a username.")


_GIVEN = ("view", "write", "admin")


@method("UsersManager.getUsersAccessFromSite")
def get_users_access_from_site(ask: ApiRequest) -> Json:
    """Login → role on a site, without superusers and users without access; requires admin access."""
    site = ask.site("admin")
    rows = {user.login: user.role(site.id) for user in visible(ask) if not user.superuser and RANK[user.role(site.id)]}
    return rows or []


@method("UsersManager.getSitesAccessFromUser")
def get_sites_access_from_user(ask: ApiRequest) -> Json:
    """Each site with the user's role; superusers only. A superuser has admin everywhere."""
    login = ask.typed("userLogin")
    ask.check_superuser()
    user, world = known(ask, login), ask.store.world
    if user.superuser:
        return [{"site": number, "access": "admin"} for number in world.site_ids()]
    return [{"site": number, "access": user.role(number)} for number in world.ids_with(user, "view", "write", "admin")]


@method("UsersManager.getSitesAccessForUser", pages_itself=True)
def get_sites_access_for_user(ask: ApiRequest) -> Json:
    """Each site that the caller administers, with the user's role, by name."""
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
    """Replace a user's role on sites that the caller administers."""
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
    """Grant or revoke superuser access; either way the user loses every role on single sites."""
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
