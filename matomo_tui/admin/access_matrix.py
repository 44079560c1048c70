"""The access matrix: users by sites, edited cell by cell and written as one batch."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from matomo_tui.admin.entity import Entity, Reading
from matomo_tui.admin.identity import Identity
from matomo_tui.admin.plan import ChangePlan, WriteStep
from matomo_tui.admin.state import Difference, Labels, shown_as
from matomo_tui.api import users
from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError, Role
from matomo_tui.api.secret import ANONYMOUS
from matomo_tui.api.users import SITE_ROLES, SiteAccess, SiteRole, User
from matomo_tui.sanitize import sanitize

LABELS: Mapping[str, str] = Labels({"role": "Role"}, {"role": {"noaccess": "no access"}})

CellKey = tuple[str, int]
"""A login and a site id."""


@dataclass(frozen=True, slots=True)
class AccessChange:
    """A pending change of one cell."""

    login: str
    site_id: int
    old: SiteRole
    """The role as it was loaded."""
    new: SiteRole


class AccessMatrix:
    """The loaded roles by user and site, and the pending changes. Changes are kept when more rows or columns load."""

    def __init__(self, sites: Mapping[int, str] | None = None) -> None:
        self.sites: dict[int, str] = dict(sites or {})
        """Site names by id, raw."""
        self.logins: list[str] = []
        self.superusers: set[str] = set()
        """Logins whose rows cannot be edited: superusers have full access to all sites."""
        self.unreadable: dict[int, str] = {}
        """Reasons by site id, for sites whose roles could not be loaded."""
        self._roles: dict[CellKey, SiteRole] = {}
        self._pending: dict[CellKey, SiteRole] = {}
        self._capable: set[CellKey] = set()
        self._dropped = 0

    def add_users(self, found: Sequence[User], site_id: int | None = None) -> None:
        """Add rows, without duplicates, in their order; those that are there may be superusers since, or no longer.
        Any capabilities are those on ``site_id``. Pending changes of superusers are dropped."""
        known = set(self.logins)
        self.logins += [user.login for user in found if user.login not in known]
        self.superusers -= {user.login for user in found}
        self.superusers |= {user.login for user in found if user.superuser_access or user.role == "superuser"}
        if site_id is not None:
            self._capable |= {(user.login, site_id) for user in found if user.capabilities}
        self._drop(())

    async def load_sites(self, client: Client, sites: Mapping[int, str]) -> None:
        """Add columns: the roles of all users on each of these sites, in one bulk request. A site whose roles the token
        may not read goes to ``unreadable``. Pending changes that are stored already are dropped. Raises a
        ``MatomoError`` if the whole request fails."""
        ids = list(sites)
        parts = await client.bulk([users.get_users_access_from_site(site_id) for site_id in ids])
        for site_id, part in zip(ids, parts, strict=True):
            self.sites[site_id] = sites[site_id]
            if isinstance(part, MatomoError):
                self.unreadable[site_id] = str(part)
                continue
            self.unreadable.pop(site_id, None)
            self._forget_site(site_id)
            for login, role in cast("Mapping[str, Role]", part).items():
                self._roles[login, site_id] = as_site_role(role)
                if login not in self.logins:
                    self.logins.append(login)
        self._drop(())

    async def drop_closed(self, client: Client) -> None:
        """Drop the pending changes of users who were deleted or became superusers, in one bulk request if there are
        any changes. Raises a ``MatomoError`` if it fails."""
        logins = {login for login, _ in self._pending}
        if not logins:
            return
        found, supers = await client.gather(users.get_users(sorted(logins)), users.get_users_having_super_user_access())
        if not isinstance(supers, MatomoError):
            self.superusers |= {user.login for user in supers}
        gone = set() if isinstance(found, MatomoError) else logins - {user.login for user in found} - {ANONYMOUS}
        self._drop(gone)

    def take_dropped(self) -> int:
        """The number of pending changes that were dropped since the last call."""
        count, self._dropped = self._dropped, 0
        return count

    def add_sites_of(self, login: str, found: Sequence[SiteAccess]) -> None:
        """Add the roles of one user, from a page of ``UsersManager.getSitesAccessForUser``."""
        if login not in self.logins:
            self.logins.append(login)
        for access in found:
            self.sites[access.site_id] = access.site_name
            self._roles[login, access.site_id] = as_site_role(access.role)
            if access.capabilities:
                self._capable.add((login, access.site_id))
        self._drop(())

    def role(self, login: str, site_id: int) -> Role:
        """The role to show: the pending one, otherwise the loaded one."""
        if login in self.superusers:
            return "superuser"
        return self._pending.get((login, site_id), self._loaded(login, site_id))

    def is_changed(self, login: str, site_id: int) -> bool:
        """True if the cell has a pending change."""
        return (login, site_id) in self._pending

    def why_closed(self, login: str, site_id: int, role: SiteRole | None = None) -> str:
        """The reason why the cell cannot be edited (or set to ``role``); ``""`` if it can."""
        if login in self.superusers:
            return f"{sanitize(login)} is a superuser and may do everything on every site."
        if site_id in self.unreadable:
            return self.unreadable[site_id]
        if login == ANONYMOUS and role not in (None, "view", "noaccess"):
            return "The anonymous user may view a site, or nothing."
        return ""

    def set(self, login: str, site_id: int, role: SiteRole) -> str:
        """Change a cell; the loaded role removes the change. Returns the reason if it cannot be set, else ``""``."""
        reason = self.why_closed(login, site_id, role)
        if not reason:
            if role == self._loaded(login, site_id):
                self._pending.pop((login, site_id), None)
            else:
                self._pending[login, site_id] = role
        return reason

    def cycle_role(self, login: str, site_id: int, by: int = 1) -> str:
        """Set a cell to the next role that it can have. Returns the same as :meth:`set`."""
        allowed = [role for role in SITE_ROLES if not self.why_closed(login, site_id, role)]
        if not allowed:
            return self.why_closed(login, site_id)
        now = self.role(login, site_id)
        at = allowed.index(now) if now in allowed else 0
        return self.set(login, site_id, allowed[(at + by) % len(allowed)])

    def undo(self, login: str, site_id: int) -> None:
        """Remove the pending change of one cell."""
        self._pending.pop((login, site_id), None)

    def undo_all(self) -> None:
        """Remove all pending changes."""
        self._pending.clear()

    @property
    def pending(self) -> tuple[AccessChange, ...]:
        """The pending changes, in the order of rows and columns."""
        rows = {login: index for index, login in enumerate(self.logins)}
        columns = {site_id: index for index, site_id in enumerate(self.sites)}
        cells = sorted(self._pending, key=lambda cell: (rows.get(cell[0], 0), columns.get(cell[1], 0)))
        return tuple(AccessChange(*cell, self._loaded(*cell), self._pending[cell]) for cell in cells)

    def plan(self, identity: Identity) -> ChangePlan:
        """The plan that applies the pending changes, one step for each cell."""
        changes = self.pending
        warnings = []
        if any(change.login == ANONYMOUS and change.new == "view" for change in changes):
            warnings.append("Anyone without a token can then see the reports of the sites opened to anonymous.")
        if any((change.login, change.site_id) in self._capable for change in changes):
            warnings.append("Setting a role removes any capabilities beyond it.")
        refusals = dict.fromkeys(sentence for change in changes for sentence in _against(change, identity, self.sites))
        if not identity.is_superuser and identity.login is None and any(_lowers(change) for change in changes):
            warnings.append("Matomo does not say whose token this is: do not lower your own role.")
        return ChangePlan(
            title=f"Change access: {len(changes)} {'line' if len(changes) == 1 else 'lines'}",
            steps=tuple(self._step(change) for change in changes),
            refusals=tuple(refusals),
            warnings=tuple(warnings),
        )

    def mark_applied(self, login: str, site_id: int, role: SiteRole) -> None:
        """Set the loaded role of a cell after a successful write; its change is no longer pending."""
        self._roles[login, site_id] = role
        self._pending.pop((login, site_id), None)

    def set_loaded_role(self, login: str, site_id: int, role: SiteRole) -> None:
        """Set the loaded role of a cell that somebody else changed. A different pending change is kept."""
        self._roles[login, site_id] = role
        if self._pending.get((login, site_id)) == role:
            del self._pending[login, site_id]

    def _loaded(self, login: str, site_id: int) -> SiteRole:
        return self._roles.get((login, site_id), "noaccess")

    def _drop(self, gone: Collection[str]) -> None:
        """Drop the pending changes that are stored already, and those of superusers and of users who are ``gone``."""
        closed = self.superusers.union(gone)
        kept = {
            cell: role for cell, role in self._pending.items() if cell[0] not in closed and role != self._loaded(*cell)
        }
        self._dropped += len(self._pending) - len(kept)
        self._pending = kept

    def _forget_site(self, site_id: int) -> None:
        for cell in [cell for cell in self._roles if cell[1] == site_id]:
            del self._roles[cell]

    def _step(self, change: AccessChange) -> WriteStep:
        return _step(change, self.sites.get(change.site_id, ""))


def role_words(role: str) -> str:
    """A role as Matomo names it: ``no access`` for the one without any."""
    return shown_as(LABELS, "role", role)


@dataclass(frozen=True, slots=True)
class AccessEntity(Entity):
    """One user's role on one site."""

    labels = LABELS

    login: str
    site_id: int

    @property
    def key(self) -> str:
        return self.login

    def site_id_of(self, created: int | None) -> int:
        del created
        return self.site_id

    async def read(self, client: Client) -> Reading:
        roles = await client.call(users.get_users_access_from_site(self.site_id))
        return Reading({"role": as_site_role(roles.get(self.login, "noaccess"))})


async def plan_role(
    client: Client, login: str, site_id: int, site_name: str, role: SiteRole, identity: Identity
) -> ChangePlan:
    """The plan that gives one user ``role`` on a site, by what the server has now: without steps if they have it
    already, and with the reason as a refusal if it cannot be set. Raises a ``MatomoError``."""
    matrix = AccessMatrix()
    matrix.superusers |= set(identity.superusers or ())
    await matrix.load_sites(client, {site_id: site_name})
    page = await client.call(users.get_users_plus_role(site_id, search=login))
    matrix.add_users([user for user in page.users if user.login == login], site_id)
    reason = matrix.set(login, site_id, role)
    plan = replace(matrix.plan(identity), title=f"{sanitize(login)}: {role_words(role)}")
    return replace(plan, refusals=(reason,)) if reason else plan


def _step(change: AccessChange, site_name: str) -> WriteStep:
    site = f"{sanitize(site_name, 60)} (site {change.site_id})".strip()
    old, new = role_words(change.old), role_words(change.new)
    return WriteStep(
        what=f"{sanitize(change.login)} on {site}: {old} → {new}",
        call=users.set_user_access(change.login, change.new, (change.site_id,)),
        entity=AccessEntity(change.login, change.site_id),
        opened={"role": change.old},
        wanted={"role": change.new},
        differences=(Difference("role", LABELS["role"], old, new),),
    )


def as_site_role(role: str) -> SiteRole:
    """``role`` if it can be set on a site, otherwise ``noaccess``."""
    return next((known for known in SITE_ROLES if known == role), "noaccess")


def _lowers(change: AccessChange) -> bool:
    return change.old == "admin" and change.new != "admin"


def _against(change: AccessChange, identity: Identity, sites: Mapping[int, str]) -> tuple[str, ...]:
    if change.login == identity.login and _lowers(change):
        site = sanitize(sites.get(change.site_id, ""), 60) or f"site {change.site_id}"
        return (f"{sanitize(change.login)} is the user of this token: it would lock you out of {site}.",)
    return ()
