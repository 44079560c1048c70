"""Which actions are permitted, and the reason for each that is not (role, profile, read-only mode).

The client enforces the profile and the read-only mode, the server enforces the roles; a permission tells the user the
reason before anything is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from matomo_tui.api.access import Access
from matomo_tui.api.client import Client
from matomo_tui.api.errors import Role
from matomo_tui.api.permissions import Area
from matomo_tui.sanitize import sanitize


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether one action is permitted."""

    reason: str = ""
    """Why it is not permitted, and what would permit it; ``""`` if it is permitted."""

    @property
    def is_open(self) -> bool:
        """True if the action is permitted."""
        return not self.reason


@dataclass(frozen=True, slots=True)
class Permissions:
    """The permissions of one token in one run."""

    access: Access
    read_only: bool = False
    allow: Collection[str] | None = None
    """The profile's allow list; None if it has none."""
    site_names: Mapping[int, str] = field(default_factory=dict)
    """Names by site id, raw, for the reasons."""

    @classmethod
    def of(cls, client: Client, access: Access, site_names: Mapping[int, str] | None = None) -> Permissions:
        """The permissions of a connection."""
        return cls(access, client.read_only, client.allow, site_names or {})

    @property
    def opens_anything(self) -> bool:
        """True if at least one write is permitted."""
        return (
            self.track().is_open
            or self.add_user().is_open
            or self.add_site().is_open
            or self.edit_some_goals().is_open
            or self.edit_some_site().is_open
        )

    def edit_some_goals(self) -> Permission:
        """Add, change and delete goals of at least one site."""
        return self._somewhere("goals", "Editing goals", "write")

    def edit_some_site(self) -> Permission:
        """Change at least one site's settings."""
        return self._somewhere("sites", "Changing the settings", "admin")

    def edit_goals(self, site_id: int) -> Permission:
        """Add, change and delete goals of a site."""
        return self._on_site("goals", "Editing goals", "write", site_id)

    def edit_site(self, site_id: int) -> Permission:
        """Change a site's settings."""
        return self._on_site("sites", "Changing the settings", "admin", site_id)

    def add_site(self) -> Permission:
        """Add a site."""
        return self._superuser("sites", "Adding a site")

    def delete_site(self) -> Permission:
        """Delete a site."""
        return self._superuser("sites", "Deleting a site")

    def list_users(self) -> Permission:
        """List users."""
        return self._somewhere("read", "Seeing users", "admin")

    def set_access(self, site_id: int) -> Permission:
        """Set the users' roles on a site."""
        return self._on_site("users", "Setting access", "admin", site_id)

    def add_user(self) -> Permission:
        """Add or invite a user."""
        return self._somewhere("users", "Adding a user", "admin")

    def edit_user(self, login: str, own_login: str | None = None) -> Permission:
        """Change a user's e-mail address or password: a superuser any user's, other users their own."""
        if own_login is not None and login == own_login:
            return self._switched_off("users", "Changing a user")
        return self._superuser("users", "Changing another user's address or password")

    def delete_user(self) -> Permission:
        """Delete a user."""
        return self._superuser("users", "Deleting a user")

    def set_superuser(self) -> Permission:
        """Give and take superuser access."""
        return self._superuser("users", "Giving and taking superuser access")

    def track(self) -> Permission:
        """Send a hit: it needs no token."""
        return self._switched_off("tracking", "Sending a hit")

    def track_with_time(self, site_id: int) -> Permission:
        """Send a hit with its own time or IP address."""
        return self._on_site("tracking", "Sending a hit with its own time or IP address", "write", site_id)

    def _on_site(self, area: Area, what: str, role: Role, site_id: int) -> Permission:
        permission = self._switched_off(area, what)
        if permission.is_open and not self.access.at_least(role, site_id):
            has = self.access.role(site_id)
            having = "no access there" if has == "noaccess" else f"only {has} there"
            return Permission(f"{what} needs the {role} role on {self._site(site_id)}: this token has {having}.")
        return permission

    def _superuser(self, area: Area, what: str) -> Permission:
        permission = self._switched_off(area, what)
        if permission.is_open and not self.access.superuser:
            return Permission(f"{what} needs a superuser's token: this token is {self._highest()}.")
        return permission

    def _somewhere(self, area: Area, what: str, role: Role) -> Permission:
        permission = self._switched_off(area, what)
        if permission.is_open and not self.access.somewhere(role):
            return Permission(f"{what} needs the {role} role on at least one site: this token has {self._highest()}.")
        return permission

    def _switched_off(self, area: Area, what: str) -> Permission:
        if self.read_only and area != "read":
            return Permission(
                f"{what} is off: this run is read-only (--read-only, or read_only = true in the profile)."
            )
        if self.allow is not None and area not in self.allow:
            named = ", ".join(sorted(self.allow))
            return Permission(f"{what} is off: the profile's allow list names {named}, and not {area}.")
        return Permission()

    def _highest(self) -> str:
        highest = self.access.highest
        return "none at all" if highest == "noaccess" else f"{highest} at most"

    def _site(self, site_id: int) -> str:
        name = sanitize(self.site_names.get(site_id, ""), 60)
        return f"{name} (site {site_id})" if name else f"site {site_id}"


async def refresh(client: Client) -> Access:
    """Read the token's access again, after a refusal that suggests a change. Raises a ``MatomoError``."""
    return (await client.server_info()).access


def what_changed(before: Access, now: Access, site_id: int, name_of: Callable[[int], str]) -> str:
    """A sentence about the role on the watched site, otherwise about the sites on which it is another. ``name_of``
    returns a site's raw name by id, ``""`` if unknown."""
    here = _words(now.role(site_id))
    sites = [one for one in before.sites.keys() | now.sites.keys() if before.role(one) != now.role(one)]
    if before.role(site_id) != now.role(site_id) or not sites:
        return f"This token's role changed: it now has {here} here."
    if len(sites) > 1:
        return f"This token's role changed on {len(sites)} other sites; here it still has {here}."
    name = sanitize(name_of(sites[0]), 60) or f"site {sites[0]}"
    return f"This token's role changed on {name}: it now has {_words(now.role(sites[0]))} there."


def _words(role: str) -> str:
    return "no access" if role == "noaccess" else role
