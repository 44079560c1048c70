"""The dimensions of visits, declared once in ``dimensions.txt``: name, title, source of the values, and the example
values of Matomo's documentation.

Segment conditions, their masks over blocks, suggested values, ``API.getSegmentsMetadata``, and the grouping, segments
and names of reports are derived from them.

A heading has category and kind. The source ``device: browser`` is an attribute of a column's value, ``search: name``
one of each step of that kind (several kinds are joined by ``+``), ``item: name`` one of each ordered item, ``visit:
id`` one of the visit; ``*`` stands for a value that is computed here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import Any, NamedTuple

from matomo_tui.demo.data import text
from matomo_tui.demo.engine import columns
from matomo_tui.demo.engine.columns import BY_NAME, JOURNEY, SINGLE, VisitColumn, days_since
from matomo_tui.demo.errors import found_or_refused
from matomo_tui.demo.traffic.steps import VisitStep

Values = Callable[[Any], Iterable[object]]


class Dimension(NamedTuple):
    """``kind`` is ``metric`` or ``dimension``; ``accepted`` has examples of values; ``values`` returns the dimension's
    values for a value of ``column``; ``attribute`` is that of the source.
    """

    name: str
    category: str
    kind: str
    title: str
    accepted: str
    column: VisitColumn
    values: Values
    attribute: str

    @property
    def code(self) -> str:
        """``EventCategory``."""
        return self.name[0].upper() + self.name[1:]


def ecommerce_status(steps: Iterable[VisitStep]) -> str:
    """``none``, ``ordered``, ``abandonedCart`` or ``orderedThenAbandonedCart``."""
    kinds = [step.kind for step in steps if step.cart is not None]
    if not kinds:
        return "none"
    if "ecommerceOrder" not in kinds:
        return "abandonedCart"
    return "orderedThenAbandonedCart" if kinds[-1] == "ecommerceAbandonedCart" else "ordered"


def _one(value: Callable[[Any], object]) -> Values:
    return lambda found: (value(found),)


def _itself(found: object) -> Iterable[object]:
    return (found,)


def _pages(part: slice, attribute: str) -> tuple[VisitColumn, Values]:
    value = attrgetter(attribute)
    return JOURNEY, lambda facts: [value(step) for step in facts.steps if step.kind == "action"][part]


def _count(*kinds: str) -> tuple[VisitColumn, Values]:
    return JOURNEY, lambda facts: (sum(step.kind in kinds for step in facts.steps),)


_FIRST, _LAST = slice(1), slice(-1, None)
_COMPUTED: Mapping[str, tuple[VisitColumn, Values]] = {
    "visitorType": (columns.VISITOR_TYPE, _itself),
    "visitCount": (columns.VISITS_BEFORE, lambda before: (before + 1,)),
    "daysSinceFirstVisit": (columns.DAYS_SINCE_FIRST, _itself),
    "daysSinceLastVisit": (columns.DAYS_SINCE_LAST, _itself),
    "daysSinceLastEcommerceOrder": (SINGLE, lambda visit: (days_since(visit, visit.past.last_order),)),
    "visitLocalHour": (columns.LOCAL_HOUR, _itself),
    "visitStartServerHour": (columns.START_HOUR, _itself),
    "visitServerHour": (columns.END_HOUR, _itself),
    "userId": (columns.USER, lambda person: ("" if person is None else person.user_id,)),
    "regionCode": (columns.PLACE, lambda _: ("",)),
    "deviceType": (columns.DEVICE, lambda device: (device.type.lower(),)),
    "visitConverted": (JOURNEY, lambda facts: (int(facts.converted),)),
    "visitEcommerceStatus": (JOURNEY, lambda facts: (ecommerce_status(facts.steps),)),
    "interactions": _count("action", "search"),
    "searches": _count("search"),
    "events": _count("event"),
    "entryPageUrl": _pages(_FIRST, "url"),
    "entryPageTitle": _pages(_FIRST, "title"),
    "exitPageUrl": _pages(_LAST, "url"),
    "exitPageTitle": _pages(_LAST, "title"),
    "actionType": (JOURNEY, lambda facts: [step.kind for step in facts.steps]),
    # An order's number belongs to the visit: journeys are shared between visits.
    "orderId": (SINGLE, lambda visit: [step.cart.order_id for step in visit.steps if step.cart and step.cart.order_id]),
}


def _values(place: str, attribute: str) -> tuple[VisitColumn, Values]:
    value = attrgetter(attribute)
    if place == "visit":
        return SINGLE, _one(value)
    if place == "item":
        return SINGLE, lambda visit: [value(item) for step in visit.steps if step.cart for item in step.cart.items]
    if place in BY_NAME:
        return BY_NAME[place], _one(value)
    kinds = place.split("+")
    return JOURNEY, lambda facts: [
        value(step) for step in facts.steps if step.kind in kinds and (step.goal or place != "goal")
    ]


def _read(table: str) -> dict[str, Dimension]:
    found = {}
    category = kind = ""
    for line in table.strip().splitlines():
        if line.startswith("# "):
            category, _, kind = line[2:].partition(": ")
            continue
        name, title, source, *accepted = line.split(" | ")
        place, _, attribute = source.partition(": ")
        column, values = _COMPUTED[name] if source == "*" else _values(place, attribute)
        found[name] = Dimension(name, category, kind, title, "".join(accepted), column, values, attribute)
    return found


DIMENSIONS: Mapping[str, Dimension] = _read(text("dimensions.txt"))


def dimension_named(name: str) -> Dimension:
    """The dimension with a name. Raises ``ApiError`` if it does not exist."""
    return found_or_refused(DIMENSIONS.get(name), "unknown segment", name=name)
