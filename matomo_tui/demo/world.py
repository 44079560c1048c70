"""The demo's sites, goals and users: everything that Matomo keeps settings of, and that writes will change."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

Role = Literal["noaccess", "view", "write", "admin", "superuser"]

RANK: Mapping[Role, int] = {"noaccess": 0, "view": 1, "write": 2, "admin": 3, "superuser": 4}

FIRST_EXTRA_SITE = 101


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal as ``Goals.getGoals`` tells it."""

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


@dataclass(frozen=True, slots=True)
class Site:
    """A site; ``traffic`` names the catalogue its visits are drawn from (``""``: nobody comes)."""

    id: int
    name: str
    main_url: str
    timezone: str
    currency: str
    traffic: str = ""
    ecommerce: bool = False
    sitesearch: bool = True
    group: str = ""
    type: str = "website"
    aliases: tuple[str, ...] = ()
    goals: tuple[Goal, ...] = ()


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with a token; ``access`` is their role on each site, ``extra`` on each of the extra sites."""

    login: str
    label: str
    superuser: bool = False
    access: Mapping[int, Role] = field(default_factory=dict)
    extra: Role = "noaccess"

    @property
    def email(self) -> str:
        """The address Matomo has of them."""
        return f"{self.login}@lumen-oak.example"

    def role(self, site_id: int) -> Role:
        """The role on one site."""
        if self.superuser:
            return "superuser"
        return self.access.get(site_id, self.extra if site_id >= FIRST_EXTRA_SITE else "noaccess")

    def at_least(self, role: Role, site_id: int) -> bool:
        """Whether they have ``role`` or more on the site."""
        return RANK[self.role(site_id)] >= RANK[role]


_SITES = (
    Site(
        1,
        "Lumen & Oak",
        "https://lumen-oak.example",
        "Europe/Berlin",
        "EUR",
        traffic="shop",
        ecommerce=True,
        group="Shops",
        aliases=("https://www.lumen-oak.example",),
        goals=(
            Goal(1, "Newsletter sign-up", "event_category", "Newsletter", "exact", 2.5, "somebody subscribed"),
            Goal(2, "Reached checkout", "url", "/checkout/shipping", "contains", 0, "the first step of the checkout"),
            Goal(3, "Asked a question", "event_category", "Form", "exact", 5),
            Goal(4, "Long visit", "visit_duration", "15", "greater_than"),
        ),
    ),
    Site(
        2,
        "Field Notes",
        "https://field-notes.example",
        "America/New_York",
        "USD",
        traffic="blog",
        goals=(
            Goal(1, "Letter subscribed", "url", "/newsletter/welcome", "contains", 1.2),
            Goal(2, "Read to the end", "event_category", "Scroll", "exact", 0, allow_multiple=True),
        ),
    ),
    Site(
        3,
        "Kumo Docs",
        "https://docs.kumo.example",
        "Asia/Tokyo",
        "JPY",
        traffic="docs",
        goals=(
            Goal(1, "Signed up", "url", "/signup/done", "contains", 800),
            Goal(2, "SDK downloaded", "file", "kumo-sdk", "contains"),
        ),
    ),
    Site(
        4,
        "Harbour Radio",
        "https://harbour-radio.example",
        "Australia/Sydney",
        "AUD",
        traffic="radio",
        goals=(Goal(1, "Supporter", "url", "/support/thanks", "contains", 12),),
    ),
    Site(5, "Launch page (not yet live)", "https://launch.lumen-oak.example", "UTC", "EUR", group="Shops"),
)

_USERS = (
    User("root", "superuser", superuser=True),
    User("alice", "admin", access={1: "admin", 2: "admin"}, extra="admin"),
    User("bob", "write", access={1: "write"}),
    User("carol", "view", access={1: "view"}, extra="view"),
    User("dave", "noaccess"),
)

ANONYMOUS = User("anonymous", "anonymous", access={3: "view"})

_TOWNS = ("Alder", "Birch", "Cedar", "Dover", "Elm", "Fern", "Grove", "Hazel", "Iris", "Juniper", "Kelp", "Larch")
_TRADES = ("Bakery", "Books", "Cycles", "Clinic", "Garden", "Gallery", "Hotel", "Kitchen", "Music", "School", "Tours")
_ZONES = ("UTC", "Europe/Paris", "America/Chicago", "Asia/Kolkata", "Europe/London", "America/Sao_Paulo")
_CURRENCIES = ("EUR", "EUR", "USD", "INR", "GBP", "BRL")


def extra_site(number: int) -> Site:
    """The ``number``-th of the sites that only fill a long list; made when asked for."""
    name = f"{_TOWNS[number % len(_TOWNS)]} {_TRADES[number // 5 % len(_TRADES)]} {number:05d}"
    zone = number % len(_ZONES)
    host = f"https://{name.lower().replace(' ', '-')}.example"
    return Site(FIRST_EXTRA_SITE + number, name, host, _ZONES[zone], _CURRENCIES[zone], group="Clients")


class World:
    """Sites and users of one demo. ``extra_sites`` more sites are there without costing anything."""

    def __init__(self, seed: int, *, extra_sites: int = 0) -> None:
        self.seed = seed
        self.extra_sites = extra_sites
        self.sites: dict[int, Site] = {site.id: site for site in _SITES}
        self.users: dict[str, User] = {user.login: user for user in _USERS}
        self._logins = {self.token(user): user.login for user in _USERS}

    def token(self, user: User) -> str:
        """The user's token: 32 hexadecimal digits, the same for the same seed."""
        return hashlib.blake2b(f"{self.seed} {user.login}".encode(), digest_size=16).hexdigest()

    def user_of(self, token: str) -> User | None:
        """Whose token it is."""
        return self.users.get(self._logins.get(token, ""))

    def site(self, site_id: int) -> Site | None:
        """The site, or ``None`` if there is none."""
        found = self.sites.get(site_id)
        number = site_id - FIRST_EXTRA_SITE
        return extra_site(number) if found is None and 0 <= number < self.extra_sites else found

    def all_sites(self) -> Iterator[Site]:
        """Every site by its id, the extra ones made on the way."""
        yield from self.sites.values()
        for number in range(self.extra_sites):
            yield extra_site(number)

    def sites_with(self, user: User, *roles: Role) -> Iterator[Site]:
        """The sites on which ``user`` has one of ``roles``."""
        for site in self.sites.values():
            if user.role(site.id) in roles:
                yield site
        if (user.role(FIRST_EXTRA_SITE)) in roles:
            for number in range(self.extra_sites):
                yield extra_site(number)
