"""Expected figures of the live screen, counted separately from raw answers of ``Live.getLastVisitsDetails``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

HERE, RECENT = 180, 1800
"""Seconds after which a visitor is no longer here, and for which rankings look back."""
KINDS = {
    "action": "page",
    "event": "event",
    "search": "search",
    "download": "download",
    "outlink": "outlink",
    "goal": "goal",
    "ecommerceOrder": "order",
    "ecommerceAbandonedCart": "cart",
    13: "content",
    "13": "content",
}
_CONVERSIONS = ("goal", "order", "cart")
_OFFSET = re.compile(r"UTC([+-])(\d{1,2})(?:\.(\d+))?")
_ADDRESS = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//([^/?#]*)([^?#]*)(.*)", re.DOTALL)
_TOKEN = re.compile(r"\b((?:token_auth|force_api_session)=)[^&;#\s]+")

Visit = Mapping[str, Any]


def zone_of(name: str) -> tzinfo:
    """A site's time zone."""
    found = _OFFSET.fullmatch(name)
    if found is None:
        return ZoneInfo(name)
    hours = float(f"{found[2]}.{found[3] or 0}")
    return timezone(timedelta(hours=-hours if found[1] == "-" else hours))


def midnight(at: float, where: tzinfo) -> float:
    """Epoch at which the day of ``at`` began."""
    day = datetime.fromtimestamp(at, UTC).astimezone(where)
    return day.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()


@dataclass(frozen=True)
class Place:
    """A site's time zone and the host of its main address."""

    zone: tzinfo
    home: str


def place_of(site: Mapping[str, Any]) -> Place:
    """Read a :class:`Place` from a raw answer of ``SitesManager.getSiteFromId``."""
    found = _ADDRESS.match(str(site["main_url"]))
    return Place(zone_of(str(site["timezone"])), _host(found[1]) if found else "")


def number(visit: Visit, name: str) -> int:
    """Read an integer field of a visit."""
    return int(float(visit.get(name) or 0))


def last_of(visit: Visit) -> int:
    """Epoch of the visit's last action."""
    return number(visit, "lastActionTimestamp")


def actions_of(visit: Visit, place: Place) -> list[tuple[int, Mapping[str, Any]]]:
    """The visit's actions with their UTC epochs, oldest first."""
    found = []
    for action in visit.get("actionDetails") or ():
        local = int(float(action.get("timestamp") or 0))
        # Their timestamps are the site's local time, interpreted as UTC.
        wall = datetime.fromtimestamp(local, UTC).replace(tzinfo=None)
        found.append((_instant(wall, visit, place), action))
    return sorted(found, key=lambda pair: pair[0])


def _instant(wall: datetime, visit: Visit, place: Place) -> int:
    """The UTC epoch of a local time. Of the two in the hour that is repeated in autumn, that within the visit."""
    first, last = number(visit, "firstActionTimestamp"), last_of(visit)
    both = [int(wall.replace(tzinfo=place.zone, fold=fold).timestamp()) for fold in (0, 1)]
    return min(both, key=lambda at: max(first - at, at - last, 0))


def kind_of(action: Mapping[str, Any]) -> str:
    """The program's name for an action's type."""
    return KINDS.get(action.get("type") or "", "other")


def revenue_of(visit: Visit) -> float:
    """Revenue of the visit's own orders."""
    orders = (one for one in visit.get("actionDetails") or () if one.get("type") == "ecommerceOrder")
    return round(sum(float(one.get("revenue") or 0) for one in orders), 2)


def page_of(url: str, title: str, place: Place) -> tuple[str, str]:
    """A page as displayed: its path, with the host if it differs from the site's, and its query and fragment.

    Both together distinguish pages as ``Actions.getPageUrls`` does.
    """
    found = _ADDRESS.match(_TOKEN.sub(r"\1***", url))
    if not found or not found[1]:
        return title.strip() or url.strip(), ""
    host = _host(found[1])
    return ("" if host == place.home else host) + unquote(found[2] or "/"), unquote(found[3])


def _host(host: str) -> str:
    return host.rpartition("@")[2].lower().removeprefix("www.")


def newest_of_each(visits: Iterable[Visit], now: float) -> list[Visit]:
    """The newest visit of each visitor with an action in the last half hour."""
    found: dict[str, Visit] = {}
    recent = [visit for visit in visits if last_of(visit) >= now - RECENT]
    for visit in sorted(recent, key=lambda one: (last_of(one), number(one, "idVisit")), reverse=True):
        found.setdefault(str(visit.get("visitorId") or f"visit {visit['idVisit']}"), visit)
    return list(found.values())


def as_of(visits: Iterable[Visit], moment: float, place: Place) -> list[Visit]:
    """Visits as they were at an earlier time, without later actions."""
    found: list[Visit] = []
    for visit in visits:
        if last_of(visit) <= moment:
            found.append(visit)
            continue
        done = [(at, action) for at, action in actions_of(visit, place) if at <= moment]
        if done:
            earlier = {"lastActionTimestamp": done[-1][0], "actionDetails": [action for _, action in done]}
            found.append({**visit, **earlier})
    return found


def lately(visits: Iterable[Visit], now: float, seconds: int, place: Place) -> tuple[int, int]:
    """Visits and actions of the last seconds, counted as by ``Live.getCounters``."""
    seen = [visit for visit in visits if last_of(visit) >= now - seconds]
    actions = [
        at
        for visit in seen
        for at, action in actions_of(visit, place)
        if at >= now - seconds and kind_of(action) not in _CONVERSIONS
    ]
    return len(seen), len(actions)


Counts = Mapping[str, tuple[int, int]]
"""By label: how many are here, and how many there were lately."""


def by_facet(visits: Iterable[Visit], now: float, what: str) -> Counts:
    """Number of visitors by ``source``, ``country`` or ``device``."""
    here: Counter[str] = Counter()
    lately: Counter[str] = Counter()
    for visit in newest_of_each(visits, now):
        label = _facet(visit, what)
        lately[label] += 1
        here[label] += last_of(visit) >= now - HERE
    return {label: (here[label], lately[label]) for label in lately}


def _facet(visit: Visit, what: str) -> str:
    if what == "country":
        return str(visit.get("country") or str(visit.get("countryCode") or "").upper() or "Unknown")
    if what == "device":
        return str(visit.get("deviceType") or "Unknown")
    if visit.get("referrerType") == "direct" or not (visit.get("referrerType") or visit.get("referrerName")):
        return "Direct"
    named = visit.get("referrerName") or visit.get("referrerTypeName") or visit.get("referrerType")
    return str(named).strip()


def pages(visits: Iterable[Visit], now: float, place: Place) -> Counts:
    """Page views of the last half hour and current visitors, by path with query and fragment."""
    return _pages(visits, now, lambda action: "".join(page_of_action(action, place)), place)


def paths(visits: Iterable[Visit], now: float, place: Place) -> Counts:
    """:func:`pages` by path only."""
    return _pages(visits, now, lambda action: page_of_action(action, place)[0], place)


def _pages(visits: Iterable[Visit], now: float, named: Callable[[Mapping[str, Any]], str], place: Place) -> Counts:
    visits = list(visits)
    here: Counter[str] = Counter()
    lately: Counter[str] = Counter()
    for visit in visits:
        if last_of(visit) >= now - RECENT:
            lately.update(
                named(action)
                for at, action in actions_of(visit, place)
                if kind_of(action) == "page" and at >= now - RECENT
            )
    for visit in newest_of_each(visits, now):
        page = last_page(visit, place)
        if last_of(visit) >= now - HERE and page is not None:
            here[named(page)] += 1
    return {label: (here[label], lately[label]) for label in {*here, *lately}}


def page_of_action(action: Mapping[str, Any], place: Place) -> tuple[str, str]:
    """:func:`page_of` an action."""
    return page_of(str(action.get("url") or ""), str(action.get("pageTitle") or action.get("title") or ""), place)


def last_page(visit: Visit, place: Place) -> Mapping[str, Any] | None:
    """The last page view of a visit, or else its last action with an address."""
    actions = [action for _, action in actions_of(visit, place)]
    seen = [action for action in actions if kind_of(action) == "page"]
    if not seen:
        seen = [one for one in actions if one.get("url") and kind_of(one) not in ("download", "outlink")]
    return seen[-1] if seen else None


def happenings(visits: Iterable[Visit], now: float, place: Place) -> Counts:
    """Number of occurrences of each kind of event in the last half hour."""
    found: Counter[str] = Counter()
    for visit in visits:
        if last_of(visit) >= now - RECENT:
            kinds = (kind_of(action) for at, action in actions_of(visit, place) if at >= now - RECENT)
            found.update(kind for kind in kinds if kind not in ("page", "content", "other"))
    return {kind: (0, count) for kind, count in found.items()}


def by_minute(visits: Iterable[Visit], place: Place) -> Counter[int]:
    """Number of actions by the epoch of their minute."""
    return Counter(
        at // 60 * 60
        for visit in visits
        for at, action in actions_of(visit, place)
        if kind_of(action) not in _CONVERSIONS
    )
