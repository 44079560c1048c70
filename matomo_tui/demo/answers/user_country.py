"""Matomo's UserCountry and UserLanguage modules: where visitors are, and which language their browsers speak."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote_plus

from matomo_tui.demo.api_request import Json
from matomo_tui.demo.reports.groupings import by_place
from matomo_tui.demo.reports.reporting import Query, report
from matomo_tui.demo.reports.rows import Row
from matomo_tui.demo.reports.visit_columns import visit_rows

_FLAGS = "plugins/Morpheus/icons/dist/flags"
_UNKNOWN = "Unknown"

Described = tuple[str, Mapping[str, Json]]

_COUNTRY = by_place("country", lambda place: (place.code, place.country))
_CONTINENT = by_place("continent", lambda place: (place.continent_code, place.continent))
_CITY = by_place("city", lambda place: (place.city or "", place.code, place.country))
_LANGUAGE = by_place("language", lambda place: (place.language_code, place.language))


def _country(key: tuple[str, str]) -> Described:
    code, name = key
    return name, {
        "code": code,
        "logo": f"{_FLAGS}/{code}.png",
        "segment": f"countryCode=={code}",
        "logoHeight": 16,
    }


def _continent(key: tuple[str, str]) -> Described:
    # No segment, and the name in place of the code: as it is on a real Matomo.
    return key[1], {"code": key[1]}


def _region(key: tuple[str, str]) -> Described:
    # Matomo's free database of addresses knows no regions, and says so for every country.
    code, name = key
    return f"{_UNKNOWN}, {name}", {
        "segment": f"regionCode==;countryCode=={code}",
        "region": "xx",
        "country": code,
        "country_name": name,
        "region_name": _UNKNOWN,
        "logo": f"{_FLAGS}/{code}.png",
    }


def _city(key: tuple[str, str, str]) -> Described:
    city, code, country = key
    return f"{city or _UNKNOWN}, {country}", {
        "segment": f"city=={quote_plus(city)};regionCode==;countryCode=={code}",
        "city_name": city or _UNKNOWN,
        "region": "xx",
        "country": code,
        "country_name": country,
        "region_name": _UNKNOWN,
        "logo": f"{_FLAGS}/{code}.png",
    }


@report("UserCountry.getCountry")
async def get_country(query: Query) -> list[Row]:
    """Visits by country."""
    return visit_rows(await query.visits_by(_COUNTRY), query, _country)


@report("UserCountry.getContinent")
async def get_continent(query: Query) -> list[Row]:
    """Visits by continent."""
    return visit_rows(await query.visits_by(_CONTINENT), query, _continent)


@report("UserCountry.getRegion")
async def get_region(query: Query) -> list[Row]:
    """Visits by region."""
    return visit_rows(await query.visits_by(_COUNTRY), query, _region)


@report("UserCountry.getCity")
async def get_city(query: Query) -> list[Row]:
    """Visits by city."""
    return visit_rows(await query.visits_by(_CITY), query, _city)


def _language(key: tuple[str, str]) -> Described:
    code, name = key
    return name, {"segment": f"languageCode=={code}"}


def _language_code(key: tuple[str, str]) -> Described:
    code, name = key
    return f"{name} ({code})", {"segment": f"languageCode=={code}"}


@report("UserLanguage.getLanguage")
async def get_language(query: Query) -> list[Row]:
    """Visits by the language of the browser."""
    return visit_rows(await query.visits_by(_LANGUAGE), query, _language, goals=False)


@report("UserLanguage.getLanguageCode")
async def get_language_code(query: Query) -> list[Row]:
    """Visits by the exact code of the language."""
    return visit_rows(await query.visits_by(_LANGUAGE), query, _language_code, goals=False)
