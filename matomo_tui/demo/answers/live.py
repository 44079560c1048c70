"""Matomo's Live module: counters, visits, visitor profiles."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from heapq import merge
from itertools import islice

from matomo_tui.demo.answers.visit_details import visit_details
from matomo_tui.demo.answers.visitor_profile import visitor_profile
from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.entities import StoredSite
from matomo_tui.demo.errors import refuse_if
from matomo_tui.demo.method_registry import method
from matomo_tui.demo.options import Feature
from matomo_tui.demo.periods import epoch, parse, today
from matomo_tui.demo.traffic.visit import SimulatedVisit

_DAY, _SOON = 86_400, 600
_FAR_BACK = 30 * _DAY
_MOST_MINUTES = 2880
_AT_ONCE = 50


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
    return [
        {
            "visits": sum(each.visits for each in counts),
            "actions": sum(each.actions for each in counts),
            "visitors": sum(each.visitors for each in counts),
            "visitsConverted": sum(each.conversions for each in counts),
        }
    ]


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
    rows = []
    for number, visit in enumerate(page, 1):
        rows.append(_as_json(call, visit, actions=not call.flag("doNotFetchActions")))
        if not number % _AT_ONCE:
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
    if not visits:
        return []
    following, previous = _neighbours(call, site, visits[0])
    limit = call.number("limitVisits", 10)
    return visitor_profile(visits, call.now, limit, following, previous, tell=lambda visit: _as_json(call, visit))


def _neighbours(call: ApiRequest, site: StoredSite, visit: SimulatedVisit) -> tuple[str | None, str | None]:
    """The visitors seen last before and first after a visit's last action, within a day."""
    place, me = (visit.last, visit.id), visit.person.id
    older = call.store.newest(site, call.now, visit.last - _DAY, visit.last + 1)
    people = (each.person.id for each in older if (each.last, each.id) < place)
    following = next((person for person in people if person != me), None)
    previous: str | None = None
    for seconds in (_SOON, _DAY):
        newer = call.store.newest(site, call.now, visit.last, visit.last + seconds)
        after = [each for each in newer if (each.last, each.id) > place]
        previous = next((each.person.id for each in reversed(after) if each.person.id != me), None)
        if previous is not None:
            break
    return following, previous


@method("Live.getMostRecentVisitorId")
def get_most_recent_visitor_id(call: ApiRequest) -> Json:
    site = call.site()
    _check(call, site, "visitor_profile")
    accept = call.accept()
    newest = call.store.newest(site, call.now, call.now - _FAR_BACK)
    return next((visit.person.id for visit in newest if accept is None or accept(visit)), False)


method("Live.isVisitorProfileEnabled")(lambda call: not call.options.is_disabled("visitor_profile", call.site().id))
