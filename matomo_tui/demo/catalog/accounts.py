"""The initial sites and users, and generated ones to fill long lists."""

from __future__ import annotations

from matomo_tui.demo.entities import FIRST_EXTRA_SITE, Role, StoredGoal, StoredSite, StoredUser

_HOUR = 3600
_DAY = 24 * _HOUR

SITES = (
    StoredSite(
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
            StoredGoal(1, "Newsletter sign-up", "event_category", "Newsletter", "exact", 2.5, "somebody subscribed"),
            StoredGoal(
                2, "Reached checkout", "url", "/checkout/shipping", "contains", 0, "the first step of the checkout"
            ),
            StoredGoal(3, "Asked a question", "event_category", "Form", "exact", 5),
            StoredGoal(4, "Long visit", "visit_duration", "15", "greater_than"),
        ),
    ),
    StoredSite(
        2,
        "Field Notes",
        "https://field-notes.example",
        "America/New_York",
        "USD",
        traffic="blog",
        goals=(
            StoredGoal(1, "Letter subscribed", "url", "/newsletter/welcome", "contains", 1.2),
            StoredGoal(2, "Read to the end", "event_category", "Scroll", "exact", 0, allow_multiple=True),
        ),
    ),
    StoredSite(
        3,
        "Kumo Docs",
        "https://docs.kumo.example",
        "Asia/Tokyo",
        "JPY",
        traffic="docs",
        goals=(
            StoredGoal(1, "Signed up", "url", "/signup/done", "contains", 800),
            StoredGoal(2, "SDK downloaded", "file", "kumo-sdk", "contains"),
        ),
    ),
    StoredSite(
        4,
        "Harbour Radio",
        "https://harbour-radio.example",
        "Australia/Sydney",
        "AUD",
        traffic="radio",
        goals=(StoredGoal(1, "Supporter", "url", "/support/thanks", "contains", 12),),
    ),
    StoredSite(5, "Launch page (not yet live)", "https://launch.lumen-oak.example", "UTC", "EUR", group="Shops"),
)

IMPORTED = StoredSite(
    6, "Paper Mill Archive", "https://archive.paper-mill.example", "Europe/Berlin", "EUR", sitesearch=False
)
"""Exists only with the option ``pages``."""

USERS = (
    StoredUser("root", "superuser", superuser=True, two_factor=True, seen_before=240),
    StoredUser("alice", "admin", access={1: "admin", 2: "admin"}, extra="admin", seen_before=2 * _HOUR + 660),
    StoredUser("bob", "write", access={1: "write"}, seen_before=_DAY + 5 * _HOUR),
    StoredUser("carol", "view", access={1: "view"}, extra="view", seen_before=12 * _DAY),
    StoredUser("dave", "noaccess"),
    StoredUser("jonas.weber", access={3: "admin", 2: "write"}, two_factor=True, seen_before=2400),
    StoredUser("mara.lind", access={1: "view", 2: "view"}, two_factor=True, seen_before=6 * _DAY + 3 * _HOUR),
    StoredUser("yuki.sato", access={3: "write", 4: "view"}, address="yuki@kumo.example", seen_before=93 * _DAY),
)
"""The first five have announced tokens; the others fill the list."""

# Days until the invitation expires; negative if it has expired.
INVITED = (
    (StoredUser("nina.ortiz", access={1: "view"}, address="nina@agency.example", invited_by="alice"), 5.5),
    (StoredUser("old.intern", access={2: "view"}, address="intern@agency.example", invited_by="root"), -20.0),
)
"""Users with a pending invitation, and the days until it expires."""

ANONYMOUS = StoredUser("anonymous", "anonymous", access={3: "view"}, address="anonymous@example.org")

_GIVEN = ("ada", "ben", "cleo", "dana", "eli", "fay", "gus", "hana", "ivo", "june", "kai", "lou", "max")
_FAMILY = ("abbott", "berger", "costa", "duarte", "eklund", "fischer", "gomez", "hahn", "ito", "jansen", "keller")
_EXTRA_ROLES: tuple[tuple[int, Role], ...] = ((1, "view"), (2, "view"), (1, "write"), (3, "view"), (1, "admin"))

_TOWNS = ("Alder", "Birch", "Cedar", "Dover", "Elm", "Fern", "Grove", "Hazel", "Iris", "Juniper", "Kelp", "Larch")
_TRADES = ("Bakery", "Books", "Cycles", "Clinic", "Garden", "Gallery", "Hotel", "Kitchen", "Music", "School", "Tours")
_ZONES = ("UTC", "Europe/Paris", "America/Chicago", "Asia/Kolkata", "Europe/London", "America/Sao_Paulo")
_CURRENCIES = ("EUR", "EUR", "USD", "INR", "GBP", "BRL")


def extra_site(number: int) -> StoredSite:
    """The ``number``-th generated site, created on demand."""
    name = f"{_TOWNS[number % len(_TOWNS)]} {_TRADES[number // 5 % len(_TRADES)]} {number:05d}"
    zone = number % len(_ZONES)
    host = f"https://{name.lower().replace(' ', '-')}.example"
    return StoredSite(FIRST_EXTRA_SITE + number, name, host, _ZONES[zone], _CURRENCIES[zone], group="Clients")


def extra_user(number: int) -> StoredUser:
    """The ``number``-th generated user."""
    name = f"{_GIVEN[number % len(_GIVEN)]}.{_FAMILY[number // 3 % len(_FAMILY)]}{number:04d}"
    site, role = _EXTRA_ROLES[number % len(_EXTRA_ROLES)]
    return StoredUser(name, access={site: role}, seen_before=None if number % 4 == 0 else number % 90 * _DAY + 3700)
