"""Immutable records of settings: sites with their goals, and users."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Role = Literal["noaccess", "view", "write", "admin", "superuser"]

RANK: Mapping[Role, int] = {"noaccess": 0, "view": 1, "write": 2, "admin": 3, "superuser": 4}

SEEING: tuple[Role, ...] = ("view", "write", "admin", "superuser")
"""The roles that see a site."""

FIRST_EXTRA_SITE = 101
NO_SITES = range(0)


@dataclass(frozen=True, slots=True)
class StoredGoal:
    """A goal with the fields of ``Goals.getGoals``."""

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
class Era:
    """The goals in force ``until`` an epoch: earlier actions are matched against these."""

    until: float
    goals: tuple[StoredGoal, ...]


@dataclass(frozen=True, slots=True)
class StoredSite:
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
    """The role on each site."""
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
        """Returns True if the user has at least ``role`` on the site."""
        return RANK[self.role(site_id)] >= RANK[role]
