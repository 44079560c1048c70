"""Matomo's Live module: counters, visits, visitor profiles."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from heapq import merge
from itertools import islice

from matomo_tui.demo.answers.visit_details import assistant, visit_details
from matomo_tui.demo.answers.visitor_profile import visitor_profile
from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.entities import StoredSite
from matomo_tui.demo.errors import ApiError
from matomo_tui.demo.live_counts import LiveCounts
from matomo_tui.demo.method_registry import method
from matomo_tui.demo.options import Feature
from matomo_tui.demo.periods import epoch, parse, today
from matomo_tui.demo.store import Sighting
from matomo_tui.demo.traffic.visit import SimulatedVisit

_DAY = 86_400
_SOON = 600
_FAR_BACK = 30 * _DAY
_MOST_MINUTES = 2880
_AT_ONCE = 50


@method("Live.getCounters")
def get_counters(ask: ApiRequest) -> Json:
    """Counts over the last minutes. Matomo only counts the requested columns; here all of them are cheap."""
    sites, _ = ask.sites()
    minutes = ask.number("lastMinutes")
    if not 1 <= minutes <= _MOST_MINUTES:
        raise ApiError(f"lastMinutes only accepts values between 1 and {_MOST_MINUTES}")
    accept = ask.accept()
    counts = LiveCounts()
    visitors = 0
    # Observed on a real Matomo: "all" is not supported here and counts nothing.
    for site in [] if ask.params.get("idSite") == "all" else sites:
        here = ask.store.live(site, ask.now, minutes, ask.segment, accept)
        visitors += here.visitors
        counts.add(here)
    counters = {"visits": counts.visits, "actions": counts.actions}
    return [counters | {"visitors": visitors, "visitsConverted": counts.conversions}]


def _check(ask: ApiRequest, site: StoredSite, feature: Feature) -> None:
    what = "Visitor profile" if feature == "visitor_profile" else "Visits log"
    if ask.options.is_disabled(feature, 0):
        raise ApiError(
            f"{what} is deactivated globally. A user with super user access can enable this feature in the general "
            "settings."
        )
    if ask.options.is_disabled(feature, site.id):
        raise ApiError(
            f"{what} is deactivated in website settings. A user with at least admin access can enable this feature "
            f"in the settings for this website (idSite={site.id})."
        )


@method("Live.getLastVisitsDetails", pages_itself=True)
async def get_last_visits_details(ask: ApiRequest) -> Json:
    sites, _ = ask.sites()
    for site in sites:
        _check(ask, site, "visits_log")
    limit, offset = ask.number("filter_limit", 100), max(0, ask.number("filter_offset", 0))
    found = merge(*(_found(ask, site) for site in sites), key=lambda visit: visit.last, reverse=True)
    ascending = ask.params.get("filter_sort_order") == "asc"
    page = islice(reversed(list(found)) if ascending else found, offset, None if limit < 0 else offset + limit)
    rows = []
    for number, visit in enumerate(page, 1):
        rows.append(_as_json(ask, visit, actions=not ask.flag("doNotFetchActions")))
        if not number % _AT_ONCE:
            await asyncio.sleep(0)
    return rows


def _as_json(ask: ApiRequest, visit: SimulatedVisit, *, actions: bool = True) -> dict[str, Json]:
    more = assistant(visit) if ask.options.matomo.has_ai else {}
    return visit_details(visit, actions=actions) | more


def _found(ask: ApiRequest, site: StoredSite) -> Iterator[SimulatedVisit]:
    since, before = _span(ask, site)
    accept = ask.accept()
    visitor = ask.params.get("visitorId", "")
    if visitor:
        yield from (visit for visit in ask.store.visits_of(site, visitor, ask.now) if since <= visit.last < before)
        return
    for sighting in ask.store.newest(site, ask.now, since, before):
        visit = ask.store.visit(site, sighting, ask.now)
        if accept is None or accept(visit):
            yield visit


def _span(ask: ApiRequest, site: StoredSite) -> tuple[float, float]:
    """Bounds (epochs) of the last action of the requested visits."""
    since, before = ask.now - _FAR_BACK, ask.now + _DAY
    if ask.params.get("period") and ask.params.get("date"):
        text = ask.text("date")
        current = today(ask.now, site.timezone)
        periods, _ = parse(ask.text("period"), text, current)
        since = epoch(periods[0].first, site.timezone)
        is_today = text in ("today", "now") or (len(periods) == 1 and periods[0].first == current)
        if is_today and ask.text("period") != "range":
            # Live includes the day before when "today" is requested, and sets no upper bound.
            since -= _DAY
        elif periods[-1].last < current:
            before = epoch(periods[-1].last + timedelta(days=1), site.timezone)
    if ask.params.get("minTimestamp"):
        # Strictly after: a visit whose last action is in that very second is excluded.
        since = max(since, ask.number("minTimestamp") + 1)
    return since, before


@method("Live.getVisitorProfile")
def get_visitor_profile(ask: ApiRequest) -> Json:
    """One visitor over all their visits; empty if unknown."""
    site = ask.site()
    _check(ask, site, "visitor_profile")
    if ask.params.get("showColumns"):
        return []  # the underlying visits lack the required columns
    visitor = ask.params.get("visitorId", "")
    if not visitor:
        newest = next(ask.store.newest(site, ask.now, ask.now - _DAY), None)
        if newest is None:
            return []
        visitor = ask.store.visit(site, newest, ask.now).person.id
    visits = ask.store.visits_of(site, visitor, ask.now)
    if not visits:
        return []
    following, previous = _neighbours(ask, site, visits[0])
    limit = ask.number("limitVisits", 10)
    return visitor_profile(visits, ask.now, limit, following, previous, tell=lambda visit: _as_json(ask, visit))


def _neighbours(ask: ApiRequest, site: StoredSite, visit: SimulatedVisit) -> tuple[str | None, str | None]:
    """The visitors seen last before and first after a visit's last action, within a day."""
    place = (visit.last, visit.id)
    older = ask.store.newest(site, ask.now, visit.last - _DAY, visit.last + 1)
    following = (_person(ask, site, sighting) for sighting in older if (sighting.last, sighting.id) < place)
    previous: str | None = None
    for seconds in (_SOON, _DAY):
        newer = ask.store.newest(site, ask.now, visit.last, visit.last + seconds)
        people = [_person(ask, site, sighting) for sighting in newer if (sighting.last, sighting.id) > place]
        previous = next((person for person in reversed(people) if person != visit.person.id), None)
        if previous is not None:
            break
    return next((person for person in following if person != visit.person.id), None), previous


def _person(ask: ApiRequest, site: StoredSite, sighting: Sighting) -> str:
    return ask.store.visit(site, sighting, ask.now).person.id


@method("Live.getMostRecentVisitorId")
def get_most_recent_visitor_id(ask: ApiRequest) -> Json:
    site = ask.site()
    _check(ask, site, "visitor_profile")
    accept = ask.accept()
    for sighting in ask.store.newest(site, ask.now, ask.now - _FAR_BACK):
        visit = ask.store.visit(site, sighting, ask.now)
        if accept is None or accept(visit):
            return visit.person.id
    return False


@method("Live.isVisitorProfileEnabled")
def is_visitor_profile_enabled(ask: ApiRequest) -> Json:
    return not ask.options.is_disabled("visitor_profile", ask.site().id)
