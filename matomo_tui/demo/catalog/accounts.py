"""The initial sites and users, and generated ones to fill long lists."""

from __future__ import annotations

from typing import Any

from matomo_tui.demo.data import load
from matomo_tui.demo.entities import FIRST_EXTRA_SITE, Role, StoredGoal, StoredSite, StoredUser

_DAY = 86_400
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
