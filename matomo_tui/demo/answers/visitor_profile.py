"""One visitor over all their visits, in the format of ``Live.getVisitorProfile``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from matomo_tui.demo.api_request import Json
from matomo_tui.demo.engine.columns import zone_offset
from matomo_tui.demo.number_formats import duration, long_date, number
from matomo_tui.demo.traffic.visit import SimulatedVisit

_DIST = "plugins/Morpheus/icons/dist"
_AGGREGATED = 100


def visitor_profile(
    visits: Sequence[SimulatedVisit],
    now: float,
    limit: int,
    following: str | None,
    previous: str | None,
    *,
    tell: Callable[[SimulatedVisit], dict[str, Json]],
) -> dict[str, Json]:
    """The profile of a visitor from all their ``visits`` (newest first); ``limit`` of them are included, as ``tell``
    formats them.
    """
    aggregated = visits[:_AGGREGATED]
    shown = aggregated[: max(limit, 0)]
    seconds = sum(visit.duration for visit in aggregated)
    return {
        "visitorId": visits[0].person.id,
        "hasMoreVisits": len(visits) > _AGGREGATED,
        "totalVisits": len(aggregated),
        "totalVisitDuration": seconds,
        **_counts(aggregated),
        **_conversions(aggregated),
        "totalEvents": _steps(aggregated, "event"),
        "hasLatLong": False,
        **_revenues(aggregated),
        "lastVisits": [tell(visit) for visit in shown],
        "nextVisitorId": following or False,
        "previousVisitorId": previous or False,
        "totalVisitDurationPretty": duration(seconds),
        "userId": visits[0].person.user_id or False,
        "firstVisit": _edge(visits[-1], now),
        "lastVisit": _edge(visits[0], now),
        "visitsAggregated": len(shown),
        "visitedPages": [{"url": url, "count": count} for url, count in _pages(aggregated).most_common(50)],
        "devices": _devices(aggregated),
        **_places(aggregated),
    }


def _steps(visits: Sequence[SimulatedVisit], kind: str) -> int:
    return sum(step.kind == kind for visit in visits for step in visit.steps)


def _pages(visits: Sequence[SimulatedVisit]) -> Counter[str]:
    return Counter(step.url for visit in visits for step in visit.steps if step.kind == "action")


def _counts(visits: Sequence[SimulatedVisit]) -> dict[str, Json]:
    pages = _pages(visits)
    searches = Counter(step.name for visit in visits for step in visit.steps if step.kind == "search")
    return {
        "totalActions": sum(visit.actions for visit in visits),
        "totalOutlinks": _steps(visits, "outlink"),
        "totalDownloads": _steps(visits, "download"),
        "totalSearches": searches.total(),
        "totalPageViews": pages.total(),
        "totalUniquePageViews": len(pages),
        "totalRevisitedPages": sum(count > 1 for count in pages.values()),
        "totalPageViewsWithTiming": 0,
        "totalPageViewsWithLoadTime": 0,
        "searches": [{"keyword": keyword, "searches": count} for keyword, count in searches.most_common(10)],
    }


def _conversions(visits: Sequence[SimulatedVisit]) -> dict[str, Json]:
    goals = Counter(step.goal.id for visit in visits for step in visit.steps if step.goal)
    orders = [step.cart for visit in visits for step in visit.steps if step.kind == "ecommerceOrder" and step.cart]
    carts = [
        step.cart for visit in visits for step in visit.steps if step.kind == "ecommerceAbandonedCart" and step.cart
    ]
    return {
        "totalGoalConversions": goals.total(),
        "totalConversionsByGoal": {f"idgoal={goal}": count for goal, count in sorted(goals.items())} or [],
        "totalEcommerceRevenue": number(sum(cart.revenue for cart in orders)),
        "totalEcommerceConversions": len(orders),
        "totalEcommerceItems": sum(cart.quantity for cart in orders),
        "totalAbandonedCarts": len(carts),
        "totalAbandonedCartsRevenue": number(sum(cart.revenue for cart in carts)),
        "totalAbandonedCartsItems": sum(cart.quantity for cart in carts),
    }


def _revenues(visits: Sequence[SimulatedVisit]) -> dict[str, Json]:
    """Revenue per goal; empty without conversions."""
    revenues: dict[str, float] = {}
    for visit in visits:
        for step in visit.steps:
            if step.goal is not None:
                key = f"idgoal={step.goal.id}"
                revenues[key] = revenues.get(key, 0.0) + step.revenue
    return {"totalRevenueByGoal": {key: number(value) for key, value in revenues.items()}} if revenues else {}


def _edge(visit: SimulatedVisit, now: float) -> dict[str, Json]:
    source = visit.source
    summary = "Direct Entry" if source.channel == "direct" else source.name
    if source.channel == "campaign":
        summary = f"Campaign: {source.name}" + (f" - {source.keyword}" if source.keyword else "")
    elif source.channel == "search" and source.keyword:
        summary = f"{source.name}: “{source.keyword}”"
    return {
        "date": visit.last,
        "prettyDate": long_date(visit.start + zone_offset(visit.site.timezone, visit.start)),
        "daysAgo": int(now - visit.start) // 86_400,
        "referrerType": source.channel,
        "referrerUrl": source.url or "",
        "referralSummary": summary,
    }


def _devices(visits: Sequence[SimulatedVisit]) -> list[dict[str, Json]]:
    kinds = Counter(visit.device.type for visit in visits)
    found = []
    for kind, count in kinds.most_common():
        models = Counter(
            visit.device.model if visit.device.brand == "Unknown" else f"{visit.device.brand} {visit.device.model}"
            for visit in visits
            if visit.device.type == kind
        )
        found.append(
            {
                "type": kind,
                "count": count,
                "icon": f"{_DIST}/devices/{kind.lower()}.png",
                "devices": [{"name": name, "count": many} for name, many in models.most_common()],
            }
        )
    return found


def _places(visits: Sequence[SimulatedVisit]) -> dict[str, Json]:
    places = [visit.person.place for visit in visits]
    names = {place.continent_code: place.continent for place in places} | {
        place.code: place.country for place in places
    }
    return {
        "continents": [
            {"continent": code, "nb_visits": count, "prettyName": names[code]}
            for code, count in Counter(place.continent_code for place in places).items()
        ],
        "countries": [
            {
                "country": code,
                "nb_visits": count,
                "flag": f"{_DIST}/flags/{code}.png",
                "prettyName": names[code],
                "cities": sorted({place.city for place in places if place.code == code and place.city}),
            }
            for code, count in Counter(place.code for place in places).items()
        ],
    }
