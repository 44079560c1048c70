"""The shape of a site's content: pages and how people walk from one to the next."""

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
    """Something to sell; ``price`` in the site's currency."""

    sku: str
    name: str
    category: str
    price: float


@dataclass(frozen=True, slots=True)
class Extra:
    """What may happen while a page is open: ``chance`` each time, of ``kind``, with Matomo's own parameters.

    ``name``, ``action`` and ``category`` are an event's, or ``name`` is a search's keyword, a content's name, and
    ``url`` a download's or outlink's. ``{}`` in a search stands for one of the site's keywords.
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
    """One page: ``dwell`` is the median of seconds people stay, ``leave`` the chance that the visit ends here.

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
    """Where visits begin: with ``weight``, through ``channel``, on one of ``paths``."""

    weight: float
    channel: Channel
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sitemap:
    """All that a site's traffic is drawn from.

    ``hourly`` are weights of the site's own hours before and after noon, ``weekly`` seven from Monday; a weight of 1 is
    ``per_minute`` visits begun a minute. ``regulars`` (a prime) people come back again and again and make
    ``returning`` of all visits; one in ``known`` of them logs in. ``keywords`` are looked for on the site,
    ``queries`` in search engines.
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
    """The pages, by path, each link checked: a dangling one is a mistake in the catalogue."""
    found = {page.path: page for page in pages}
    missing = {path for page in pages for _, path in page.links} - found.keys()
    if missing:
        raise ValueError(f"links to pages that are not there: {sorted(missing)}")
    return found
