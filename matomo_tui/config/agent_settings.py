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

from collections.abc import Collection, Mapping
from typing import Any, Literal, get_args

from msgspec import Struct, field

from matomo_tui.config.document import ConfigDocument, ConfigProblem
from matomo_tui.config.locations import nearest_word
from matomo_tui.config.validation import ConfigError
from matomo_tui.late_pattern import late_pattern

Capability = Literal["visits", "pages", "referrers", "live", "goals", "events", "sites", "users", "tracking"]
"""An area of Matomo that a grant covers."""
CAPABILITIES: tuple[Capability, ...] = get_args(Capability)

GrantLevel = Literal["off", "read", "full"]
"""``full`` includes ``read``."""
LEVELS: tuple[GrantLevel, ...] = get_args(GrantLevel)

_PERSONAL = "personal_data"
_OF_A_SITE = (*CAPABILITIES, _PERSONAL)
_OF_AN_AGENT = (*_OF_A_SITE, "on_sites", "profile", "site")
_NAME = late_pattern(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_SITE_ID = late_pattern(r"[1-9][0-9]{0,9}")


class SiteGrants(Struct, frozen=True):
    """The grants on one site."""

    levels: Mapping[Capability, GrantLevel] = field(default_factory=dict)
    """Capabilities that are missing are ``off``."""
    personal_data: bool = False
    """True shows personal data unmasked."""

    def level(self, capability: Capability) -> GrantLevel:
        """The granted level of ``capability``."""
        return self.levels.get(capability, "off")


NO_GRANTS = SiteGrants()


class AgentSettings(Struct, frozen=True):
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


def read_agents(document: ConfigDocument) -> Mapping[str, AgentSettings]:
    """The checked ``[agents]`` tables, by agent.

    Raises :class:`ConfigError` for the first mistake, with file, line, key and the nearest right word.
    """
    reader = _GrantReader(document)
    found = reader.agents()
    for problem in reader.problems:
        raise ConfigError(str(problem))
    return found


def agent_problems(document: ConfigDocument) -> list[ConfigProblem]:
    """Every mistake in the ``[agents]`` tables."""
    reader = _GrantReader(document)
    reader.agents()
    return reader.problems


class _GrantReader:
    """Validates the tables, and collects their mistakes."""

    def __init__(self, document: ConfigDocument) -> None:
        self._document = document
        self.problems: list[ConfigProblem] = []

    def agents(self) -> Mapping[str, AgentSettings]:
        """The agents without invalid grants."""
        tables = self._document.tables.get("agents", {})
        if not isinstance(tables, Mapping) or not all(isinstance(table, Mapping) for table in tables.values()):
            self._wrong(("agents",), "agents must be tables: [agents.NAME].")
            return {}
        return {name: self._agent(name, table) for name, table in tables.items()}

    def _agent(self, name: str, table: Mapping[str, Any]) -> AgentSettings:
        path = ("agents", name)
        if not _NAME.fullmatch(name):
            self._wrong(path, "an agent's name is up to 40 letters, digits, dashes and underscores.")
        common = self._grants(table, path, _OF_AN_AGENT, NO_GRANTS)
        on_sites = self._site_ids(table.get("on_sites", []), path)
        tables = table.get("site", {})
        if not isinstance(tables, Mapping) or not all(isinstance(one, Mapping) for one in tables.values()):
            self._wrong((*path, "site"), f"site must be tables: [agents.{name}.site.1] for site 1.")
            tables = {}
        by_site = {}
        for key, one in tables.items():
            below = (*path, "site", key)
            if not _SITE_ID.fullmatch(key):
                self._wrong(below, f"{key!r} is not the id of a site: [agents.{name}.site.1] for site 1.")
                continue
            base = common if on_sites is None or int(key) in on_sites else NO_GRANTS
            by_site[int(key)] = self._grants(one, below, _OF_A_SITE, base)
        return AgentSettings(name, self._profile(table.get("profile", ""), path), common, on_sites, by_site)

    def _profile(self, value: Any, path: tuple[str, ...]) -> str:
        profiles = self._document.tables.get("profiles", {})
        known = profiles if isinstance(profiles, Mapping) else {}
        if isinstance(value, str) and (not value or value in known):
            return value
        hint = nearest_word(str(value), known) if known else "There is none yet."
        self._wrong((*path, "profile"), f"profile must name a profile of this file. {hint}")
        return ""

    def _site_ids(self, value: Any, path: tuple[str, ...]) -> frozenset[int] | None:
        if value == "all":
            return None
        if not isinstance(value, list) or not all(type(one) is int and one > 0 for one in value):
            self._wrong((*path, "on_sites"), 'on_sites must be a list of site ids such as [1, 2], or "all".')
            return frozenset()
        return frozenset(value)

    def _grants(
        self, table: Mapping[str, Any], path: tuple[str, ...], known: Collection[str], base: SiteGrants
    ) -> SiteGrants:
        """The grants of ``table`` over those of ``base``."""
        levels: dict[Capability, GrantLevel] = dict(base.levels)
        for key, value in table.items():
            if key not in known:
                self._wrong((*path, key), f"unknown key {key!r} in [{'.'.join(path)}]. {nearest_word(key, known)}")
            capability = next((one for one in CAPABILITIES if one == key), None)
            if capability is not None:
                levels[capability] = self._level(capability, value, path)
        personal = table.get(_PERSONAL, base.personal_data)
        if not isinstance(personal, bool):
            self._wrong((*path, _PERSONAL), f"{_PERSONAL} must be true or false.")
            personal = False
        return SiteGrants(levels, personal)

    def _level(self, capability: Capability, value: Any, path: tuple[str, ...]) -> GrantLevel:
        found = next((level for level in LEVELS if level == value), None)
        if found is not None:
            return found
        hint = nearest_word(value, LEVELS) if isinstance(value, str) else ""
        if capability == "sites" and isinstance(value, list):
            hint = "Name the sites in on_sites."
        self._wrong((*path, capability), f'{capability} must be "off", "read" or "full". {hint}'.strip())
        return "off"

    def _wrong(self, path: tuple[str, ...], sentence: str) -> None:
        self.problems.append(self._document.problem(path, sentence))
