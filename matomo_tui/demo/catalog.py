"""What traffic is generated from, each from a data file: places, devices, referrers, and sites with their pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from msgspec import Struct

from matomo_tui.demo.data import load

KEYWORD_UNKNOWN = "Keyword not defined"
_FAMILIES = {"GNU/Linux": "Linux", "Ubuntu": "Linux", "iPadOS": "iOS", "webOS": "Other Smart TV"}
_FAMILY_ICONS = {"Windows": "WIN", "Mac": "MAC", "Linux": "LIN", "iOS": "IOS", "Android": "AND"} | {
    "Other Smart TV": "WOS"
}


class Place(Struct, frozen=True):
    """The location of a visitor. ``city`` is ``None`` if the IP address does not reveal it; ``utc_offset`` in hours."""

    code: str
    country: str
    continent_code: str
    continent: str
    language_code: str
    language: str
    utc_offset: int
    networks: tuple[str, ...]
    city: str | None

    @property
    def city_code(self) -> str:
        return self.city or ""

    @property
    def city_name(self) -> str:
        return self.city or "Unknown"


def places_of(weights: Mapping[str, float], *, others: float) -> list[tuple[float, Place]]:
    """Weighted places: ``weights`` by country code, ``others`` for each country not listed there."""
    table: list[tuple[float, Place]] = []
    row: list[Any]
    for row in load("countries"):
        *names, networks, cities = row
        shares = [entry.rpartition(" ") for entry in cities.split(", ")]
        weight = weights.get(names[0], others) / sum(int(share) for *_, share in shares)
        named: dict[str, Any] = dict(zip(Place.__struct_fields__, (*names, tuple(networks.split())), strict=False))
        for city, _, share in shares:
            place = Place(**named, city=None if city == "?" else city)
            table.append((weight * int(share), place))
    return table


class Device(Struct, frozen=True):
    """A device with its browser. ``os_icon`` and ``browser_code`` are the names of Matomo's icons."""

    type: str
    brand: str
    model: str
    os: str
    os_code: str
    os_version: str
    os_icon: str
    browser: str
    browser_code: str
    browser_version: str
    family: str
    family_description: str
    resolution: str

    @property
    def full_model(self) -> str:
        return self.model if self.brand == "Unknown" else f"{self.brand} {self.model}"

    @property
    def os_family(self) -> str:
        return _FAMILIES.get(self.os, self.os)

    @property
    def os_family_icon(self) -> str:
        return _FAMILY_ICONS.get(self.os_family, "UNK")


_DEVICES: list[tuple[float, Device]] = [(weight, Device(*row)) for weight, *row in load("devices")]
UNKNOWN, DEVICES = _DEVICES[0][1], tuple(_DEVICES[1:])
"""The device of an unknown user agent; the others with their weights."""


Channel = Literal["direct", "search", "website", "social", "campaign", "ai"]

CHANNELS: Mapping[str, Mapping[str, Any]] = load("tables")["channels"]
ASSISTANTS: Mapping[str, str] = load("tables")["assistants"]
"""Hosts of AI assistants: a channel from 5.8 on, websites before."""


class Referrer(Struct, frozen=True):
    """One referrer. ``host`` selects Matomo's icon; ``keyed`` search engines pass the keyword on."""

    channel: Channel
    name: str = ""
    keyword: str = ""
    url: str | None = None
    host: str = ""
    keyed: bool = False

    @property
    def address(self) -> str:
        return self.url or ""

    @property
    def channel_name(self) -> str:
        return str(CHANNELS[self.channel]["name"])

    @property
    def channel_number(self) -> int:
        return int(CHANNELS[self.channel]["number"])


Weights = tuple[tuple[float, Referrer], ...]
DIRECT = Referrer("direct")


def read_sources(rows: Iterable[tuple[float, Channel, dict[str, Any]]]) -> Weights:
    return tuple((weight, Referrer(channel, **fields)) for weight, channel, fields in rows)


_SHARED = load("sources")
SHARED: dict[str, Weights] = {name: read_sources(_SHARED[name]) for name in ("engines", "socials", "coder socials")}
BURSTS: dict[str, Referrer] = {kind: read_sources([row])[0][1] for kind, row in _SHARED["bursts"].items()}


def as_assistant(source: Referrer) -> Referrer:
    """The AI assistant behind a website; any other source unchanged."""
    name = ASSISTANTS.get(source.host) if source.channel == "website" else None
    return source if name is None else Referrer("ai", name, url=source.url, host=source.host)


Kind = Literal[
    "action", "search", "download", "outlink", "event", "content", "goal", "ecommerceOrder", "ecommerceAbandonedCart"
]


class Product(Struct, frozen=True):
    sku: str
    name: str
    category: str
    price: float


class Extra(Struct, frozen=True):
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


class SitemapPage(Struct, frozen=True):
    """A page: ``dwell`` is the median time in seconds, ``leave`` the probability that the visit ends here."""

    path: str
    title: str
    dwell: int
    leave: float
    links: tuple[tuple[float, str], ...] = ()
    extras: tuple[Extra, ...] = ()
    role: Literal["", "product", "cart", "order"] = ""


class SitemapEntry(Struct, frozen=True):
    """An entry point of visits: through ``channel``, on one of ``paths``."""

    weight: float
    channel: Channel
    paths: tuple[str, ...]


class Sitemap(Struct, frozen=True):
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
