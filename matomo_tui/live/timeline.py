"""A visit's timeline: Matomo's ``actionDetails`` as entries."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import tzinfo
from functools import lru_cache
from sys import intern
from urllib.parse import unquote

from msgspec import Struct

from matomo_tui.api.live import Action, Visit
from matomo_tui.instants import LATEST
from matomo_tui.live import visit_segments
from matomo_tui.live.snapshot import Kind, TimelineEntry
from matomo_tui.live.timezones import utc_offset
from matomo_tui.page_url import before_token, mask_tokens, shown, split_page_url
from matomo_tui.rounding import all_digits
from matomo_tui.sanitize import sanitize

MAX_ACTIONS = 500
"""The number of newest actions of a visit that its timeline has, as many as a Matomo sends unless it is configured."""
MAX_COUNTED = 5_000
"""The number of newest actions of a visit that are counted; a crawler's visit may have any number."""
_LONGEST = 2048
QUARTER = 900
"""The offset of every time zone is a multiple of this many seconds."""

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
"""Kinds that Matomo stores as conversions; all others count as actions in ``Live.getCounters``."""


class Facet(Struct, frozen=True):
    """A value of a ranking, such as a page or a country."""

    key: str
    """Identifies the row of the value in all snapshots."""
    label: str
    segment: str = ""
    """The Matomo segment that narrows to the value; ``""`` if there is none."""
    detail: str = ""
    variant: str = ""
    """Query and fragment of a page."""
    folded: Facet | None = None
    """The page without its variant; ``None`` if it has none."""


class Conversion(Struct, frozen=True):
    """An action other than a page view, as counted in the ranking of goals and events."""

    at: int
    kind: Kind
    facet: Facet
    revenue: float | None
    currency: str = ""


@lru_cache(maxsize=4096)
def page_facet(url: str, title: str, home: str) -> Facet:
    """Return the page at ``url`` as ``Actions.getPageUrls`` distinguishes pages: host without ``www.``, path, query
    and fragment. The label has the host if it is not ``home``, the site's own."""
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
    """Return True if the visit has an action of an unknown type: its subtitle may be its best description."""
    return any(action.type not in KINDS for action in visit.action_details)


def bare(host: str) -> str:
    """Return the host without ``www.``, as Matomo distinguishes pages."""
    return host.removeprefix("www.")


def home_of(main_url: str) -> str:
    """Return the host of a site's main URL, which the labels of its pages leave out."""
    return bare(split_page_url(main_url).host.rpartition("@")[2].lower())


def instant(value: int) -> int:
    """Return ``value`` bounded to epochs that Python can convert."""
    return min(max(value, 0), LATEST)


def money(value: float | None) -> float | None:
    """Return a revenue; ``None`` if it is 0 or not finite."""
    return value if value and math.isfinite(value) else None


def shifted_by(visit: Visit, where: tzinfo) -> int:
    """Return the seconds by which the visit's action timestamps are ahead of UTC.

    ``lastActionTimestamp`` is UTC and usually belongs to the newest action, so their difference is the offset that the
    server used. If that is not an offset of a time zone (a goal was written later, for instance), the offset of
    ``where`` is returned. If the clocks went back during the visit, an action before that has the newest timestamp.
    """
    last = instant(visit.last_action_timestamp)
    end = utc_offset(last, where)
    if end < utc_offset(min(instant(visit.first_action_timestamp) or last, last), where) and any(
        abs(instant(action.timestamp) - end - last) <= 120 for action in visit.action_details
    ):
        return end
    newest = max((instant(action.timestamp) for action in visit.action_details), default=0)
    if last and newest:
        seen = newest - last
        rounded = round(seen / QUARTER) * QUARTER
        if abs(seen - rounded) <= 120 and abs(rounded) <= 15 * 3600:
            return rounded
    return utc_offset(last or newest, where)


def to_utc(visit: Visit, where: tzinfo) -> list[int]:
    """Return the UTC epoch of each action of the visit, within its first and last action.

    If the clocks changed during the visit, and ``where`` is the zone that the server used, an action gets the offset
    before the change if only that puts it inside the visit.
    """
    shift = shifted_by(visit, where)
    last = instant(visit.last_action_timestamp)
    first = min(instant(visit.first_action_timestamp) or last, last)
    earlier = utc_offset(first, where) if shift == utc_offset(last, where) else shift
    instants: list[int] = []
    for action in visit.action_details:
        if not action.timestamp:  # of a plug-in: it keeps its place in the order
            instants.append(instants[-1] if instants else first)
            continue
        at = instant(action.timestamp) - shift
        if earlier != shift and not first <= at <= last:
            at = instant(action.timestamp) - earlier
        instants.append(min(max(at, first), last) if last else max(at, 0))
    return instants


def title_of(action: Action) -> str:
    """Return the action's title: a page's, or Matomo's words for another type, also if they were not requested."""
    sent = action.page_title or action.title
    if sent:
        return sent
    if action.type == "ecommerceOrder":
        return f"Ordered ({action.order_id})"
    if KINDS.get(action.type) is Kind.CONTENT:
        used = action.content_interaction
        return f"Content Interaction ({used})" if used else "Content Impression"
    return _TITLES.get(action.type, "")


_TITLES = {
    "goal": "Goal conversion",
    "event": "Event",
    "search": "Site Search",
    "download": "Download",
    "outlink": "Outlink",
    "ecommerceAbandonedCart": "Abandoned Cart",
}


def entry(action: Action, at: int, home: str) -> TimelineEntry:
    """Return the timeline entry of ``action`` at ``at`` (UTC epoch). Texts that other visits have too are shared."""
    kind = KINDS.get(action.type, Kind.OTHER)
    label, title = _WORDS[kind](action, home)
    page = page_facet(action.url, title_of(action) if kind is Kind.PAGE else "", home)
    return TimelineEntry(
        at=at,
        kind=kind,
        label=shown(label).strip()
        or shown(action.title or title_of(action) or action.subtitle or action.url or action.type).strip(),
        title=intern(shown(title).strip()),
        url=intern(shown(action.url, 2048)),
        spent=action.time_spent if action.time_spent is None else max(0, action.time_spent),
        revenue=money(action.revenue),
        type_name=intern(sanitize(action.type, 64)),
        variant=page.variant if kind in (Kind.PAGE, Kind.DOWNLOAD, Kind.OUTLINK) else "",
        segment=page.segment if kind is Kind.PAGE else _same_action(kind, action),
        results=action.site_search_count if kind is Kind.SEARCH else None,
    )


def happening(action: Action, line: TimelineEntry, currency: str = "") -> Conversion | None:
    """Return an action as counted in the ranking of goals and events; ``None`` for page views, contents and unknown
    types. Amounts in another ``currency`` than the site's (``""``) are counted separately."""
    segment = _SEGMENTS.get(line.kind)
    if segment is None:
        return None
    label = {Kind.ORDER: "Order", Kind.CART: "Cart"}.get(line.kind, line.label)
    own = currency if line.revenue is not None else ""
    # Two goals of a site may have the same name.
    which = action.goal_id if line.kind is Kind.GOAL and action.goal_id is not None else label
    facet = Facet(f"{line.kind}:{which}:{own}" if own else f"{line.kind}:{which}", label, segment(action))
    return Conversion(line.at, line.kind, facet, line.revenue, own)


def brought(visit: Visit, action_type: str) -> float:
    """Return the total revenue of the visit's actions of this type, in the currency of its site.

    Matomo's ``totalEcommerceRevenue`` and ``totalAbandonedCartsRevenue`` cover all visits of the visitor.
    """
    try:
        return math.fsum(money(action.revenue) or 0.0 for action in visit.action_details if action.type == action_type)
    except OverflowError:  # the sum of amounts near the largest float
        return 0.0


def in_order(visit: Visit, where: tzinfo) -> list[tuple[int, Action]]:
    """Return the newest ``MAX_COUNTED`` actions of the visit with their UTC epochs, oldest first."""
    pairs = list(zip(to_utc(visit, where), visit.action_details, strict=True))
    pairs.sort(key=lambda pair: pair[0])
    return pairs[-MAX_COUNTED:]


def _page(action: Action, home: str) -> tuple[str, str]:
    title = title_of(action)
    return page_facet(action.url, title, home).label, title


def _event(action: Action, _home: str) -> tuple[str, str]:
    value = "" if action.event_value is None else all_digits(action.event_value)
    label = " › ".join(filter(None, (action.event_category, action.event_action)))
    return label, " = ".join(filter(None, (action.event_name, value)))


def _search(action: Action, _home: str) -> tuple[str, str]:
    found = action.site_search_count
    count = "" if found is None else "1 result" if found == 1 else f"{found} results"
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
    """By category and action, as in the ranking: by name, each product of a shop would be a row of its own."""
    parts = (("eventCategory", action.event_category), ("eventAction", action.event_action))
    return visit_segments.both(*(visit_segments.equals(name, value) for name, value in parts if value))


def _same_action(kind: Kind, action: Action) -> str:
    """Return the segment of visits with the same action; an event's has its name too."""
    segment = _SEGMENTS[kind](action) if kind in _SEGMENTS else ""
    if kind is Kind.EVENT and segment and action.event_name:
        return visit_segments.both(segment, visit_segments.equals("eventName", action.event_name))
    if kind is Kind.CONTENT and action.content_name:
        return visit_segments.equals("contentName", action.content_name)
    return segment


def _status(*values: str) -> str:
    return visit_segments.either(*(visit_segments.equals("visitEcommerceStatus", value) for value in values))


def _value(dimension: str, value: Callable[[Action], str]) -> Callable[[Action], str]:
    def segment(action: Action) -> str:
        text = value(action)
        if not text:
            return ""
        beginning = before_token(text)  # the token in an address is not sent
        if beginning is not None:
            return visit_segments.clause(dimension, "=^", beginning)
        return visit_segments.equals(dimension, text)

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
    """Return the last page view; if there is none, the last action with a URL on the site."""
    pages = [action for _, action in actions if KINDS.get(action.type) is Kind.PAGE]
    elsewhere = (Kind.DOWNLOAD, Kind.OUTLINK)
    return (
        pages[-1]
        if pages
        else next((a for _, a in reversed(actions) if a.url and KINDS.get(a.type) not in elsewhere), None)
    )
