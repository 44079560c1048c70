"""One visitor over all their visits, in the format of ``Live.getVisitorProfile``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from matomo_tui.demo.answers.visit_details import carts_of
from matomo_tui.demo.api_request import Json
from matomo_tui.demo.catalog.lists import zone_offset
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
        "totalActions": sum(visit.actions for visit in aggregated),
        **_counts(aggregated),
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


def _pages(visits: Sequence[SimulatedVisit]) -> Counter[str]:
    return Counter(step.url for visit in visits for step in visit.steps if step.kind == "action")


def _counts(visits: Sequence[SimulatedVisit]) -> dict[str, Json]:
    """The counts of steps, conversions and orders; revenue per goal only with conversions."""
    steps = [step for visit in visits for step in visit.steps]
    kinds, pages = Counter(step.kind for step in steps), _pages(visits)
    searches = Counter(step.name for step in steps if step.kind == "search")
    goals = Counter(step.goal.id for step in steps if step.goal)
    revenues: dict[str, float] = {}
    for step in steps:
        if step.goal is not None:
            key = f"idgoal={step.goal.id}"
            revenues[key] = revenues.get(key, 0.0) + step.revenue
    orders, carts = carts_of(visits)
    return {
        "totalOutlinks": kinds["outlink"],
        "totalDownloads": kinds["download"],
        "totalSearches": searches.total(),
        "totalPageViews": pages.total(),
        "totalUniquePageViews": len(pages),
        "totalRevisitedPages": sum(count > 1 for count in pages.values()),
        "totalPageViewsWithTiming": 0,
        "totalPageViewsWithLoadTime": 0,
        "searches": [{"keyword": keyword, "searches": count} for keyword, count in searches.most_common(10)],
        "totalGoalConversions": goals.total(),
        "totalConversionsByGoal": {f"idgoal={goal}": count for goal, count in sorted(goals.items())},
        "totalEcommerceRevenue": number(sum(cart.revenue for cart in orders)),
        "totalEcommerceConversions": len(orders),
        "totalEcommerceItems": sum(cart.quantity for cart in orders),
        "totalAbandonedCarts": len(carts),
        "totalAbandonedCartsRevenue": number(sum(cart.revenue for cart in carts)),
        "totalAbandonedCartsItems": sum(cart.quantity for cart in carts),
        "totalEvents": kinds["event"],
        "hasLatLong": False,
        **({"totalRevenueByGoal": {key: number(value) for key, value in revenues.items()}} if revenues else {}),
    }


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
    found: list[dict[str, Json]] = []
    for kind, count in Counter(visit.device.type for visit in visits).most_common():
        models = Counter(visit.device.full_model for visit in visits if visit.device.type == kind)
        devices = [{"name": name, "count": many} for name, many in models.most_common()]
        icon = f"{_DIST}/devices/{kind.lower()}.png"
        found.append({"type": kind, "count": count, "icon": icon, "devices": devices})
    return found


def _places(visits: Sequence[SimulatedVisit]) -> dict[str, Json]:
    places = [visit.person.place for visit in visits]
    continents = Counter((place.continent_code, place.continent) for place in places)
    countries = Counter((place.code, place.country) for place in places)
    return {
        "continents": [
            {"continent": code, "nb_visits": count, "prettyName": name} for (code, name), count in continents.items()
        ],
        "countries": [
            {
                "country": code,
                "nb_visits": count,
                "flag": f"{_DIST}/flags/{code}.png",
                "prettyName": name,
                "cities": sorted({place.city for place in places if place.code == code and place.city}),
            }
            for (code, name), count in countries.items()
        ],
    }
