"""A visit in the format of Live, with its actions: every column, in Matomo's order.

The columns are declared in ``answers.json``, as values of :class:`_VisitView` or :class:`_Action`, or of ``_COMPUTED``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from zlib import crc32

from matomo_tui.demo.api_request import Json
from matomo_tui.demo.engine.columns import ecommerce_status, visitor_type
from matomo_tui.demo.engine.journey_stats import CART, ORDER
from matomo_tui.demo.formats import (
    clock,
    declared,
    duration,
    iso_date,
    long_date,
    money,
    number,
    short_date,
    symbol,
    zone_offset,
)
from matomo_tui.demo.traffic.visit import INTERACTIONS, Cart, Item, SimulatedVisit, VisitStep, seconds_spent

_IMAGES = "plugins/Morpheus/images"
_DAY = 86_400


def visit_details(visit: SimulatedVisit, *, actions: bool = True, latest: bool = True) -> dict[str, Json]:
    """The visit with all its columns, with ``latest`` also those since 5.8; ``actionDetails`` only with ``actions``."""
    view = _VisitView(visit)
    view.actions = _actions(view) if actions else []
    found = declared("visit", view)
    return found | declared("visit since 5.8", view) if latest else found


class _VisitView:
    def __init__(self, visit: SimulatedVisit) -> None:
        self.visit, self.site, self.person, self.source = visit, visit.site, visit.person, visit.source
        self.place, self.device = visit.person.place, visit.device
        self.actions: list[dict[str, Json]] = []
        self.symbol = symbol(visit.site.currency)
        self.offset = zone_offset(visit.site.timezone, visit.last)
        self.keeps_offset = self.offset == zone_offset(visit.site.timezone, visit.start)
        kinds = [step.kind for step in visit.steps]
        self.goals, self.searches, self.events = kinds.count("goal"), kinds.count("search"), kinds.count("event")
        self.duration = duration(visit.duration)
        self.system = f"{self.device.os} {self.device.os_version}".rstrip()
        self.device_icon = self.device.type.lower()
        self.location = f"{self.place.city}, {self.place.country}" if self.place.city else self.place.country
        self.search, self.social, self.assistant = (
            self.source.host if self.source.channel == channel else None for channel in ("search", "social", "ai")
        )
        self._times(visit.start, visit.last)
        self._past()
        self._commerce()

    def _times(self, start: int, last: int) -> None:
        self.date, self.clock, self.hour = iso_date(last), clock(last), last // 3600 % 24
        self.local_clock, self.local_date = clock(last + self.offset), long_date(last + self.offset)
        self.first_clock, self.first_date = clock(start + self.offset), long_date(start + self.offset)
        at_visitor = start + self.place.utc_offset * 3600
        self.visitor_clock, self.visitor_hour = clock(at_visitor), at_visitor // 3600 % 24

    def _past(self) -> None:
        visit, past = self.visit, self.visit.past
        self.kind, self.status = visitor_type(visit), ecommerce_status(visit.steps)
        self.kind_icon = None if self.kind == "new" else "plugins/Live/images/returningVisitor.png"
        self.converted = int(visit.converted)
        self.converted_icon = f"{_IMAGES}/goal.svg" if visit.converted else None
        icon = CART if self.status == "abandonedCart" else ORDER
        self.status_icon = None if self.status == "none" else f"{_IMAGES}/{icon}.svg"
        self.count = past.visits + 1
        self.since_first = visit.start - past.first if past.first is not None else 0
        self.since_last = visit.start - past.last if past.last else 0
        self.since_order = None if past.last_order is None else visit.start - past.last_order
        if "rdered" in self.status:
            self.since_order = 0
        self.days_since_first, self.days_since_last = self.since_first // _DAY, self.since_last // _DAY
        self.days_since_order = (self.since_order or 0) // _DAY

    def _commerce(self) -> None:
        """Orders and abandoned carts of the visitor, including this visit."""
        past = self.visit.past
        ordered, left = carts_of([self.visit])
        self.orders, self.carts = past.orders + len(ordered), len(left)
        self.revenue = number(past.revenue + sum(cart.revenue for cart in ordered))
        self.left = number(sum(cart.revenue for cart in left))
        items, left_items = past.items + sum(cart.quantity for cart in ordered), sum(cart.quantity for cart in left)
        self.items, self.left_items = (str(count) if count else 0 for count in (items, left_items))


def carts_of(visits: Iterable[SimulatedVisit]) -> tuple[list[Cart], list[Cart]]:
    steps = [step for visit in visits for step in visit.steps if step.cart is not None]
    ordered = [step.cart for step in steps if step.kind == ORDER and step.cart]
    return ordered, [step.cart for step in steps if step.kind == CART and step.cart]


def _actions(view: _VisitView) -> list[dict[str, Json]]:
    rows = []
    pages, page = 0, 0
    for index, step in enumerate(view.visit.steps):
        pages += step.kind in INTERACTIONS
        page = index if step.kind == "action" else page
        # A goal belongs to the page on which it was reached.
        viewed = page if step.kind == "goal" else index
        rows.append(declared(step.kind, _Action(view, step, index, viewed, pages), _COMPUTED))
    return rows


class _Action:
    """A step of a visit; ``viewed`` is the index of its page, ``page`` its position among page views and searches."""

    def __init__(self, view: _VisitView, step: VisitStep, index: int, viewed: int, page: int) -> None:
        self.visit, self.index = view.visit, index
        self.step, self.page, self.source, self.cart = step, page, view.source, step.cart or Cart(())
        # Matomo shifts an action's timestamp by the site's UTC offset, unlike the three timestamps of the visit.
        at = view.visit.start + view.visit.journey.offsets[index]
        self.timestamp = at + (view.offset if view.keeps_offset else zone_offset(view.site.timezone, at))
        self.pretty = f"{short_date(self.timestamp)} {clock(self.timestamp)}"
        self.page_id = view.visit.id % 100_000_000 * 50 + viewed
        self.goal_name = ""
        if step.goal:
            self.goal_name = (view.site.goal(step.goal.id) or step.goal).name

    def money(self, value: float) -> str:
        return money(value, self.visit.site.currency)


def _found(action: _Action) -> str:
    step = action.step
    category = f" - Search Category: {step.category}" if step.category else ""
    return step.name + category + (f" - Search Results Count: {number(step.value)}" if step.value else "")


def _item(item: Item) -> dict[str, Json]:
    row: dict[str, Json] = {"itemSKU": item.sku, "itemName": item.name, "itemCategory": item.category}
    row |= {"price": number(item.price), "quantity": item.quantity}
    return row | {"categories": [item.category] if item.category else []}


def _spent(action: _Action) -> int:
    return seconds_spent(action.visit.steps, action.visit.journey.offsets, action.index)


_COMPUTED: Mapping[str, Callable[[Any], Json]] = {
    "view_id": lambda action: f"{crc32(action.page_id.to_bytes(8, 'big')):08x}"[:6],
    "action_id": lambda action: crc32(action.step.url.encode("utf-8", "replace")) % 9000 + 1,
    "spent": _spent,
    "spent_pretty": lambda action: duration(_spent(action)),
    "goal_id": lambda action: action.step.goal.id if action.step.goal else 0,
    "goal_worth": lambda action: (
        action.goal_name + (f" ({action.money(action.step.revenue)} revenue)" if action.step.revenue else "")
    ),
    "source_name": lambda action: None if action.source.channel == "direct" else action.source.name,
    "source_keyword": lambda action: None if action.source.channel == "direct" else action.source.keyword,
    "found": lambda action: number(action.step.value or 0),
    "search_words": _found,
    "interaction": lambda action: action.step.action or None,
    "content_icon": lambda action: f"{_IMAGES}/content{'interaction' if action.step.action else 'impression'}",
    "content_title": lambda action: (
        f"Content Interaction ({action.step.action})" if action.step.action else "Content Impression"
    ),
    "worth": lambda action: action.money(action.cart.revenue),
    "item_names": lambda action: ", ".join(item.name for item in action.cart.items),
    "item_details": lambda action: [_item(item) for item in action.cart.items],
}
