"""The token's role on each site, and the actions that each role allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from matomo_tui.api.errors import Role

_RANK: Mapping[Role, int] = {"noaccess": 0, "view": 1, "write": 2, "admin": 3, "superuser": 4}


@dataclass(frozen=True, slots=True)
class Access:
    """The token's role on each site."""

    superuser: bool = False
    """True grants every role on every site."""
    sites: Mapping[int, Role] = field(default_factory=dict)
    """Role by site id; sites that are not listed are ``noaccess``."""
    highest: Role = field(init=False, repr=False, compare=False)
    """The highest role on any site. Computed once: there may be 50,000 sites, and every footer reads it."""

    def __post_init__(self) -> None:
        roles: set[Role] = {"superuser"} if self.superuser else set(self.sites.values())
        object.__setattr__(self, "highest", max(roles, key=_RANK.__getitem__, default="noaccess"))

    def role(self, site_id: int) -> Role:
        """Return the role on one site."""
        return "superuser" if self.superuser else self.sites.get(site_id, "noaccess")

    def at_least(self, role: Role, site_id: int) -> bool:
        """Return True if the token has ``role`` or a higher one on the site."""
        return _RANK[self.role(site_id)] >= _RANK[role]

    def may_edit_goals(self, site_id: int) -> bool:
        """Return True if the token may add, change and delete goals of the site."""
        return self.at_least("write", site_id)

    def may_edit_site(self, site_id: int) -> bool:
        """Return True if the token may change the site's settings."""
        return self.at_least("admin", site_id)

    def somewhere(self, role: Role) -> bool:
        """Return True if the token has ``role`` or a higher one on at least one site."""
        return _RANK[self.highest] >= _RANK[role]
