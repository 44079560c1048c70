"""Matomo's UsersManager module: users visible to the caller."""

from __future__ import annotations

from collections.abc import Iterable

from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.catalog.accounts import ANONYMOUS
from matomo_tui.demo.entities import RANK, StoredUser
from matomo_tui.demo.errors import ApiError, unknown_user
from matomo_tui.demo.method_registry import method

TOTAL = "x-matomo-total-results"
_DAY = 86_400
_ROLES = (
    ("view", "View", "A user with this role can view all reports.", "faq_70/"),
    ("write", "Write", "Users with this role can also manage goals and the like.", "faq_26910"),
    ("admin", "Admin", "Users with this role can manage a website and who has access to it.", "faq_69/"),
)


@method("UsersManager.hasSuperUserAccess")
def has_super_user_access(ask: ApiRequest) -> Json:
    return ask.user.superuser


@method("UsersManager.getUserPreference")
def get_user_preference(ask: ApiRequest) -> Json:
    """A preference; all have their defaults."""
    ask.text("preferenceName")
    return next(ask.store.world.ids_with(ask.user, "view", "write", "admin", "superuser"), False)


def details(ask: ApiRequest, user: StoredUser) -> dict[str, Json]:
    """A user as visible to the caller: superusers see everything, others little more than the login."""
    seen = _seen_at(ask, user)
    if ask.user.superuser:
        row: dict[str, Json] = {
            "login": user.login,
            "email": user.email,
            "superuser_access": int(user.superuser),
            "date_registered": ask.store.written(ask.store.born if user.joined is None else user.joined),
            "invited_by": user.invited_by,
            "invite_expired_at": None if user.invite_expires is None else ask.store.written(user.invite_expires),
            "invite_accept_at": None,
        }
        if seen is not None:
            row["last_seen"] = ask.store.written(seen)
        return row | {"invite_status": _invited(ask, user), "uses_2fa": user.two_factor}
    row = {"login": user.login}
    if user.superuser or user.login == ask.user.login:
        row["email"] = user.email
    row["superuser_access"] = int(user.superuser)
    if seen is not None:
        row["last_seen"] = ask.store.written(seen)
    row["invite_status"] = _invited(ask, user)
    if user.invited_by is not None:
        row["invited_by"] = user.invited_by
    return row


def _seen_at(ask: ApiRequest, user: StoredUser) -> float | None:
    return None if user.seen_before is None else ask.store.world.started - user.seen_before


def _invited(ask: ApiRequest, user: StoredUser) -> Json:
    if user.invite_expires is None:
        return "active"
    left = user.invite_expires - ask.now
    return "expired" if left <= 0 else int(left // _DAY)


def visible(ask: ApiRequest) -> list[StoredUser]:
    """The users visible to the caller: all for superusers, otherwise those on a site they administer."""
    users = sorted(ask.store.world.users.values(), key=lambda user: user.login)
    if ask.user.superuser:
        return users
    sites = list(ask.store.world.ids_with(ask.user, "admin"))
    administered = set(sites)
    extra = any(site in administered for site in ask.user.extra_sites)
    return [user for user in users if user.login == ask.user.login or _shares(user, administered, extra=extra)]


def _shares(user: StoredUser, sites: set[int], *, extra: bool) -> bool:
    """Returns True if the user has a role on one of ``sites``; ``extra``: these include some of the extra sites."""
    if user.superuser:
        return False
    return (extra and RANK[user.extra] > 0) or any(RANK[role] and site in sites for site, role in user.access.items())


@method("UsersManager.getUsers")
def get_users(ask: ApiRequest) -> Json:
    """The visible users, all or those named; requires admin access."""
    ask.check_somewhere("admin")
    named = [login for login in ask.params.get("userLogins", "").split(",") if login]
    users = [user for user in visible(ask) if not named or user.login in named]
    return [details(ask, user) for user in users if _shown(ask, user)]


def _shown(ask: ApiRequest, user: StoredUser) -> bool:
    return ask.user.superuser or user.invite_expires is None or user.invited_by == ask.user.login


@method("UsersManager.getUsersLogin")
def get_users_login(ask: ApiRequest) -> Json:
    """The logins of all visible users; requires admin access."""
    ask.check_somewhere("admin")
    return [user.login for user in visible(ask)]


@method("UsersManager.getUser")
def get_user(ask: ApiRequest) -> Json:
    """One user; superusers and the user only."""
    login = ask.typed("userLogin")
    ask.check_oneself(login)
    return details(ask, known(ask, login))


def known(ask: ApiRequest, login: str) -> StoredUser:
    """The user with a login. Raises ``ApiError``."""
    user = ask.store.world.user(login)
    if user is None:
        raise unknown_user(login)
    return user


@method("UsersManager.getUsersHavingSuperUserAccess")
def get_users_having_super_user_access(ask: ApiRequest) -> Json:
    """The superusers; requires only a token."""
    ask.check_signed_in()
    columns = ("login", "email", "superuser_access", "invite_status", "uses_2fa")
    found = [details(ask, user) for user in ask.store.world.superusers()]
    return [{name: user[name] for name in columns if name in user} for user in found]


@method("UsersManager.userExists")
def user_exists(ask: ApiRequest) -> Json:
    login = ask.typed("userLogin")
    if login == ANONYMOUS.login:
        return True
    ask.check_signed_in()
    ask.check_somewhere("view")
    return ask.store.world.user(login) is not None


@method("UsersManager.userEmailExists")
def user_email_exists(ask: ApiRequest) -> Json:
    address = ask.typed("userEmail")
    ask.check_signed_in()
    ask.check_somewhere("view")
    return has_address(ask, address)


@method("UsersManager.getUserLoginFromUserEmail")
def get_user_login_from_user_email(ask: ApiRequest) -> Json:
    """The login with an address; any admin may look up any user."""
    address = ask.typed("userEmail")
    ask.check_signed_in()
    ask.check_somewhere("admin")
    wanted = address.casefold()
    found = next((user.login for user in ask.store.world.users.values() if user.email.casefold() == wanted), None)
    if found is None:
        raise unknown_user(address)
    return found


def has_address(ask: ApiRequest, address: str) -> bool:
    """Returns True if a user has that address, ignoring case."""
    wanted = address.casefold()
    return any(user.email.casefold() == wanted for user in ask.store.world.users.values())


@method("UsersManager.getUsersPlusRole", pages_itself=True)
def get_users_plus_role(ask: ApiRequest) -> Json:
    """Users with their role on a site: all to its admins, otherwise only the caller."""
    number = ask.number("idSite")
    if ask.user.login == ANONYMOUS.login:
        ask.headers[TOTAL] = "0"
        return []
    if not ask.user.at_least("admin", number):
        ask.headers[TOTAL] = "1"
        return [] if ask.number("offset", 0) > 1 else [_with_role(ask, ask.user, number, own=True)]
    users = list(_filtered(ask, number, visible(ask)))
    ask.headers[TOTAL] = str(len(users))
    return [_with_role(ask, user, number) for user in page_of(ask, users)]


def page_of(ask: ApiRequest, rows: list[StoredUser] | list[Json]) -> Json:
    """The page given by ``limit`` and ``offset``; like Matomo, ignores an offset without a limit."""
    limit, offset = ask.number("limit", 0), ask.number("offset", 0)
    if limit <= 0:
        return rows
    return rows[max(offset, 0) : max(offset, 0) + limit]


def _filtered(ask: ApiRequest, number: int, users: Iterable[StoredUser]) -> Iterable[StoredUser]:
    search = ask.params.get("filter_search", "").casefold()
    access, status = ask.params.get("filter_access", ""), ask.params.get("filter_status", "")
    if access == "superuser" and not ask.user.superuser:
        access = ""
    for user in users:
        if search and search not in user.login.casefold() and search not in user.email.casefold():
            continue
        if access and not _has(user, number, access):
            continue
        if status and not _is(ask, user, status):
            continue
        yield user


def _has(user: StoredUser, number: int, access: str) -> bool:
    role = user.role(number)
    if access == "some":
        return role != "noaccess"
    return role == access


def _is(ask: ApiRequest, user: StoredUser, status: str) -> bool:
    if status == "active":
        return user.invite_expires is None
    if user.invite_expires is None or not (ask.user.superuser or user.invited_by == ask.user.login):
        return status not in ("pending", "expired")
    return (user.invite_expires > ask.now) == (status == "pending")


def _with_role(ask: ApiRequest, user: StoredUser, number: int, *, own: bool = False) -> dict[str, Json]:
    role: str = user.role(number)
    # A real Matomo answers a number here to users who only see themselves, and a boolean to admins.
    flag: Json = int(user.superuser) if own else user.superuser
    row = details(ask, user)
    if "last_seen" in row:
        row["last_seen"] = _ago(ask.now - (_seen_at(ask, user) or 0))
    status: dict[str, Json] = {
        name: row.pop(name) for name in ("invite_status", "uses_2fa", "invited_by", "last_seen") if name in row
    }
    if ask.user.superuser:
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


@method("UsersManager.getAvailableRoles")
def get_available_roles(ask: ApiRequest) -> Json:
    ask.check_somewhere("admin")
    keys = ("id", "name", "description", "helpUrl")
    return [dict(zip(keys, (*words, f"https://matomo.org/faq/general/{page}"), strict=True)) for *words, page in _ROLES]


@method("UsersManager.getAvailableCapabilities")
def get_available_capabilities(ask: ApiRequest) -> Json:
    """Additional capabilities; none without a plug-in that defines some."""
    ask.check_somewhere("admin")
    return []


def refuse_anonymous(login: str) -> None:
    """Refuse changes of the anonymous user."""
    if login == ANONYMOUS.login:
        raise ApiError(
            "The anonymous user cannot be edited or deleted. It is used by Matomo to define a user that has not logged "
            "in yet. For example, you can make your statistics public by granting the 'view' access to the 'anonymous' "
            "user."
        )
