"""The structure of a site's content: pages and the links that visitors follow between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from matomo_tui.demo.catalog.places import Place
from matomo_tui.demo.catalog.sources import Channel, Source

Kind = Literal[
    "action", "search", "download", "outlink", "event", "content", "goal", "ecommerceOrder", "ecommerceAbandonedCart"
]


@dataclass(frozen=True, slots=True)
class Product:
    """A product; ``price`` in the site's currency."""

    sku: str
    name: str
    category: str
    price: float


@dataclass(frozen=True, slots=True)
class Extra:
    """Something that may happen while a page is open, with probability ``chance``; ``kind`` and fields as in Matomo.

    ``name``, ``action`` and ``category`` are those of an event; ``name`` is also the keyword of a search or the name of
    a content; ``url`` is that of a download or outlink. ``{}`` in a search is replaced by one of the site's keywords.
    """

    chance: float
    kind: Kind
    category: str = ""
    action: str = ""
    name: str = ""
    url: str = ""
    values: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class SitemapPage:
    """A page: ``dwell`` is the median time on it in seconds, ``leave`` the probability that the visit ends here.

    ``role`` marks the steps of a purchase: ``product``, ``cart``, ``order``.
    """

    path: str
    title: str
    dwell: int
    leave: float
    links: tuple[tuple[float, str], ...] = ()
    extras: tuple[Extra, ...] = ()
    role: Literal["", "product", "cart", "order"] = ""


@dataclass(frozen=True, slots=True)
class SitemapEntry:
    """An entry point of visits: through ``channel``, on one of ``paths``, with ``weight``."""

    weight: float
    channel: Channel
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sitemap:
    """Everything that a site's traffic is generated from.

    ``hourly`` has weights of the site's local hours, ``weekly`` seven weights from Monday; at a weight of 1,
    ``per_minute`` visits begin each minute. ``regulars`` (a prime) visitors return repeatedly and make the share
    ``returning`` of all visits; one in ``known`` of them logs in. ``keywords`` are those of site searches, ``queries``
    those of search engines.
    """

    kind: str
    per_minute: float
    hourly: tuple[tuple[float, ...], tuple[float, ...]]
    weekly: tuple[float, ...]
    regulars: int
    returning: float
    known: int
    pages: dict[str, SitemapPage]
    entries: tuple[SitemapEntry, ...]
    keywords: tuple[str, ...]
    queries: tuple[str, ...]
    sources: dict[Channel, tuple[tuple[float, Source], ...]]
    places: list[tuple[float, Place]]
    products: dict[str, Product] = field(default_factory=dict)


def pages_by_path(*pages: SitemapPage) -> dict[str, SitemapPage]:
    """The pages by path. Raises ``ValueError`` for a dangling link."""
    found = {page.path: page for page in pages}
    missing = {path for page in pages for _, path in page.links} - found.keys()
    if missing:
        raise ValueError(f"links to pages that are not there: {sorted(missing)}")
    return found
