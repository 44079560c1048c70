"""Countries and cities, with language and an approximate UTC offset for the visitor's local time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


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
        """The city's name in reports."""
        return self.city or "Unknown"


_EUROPE = ("eur", "Europe")
_ASIA = ("asi", "Asia")
_NORTH_AMERICA = ("amn", "North America")
_SOUTH_AMERICA = ("ams", "South America")
_AFRICA = ("afr", "Africa")
_OCEANIA = ("oce", "Oceania")

# code, name, continent, language code, language, UTC offset in hours, IP prefix, cities with weights
_COUNTRIES = (
    ("de", "Germany", _EUROPE, "de", "German", 1, "79 84 91", "Berlin 9, Hamburg 6, München 6, Köln 5, Leipzig 4, ? 2"),
    ("at", "Austria", _EUROPE, "de", "German", 1, "62 77", "Wien 5, Graz 2"),
    ("ch", "Switzerland", _EUROPE, "de", "German", 1, "46 85", "Zürich 5, Genève 2"),
    ("fr", "France", _EUROPE, "fr", "French", 1, "78 90", "Paris 8, Lyon 3, Nantes 2"),
    ("nl", "Netherlands", _EUROPE, "nl", "Dutch", 1, "77 94", "Amsterdam 5, Utrecht 4"),
    ("gb", "United Kingdom", _EUROPE, "en", "English", 0, "81 86", "London 9, Leeds 3, Glasgow 2, ? 1"),
    ("es", "Spain", _EUROPE, "es", "Spanish", 1, "80 88", "Madrid 5, Barcelona 4"),
    ("it", "Italy", _EUROPE, "it", "Italian", 1, "79 93", "Milano 5, Roma 4"),
    ("pl", "Poland", _EUROPE, "pl", "Polish", 1, "83 89", "Warszawa 4, Łódź 3, Kraków 2"),
    ("se", "Sweden", _EUROPE, "sv", "Swedish", 1, "78 90", "Stockholm 4, Göteborg 2"),
    ("dk", "Denmark", _EUROPE, "da", "Danish", 1, "80 87", "København 1"),
    (
        "us",
        "United States",
        _NORTH_AMERICA,
        "en",
        "English",
        -6,
        "24 68 73",
        "New York 7, San Francisco 6, Chicago 5, ? 2",
    ),
    ("ca", "Canada", _NORTH_AMERICA, "en", "English", -5, "70 99", "Toronto 4, Montréal 3, Vancouver 2"),
    ("mx", "Mexico", _NORTH_AMERICA, "es", "Spanish", -6, "187 189", "Ciudad de México 5, Guadalajara 2"),
    ("br", "Brazil", _SOUTH_AMERICA, "pt", "Portuguese", -3, "177 189", "São Paulo 6, Recife 3"),
    ("ar", "Argentina", _SOUTH_AMERICA, "es", "Spanish", -3, "181 190", "Buenos Aires 1"),
    ("jp", "Japan", _ASIA, "ja", "Japanese", 9, "126 153", "Tokyo 6, Osaka 3, 札幌市 2"),
    ("kr", "South Korea", _ASIA, "ko", "Korean", 9, "121 175", "서울 1"),
    ("cn", "China", _ASIA, "zh", "Chinese", 8, "114 123", "北京 1, 上海 1"),
    ("in", "India", _ASIA, "en", "English", 5, "103 106", "Bengaluru 5, Mumbai 4"),
    ("sg", "Singapore", _ASIA, "en", "English", 8, "116 119", "Singapore 1"),
    ("ae", "United Arab Emirates", _ASIA, "ar", "Arabic", 4, "86 94", "دبي 1"),
    ("eg", "Egypt", _AFRICA, "ar", "Arabic", 2, "41 197", "القاهرة 1"),
    ("ng", "Nigeria", _AFRICA, "en", "English", 1, "102 105", "Lagos 1"),
    ("za", "South Africa", _AFRICA, "en", "English", 2, "41 105", "Cape Town 1"),
    ("au", "Australia", _OCEANIA, "en", "English", 10, "1 101", "Sydney 5, Melbourne 4"),
    ("nz", "New Zealand", _OCEANIA, "en", "English", 12, "49 122", "Auckland 1"),
)


def places_of(weights: Mapping[str, float], *, others: float) -> list[tuple[float, Place]]:
    """Weighted places: ``weights`` by country code, ``others`` for each country not listed there."""
    table: list[tuple[float, Place]] = []
    for code, country, (continent_code, continent), language_code, language, offset, networks, cities in _COUNTRIES:
        shares = [entry.rpartition(" ") for entry in cities.split(", ")]
        total = sum(int(share) for _, _, share in shares)
        for city, _, share in shares:
            place = Place(
                code,
                country,
                continent_code,
                continent,
                language_code,
                language,
                offset,
                tuple(networks.split()),
                None if city == "?" else city,
            )
            table.append((weights.get(code, others) * int(share) / total, place))
    return table
