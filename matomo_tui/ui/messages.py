"""Messages between wings, handled by the application."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from matomo_tui.api.sites import Site
from matomo_tui.live.snapshot import VisitRow


@dataclass
class Reconnect(Message):
    """The user asked to connect with another token or address."""


@dataclass
class SwitchSite(Message):
    """Open the site switcher."""

    why: str = ""
    """A sentence in the switcher, if it opens without a key."""


@dataclass
class ChooseSegment(Message):
    """The user asked for another segment, on a screen that has no dialog of its own."""


@dataclass
class ExplainCounters(Message):
    """The user asked what the counters of the live screen mean."""


@dataclass
class OpenVisit(Message):
    """The user opened a visit of ``site``."""

    visit: VisitRow
    site: Site
