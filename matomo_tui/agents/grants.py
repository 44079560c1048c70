"""Decides whether an agent may do something: what its table in the configuration does not grant is denied."""

from __future__ import annotations

from dataclasses import dataclass

from matomo_tui.config.agent_settings import CAPABILITIES, LEVELS, AgentSettings, Capability, GrantLevel, SiteGrants


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision about one call."""

    is_allowed: bool
    sentence: str
    """The reason, for the agent and the audit log."""


class Grants:
    """The grants of one agent."""

    def __init__(self, settings: AgentSettings) -> None:
        self.settings = settings

    @property
    def agent(self) -> str:
        """The agent's name."""
        return self.settings.name

    def decide(self, capability: Capability, level: GrantLevel, site_id: int) -> Decision:
        """Decide about ``capability`` at ``level`` (``read`` or ``full``) on a site."""
        granted = self.settings.on(site_id).level(capability)
        if LEVELS.index(granted) >= LEVELS.index(level):
            return Decision(True, f"[agents.{self.agent}] grants {capability} = {granted!r} on site {site_id}.")
        return Decision(False, f"{self._not_granted(capability, level, f'site {site_id}')} {self._granted()}")

    def decide_everywhere(self, capability: Capability) -> Decision:
        """Decide about reading figures that cover all sites at once: only a grant on all sites allows it."""
        settings = self.settings
        everywhere = settings.on_sites is None and settings.common.level(capability) != "off"
        if everywhere and all(one.level(capability) != "off" for one in settings.by_site.values()):
            return Decision(True, f'[agents.{self.agent}] grants {capability} = "read" on all sites.')
        return Decision(False, f"{self._not_granted(capability, 'read', 'all sites')} {self._granted()}")

    def decide_anywhere(self, capability: Capability, level: GrantLevel = "read") -> Decision:
        """Decide about a call that concerns no single site, such as the list of sites."""
        if any(LEVELS.index(one.level(capability)) >= LEVELS.index(level) for one in self._all()):
            return Decision(True, f"[agents.{self.agent}] grants {capability} on at least one site.")
        return Decision(False, f"{self._not_granted(capability, level, 'any site')} {self._granted()}")

    def reads(self, capability: Capability, site_id: int) -> bool:
        """True if the agent may read ``capability`` on a site."""
        return self.settings.on(site_id).level(capability) != "off"

    def shows_personal_data(self, site_id: int) -> bool:
        """True if personal data of a site is shown unmasked."""
        return self.settings.on(site_id).personal_data

    @property
    def only_site(self) -> int | None:
        """The id of the only site with any grant; None if there are several or none."""
        settings = self.settings
        if settings.on_sites is None:
            return None
        granted = [site_id for site_id in settings.named_sites if any(_open(settings.on(site_id)))]
        return granted[0] if len(granted) == 1 else None

    def _all(self) -> list[SiteGrants]:
        settings = self.settings
        common = [settings.common] if settings.on_sites is None or settings.on_sites - settings.by_site.keys() else []
        return [*common, *settings.by_site.values()]

    def _not_granted(self, capability: Capability, level: GrantLevel, where: str) -> str:
        verb = "change" if level == "full" else "read"
        return f"Agent {self.agent} may not {verb} {capability} on {where}: there is no {capability} = {level!r}."

    def _granted(self) -> str:
        """A sentence that lists all grants."""
        settings = self.settings
        where = (
            "all sites"
            if settings.on_sites is None
            else _site_list(sorted(settings.on_sites - settings.by_site.keys()))
        )
        parts = [(where, settings.common)] if where else []
        parts += [(f"site {site_id}", one) for site_id, one in sorted(settings.by_site.items())]
        found = [f"{', '.join(_open(one))} on {where}" for where, one in parts if _open(one)]
        return f"Granted: {'; '.join(found)}." if found else "Nothing is granted to it."


def _open(grants: SiteGrants) -> list[str]:
    levels = ((capability, grants.level(capability)) for capability in CAPABILITIES)
    return [f"{capability} ({level})" for capability, level in levels if level != "off"]


def _site_list(site_ids: list[int]) -> str:
    shown = ", ".join(map(str, site_ids[:10])) + (f" and {len(site_ids) - 10} more" if len(site_ids) > 10 else "")
    return f"site{'s' if len(site_ids) > 1 else ''} {shown}" if site_ids else ""
