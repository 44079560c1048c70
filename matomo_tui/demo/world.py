"""Sites, goals and users: the settings that writes change, and the tokens that users log in with."""

from __future__ import annotations

import hashlib
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from msgspec import Struct

from matomo_tui.demo.data import load
from matomo_tui.demo.errors import PageError
from matomo_tui.demo.http import Request

_DAY = 86_400
_HOUR = 3600
_MOST_ADDRESSES = 1000
Role = Literal["noaccess", "view", "write", "admin", "superuser"]

RANK: Mapping[Role, int] = {"noaccess": 0, "view": 1, "write": 2, "admin": 3, "superuser": 4}

SEEING: tuple[Role, ...] = ("view", "write", "admin", "superuser")

FIRST_EXTRA_SITE = 101
NO_SITES = range(0)


class StoredGoal(Struct, frozen=True):
    id: int
    name: str
    match_attribute: str
    pattern: str = ""
    pattern_type: str = ""
    revenue: float = 0
    description: str = ""
    case_sensitive: bool = False
    allow_multiple: bool = False
    event_value_as_revenue: bool = False


class Era(Struct, frozen=True):
    """The goals in force ``until`` an epoch: earlier actions are matched against these."""

    until: float
    goals: tuple[StoredGoal, ...]


class StoredSite(Struct, frozen=True):
    """A site. The lists (``excluded_…``, ``sitesearch_…_parameters``) are comma-separated."""

    id: int
    name: str
    main_url: str
    timezone: str
    currency: str
    traffic: str = ""
    """The data file of the pages that visits are generated from; ``""``: no traffic."""
    ecommerce: bool = False
    sitesearch: bool = True
    group: str = ""
    type: str = "website"
    aliases: tuple[str, ...] = ()
    goals: tuple[StoredGoal, ...] = ()
    sitesearch_keyword_parameters: str = ""
    sitesearch_category_parameters: str = ""
    exclude_unknown_urls: bool = False
    excluded_ips: str = ""
    excluded_parameters: str = ""
    excluded_user_agents: str = ""
    excluded_referrers: str = ""
    keep_url_fragment: int = 0
    created: int | None = None
    """An epoch; ``None`` for the initial sites."""
    creator: str = "root"
    former: tuple[Era, ...] = ()
    """Earlier sets of goals, oldest first."""
    last_goal: int = 0
    """The highest goal id ever used."""

    def goal(self, number: int) -> StoredGoal | None:
        return next((goal for goal in self.goals if goal.id == number), None)


@dataclass(frozen=True, slots=True)
class StoredUser:
    login: str
    label: str = ""
    """The name of the role, for the five users with announced tokens."""
    superuser: bool = False
    access: Mapping[int, Role] = field(default_factory=dict)
    extra: Role = "noaccess"
    """The role on the extra sites that ``access`` does not name."""
    extra_sites: range = NO_SITES
    address: str = ""
    password: str = field(default="", repr=False)
    two_factor: bool = False
    seen_before: int | None = None
    """Seconds between the last login and the start of the demo; ``None``: never logged in."""
    joined: int | None = None
    """The epoch of the registration; ``None`` for the initial users."""
    invited_by: str | None = None
    invite_expires: float | None = None
    """The epoch at which a pending invitation expires."""

    @property
    def email(self) -> str:
        return self.address or f"{self.login}@lumen-oak.example"

    def role(self, site_id: int) -> Role:
        if self.superuser:
            return "superuser"
        return self.access.get(site_id, self.extra if site_id in self.extra_sites else "noaccess")

    def at_least(self, role: Role, site_id: int) -> bool:
        return RANK[self.role(site_id)] >= RANK[role]


_DATA = load("accounts")


def _site(row: dict[str, Any]) -> StoredSite:
    goals = tuple(StoredGoal(**goal) for goal in row.get("goals", ()))
    return StoredSite(**row | {"goals": goals, "aliases": tuple(row.get("aliases", ()))})


def _user(row: dict[str, Any]) -> StoredUser:
    return StoredUser(**row | {"access": {int(site): role for site, role in row.get("access", {}).items()}})


*SITES, IMPORTED = map(_site, _DATA["sites"])
"""The initial sites, and the one that exists only with the option ``pages``."""

USERS = tuple(map(_user, _DATA["users"]))
"""The first five have announced tokens; the others fill the list."""

INVITED = tuple((_user(row), days) for days, row in _DATA["invited"])
"""Users with a pending invitation, and the days until it expires; negative if it has expired."""

ANONYMOUS = _user(_DATA["anonymous"])

_NAMES = _DATA["names"]


def _pick(kind: str, number: int) -> Any:
    return _NAMES[kind][number % len(_NAMES[kind])]


def extra_site(number: int) -> StoredSite:
    """The ``number``-th generated site, created on demand."""
    name = f"{_pick('towns', number)} {_pick('trades', number // 5)} {number:05d}"
    host = f"https://{name.lower().replace(' ', '-')}.example"
    zone, currency = _pick("zones", number)
    return StoredSite(FIRST_EXTRA_SITE + number, name, host, zone, currency, group="Clients")


def extra_user(number: int) -> StoredUser:
    name = f"{_pick('given', number)}.{_pick('family', number // 3)}{number:04d}"
    site, role = _pick("roles", number)
    return StoredUser(name, access={site: role}, seen_before=None if number % 4 == 0 else number % 90 * _DAY + 3700)


class World:
    """Sites and users; extra ones are generated on demand. ``ai``: AI assistants are a channel."""

    def __init__(
        self, seed: int, *, extra_sites: int = 0, extra_users: int = 0, started: float = 0, ai: bool = False
    ) -> None:
        self.seed = seed
        self.ai = ai
        self.started = started
        self.extra = range(FIRST_EXTRA_SITE, FIRST_EXTRA_SITE + extra_sites)
        self.sites: dict[int, StoredSite] = {site.id: site for site in SITES}
        self.users: dict[str, StoredUser] = {}
        self._tokens: dict[str, tuple[str, float | None]] = {}
        self._removed: set[int] = set()
        self._last_site: int = max((*self.sites, *self.extra[-1:]))
        for user in (*USERS, *map(extra_user, range(extra_users))):
            self.put_user(replace(user, extra_sites=self.extra, password=f"{user.login}-password"))
        for user, days in INVITED:
            self.put_user(replace(user, invite_expires=started + days * _DAY))
        self.put_user(ANONYMOUS)
        for user in USERS:
            if user.label:
                self._tokens[self.token(user)] = (user.login, None)

    def token(self, user: StoredUser) -> str:
        """The user's initial token: 32 hexadecimal digits, derived from the seed."""
        return hashlib.blake2b(f"{self.seed} {user.login}".encode(), digest_size=16).hexdigest()

    def add_token(self, token: str, login: str, expires: float | None) -> None:
        self._tokens[token] = (login, expires)

    def user_of(self, token: str, now: float) -> StoredUser | None:
        """The owner of a token; ``None`` if it is unknown or expired."""
        login, expires = self._tokens.get(token, ("", None))
        return None if expires is not None and expires <= now else self.users.get(login)

    def user(self, login: str) -> StoredUser | None:
        """The user with a login, compared case-insensitively as in Matomo's database."""
        folded = login.casefold()
        return self.users.get(login) or next((u for u in self.users.values() if u.login.casefold() == folded), None)

    def put_user(self, user: StoredUser) -> None:
        self.users[user.login] = user

    def remove_user(self, login: str) -> None:
        self.users.pop(login, None)
        self._tokens = {token: owned for token, owned in self._tokens.items() if owned[0] != login}

    def grant(self, login: str, role: Role, site_ids: Iterable[int]) -> None:
        user = self.users[login]
        self.put_user(replace(user, access={**user.access, **dict.fromkeys(site_ids, role)}))

    def superusers(self) -> list[StoredUser]:
        return [user for user in self.users.values() if user.superuser]

    def site(self, site_id: int) -> StoredSite | None:
        found = self.sites.get(site_id)
        if found is None and site_id in self.extra and site_id not in self._removed:
            found = extra_site(site_id - FIRST_EXTRA_SITE)
        return found

    def all_sites(self) -> Iterator[StoredSite]:
        return filter(None, map(self.site, self.site_ids()))

    def site_ids(self) -> Iterator[int]:
        if not self.extra:
            yield from sorted(self.sites)
            return
        yield from sorted(site_id for site_id in self.sites if site_id < self.extra.start)
        yield from (site_id for site_id in self.extra if site_id not in self._removed)
        yield from sorted(site_id for site_id in self.sites if site_id >= self.extra.stop)

    def new_site_id(self) -> int:
        self._last_site += 1
        return self._last_site

    def put_site(self, site: StoredSite) -> None:
        self.sites[site.id] = site

    def remove_site(self, site_id: int) -> None:
        self.sites.pop(site_id, None)
        self._removed.add(site_id)
        for user in list(self.users.values()):
            if site_id in user.access:
                access = {number: role for number, role in user.access.items() if number != site_id}
                self.put_user(replace(user, access=access))

    def sites_with(self, user: StoredUser, *roles: Role) -> Iterator[StoredSite]:
        return filter(None, map(self.site, self.ids_with(user, *roles)))

    def ids_with(self, user: StoredUser, *roles: Role) -> Iterator[int]:
        """The ids of the sites on which ``user`` has one of ``roles``."""
        if user.superuser:
            return self.site_ids() if "superuser" in roles else iter(())
        if user.extra in roles:
            return (site_id for site_id in self.site_ids() if user.role(site_id) in roles)
        # A user without a role on the extra sites only has roles on named ones: no need to check 50,000 others.
        return (site_id for site_id in sorted(user.access) if user.access[site_id] in roles and self.site(site_id))


_NOBODY = ("", ANONYMOUS.login)


class Logins:
    """Checks tokens, and counts failed logins per IP address over the last hour."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._failed: OrderedDict[str, deque[float]] = OrderedDict()

    def check(self, ip: str, now: float, allowed: int) -> None:
        """Raise ``PageError`` (500) if the address has ``allowed`` failed logins within an hour."""
        failed = self._failed.get(ip)
        if failed is None:
            return
        while failed and failed[0] < now - _HOUR:
            failed.popleft()
        if len(failed) >= allowed:
            raise PageError("Too many failed logins. Please wait and try logging in again later.", 500)

    def user(self, request: Request, token: str, now: float) -> StoredUser:
        """The owner of the token, which is POST-only as new tokens of a real Matomo are. Raises ``PageError`` (401)."""
        in_address = request.query.get("token_auth", "") not in _NOBODY
        if not in_address and token in _NOBODY:
            return self._world.users[ANONYMOUS.login]
        user = None if in_address else self._world.user_of(token, now)
        if user is None:
            self.failed(request.ip, now)
            raise PageError("Unable to authenticate with the provided token. It is either invalid or expired.", 401)
        return user

    def failed(self, ip: str, now: float) -> None:
        """Count a wrong token or password for an address."""
        failed = self._failed.setdefault(ip, deque(maxlen=_MOST_ADDRESSES))
        failed.append(now)
        self._failed.move_to_end(ip)
        if len(self._failed) > _MOST_ADDRESSES:
            self._failed.popitem(last=False)
