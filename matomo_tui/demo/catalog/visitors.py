"""Places and devices of visitors, with the codes of Matomo's UserCountry and DevicesDetection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from matomo_tui.demo.data import load

_FAMILIES = {"GNU/Linux": "Linux", "Ubuntu": "Linux", "iPadOS": "iOS", "webOS": "Other Smart TV"}
_FAMILY_ICONS = {"Windows": "WIN", "Mac": "MAC", "Linux": "LIN", "iOS": "IOS", "Android": "AND"} | {
    "Other Smart TV": "WOS"
}


@dataclass(frozen=True, slots=True)
class Place:
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
        """The city's name in segments, ``""`` if unknown."""
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
        named: dict[str, Any] = dict(zip(Place.__slots__, (*names, tuple(networks.split())), strict=False))
        for city, _, share in shares:
            place = Place(**named, city=None if city == "?" else city)
            table.append((weight * int(share), place))
    return table


@dataclass(frozen=True, slots=True)
class Device:
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
