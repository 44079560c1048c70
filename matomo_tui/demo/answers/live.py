"""Matomo's Live module: counters, visits, visitor profiles."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from heapq import merge
from itertools import islice

from matomo_tui.demo.answers.visit_details import carts_of, visit_details
from matomo_tui.demo.api_request import ApiRequest, Json, method
from matomo_tui.demo.errors import refuse_if
from matomo_tui.demo.formats import duration, epoch, long_date, number, parse, today, zone_offset
from matomo_tui.demo.options import Feature
from matomo_tui.demo.reports.rows import pattern
from matomo_tui.demo.traffic.visit import SimulatedVisit
from matomo_tui.demo.world import StoredSite

_DAY, _SOON = 86_400, 600
_FAR_BACK = 30 * _DAY
_MOST_MINUTES = 2880
_AT_ONCE = 50
_DIST = "plugins/Morpheus/icons/dist"
_AGGREGATED = 100


def _profile(call: ApiRequest, site: StoredSite, visits: Sequence[SimulatedVisit]) -> dict[str, Json]:
    """The profile of a visitor from all ``visits``, newest first."""
    following, previous = _neighbours(call, site, visits[0])
    aggregated = visits[:_AGGREGATED]
    shown = aggregated[: max(call.number("limitVisits", 10), 0)]
    seconds = sum(visit.duration for visit in aggregated)
    return {
        "visitorId": visits[0].person.id,
        "hasMoreVisits": len(visits) > _AGGREGATED,
        "totalVisits": len(aggregated),
        "totalVisitDuration": seconds,
        "totalActions": sum(visit.actions for visit in aggregated),
        **_counts(aggregated),
        "lastVisits": [_as_json(call, visit) for visit in shown],
        "nextVisitorId": following or False,
        "previousVisitorId": previous or False,
        "totalVisitDurationPretty": duration(seconds),
        "userId": visits[0].person.user_id or False,
        "firstVisit": _edge(visits[-1], call.now),
        "lastVisit": _edge(visits[0], call.now),
        "visitsAggregated": len(shown),
        "visitedPages": [{"url": url, "count": count} for url, count in _pages(aggregated).most_common(50)],
        "devices": _devices(aggregated),
        **_places(aggregated),
    }


def _pages(visits: Sequence[SimulatedVisit]) -> Counter[str]:
    return Counter(step.url for visit in visits for step in visit.steps if step.kind == "action")


def _counts(visits: Sequence[SimulatedVisit]) -> dict[str, Json]:
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
    continents = Counter((place.continent_code, place.continent) for place in places).items()
    countries = Counter((place.code, place.country) for place in places).items()
    found: dict[str, Json] = {
        "continents": [
            {"continent": code, "nb_visits": count, "prettyName": name} for (code, name), count in continents
        ]
    }
    found["countries"] = []
    for (code, name), count in countries:
        row = {"country": code, "nb_visits": count, "flag": f"{_DIST}/flags/{code}.png", "prettyName": name}
        cities = {place.city for place in places if place.code == code and place.city}
        found["countries"].append({**row, "cities": sorted(cities)})
    return found


@method("Live.getCounters")
def get_counters(call: ApiRequest) -> Json:
    """Counts over the last minutes. Matomo only counts the requested columns; here all of them are cheap."""
    sites, _ = call.sites()
    minutes = call.number("lastMinutes")
    refuse_if(not 1 <= minutes <= _MOST_MINUTES, "last minutes", most=_MOST_MINUTES)
    accept = call.accept()
    # Observed on a real Matomo: "all" is not supported here and counts nothing.
    wanted = [] if call.params.get("idSite") == "all" else sites
    counts = [call.store.live(site, call.now, minutes, accept) for site in wanted]
    figures = {"visits": "visits", "actions": "actions", "visitors": "visitors", "visitsConverted": "conversions"}
    return [{name: sum(getattr(each, own) for each in counts) for name, own in figures.items()}]


def _check(call: ApiRequest, site: StoredSite, feature: Feature) -> None:
    name = "Visitor profile" if feature == "visitor_profile" else "Visits log"
    refuse_if(call.options.is_disabled(feature, 0), "feature off", feature=name)
    refuse_if(call.options.is_disabled(feature, site.id), "feature off for site", feature=name, site=site.id)


@method("Live.getLastVisitsDetails", pages_itself=True)
async def get_last_visits_details(call: ApiRequest) -> Json:
    sites, _ = call.sites()
    for site in sites:
        _check(call, site, "visits_log")
    limit, offset = call.number("filter_limit", 100), max(0, call.number("filter_offset", 0))
    found = merge(*(_found(call, site) for site in sites), key=lambda visit: visit.last, reverse=True)
    ascending = call.params.get("filter_sort_order") == "asc"
    page = islice(reversed(list(found)) if ascending else found, offset, None if limit < 0 else offset + limit)
    # Applied after the limit, to the columns of the database.
    wanted = pattern(call.params.get("filter_pattern", "") if call.params.get("filter_column") == "idvisit" else "")
    rows = []
    for place, visit in enumerate((visit for visit in page if wanted.search(str(visit.id))), 1):
        rows.append(_as_json(call, visit, actions=not call.flag("doNotFetchActions")))
        if not place % _AT_ONCE:
            await asyncio.sleep(0)
    return rows


def _as_json(call: ApiRequest, visit: SimulatedVisit, *, actions: bool = True) -> dict[str, Json]:
    return visit_details(visit, actions=actions, latest=call.options.matomo.has_ai)


def _found(call: ApiRequest, site: StoredSite) -> Iterator[SimulatedVisit]:
    since, before = _span(call, site)
    accept = call.accept()
    visitor = call.params.get("visitorId", "")
    if visitor:
        yield from (visit for visit in call.store.visits_of(site, visitor, call.now) if since <= visit.last < before)
        return
    newest = call.store.newest(site, call.now, since, before)
    yield from newest if accept is None else filter(accept, newest)


def _span(call: ApiRequest, site: StoredSite) -> tuple[float, float]:
    """Bounds (epochs) of the last action of the requested visits."""
    since, before = call.now - _FAR_BACK, call.now + _DAY
    if call.params.get("period") and call.params.get("date"):
        text = call.text("date")
        current = today(call.now, site.timezone)
        periods, _ = parse(call.text("period"), text, current)
        since = epoch(periods[0].first, site.timezone)
        is_today = text in ("today", "now") or (len(periods) == 1 and periods[0].first == current)
        if is_today and call.text("period") != "range":
            # Live includes the day before when "today" is requested, and sets no upper bound.
            since -= _DAY
        elif periods[-1].last < current:
            before = epoch(periods[-1].last + timedelta(days=1), site.timezone)
    if call.params.get("minTimestamp"):
        # Strictly after: a visit whose last action is in that very second is excluded.
        since = max(since, call.number("minTimestamp") + 1)
    return since, before


@method("Live.getVisitorProfile")
def get_visitor_profile(call: ApiRequest) -> Json:
    """One visitor over all their visits; empty if unknown."""
    site = call.site()
    _check(call, site, "visitor_profile")
    if call.params.get("showColumns"):
        return []  # the underlying visits lack the required columns
    visitor = call.params.get("visitorId", "")
    if not visitor:
        newest = next(call.store.newest(site, call.now, call.now - _DAY), None)
        visitor = "" if newest is None else newest.person.id
    visits = call.store.visits_of(site, visitor, call.now)
    return _profile(call, site, visits) if visits else []


def _neighbours(call: ApiRequest, site: StoredSite, visit: SimulatedVisit) -> tuple[str | None, str | None]:
    """The visitors seen last before and first after a visit's last action, within a day."""
    place, me = (visit.last, visit.id), visit.person.id
    older = call.store.newest(site, call.now, visit.last - _DAY, visit.last + 1)
    people = (each.person.id for each in older if (each.last, each.id) < place)
    following = next((person for person in people if person != me), None)
    for seconds in (_SOON, _DAY):
        newer = call.store.newest(site, call.now, visit.last, visit.last + seconds)
        after = [each.person.id for each in newer if (each.last, each.id) > place and each.person.id != me]
        if after:
            return following, after[-1]
    return following, None


@method("Live.getMostRecentVisitorId")
def get_most_recent_visitor_id(call: ApiRequest) -> Json:
    site = call.site()
    _check(call, site, "visitor_profile")
    accept = call.accept()
    newest = call.store.newest(site, call.now, call.now - _FAR_BACK)
    return next((visit.person.id for visit in newest if accept is None or accept(visit)), False)
