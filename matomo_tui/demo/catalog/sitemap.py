"""The structure of a site's content: pages, the links that visitors follow between them, and where visitors come from.

A site is a data file. Its ``extras`` are named there and used by pages; ``{title}``, ``{path}`` and ``{short}`` in
them stand for the page's title, path, and title up to a dash.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from matomo_tui.demo.catalog.sources import SHARED, Channel, Weights, read_sources
from matomo_tui.demo.catalog.visitors import Place, places_of
from matomo_tui.demo.data import load

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

    ``name``, ``action`` and ``category`` are those of an event; ``name`` is also that of a content; ``url`` is that of
    a download or outlink; ``values`` bounds the random value of an event.
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

    ``role`` marks the steps of a purchase.
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
    """An entry point of visits: through ``channel``, on one of ``paths``."""

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
    hourly: tuple[float, ...]
    weekly: tuple[float, ...]
    regulars: int
    returning: float
    known: int
    pages: dict[str, SitemapPage]
    entries: tuple[SitemapEntry, ...]
    keywords: tuple[str, ...]
    queries: tuple[str, ...]
    sources: dict[Channel, Weights]
    places: list[tuple[float, Place]]
    products: dict[str, Product]


def sitemap(name: str) -> Sitemap:
    row = dict(load(name))
    extras = row.pop("extras")
    pages = {page["path"]: _page(page, extras) for page in row["pages"]}
    return Sitemap(
        **row
        | {
            "pages": pages,
            "entries": tuple(SitemapEntry(weight, channel, tuple(paths)) for weight, channel, paths in row["entries"]),
            "sources": {
                channel: SHARED[found] if isinstance(found, str) else read_sources(found)
                for channel, found in row["sources"].items()
            },
            "places": places_of(row["places"], others=row.pop("elsewhere")),
            "products": {path: Product(*product) for path, product in row.get("products", {}).items()},
        }
    )


def _page(row: Mapping[str, Any], extras: Mapping[str, Any]) -> SitemapPage:
    links = tuple((weight, path) for weight, *paths in row["links"] for path in paths)
    own = tuple(_extra(extras[name], row) for name in row.get("extras", ()))
    return SitemapPage(**{**row, "links": links, "extras": own})


def _extra(fields: Mapping[str, Any], page: Mapping[str, Any]) -> Extra:
    own: dict[str, Any] = {}
    values = {**page, "short": page["title"].partition(" – ")[0]}
    for name, value in fields.items():
        own[name] = value.format_map(values) if isinstance(value, str) else value
    return Extra(**own)
