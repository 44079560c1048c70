"""Sites, goals and users: the settings that writes change."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace

from matomo_tui.demo.catalog.accounts import ANONYMOUS, INVITED, SITES, USERS, extra_site, extra_user
from matomo_tui.demo.entities import FIRST_EXTRA_SITE, Role, StoredSite, StoredUser

_DAY = 86_400


class World:
    """Sites and users of one demo.

    ``extra_sites`` and ``extra_users`` are generated on demand. ``started`` is the epoch of the demo's start; ``ai``:
    AI assistants are a channel.
    """

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
        """Add a token of the user, valid until ``expires`` (an epoch; ``None``: for ever)."""
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
        """Add a user, or replace the one with that login."""
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
        """Every site by id; the extra ones are generated."""
        for site_id in self.site_ids():
            site = self.site(site_id)
            if site is not None:
                yield site

    def site_ids(self) -> Iterator[int]:
        if not self.extra:
            yield from sorted(self.sites)
            return
        yield from sorted(site_id for site_id in self.sites if site_id < self.extra.start)
        yield from (site_id for site_id in self.extra if site_id not in self._removed)
        yield from sorted(site_id for site_id in self.sites if site_id >= self.extra.stop)

    def new_site_id(self) -> int:
        """An id that no site has had."""
        self._last_site += 1
        return self._last_site

    def put_site(self, site: StoredSite) -> None:
        """Add a site, or replace the one with that id."""
        self.sites[site.id] = site

    def remove_site(self, site_id: int) -> None:
        """Remove a site and every role on it."""
        self.sites.pop(site_id, None)
        self._removed.add(site_id)
        for user in list(self.users.values()):
            if site_id in user.access:
                access = {number: role for number, role in user.access.items() if number != site_id}
                self.put_user(replace(user, access=access))

    def sites_with(self, user: StoredUser, *roles: Role) -> Iterator[StoredSite]:
        """The sites on which ``user`` has one of ``roles``."""
        for site_id in self.ids_with(user, *roles):
            site = self.site(site_id)
            if site is not None:
                yield site

    def ids_with(self, user: StoredUser, *roles: Role) -> Iterator[int]:
        """The ids of the sites on which ``user`` has one of ``roles``."""
        if user.superuser:
            return self.site_ids() if "superuser" in roles else iter(())
        if user.extra in roles:
            return (site_id for site_id in self.site_ids() if user.role(site_id) in roles)
        # A user without a role on the extra sites only has roles on named ones: no need to check 50,000 others.
        return (site_id for site_id in sorted(user.access) if user.access[site_id] in roles and self.site(site_id))
