"""The columns that visits are grouped and selected by, and the dimensions that are derived from them.

A column (places, devices, sources, journeys, hours, earlier visits) has a number for each visit of a block, and a value
for each number. Anything derived from a value is computed once per number instead of once per visit: a year of half a
million visits has some 60 places, 16 devices, 100 sources and a few thousand journeys.

Dimensions are declared once in ``dimensions.txt``: name, title, source of the values, and the example values of
Matomo's documentation. A heading has category and kind. The source ``device: browser`` is an attribute of a column's
value, ``search: name`` one of each step of that kind (several kinds are joined by ``+``), ``item: name`` one of each
ordered item, ``visit: id`` one of the visit; ``*`` stands for a value that is computed here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from matomo_tui.demo.catalog import Referrer
from matomo_tui.demo.data import text
from matomo_tui.demo.engine.journey_stats import MOST_KEYS, JourneyStats, facts_of
from matomo_tui.demo.engine.visit_generator import ONE_TIME, Before, BlockPart, VisitGenerator
from matomo_tui.demo.errors import found_or_refused
from matomo_tui.demo.formats import zone, zone_offset
from matomo_tui.demo.traffic.people import Person
from matomo_tui.demo.traffic.visit import SimulatedVisit, VisitStep

_DAY = 86_400
VISITOR_TYPES = ("new", "returning", "returningCustomer")


ValueOf = Callable[[VisitGenerator, int], Any]
OfVisit = Callable[[SimulatedVisit], Any]


class VisitColumn(Struct, frozen=True):
    """``numbers`` returns the number of each visit of a part; ``historic`` requires earlier visits."""

    name: str
    numbers: Callable[[BlockPart], Sequence[int]]
    of_visit: OfVisit
    value: ValueOf = lambda _, number: number
    historic: bool = False


class Landing(NamedTuple):
    """The source and the landing page of a visit, the latter as ``shop.example/page``."""

    source: Referrer
    page: str


def visitor_type(visit: SimulatedVisit) -> str:
    return VISITOR_TYPES[0 if not visit.past.visits else 2 if visit.past.orders else 1]


def _weekday(at: int, timezone: str) -> int:
    return datetime.fromtimestamp(at, zone(timezone)).weekday()


def _landing(source: Referrer, facts: JourneyStats) -> Landing:
    page = next((step.url.partition("://")[2] for step in facts.steps if step.kind == "action"), "")
    return Landing(source, page)


def days_since(visit: SimulatedVisit, at: int | None) -> int:
    """Whole days from an earlier epoch to the visit; 0 for ``None``."""
    return 0 if at is None else (visit.start - at) // _DAY


def _stored(name: str, column: str, of_visit: OfVisit, value: ValueOf) -> VisitColumn:
    return VisitColumn(name, lambda part: part.take(getattr(part.block, column)), of_visit, value)


def _historic(name: str, column: Callable[[Before], Sequence[int]], of_visit: OfVisit) -> VisitColumn:
    return VisitColumn(
        name, lambda part: part.take(column(part.generator.past.of(part.block))), of_visit, historic=True
    )


def _hour(name: str, column: str, of_visit: Callable[[SimulatedVisit], int]) -> VisitColumn:
    def numbers(part: BlockPart) -> Sequence[int]:
        return [at // 3600 % 24 for at in part.take(getattr(part.block, column))]

    return VisitColumn(name, numbers, lambda visit: of_visit(visit) // 3600 % 24)


def _local_hours(part: BlockPart) -> Sequence[int]:
    offsets = [place.utc_offset for place in part.generator.places]
    starts, places = part.take(part.block.starts), part.take(part.block.places)
    return [(start // 3600 + offsets[place]) % 24 for start, place in zip(starts, places, strict=True)]


def _site_hours(part: BlockPart) -> Sequence[int]:
    starts = part.take(part.block.starts)
    if not starts:
        return []
    timezone = part.generator.traffic.site.timezone
    early, late = zone_offset(timezone, min(starts)), zone_offset(timezone, max(starts))
    if early == late:
        return [(start + early) // 3600 % 24 for start in starts]
    return [(start + zone_offset(timezone, start)) // 3600 % 24 for start in starts]


def _weekdays(part: BlockPart) -> Sequence[int]:
    """The visits of a part have their last actions on the same day."""
    if not len(part):
        return []
    return [_weekday(part.take(part.block.ends)[0], part.generator.traffic.site.timezone)] * len(part)


def _users(part: BlockPart) -> Sequence[int]:
    known = part.generator.traffic.sitemap.known
    return [ONE_TIME if who % known else who for who in part.take(part.block.people)]


def _user_at(generator: VisitGenerator, who: int) -> Person | None:
    return None if who == ONE_TIME else generator.traffic.person(who)


def _landings(part: BlockPart) -> Sequence[int]:
    columns = zip(part.take(part.block.sources), part.take(part.block.keys), strict=True)
    return [source * MOST_KEYS + key for source, key in columns]


def _landing_at(generator: VisitGenerator, number: int) -> Landing:
    source, key = divmod(number, MOST_KEYS)
    return _landing(generator.sources[source], generator.facts[key])


def _types(before: Before) -> Sequence[int]:
    return [0 if not visits else 1 + had for visits, had in zip(before.visits, before.ordered, strict=True)]


WHOLE = VisitColumn("whole", lambda part: [0] * len(part), lambda _: 0)
PLACE = _stored("place", "places", lambda visit: visit.person.place, lambda generator, number: generator.places[number])
DEVICE = _stored("device", "devices", lambda visit: visit.device, lambda generator, number: generator.devices[number])
SOURCE = _stored("source", "sources", lambda visit: visit.source, lambda generator, number: generator.sources[number])
JOURNEY = _stored("journey", "keys", facts_of, lambda generator, number: generator.facts[number])
LANDING = VisitColumn("landing", _landings, lambda visit: _landing(visit.source, facts_of(visit)), _landing_at)
FRESH = _stored("fresh", "fresh", lambda visit: visit.past.visits == 0, lambda _, number: number == 1)
USER = VisitColumn("user", _users, lambda visit: visit.person if visit.person.user_id else None, _user_at)
WEEKDAY = VisitColumn("weekday", _weekdays, lambda visit: _weekday(visit.last, visit.site.timezone))
"""The day of the week, 0 for Monday."""
LOCAL_HOUR = VisitColumn("local hour", _local_hours, lambda v: (v.start // 3600 + v.person.place.utc_offset) % 24)
"""The visitor's local hour at the start of the visit."""
SITE_HOUR = VisitColumn(
    "site hour", _site_hours, lambda v: (v.start + zone_offset(v.site.timezone, v.start)) // 3600 % 24
)
"""The site's local hour at the start of the visit."""
START_HOUR = _hour("start hour", "starts", lambda visit: visit.start)
"""The UTC hours of the first and the last action."""
END_HOUR = _hour("end hour", "ends", lambda visit: visit.last)
VISITS_BEFORE = _historic("visits before", lambda before: before.visits, lambda visit: visit.past.visits)
DAYS_SINCE_FIRST = _historic(
    "days since first", lambda before: before.days_since_first, lambda visit: days_since(visit, visit.past.first)
)
DAYS_SINCE_LAST = _historic(
    "days since last", lambda before: before.days_since_last, lambda visit: days_since(visit, visit.past.last)
)
VISITOR_TYPE = replace(_historic("visitor type", _types, visitor_type), value=lambda _, number: VISITOR_TYPES[number])
SINGLE = VisitColumn("single visit", lambda _: (), lambda visit: visit)
"""The visit itself, for conditions that no column answers."""

BY_NAME = {column.name: column for column in (PLACE, DEVICE, SOURCE, JOURNEY, LANDING, USER)}
"""The columns named in the tables of dimensions and reports."""


Values = Callable[[Any], Iterable[object]]


class Dimension(NamedTuple):
    """``accepted`` has examples of values; ``values`` returns the dimension's values for a value of ``column``."""

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


def _only(found: object) -> Iterable[object]:
    return (found,)


def _pages(part: slice, attribute: str) -> tuple[VisitColumn, Values]:
    value = attrgetter(attribute)
    return JOURNEY, lambda facts: [value(step) for step in facts.steps if step.kind == "action"][part]


def _count(*kinds: str) -> tuple[VisitColumn, Values]:
    return JOURNEY, lambda facts: (sum(step.kind in kinds for step in facts.steps),)


_FIRST, _LAST = slice(1), slice(-1, None)
_COMPUTED: Mapping[str, tuple[VisitColumn, Values]] = {
    "visitorType": (VISITOR_TYPE, _only),
    "visitCount": (VISITS_BEFORE, lambda before: (before + 1,)),
    "daysSinceFirstVisit": (DAYS_SINCE_FIRST, _only),
    "daysSinceLastVisit": (DAYS_SINCE_LAST, _only),
    "daysSinceLastEcommerceOrder": (SINGLE, lambda visit: (days_since(visit, visit.past.last_order),)),
    "visitLocalHour": (LOCAL_HOUR, _only),
    "visitStartServerHour": (START_HOUR, _only),
    "visitServerHour": (END_HOUR, _only),
    "userId": (USER, lambda person: ("" if person is None else person.user_id,)),
    "regionCode": (PLACE, lambda _: ("",)),
    "deviceType": (DEVICE, lambda device: (device.type.lower(),)),
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
    return found_or_refused(DIMENSIONS.get(name), "unknown segment", name=name)
