"""Referrers, named as in Matomo's Referrers module."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from matomo_tui.demo.data import load

Channel = Literal["direct", "search", "website", "social", "campaign", "ai"]

TYPE_NAMES: dict[Channel, str] = {
    "direct": "Direct Entry",
    "search": "Search Engines",
    "website": "Websites",
    "social": "Social Networks",
    "campaign": "Campaigns",
    "ai": "AI Assistants",
}
TYPE_NUMBERS: dict[Channel, int] = {"direct": 1, "search": 2, "website": 3, "campaign": 6, "social": 7, "ai": 8}
ASSISTANTS = {"chatgpt.com": "ChatGPT", "perplexity.ai": "Perplexity", "claude.ai": "Claude"} | {
    "copilot.microsoft.com": "Copilot"
}
"""Hosts of AI assistants: a channel from 5.8 on, websites before."""
KEYWORD_UNKNOWN = "Keyword not defined"


@dataclass(frozen=True, slots=True)
class Source:
    """One referrer. ``host`` selects Matomo's icon; ``keyed`` search engines pass the keyword on."""

    channel: Channel
    name: str = ""
    keyword: str = ""
    url: str | None = None
    host: str = ""
    keyed: bool = False

    @property
    def address(self) -> str:
        """The referrer URL, ``""`` if unknown."""
        return self.url or ""

    @property
    def channel_name(self) -> str:
        return TYPE_NAMES[self.channel]

    @property
    def channel_number(self) -> int:
        return TYPE_NUMBERS[self.channel]


Weights = tuple[tuple[float, Source], ...]
DIRECT = Source("direct")


def read_sources(rows: Iterable[tuple[float, Channel, dict[str, Any]]]) -> Weights:
    """Weighted sources from their rows in a data file."""
    return tuple((weight, Source(channel, **fields)) for weight, channel, fields in rows)


_SHARED = load("sources")
SHARED: dict[str, Weights] = {name: read_sources(_SHARED[name]) for name in ("engines", "socials", "coder socials")}
"""Sources of several sites, by name."""
BURSTS: dict[str, Source] = {kind: read_sources([row])[0][1] for kind, row in _SHARED["bursts"].items()}
"""The source of a rush, by kind of site."""


def as_assistant(source: Source) -> Source:
    """The AI assistant behind a website; any other source unchanged."""
    name = ASSISTANTS.get(source.host) if source.channel == "website" else None
    return source if name is None else Source("ai", name, url=source.url, host=source.host)
