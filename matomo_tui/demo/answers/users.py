"""Matomo's UsersManager module: users visible to the caller."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from matomo_tui.demo.api_request import ApiRequest, Json, method
from matomo_tui.demo.data import load
from matomo_tui.demo.errors import found_or_refused
from matomo_tui.demo.formats import written
from matomo_tui.demo.world import ANONYMOUS, RANK, SEEING, Role, StoredUser

T = TypeVar("T")
_TOTAL = "x-matomo-total-results"
_DAY = 86_400


method("UsersManager.hasSuperUserAccess")(lambda call: call.user.superuser)


@method("UsersManager.getUserPreference")
def get_user_preference(call: ApiRequest) -> Json:
    """A preference; all have their defaults."""
    call.text("preferenceName")
    return next(call.world.ids_with(call.user, *SEEING), False)


def details(call: ApiRequest, user: StoredUser) -> dict[str, Json]:
    """A user as visible to the caller: superusers see everything, others little more than the login."""
    seen = _seen_at(call, user)
    last: dict[str, Json] = {} if seen is None else {"last_seen": written(seen)}
    if call.user.superuser:
        return {
            "login": user.login,
            "email": user.email,
            "superuser_access": int(user.superuser),
            "date_registered": written(call.store.born if user.joined is None else user.joined),
            "invited_by": user.invited_by,
            "invite_expired_at": None if user.invite_expires is None else written(user.invite_expires),
            "invite_accept_at": None,
            **last,
            "invite_status": _invited(call, user),
            "uses_2fa": user.two_factor,
        }
    address = {"email": user.email} if user.superuser or user.login == call.user.login else {}
    inviter = {} if user.invited_by is None else {"invited_by": user.invited_by}
    row: dict[str, Json] = {"login": user.login, **address, "superuser_access": int(user.superuser)}
    return {**row, **last, "invite_status": _invited(call, user), **inviter}


def _seen_at(call: ApiRequest, user: StoredUser) -> float | None:
    return None if user.seen_before is None else call.world.started - user.seen_before


def _invited(call: ApiRequest, user: StoredUser) -> Json:
    if user.invite_expires is None:
        return "active"
    left = user.invite_expires - call.now
    return "expired" if left <= 0 else int(left // _DAY)


def visible(call: ApiRequest) -> list[StoredUser]:
    """The users visible to the caller: all for superusers, otherwise those on a site they administer."""
    users = sorted(call.world.users.values(), key=lambda user: user.login)
    if call.user.superuser:
        return users
    sites = set(call.world.ids_with(call.user, "admin"))
    extra = any(site in sites for site in call.user.extra_sites)
    return [user for user in users if user.login == call.user.login or _shares(user, sites, extra=extra)]


def _shares(user: StoredUser, sites: set[int], *, extra: bool) -> bool:
    """Returns True if the user has a role on one of ``sites``; ``extra``: these include some of the extra sites."""
    if user.superuser:
        return False
    return (extra and RANK[user.extra] > 0) or any(RANK[role] and site in sites for site, role in user.access.items())


@method("UsersManager.getUsers", "admin")
def get_users(call: ApiRequest) -> Json:
    named = [login for login in call.params.get("userLogins", "").split(",") if login]
    users = [user for user in visible(call) if not named or user.login in named]
    return [details(call, user) for user in users if user.invite_expires is None or _may_see_invitation(call, user)]


def _may_see_invitation(call: ApiRequest, user: StoredUser) -> bool:
    return call.user.superuser or user.invited_by == call.user.login


method("UsersManager.getUsersLogin", "admin")(lambda call: [user.login for user in visible(call)])


@method("UsersManager.getUser")
def get_user(call: ApiRequest) -> Json:
    login = call.typed("userLogin")
    call.check_oneself(login)
    return details(call, call.known_user(login))


@method("UsersManager.getUsersHavingSuperUserAccess")
def get_users_having_super_user_access(call: ApiRequest) -> Json:
    call.check_signed_in()
    columns = ("login", "email", "superuser_access", "invite_status", "uses_2fa")
    found = [details(call, user) for user in call.world.superusers()]
    return [{name: user[name] for name in columns if name in user} for user in found]


@method("UsersManager.userExists")
def user_exists(call: ApiRequest) -> Json:
    login = call.typed("userLogin")
    if login == ANONYMOUS.login:
        return True
    call.check_signed_in()
    call.check_somewhere("view")
    return call.world.user(login) is not None


@method("UsersManager.userEmailExists")
def user_email_exists(call: ApiRequest) -> Json:
    address = call.typed("userEmail")
    call.check_signed_in()
    call.check_somewhere("view")
    return at_address(call, address) is not None


@method("UsersManager.getUserLoginFromUserEmail")
def get_user_login_from_user_email(call: ApiRequest) -> Json:
    """The login with an address; any admin may look up any user."""
    address = call.typed("userEmail")
    call.check_signed_in()
    call.check_somewhere("admin")
    return found_or_refused(at_address(call, address), "unknown user", login=address).login


def at_address(call: ApiRequest, address: str) -> StoredUser | None:
    wanted = address.casefold()
    return next((user for user in call.world.users.values() if user.email.casefold() == wanted), None)


@method("UsersManager.getUsersPlusRole", pages_itself=True)
def get_users_plus_role(call: ApiRequest) -> Json:
    """Users with their role on a site: all to its admins, otherwise only the caller."""
    number = call.number("idSite")
    if call.user.login == ANONYMOUS.login:
        return counted(call, [])
    if not call.user.at_least("admin", number):
        counted(call, [call.user])
        return [] if call.number("offset", 0) > 1 else [_with_role(call, call.user, number, own=True)]
    return [_with_role(call, user, number) for user in counted(call, list(_filtered(call, number, visible(call))))]


def counted(call: ApiRequest, rows: list[T]) -> list[T]:
    """The page of ``limit`` and ``offset`` (ignored without a limit, like in Matomo), and the total in a header."""
    call.headers[_TOTAL] = str(len(rows))
    limit, offset = call.number("limit", 0), max(call.number("offset", 0), 0)
    return rows if limit <= 0 else rows[offset : offset + limit]


def _filtered(call: ApiRequest, number: int, users: Iterable[StoredUser]) -> Iterable[StoredUser]:
    search, status = call.params.get("filter_search", "").casefold(), call.params.get("filter_status", "")
    access = call.params.get("filter_access", "")
    if access == "superuser" and not call.user.superuser:
        access = ""
    for user in users:
        found = not search or search in user.login.casefold() or search in user.email.casefold()
        if found and has_access(user.role(number), access) and (not status or _is(call, user, status)):
            yield user


def has_access(role: Role, access: str) -> bool:
    return not access or role == access or (access == "some" and role != "noaccess")


def _is(call: ApiRequest, user: StoredUser, status: str) -> bool:
    if status == "active":
        return user.invite_expires is None
    if user.invite_expires is None or not _may_see_invitation(call, user):
        return status not in ("pending", "expired")
    return (user.invite_expires > call.now) == (status == "pending")


def _with_role(call: ApiRequest, user: StoredUser, number: int, *, own: bool = False) -> dict[str, Json]:
    role: str = user.role(number)
    # A real Matomo answers a number here to users who only see themselves, and a boolean to admins.
    flag: Json = int(user.superuser) if own else user.superuser
    row = details(call, user)
    if "last_seen" in row:
        row["last_seen"] = _ago(call.now - (_seen_at(call, user) or 0))
    status: dict[str, Json] = {
        name: row.pop(name) for name in ("invite_status", "uses_2fa", "invited_by", "last_seen") if name in row
    }
    if call.user.superuser:
        row["superuser_access"] = flag
        row["invited_by"] = status.pop("invited_by")
        return {**row, "role": role, "capabilities": [], **status}
    row.pop("superuser_access")
    shown = "admin" if role == "superuser" else role
    return {**row, "role": shown, "capabilities": [], "superuser_access": flag, **status}


def _ago(seconds: float) -> str:
    """An age in Matomo's format: ``2 days 5 hours``, ``1 hours 4 min``."""
    minutes, hours, days = int(seconds) // 60, int(seconds) // 3600, int(seconds) // _DAY
    if days:
        return f"{days} days {hours % 24} hours"
    if hours:
        return f"{hours} hours {minutes % 60} min"
    return f"{minutes} min {int(seconds) % 60}s" if minutes else f"{int(seconds)}s"


@method("UsersManager.getAvailableRoles", "admin")
def get_available_roles(_: ApiRequest) -> Json:
    keys = ("id", "name", "description", "helpUrl")
    return [
        dict(zip(keys, (*words, f"https://matomo.org/faq/general/{page}"), strict=True))
        for *words, page in load("tables")["roles"]
    ]


# No plug-in defines capabilities.
method("UsersManager.getAvailableCapabilities", "admin")(lambda _: [])
