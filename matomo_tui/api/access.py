"""The token's role on each site, and the rights of each role (roles table of Matomo's user guide)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from matomo_tui.api.errors import Role

ANONYMOUS = "anonymous"
"""The user that stands for everybody without a token: it may have view on a site or nothing, and stays. Its name is its
token too, which is no secret, and a word that answers may well contain."""

_RANK: Mapping[Role, int] = {"noaccess": 0, "view": 1, "write": 2, "admin": 3, "superuser": 4}


@dataclass(frozen=True, slots=True)
class Access:
    """The token's role per site. A superuser has every site; a site not named is ``noaccess``. ``highest`` is the
    highest role on any site: found once, because there may be 50,000 and each footer asks."""

    superuser: bool = False
    sites: Mapping[int, Role] = field(default_factory=dict)
    highest: Role = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        roles: set[Role] = {"superuser"} if self.superuser else set(self.sites.values())
        object.__setattr__(self, "highest", max(roles, key=_RANK.__getitem__, default="noaccess"))

    def role(self, site_id: int) -> Role:
        """The role on one site."""
        return "superuser" if self.superuser else self.sites.get(site_id, "noaccess")

    def at_least(self, role: Role, site_id: int) -> bool:
        """Whether the token has ``role`` or more on the site."""
        return _RANK[self.role(site_id)] >= _RANK[role]

    def may_view(self, site_id: int) -> bool:
        """Reports, Live, the goals list, site details."""
        return self.at_least("view", site_id)

    def may_edit_goals(self, site_id: int) -> bool:
        """Add, update and delete goals."""
        return self.at_least("write", site_id)

    def may_edit_site(self, site_id: int) -> bool:
        """Change the site's settings."""
        return self.at_least("admin", site_id)

    def may_manage_access(self, site_id: int) -> bool:
        """See and set who may do what on the site."""
        return self.at_least("admin", site_id)

    def somewhere(self, role: Role) -> bool:
        """Whether the token has ``role`` or more on at least one site."""
        return _RANK[self.highest] >= _RANK[role]

    @property
    def may_list_users(self) -> bool:
        """See and invite users: admin on at least one site."""
        return self.somewhere("admin")

    @property
    def may_manage_sites(self) -> bool:
        """Add and delete sites and users, list all sites."""
        return self.superuser
