"""The ``[agents.NAME]`` tables of ``config.toml``: what each AI agent may read or write, and on which sites.

Nothing is granted by default::

    [agents.claude]
    on_sites = [1, 2]         # ids, or "all"; without it no site
    pages = "read"            # "off", "read" or "full"
    personal_data = false     # true shows IP addresses, user ids, visitor ids and names

    [agents.claude.site.2]    # replaces single grants on one site
    pages = "off"
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from matomo_tui.config.validation import ConfigError

Capability = Literal["visits", "pages", "referrers", "live", "goals", "events", "sites", "users", "tracking"]
"""An area of Matomo that a grant covers."""
CAPABILITIES: tuple[Capability, ...] = get_args(Capability)

GrantLevel = Literal["off", "read", "full"]
"""``full`` includes ``read``."""
LEVELS: tuple[GrantLevel, ...] = get_args(GrantLevel)

_PERSONAL = "personal_data"
_OF_A_SITE = (*CAPABILITIES, _PERSONAL)
_OF_AN_AGENT = (*_OF_A_SITE, "on_sites", "profile", "site")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_SITE_ID = re.compile(r"[1-9][0-9]{0,9}")

Place = Callable[[tuple[str, ...], str], str]
"""File and line of a key in a table, given the table's path and the key (``""``: the table itself)."""


@dataclass(frozen=True, slots=True)
class SiteGrants:
    """The grants on one site."""

    levels: Mapping[Capability, GrantLevel] = field(default_factory=dict)
    """Capabilities that are missing are ``off``."""
    personal_data: bool = False
    """True shows personal data unmasked."""

    def level(self, capability: Capability) -> GrantLevel:
        """The granted level of ``capability``."""
        return self.levels.get(capability, "off")


NO_GRANTS = SiteGrants()


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """One ``[agents.NAME]`` table."""

    name: str
    profile: str = ""
    """The only profile that the agent may use; ``""`` for any."""
    common: SiteGrants = NO_GRANTS
    """The grants on the sites of ``on_sites``."""
    on_sites: frozenset[int] | None = frozenset()
    """Ids of the sites that ``common`` holds for; ``None`` for all sites."""
    by_site: Mapping[int, SiteGrants] = field(default_factory=dict)
    """The grants on sites with a table of their own."""

    def on(self, site_id: int) -> SiteGrants:
        """The grants on a site."""
        found = self.by_site.get(site_id)
        if found is not None:
            return found
        return self.common if self.on_sites is None or site_id in self.on_sites else NO_GRANTS

    @property
    def named_sites(self) -> frozenset[int]:
        """Ids of all sites that the table names."""
        return (self.on_sites or frozenset()) | self.by_site.keys()


def read_agents(tables: object, at: Place) -> Mapping[str, AgentSettings]:
    """The checked ``[agents]`` table, by agent. ``at`` finds file and line of a key.

    Raises :class:`ConfigError` with file, line, key and the nearest right word.
    """
    if not isinstance(tables, Mapping) or not all(isinstance(table, Mapping) for table in tables.values()):
        raise ConfigError(f"{at((), 'agents')}: agents must be tables: [agents.NAME].")
    return {name: _agent(name, table, at) for name, table in tables.items()}


def _agent(name: str, table: Mapping[str, Any], at: Place) -> AgentSettings:
    path = ("agents", name)
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{at(path, '')}: an agent's name is up to 40 letters, digits, dashes and underscores.")
    common = _grants(table, path, _OF_AN_AGENT, NO_GRANTS, at)
    profile = table.get("profile", "")
    if not isinstance(profile, str):
        raise ConfigError(f"{at(path, 'profile')}: profile must be the name of a profile in quotes.")
    on_sites = _site_ids(table.get("on_sites", []), at(path, "on_sites"))
    tables = table.get("site", {})
    if not isinstance(tables, Mapping) or not all(isinstance(one, Mapping) for one in tables.values()):
        raise ConfigError(f"{at(path, 'site')}: site must be tables: [agents.{name}.site.1] for site 1.")
    by_site = {}
    for key, one in tables.items():
        below = (*path, "site", key)
        if not _SITE_ID.fullmatch(key):
            raise ConfigError(f"{at(below, '')}: {key!r} is not the id of a site: [agents.{name}.site.1] for site 1.")
        base = common if on_sites is None or int(key) in on_sites else NO_GRANTS
        by_site[int(key)] = _grants(one, below, _OF_A_SITE, base, at)
    return AgentSettings(name, profile, common, on_sites, by_site)


def _site_ids(value: Any, where: str) -> frozenset[int] | None:
    if value == "all":
        return None
    if not isinstance(value, list) or not all(type(one) is int and one > 0 for one in value):
        raise ConfigError(f'{where}: on_sites must be a list of site ids such as [1, 2], or "all".')
    return frozenset(value)


def _grants(
    table: Mapping[str, Any], path: tuple[str, ...], known: Collection[str], base: SiteGrants, at: Place
) -> SiteGrants:
    """The grants of ``table`` over those of ``base``."""
    levels: dict[Capability, GrantLevel] = dict(base.levels)
    for key, value in table.items():
        if key not in known:
            raise ConfigError(f"{at(path, key)}: unknown key {key!r} in [{'.'.join(path)}].{_hint(key, known)}")
        capability = next((one for one in CAPABILITIES if one == key), None)
        if capability is not None:
            levels[capability] = _level(capability, value, at(path, key))
    personal = table.get(_PERSONAL, base.personal_data)
    if not isinstance(personal, bool):
        raise ConfigError(f"{at(path, _PERSONAL)}: {_PERSONAL} must be true or false.")
    return SiteGrants(levels, personal)


def _level(capability: Capability, value: Any, where: str) -> GrantLevel:
    found = next((level for level in LEVELS if level == value), None)
    if found is not None:
        return found
    if capability == "sites" and isinstance(value, list):
        raise ConfigError(
            f'{where}: sites is a capability and must be "off", "read" or "full". Name the sites in on_sites.'
        )
    hint = _hint(value, LEVELS) if isinstance(value, str) else ""
    raise ConfigError(f'{where}: {capability} must be "off", "read" or "full".{hint}')


def _hint(word: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(word.lower(), known, n=1)
    if close:
        return f" Did you mean {close[0]!r}?"
    return "" if known is LEVELS else f" Known: {', '.join(known)}."
