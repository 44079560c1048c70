"""Matomo's DevicesDetection, Resolution and DevicePlugins modules: what visitors came with."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote_plus

from matomo_tui.demo.api_request import Json
from matomo_tui.demo.catalog.devices import Device
from matomo_tui.demo.reports.accumulators import Key, Tally
from matomo_tui.demo.reports.groupings import WHOLE, by_device
from matomo_tui.demo.reports.reporting import Query, report
from matomo_tui.demo.reports.rows import Row, Shape
from matomo_tui.demo.reports.visit_columns import visit_rows

_ICONS = "plugins/Morpheus/icons/dist"
_TYPES: tuple[str, ...] = (
    "Desktop",
    "Smartphone",
    "Tablet",
    "Feature phone",
    "Console",
    "Tv",
    "Car browser",
    "Smart display",
)
_TYPES += ("Camera", "Portable media player", "Phablet", "Smart speaker", "Wearable", "Peripheral")
_FAMILIES = {"GNU/Linux": "Linux", "Ubuntu": "Linux", "iPadOS": "iOS", "webOS": "Other Smart TV"}

Described = tuple[str, Mapping[str, Json]]


def _model_name(device: Device) -> str:
    return device.model if device.brand == "Unknown" else f"{device.brand} {device.model}"


_TYPE = by_device("device type", lambda device: device.type)
_BRAND = by_device("brand", lambda device: device.brand)
_MODEL = by_device("model", lambda device: (_model_name(device), device.model))
_OS_FAMILY = by_device("os family", lambda device: _FAMILIES.get(device.os, device.os))
_OS_VERSION = by_device("os version", lambda device: (device.os, device.os_code, device.os_version, device.os_icon))
_BROWSER = by_device("browser", lambda device: (device.browser, device.browser_code))
_BROWSER_VERSION = by_device(
    "browser version", lambda device: (device.browser, device.browser_code, device.browser_version)
)
_ENGINE = by_device("engine", lambda device: device.family)
_RESOLUTION = by_device("resolution", lambda device: device.resolution)
_CONFIGURATION = by_device("configuration", lambda device: (device.os, device.browser, device.resolution))
_PDF = by_device("pdf", lambda device: device.type == "Desktop")


@report("DevicesDetection.getType")
async def get_type(query: Query) -> list[Row]:
    """Visits by kind of device; kinds nobody came with are told too."""
    tallies = await query.visits_by(_TYPE)

    def describe(key: Key) -> Described:
        name = str(key).lower()
        return str(key), {
            "segment": f"deviceType=={quote_plus(name)}",
            "logo": f"{_ICONS}/devices/{name.replace(' ', '_')}.png",
        }

    rows = visit_rows(tallies, query, describe)
    if rows:
        rows += [Row(name, {"nb_visits": 0}, dict(describe(name)[1])) for name in _TYPES if name not in tallies]
    return rows


@report("DevicesDetection.getBrand")
async def get_brand(query: Query) -> list[Row]:
    """Visits by maker."""
    return visit_rows(
        await query.visits_by(_BRAND),
        query,
        lambda key: (str(key), {"segment": f"deviceBrand=={key}", "logo": f"{_ICONS}/brand/{key}.png"}),
    )


@report("DevicesDetection.getModel")
async def get_model(query: Query) -> list[Row]:
    """Visits by model."""

    def describe(key: tuple[str, str]) -> Described:
        name, model = key
        return name, {"segment": f"deviceModel=={quote_plus(model)}"}

    return visit_rows(await query.visits_by(_MODEL), query, describe)


_OS_ICONS = {"Windows": "WIN", "Mac": "MAC", "Linux": "LIN", "iOS": "IOS", "Android": "AND", "Other Smart TV": "WOS"}


@report("DevicesDetection.getOsFamilies")
async def get_os_families(query: Query) -> list[Row]:
    """Visits by family of operating systems."""
    return visit_rows(
        await query.visits_by(_OS_FAMILY),
        query,
        lambda key: (str(key), {"logo": f"{_ICONS}/os/{_OS_ICONS.get(str(key), 'UNK')}.png"}),
        goals=False,
    )


@report("DevicesDetection.getOsVersions")
async def get_os_versions(query: Query) -> list[Row]:
    """Visits by version of the operating system."""

    def describe(key: tuple[str, str, str, str]) -> Described:
        name, code, version, icon = key
        return f"{name} {version}".rstrip(), {
            "logo": f"{_ICONS}/os/{icon}.png",
            "segment": f"operatingSystemCode=={code};operatingSystemVersion=={quote_plus(version)}",
        }

    return visit_rows(await query.visits_by(_OS_VERSION), query, describe, goals=False)


@report("DevicesDetection.getBrowsers")
async def get_browsers(query: Query) -> list[Row]:
    """Visits by browser."""

    def describe(key: tuple[str, str]) -> Described:
        name, code = key
        return name, {"logo": f"{_ICONS}/browsers/{code}.png", "segment": f"browserCode=={code}"}

    return visit_rows(await query.visits_by(_BROWSER), query, describe)


@report("DevicesDetection.getBrowserVersions")
async def get_browser_versions(query: Query) -> list[Row]:
    """Visits by version of the browser."""

    def describe(key: tuple[str, str, str]) -> Described:
        name, code, version = key
        return f"{name} {version}".rstrip(), {
            "logo": f"{_ICONS}/browsers/{code}.png",
            "segment": f"browserCode=={code};browserVersion=={quote_plus(version)}",
        }

    return visit_rows(await query.visits_by(_BROWSER_VERSION), query, describe, goals=False)


@report("DevicesDetection.getBrowserEngines")
async def get_browser_engines(query: Query) -> list[Row]:
    """Visits by engine of the browser."""
    return visit_rows(
        await query.visits_by(_ENGINE),
        query,
        lambda key: (str(key), {"segment": f"browserEngine=={quote_plus(str(key))}"}),
        goals=False,
    )


@report("Resolution.getResolution")
async def get_resolution(query: Query) -> list[Row]:
    """Visits by size of the screen."""
    return visit_rows(
        await query.visits_by(_RESOLUTION),
        query,
        lambda key: (str(key), {"segment": f"resolution=={key}"}),
        goals=False,
    )


@report("Resolution.getConfiguration")
async def get_configuration(query: Query) -> list[Row]:
    """Visits by system, browser and screen together."""

    def describe(key: tuple[str, str, str]) -> Described:
        system, browser, resolution = key
        return f"{system} / {browser} / {resolution}", {
            "segment": f"operatingSystemName=={quote_plus(system)};browserName=={quote_plus(browser)}"
            f";resolution=={resolution}"
        }

    return visit_rows(await query.visits_by(_CONFIGURATION), query, describe, goals=False)


@report("DevicePlugins.getPlugin", Shape(sort=""))
async def get_plugin(query: Query) -> list[Row]:
    """What browsers have plugged in: all of them take cookies, those of desktops show PDF files."""
    every = (await query.visits_by(WHOLE)).get(0, Tally()).visits
    if not every:
        return []
    reading = (await query.visits_by(_PDF)).get(True, Tally()).visits
    counts = {"Cookie": every, "Pdf": reading, "Java": 0, "Quicktime": 0, "Windowsmedia": 0}
    return [
        Row(
            name,
            {"nb_visits": count, "nb_visits_percentage": count / every},
            {"logo": f"{_ICONS}/plugins/{name.lower()}.png"},
        )
        for name, count in counts.items()
    ]
