"""Referrers, named as in Matomo's Referrers module."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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

ASSISTANTS: dict[str, str] = {
    "chatgpt.com": "ChatGPT",
    "perplexity.ai": "Perplexity",
    "claude.ai": "Claude",
    "copilot.microsoft.com": "Copilot",
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
        """The channel's name in reports."""
        return TYPE_NAMES[self.channel]

    @property
    def channel_number(self) -> int:
        """Matomo's number of the channel."""
        return TYPE_NUMBERS[self.channel]


DIRECT = Source("direct")

ENGINES: tuple[tuple[float, Source], ...] = (
    (52, Source("search", "Google", url="https://www.google.com/", host="google.com")),
    (8, Source("search", "Google", url="https://www.google.com/search?q={}", host="google.com", keyed=True)),
    (14, Source("search", "Bing", url="https://www.bing.com/search?q={}", host="bing.com", keyed=True)),
    (11, Source("search", "DuckDuckGo", url="https://duckduckgo.com/?q={}", host="duckduckgo.com", keyed=True)),
    (6, Source("search", "Ecosia", url="https://www.ecosia.org/search?q={}", host="ecosia.org", keyed=True)),
    (3, Source("search", "Yahoo! Japan", url="https://search.yahoo.co.jp/", host="search.yahoo.co.jp")),
    (3, Source("search", "Qwant", url="https://www.qwant.com/?q={}", host="qwant.com", keyed=True)),
    (3, Source("search", "Startpage", url="https://www.startpage.com/", host="startpage.com")),
)

SOCIALS: tuple[tuple[float, Source], ...] = (
    (24, Source("social", "Instagram", url="https://l.instagram.com/", host="instagram.com")),
    (20, Source("social", "reddit", url="https://www.reddit.com/r/CozyPlaces", host="reddit.com")),
    (18, Source("social", "Pinterest", url="https://www.pinterest.com/", host="pinterest.com")),
    (14, Source("social", "Facebook", url="https://l.facebook.com/", host="facebook.com")),
    (10, Source("social", "YouTube", url="https://www.youtube.com/", host="youtube.com")),
    (8, Source("social", "Mastodon", url="https://mastodon.example/@lumen", host="mastodon.social")),
    (6, Source("social", "LinkedIn", url="https://www.linkedin.com/feed/", host="linkedin.com")),
)

CODER_SOCIALS: tuple[tuple[float, Source], ...] = (
    (40, Source("social", "Hacker News", url="https://news.ycombinator.com/item?id=41", host="news.ycombinator.com")),
    (28, Source("social", "reddit", url="https://www.reddit.com/r/programming", host="reddit.com")),
    (18, Source("social", "Mastodon", url="https://mastodon.example/@kumo", host="mastodon.social")),
    (14, Source("social", "LinkedIn", url="https://www.linkedin.com/feed/", host="linkedin.com")),
)

BURSTS: dict[str, Source] = {
    "shop": Source("social", "reddit", url="https://www.reddit.com/r/InteriorDesign", host="reddit.com"),
    "blog": Source("social", "Hacker News", url="https://news.ycombinator.com/", host="news.ycombinator.com"),
    "docs": Source("social", "Hacker News", url="https://news.ycombinator.com/", host="news.ycombinator.com"),
    "radio": Source("social", "Mastodon", url="https://mastodon.example/@harbour", host="mastodon.social"),
}


def website(host: str, path: str = "/") -> Source:
    return Source("website", host, url=f"https://{host}{path}", host=host)


def campaign(name: str, keyword: str = "", url: str | None = None) -> Source:
    """A campaign as tagged in the landing URL; ``url`` is the referring page, if known."""
    return Source("campaign", name, keyword, url)


def as_assistant(source: Source) -> Source:
    """The AI assistant behind a website; any other source unchanged."""
    name = ASSISTANTS.get(source.host) if source.channel == "website" else None
    return source if name is None else Source("ai", name, url=source.url, host=source.host)
