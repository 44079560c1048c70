"""A visit in the format of Live: every column, in Matomo's order."""

from __future__ import annotations

from matomo_tui.demo.answers.action_details import action_details
from matomo_tui.demo.api_request import Json
from matomo_tui.demo.catalog.currencies import symbol
from matomo_tui.demo.catalog.sources import TYPE_NAMES
from matomo_tui.demo.engine.columns import visitor_type, zone_offset
from matomo_tui.demo.engine.segment_table import ecommerce_status
from matomo_tui.demo.number_formats import clock, duration, iso_date, long_date, number
from matomo_tui.demo.traffic.visit import SimulatedVisit

_DIST = "plugins/Morpheus/icons/dist"
_IMAGES = "plugins/Morpheus/images"


def visit_details(visit: SimulatedVisit, *, actions: bool = True) -> dict[str, Json]:
    """The visit with all its columns; without ``actions``, ``actionDetails`` is empty."""
    offset = zone_offset(visit.site.timezone, visit.last)
    return {
        "idSite": visit.site.id,
        "idVisit": visit.id,
        "visitIp": visit.person.ip,
        "visitorId": visit.person.id,
        "fingerprint": visit.person.fingerprint,
        "actionDetails": action_details(visit, offset) if actions else [],
        "goalConversions": sum(step.kind == "goal" for step in visit.steps),
        "siteCurrency": visit.site.currency,
        "siteCurrencySymbol": symbol(visit.site.currency),
        **_times(visit, offset),
        "userId": visit.person.user_id,
        **_history(visit),
        "visitDuration": visit.duration,
        "visitDurationPretty": duration(visit.duration),
        "searches": sum(step.kind == "search" for step in visit.steps),
        "actions": visit.actions,
        "interactions": visit.interactions,
        **_source(visit),
        "languageCode": visit.person.place.language_code,
        "language": visit.person.place.language,
        **_device(visit),
        **_commerce(visit),
        "events": sum(step.kind == "event" for step in visit.steps),
        **_place(visit),
        "daysSinceLastVisit": (visit.start - visit.past.last) // 86_400 if visit.past.last else 0,
        "secondsSinceLastVisit": visit.start - visit.past.last if visit.past.last else 0,
        "resolution": visit.device.resolution,
        "plugins": "",
        "pluginsIcons": None,
    }


def _times(visit: SimulatedVisit, offset: int) -> dict[str, Json]:
    last, start = visit.last, visit.start
    return {
        "serverDate": iso_date(last),
        "visitServerHour": str(last // 3600 % 24),
        "lastActionTimestamp": last,
        "lastActionDateTime": f"{iso_date(last)} {clock(last)}",
        "siteName": visit.site.name,
        "serverTimestamp": last,
        "firstActionTimestamp": start,
        "serverTimePretty": clock(last + offset),
        "serverDatePretty": long_date(last + offset),
        "serverDatePrettyFirstAction": long_date(start + offset),
        "serverTimePrettyFirstAction": clock(start + offset),
    }


def _history(visit: SimulatedVisit) -> dict[str, Json]:
    kind, status, past = visitor_type(visit), ecommerce_status(visit.steps), visit.past
    ordered_now = "rdered" in status
    icon = {"ordered": "ecommerceOrder", "abandonedCart": "ecommerceAbandonedCart"}.get(status, "ecommerceOrder")
    since_first = visit.start - past.first if past.first is not None else 0
    since_order: int | None = None
    if ordered_now:
        since_order = 0
    elif past.last_order is not None:
        since_order = visit.start - past.last_order
    return {
        "visitorType": kind,
        "visitorTypeIcon": None if kind == "new" else "plugins/Live/images/returningVisitor.png",
        "visitConverted": int(visit.converted),
        "visitConvertedIcon": f"{_IMAGES}/goal.svg" if visit.converted else None,
        "visitCount": past.visits + 1,
        "visitEcommerceStatus": status,
        "visitEcommerceStatusIcon": None if status == "none" else f"{_IMAGES}/{icon}.svg",
        "daysSinceFirstVisit": since_first // 86_400,
        "secondsSinceFirstVisit": since_first,
        "daysSinceLastEcommerceOrder": (since_order or 0) // 86_400,
        "secondsSinceLastEcommerceOrder": since_order,
    }


def _source(visit: SimulatedVisit) -> dict[str, Json]:
    source = visit.source
    search, social = source.channel == "search", source.channel == "social"
    return {
        "referrerType": source.channel,
        "referrerTypeName": TYPE_NAMES[source.channel],
        "referrerName": source.name,
        "referrerKeyword": source.keyword,
        "referrerKeywordPosition": None,
        "referrerUrl": source.url,
        "referrerSearchEngineUrl": f"http://{source.host}" if search else None,
        "referrerSearchEngineIcon": f"{_DIST}/searchEngines/{source.host}.png" if search else None,
        "referrerSocialNetworkUrl": source.host if social else None,
        "referrerSocialNetworkIcon": f"{_DIST}/socials/{source.host}.png" if social else None,
    }


def assistant(visit: SimulatedVisit) -> dict[str, Json]:
    """The AI assistant that referred a visit; an additional column from 5.8 on."""
    host = visit.source.host if visit.source.channel == "ai" else ""
    return {
        "referrerAIAssistantUrl": host or None,
        "referrerAIAssistantIcon": f"{_DIST}/aiAssistants/{host}.png" if host else None,
    }


def _device(visit: SimulatedVisit) -> dict[str, Json]:
    device = visit.device
    return {
        "deviceType": device.type,
        "deviceTypeIcon": f"{_DIST}/devices/{device.type.lower()}.png",
        "deviceBrand": device.brand,
        "deviceModel": device.model,
        "operatingSystem": f"{device.os} {device.os_version}".rstrip(),
        "operatingSystemName": device.os,
        "operatingSystemIcon": f"{_DIST}/os/{device.os_icon}.png",
        "operatingSystemCode": device.os_code,
        "operatingSystemVersion": device.os_version,
        "browserFamily": device.family,
        "browserFamilyDescription": device.family_description,
        "browser": f"{device.browser} {device.browser_version}".rstrip(),
        "browserName": device.browser,
        "browserIcon": f"{_DIST}/browsers/{device.browser_code}.png",
        "browserCode": device.browser_code,
        "browserVersion": device.browser_version,
    }


def _commerce(visit: SimulatedVisit) -> dict[str, Json]:
    """Orders and abandoned carts of the visitor, including this visit."""
    orders, revenue, items = visit.past.orders, visit.past.revenue, visit.past.items
    carts, left, left_items = 0, 0.0, 0
    for step in visit.steps:
        if step.cart is None:
            continue
        if step.kind == "ecommerceOrder":
            orders, revenue, items = orders + 1, revenue + step.cart.revenue, items + step.cart.quantity
        else:
            carts, left, left_items = carts + 1, left + step.cart.revenue, left_items + step.cart.quantity
    return {
        "totalEcommerceRevenue": number(revenue),
        "totalEcommerceConversions": orders,
        "totalEcommerceItems": str(items) if items else 0,
        "totalAbandonedCartsRevenue": number(left),
        "totalAbandonedCarts": carts,
        "totalAbandonedCartsItems": str(left_items) if left_items else 0,
    }


def _place(visit: SimulatedVisit) -> dict[str, Json]:
    place = visit.person.place
    local = visit.start + place.utc_offset * 3600
    return {
        "continent": place.continent,
        "continentCode": place.continent_code,
        "country": place.country,
        "countryCode": place.code,
        "countryFlag": f"{_DIST}/flags/{place.code}.png",
        "region": None,
        "regionCode": None,
        "city": place.city,
        "location": f"{place.city}, {place.country}" if place.city else place.country,
        "latitude": None,
        "longitude": None,
        "visitLocalTime": clock(local),
        "visitLocalHour": str(local // 3600 % 24),
    }
