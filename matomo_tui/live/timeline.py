"""A visit's timeline: Matomo's ``actionDetails`` as entries."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import lru_cache
from urllib.parse import unquote

from matomo_tui.api.live import Action, Visit
from matomo_tui.instants import LATEST
from matomo_tui.live import visit_segments
from matomo_tui.live.snapshot import Kind, TimelineEntry
from matomo_tui.live.timezones import utc_offset
from matomo_tui.page_url import before_token, mask_tokens, shown, split_page_url
from matomo_tui.sanitize import sanitize

MAX_ACTIONS = 200
"""The newest actions of a visit that are kept; a crawler's visit may have thousands."""
_LONGEST = 2048
QUARTER = 900
"""Every zone's offset is a multiple of this many seconds."""

KINDS: dict[str, Kind] = {
    "action": Kind.PAGE,
    "event": Kind.EVENT,
    "search": Kind.SEARCH,
    "download": Kind.DOWNLOAD,
    "outlink": Kind.OUTLINK,
    "goal": Kind.GOAL,
    "ecommerceOrder": Kind.ORDER,
    "ecommerceAbandonedCart": Kind.CART,
    "13": Kind.CONTENT,
    "contentImpression": Kind.CONTENT,
    "contentInteraction": Kind.CONTENT,
}
CONVERSIONS = frozenset({Kind.GOAL, Kind.ORDER, Kind.CART})
"""Kinds that Matomo keeps among the conversions; every other one is an action for ``Live.getCounters``."""


@dataclass(frozen=True, slots=True)
class Facet:
    """A value to rank by: ``key`` tells rows apart, ``label``, ``variant`` and ``detail`` are shown, ``segment``
    narrows to it. ``folded`` is the same page whatever its variant (``None``: it has no variants to fold)."""

    key: str
    label: str
    segment: str = ""
    detail: str = ""
    variant: str = ""
    folded: Facet | None = None


@dataclass(frozen=True, slots=True)
class Conversion:
    """Something other than a page view, as the ranking of events and goals counts it."""

    at: int
    kind: Kind
    facet: Facet
    revenue: float | None
    currency: str = ""


@lru_cache(maxsize=4096)
def page_facet(url: str, title: str, home: str) -> Facet:
    """The page at ``url`` as ``Actions.getPageUrls`` tells pages apart: by host without ``www.``, path, query and
    fragment. The host is shown where it is not ``home``, the site's own."""
    masked = mask_tokens(url)
    parts = split_page_url(masked)
    if not parts.host:
        label = shown(title).strip() or shown(url).strip()
        return Facet(
            f"title:{label}",
            label,
            visit_segments.equals("pageTitle", title) if title and before_token(title) is None else "",
        )
    host = parts.host.rpartition("@")[2].lower()
    path = parts.path or "/"
    label = shown(unquote(path))
    if home and bare(host) != home:
        label = sanitize(bare(host)) + label
    detail, key = shown(title).strip(), shown(f"page:{bare(host)}{path}", _LONGEST)
    folded = Facet(f"{key}*", label, visit_segments.path(url), detail)
    return Facet(
        shown(f"{key}{parts.variant}", _LONGEST),
        label,
        visit_segments.page(url),
        detail,
        shown(unquote(parts.variant)),
        folded,
    )


def needs_subtitles(visit: Visit) -> bool:
    """Whether there is an action of a kind that only the server's plug-in knows: its subtitle may say the most."""
    return any(action.type not in KINDS for action in visit.action_details)


def bare(host: str) -> str:
    """A host as Matomo tells pages apart: without ``www.``."""
    return host.removeprefix("www.")


def home_of(main_url: str) -> str:
    """The host of a site's main address, to leave out of its pages' labels."""
    return bare(split_page_url(main_url).host.rpartition("@")[2].lower())


def instant(value: int) -> int:
    """An epoch that can be calculated with, whatever was sent."""
    return min(max(value, 0), LATEST)


def money(value: float | None) -> float | None:
    """A revenue, where there is one."""
    return value if value and math.isfinite(value) else None


def shifted_by(visit: Visit, where: tzinfo) -> int:
    """The seconds by which the visit's action timestamps run ahead of UTC.

    ``lastActionTimestamp`` is UTC and belongs to the newest action, so the difference tells, whatever zone the site
    is said to be in; where the two do not belong together (a goal written later, nothing to compare), the zone does.
    """
    last = instant(visit.last_action_timestamp)
    newest = max((instant(action.timestamp) for action in visit.action_details), default=0)
    if last and newest:
        seen = newest - last
        rounded = round(seen / QUARTER) * QUARTER
        if abs(seen - rounded) <= 120 and abs(rounded) <= 15 * 3600:
            return rounded
    return utc_offset(last or newest, where)


def to_utc(visit: Visit, where: tzinfo) -> list[int]:
    """The UTC epoch of each of the visit's actions.

    A change of the clocks within the visit is followed where the zone is the one the server used: an action belongs
    before it when only so it falls into the visit. Every instant stays within the visit.
    """
    shift = shifted_by(visit, where)
    last = instant(visit.last_action_timestamp)
    first = min(instant(visit.first_action_timestamp) or last, last)
    earlier = utc_offset(first, where) if shift == utc_offset(last, where) else shift
    instants: list[int] = []
    for action in visit.action_details:
        if not action.timestamp:  # a plug-in's: it stays where it stands
            instants.append(instants[-1] if instants else first)
            continue
        at = instant(action.timestamp) - shift
        if earlier != shift and not first <= at <= last:
            at = instant(action.timestamp) - earlier
        instants.append(min(max(at, first), last) if last else max(at, 0))
    return instants


def entry(action: Action, at: int, home: str) -> TimelineEntry:
    """One action, shown."""
    kind = KINDS.get(action.type, Kind.OTHER)
    label, title = _WORDS[kind](action, home)
    page = page_facet(action.url, (action.page_title or action.title) if kind is Kind.PAGE else "", home)
    return TimelineEntry(
        at=at,
        kind=kind,
        label=shown(label).strip() or shown(action.title or action.subtitle or action.url or action.type).strip(),
        title=shown(title).strip(),
        url=shown(action.url, 2048),
        spent=action.time_spent if action.time_spent is None else max(0, action.time_spent),
        revenue=money(action.revenue),
        type_name=sanitize(action.type, 64),
        variant=page.variant if kind in (Kind.PAGE, Kind.DOWNLOAD, Kind.OUTLINK) else "",
    )


def happening(action: Action, line: TimelineEntry, currency: str = "") -> Conversion | None:
    """What the ranking of events and goals counts of an action; nothing of page views, contents and the unknown.
    Amounts in another ``currency`` than the watched site's (``""``) are counted by themselves."""
    segment = _SEGMENTS.get(line.kind)
    if segment is None:
        return None
    label = {Kind.ORDER: "Order", Kind.CART: "Cart"}.get(line.kind, line.label)
    own = currency if line.revenue is not None else ""
    facet = Facet(f"{line.kind}:{label}:{own}" if own else f"{line.kind}:{label}", label, segment(action))
    return Conversion(line.at, line.kind, facet, line.revenue, own)


def brought(visit: Visit, action_type: str) -> float:
    """What the visit's own actions of this type are worth together, in the currency of its site.

    The visit's ``totalEcommerceRevenue`` and ``totalAbandonedCartsRevenue`` are the visitor's of all time.
    """
    try:
        return math.fsum(money(action.revenue) or 0.0 for action in visit.action_details if action.type == action_type)
    except OverflowError:  # several amounts at the end of what a number holds
        return 0.0


def in_order(visit: Visit, where: tzinfo) -> list[tuple[int, Action]]:
    """The newest actions of the visit with their UTC epochs, oldest first."""
    pairs = list(zip(to_utc(visit, where), visit.action_details, strict=True))
    pairs.sort(key=lambda pair: pair[0])
    return pairs[-MAX_ACTIONS:]


def _page(action: Action, home: str) -> tuple[str, str]:
    title = action.page_title or action.title
    return page_facet(action.url, title, home).label, title


def _event(action: Action, _home: str) -> tuple[str, str]:
    value = "" if action.event_value is None else f"{action.event_value:g}"
    label = " › ".join(filter(None, (action.event_category, action.event_action)))
    return label, " = ".join(filter(None, (action.event_name, value)))


def _search(action: Action, _home: str) -> tuple[str, str]:
    count = "" if action.site_search_count is None else f"{action.site_search_count} results"
    return action.site_search_keyword, ", ".join(filter(None, (action.site_search_category, count)))


def _link(action: Action, home: str) -> tuple[str, str]:
    return page_facet(action.url, "", home).label, ""


def _goal(action: Action, home: str) -> tuple[str, str]:
    page = page_facet(action.url, "", home) if action.url else None
    return action.goal_name or action.subtitle, page.label + page.variant if page else ""


def _products(action: Action) -> str:
    names = (
        f"{item.quantity} × {item.item_name or item.item_sku}" if item.quantity > 1 else item.item_name or item.item_sku
        for item in action.item_details[:20]
    )
    return ", ".join(filter(None, names))


def _items(action: Action) -> str:
    count = action.items if action.items is not None else sum(item.quantity for item in action.item_details)
    return f"{count} item" if count == 1 else f"{count} items"


def _order(action: Action, _home: str) -> tuple[str, str]:
    return f"Order {action.order_id}".strip(), _products(action) or _items(action)


def _cart(action: Action, _home: str) -> tuple[str, str]:
    return _items(action), _products(action)


def _content(action: Action, _home: str) -> tuple[str, str]:
    return " › ".join(filter(None, (action.content_name, action.content_piece))), action.content_interaction


def _other(action: Action, _home: str) -> tuple[str, str]:
    return action.title or action.subtitle or action.page_title, action.subtitle if action.title else ""


_WORDS: dict[Kind, Callable[[Action, str], tuple[str, str]]] = {
    Kind.PAGE: _page,
    Kind.EVENT: _event,
    Kind.SEARCH: _search,
    Kind.DOWNLOAD: _link,
    Kind.OUTLINK: _link,
    Kind.GOAL: _goal,
    Kind.ORDER: _order,
    Kind.CART: _cart,
    Kind.CONTENT: _content,
    Kind.OTHER: _other,
}


def _event_segment(action: Action) -> str:
    """Category and action, as in the ranking: by name, an event of a shop's every product would be a row of its own."""
    parts = (("eventCategory", action.event_category), ("eventAction", action.event_action))
    return visit_segments.both(*(visit_segments.equals(name, value) for name, value in parts if value))


def _status(*values: str) -> str:
    return visit_segments.either(*(visit_segments.equals("visitEcommerceStatus", value) for value in values))


def _value(dimension: str, value: Callable[[Action], str]) -> Callable[[Action], str]:
    def segment(action: Action) -> str:
        text = value(action)
        return visit_segments.equals(dimension, text) if text else ""

    return segment


_SEGMENTS: dict[Kind, Callable[[Action], str]] = {
    Kind.EVENT: _event_segment,
    Kind.SEARCH: _value("siteSearchKeyword", lambda action: action.site_search_keyword),
    Kind.DOWNLOAD: _value("downloadUrl", lambda action: action.url),
    Kind.OUTLINK: _value("outlinkUrl", lambda action: action.url),
    Kind.GOAL: _value("visitConvertedGoalId", lambda a: "" if a.goal_id is None else str(a.goal_id)),
    Kind.ORDER: lambda _: _status("ordered", "orderedThenAbandonedCart"),
    Kind.CART: lambda _: _status("abandonedCart", "orderedThenAbandonedCart"),
}


def last_page(actions: Sequence[tuple[int, Action]]) -> Action | None:
    """The page view last seen, or what else has an address where there was none."""
    pages = [action for _, action in actions if KINDS.get(action.type) is Kind.PAGE]
    elsewhere = (Kind.DOWNLOAD, Kind.OUTLINK)
    return (
        pages[-1]
        if pages
        else next((a for _, a in reversed(actions) if a.url and KINDS.get(a.type) not in elsewhere), None)
    )
