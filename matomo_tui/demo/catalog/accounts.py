"""The initial sites and users, and generated ones to fill long lists."""

from __future__ import annotations

from typing import Any

from matomo_tui.demo.data import load
from matomo_tui.demo.entities import FIRST_EXTRA_SITE, StoredGoal, StoredSite, StoredUser

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
    """The ``number``-th generated user."""
    name = f"{_pick('given', number)}.{_pick('family', number // 3)}{number:04d}"
    site, role = _pick("roles", number)
    return StoredUser(name, access={site: role}, seen_before=None if number % 4 == 0 else number % 90 * _DAY + 3700)
