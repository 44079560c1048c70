"""Segment expressions: ``deviceType==smartphone;countryCode==de`` as a predicate over visits.

Every segment dimension is declared once, in a table: name, title, source of its values, and the example values of
Matomo's documentation. Conditions, masks over blocks, suggestions and ``API.getSegmentsMetadata`` are derived from it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from ipaddress import ip_address
from operator import attrgetter
from typing import Any, NamedTuple
from urllib.parse import unquote, unquote_plus

from matomo_tui.demo.engine.columns import (
    BY_NAME,
    DAYS_SINCE_FIRST,
    DAYS_SINCE_LAST,
    DEVICE,
    END_HOUR,
    JOURNEY,
    LOCAL_HOUR,
    PLACE,
    SINGLE,
    START_HOUR,
    USER,
    VISITOR_TYPE,
    VISITS_BEFORE,
    VisitColumn,
    days_since,
)
from matomo_tui.demo.errors import ApiError
from matomo_tui.demo.traffic.steps import VisitStep
from matomo_tui.demo.traffic.visit import SimulatedVisit

Values = Callable[[Any], Iterable[object]]
Accept = Callable[[SimulatedVisit], bool]

_TERM = re.compile(r"([A-Za-z_]+)(==|!=|<=|>=|=@|!@|=\^|=\$|<|>)(.*)", re.DOTALL)

ACTION_TYPES = {
    "pageviews": "action",
    "contents": "content",
    "sitesearches": "search",
    "events": "event",
    "outlinks": "outlink",
    "downloads": "download",
}


def ecommerce_status(steps: Iterable[VisitStep]) -> str:
    """``none``, ``ordered``, ``abandonedCart`` or ``orderedThenAbandonedCart``."""
    kinds = [step.kind for step in steps if step.cart is not None]
    if not kinds:
        return "none"
    if "ecommerceOrder" not in kinds:
        return "abandonedCart"
    return "orderedThenAbandonedCart" if kinds[-1] == "ecommerceAbandonedCart" else "ordered"


class Segment(NamedTuple):
    """A segment dimension."""

    category: str
    kind: str
    """``metric`` or ``dimension``."""
    title: str
    accepted: str
    """Examples of values, as documentation."""
    column: VisitColumn
    values: Values
    """The dimension's values for a value of the column."""


# Source of the values: ``device: browser`` is an attribute of a column's value, ``search: name`` one of each step of
# that kind (several kinds are joined by ``+``), ``item: name`` one of each ordered item; ``*`` stands for _COMPUTED.
_TABLE = """
# Visitors: metric
actions | Actions In Visit | journey: actions
daysSinceFirstVisit | Days since first visit | *
daysSinceLastEcommerceOrder | Days since last Ecommerce order | *
daysSinceLastVisit | Days since last visit | *
events | Events | * | How many events the visit had, such as 3
interactions | Number of Interactions | * | Any positive integer
searches | Number of Internal Searches | * | How many searches the visit had, such as 1
visitCount | Number of visits | *
visitDuration | Visit Duration (in seconds) | journey: length
visitIp | Visitor IP | visit: person.ip | 13.54.122.1
# Visitors: dimension
browserName | Browser | device: browser | Firefox, Chrome, Safari etc.
browserCode | Browser code | device: browser_code | FF, CH, SF etc.
browserEngine | Browser engine | device: family | WebKit, Gecko, Blink
browserVersion | Browser version | device: browser_version | 131.0 etc.
deviceBrand | Device brand | device: brand | Apple, Samsung, Fairphone etc.
deviceModel | Device model | device: model | iPhone, iPad, Pixel 8 etc.
deviceType | Device type | * | desktop, smartphone, tablet, feature phone, console, tv
fingerprint | Fingerprint | visit: person.fingerprint | any 16 hexadecimal characters
visitLocalHour | Local time — hour (start of visit) | * | 0, 1, 2, 3, ..., 20, 21, 22, 23
operatingSystemName | Operating system | device: os | Windows, Mac, Android, iOS etc.
operatingSystemCode | Operating system code | device: os_code | WIN, MAC, AND, IOS etc.
operatingSystemVersion | Operating system version | device: os_version | 11, 18.1, ...
resolution | Resolution | device: resolution | 1920x1080, 390x844, etc.
visitStartServerHour | Site time — hour (start of visit) | * | 0, 1, 2, 3, ..., 20, 21, 22, 23
visitServerHour | Site time — hour (time of last action) | * | 0, 1, 2, 3, ..., 20, 21, 22, 23
userId | User ID | * | any non empty unique string identifying the user
visitEcommerceStatus | Visit Ecommerce status at the end of the visit | * | none, ordered, abandonedCart, \
orderedThenAbandonedCart
visitId | Visit ID | visit: id | Any integer.
visitConvertedGoalId | Visit converted a specific Goal Id | goal: goal.id | 1, 2, 3, etc.
visitConvertedGoalName | Visit converted a specific Goal Name | goal: goal.name | Newsletter sign-up, etc.
visitConverted | Visit converted at least one Goal | * | 0, 1
visitorType | Visit type | * | new, returning, returningCustomer
visitorId | Visitor ID | visit: person.id | any 16 hexadecimal characters
# Visitor location: dimension
city | City | place: city_code | Sydney, São Paulo, Roma, etc.
continentCode | Continent | place: continent_code | eur, asi, amc, amn, ams, afr, ant, oce
countryName | Country | place: country | Germany, France, Spain, ...
countryCode | Country code | place: code | ISO 3166-1 alpha-2 country codes (de, us, fr, in, es, etc.)
languageCode | Language | place: language_code | de, fr, en-gb, zh-cn, etc.
regionCode | Region | * | 01 02, OR, P8, etc.
# Behaviour: dimension
actionType | Action Type | * | pageviews, contents, sitesearches, events, outlinks, downloads
actionUrl | Action URL | action+download+outlink: url
siteSearchCategory | Category (Site Search) | search: category
outlinkUrl | Clicked Outlink | outlink: url
contentInteraction | Content Interaction | content: action | click
contentName | Content Name | content: name
contentPiece | Content Piece | content: category
contentTarget | Content Target | content: target
downloadUrl | Download URL | download: url
entryPageUrl | Entry Page URL | *
entryPageTitle | Entry Page title | *
exitPageTitle | Exit Page Title | *
exitPageUrl | Exit Page URL | *
siteSearchKeyword | Keyword (Site Search) | search: name
siteSearchCount | Keyword count (Site Search) | search: value
pageTitle | Page Title | action: title
pageUrl | Page URL | action: url | All segments must be URL encoded
# Events: metric
eventValue | Event value | event: value
# Events: dimension
eventAction | Event Action | event: action
eventCategory | Event Category | event: category
eventName | Event Name | event: name
eventUrl | Event URL | event: url | The URL must be URL encoded
# Acquisition: dimension
referrerType | Channel Type | source: channel | direct, search, website, campaign, social
referrerKeyword | Keyword | source: keyword | Encoded%20Keyword, keyword
referrerName | Referrer Name | source: name | chatgpt.com, Bing, Google, Instagram, campaign name
referrerUrl | Referrer URL | source: address | http%3A%2F%2Fwww.example.org%2Freferer-page.htm
# Ecommerce: metric
orderId | Order ID | *
# Ecommerce: dimension
productCategory | Product Category | item: category
productName | Product Name | item: name
productSku | Product SKU | item: sku
"""


def _one(value: Callable[[Any], object]) -> Values:
    return lambda found: (value(found),)


def _itself(found: object) -> Iterable[object]:
    return (found,)


def _pages(part: slice, of: Callable[[VisitStep], str]) -> Values:
    return lambda facts: [of(step) for step in facts.steps if step.kind == "action"][part]


def _count(kind: str) -> Values:
    return lambda facts: (sum(step.kind == kind for step in facts.steps),)


_FIRST, _LAST = slice(1), slice(-1, None)
_COMPUTED: Mapping[str, tuple[VisitColumn, Values]] = {
    "visitorType": (VISITOR_TYPE, _itself),
    "visitCount": (VISITS_BEFORE, lambda before: (before + 1,)),
    "daysSinceFirstVisit": (DAYS_SINCE_FIRST, _itself),
    "daysSinceLastVisit": (DAYS_SINCE_LAST, _itself),
    "daysSinceLastEcommerceOrder": (SINGLE, lambda visit: (days_since(visit, visit.past.last_order),)),
    "visitLocalHour": (LOCAL_HOUR, _itself),
    "visitStartServerHour": (START_HOUR, _itself),
    "visitServerHour": (END_HOUR, _itself),
    "userId": (USER, lambda person: ("" if person is None else person.user_id,)),
    "regionCode": (PLACE, lambda _: ("",)),
    "deviceType": (DEVICE, lambda device: (device.type.lower(),)),
    "visitConverted": (JOURNEY, lambda facts: (int(facts.converted),)),
    "visitEcommerceStatus": (JOURNEY, lambda facts: (ecommerce_status(facts.steps),)),
    "interactions": (JOURNEY, lambda facts: (sum(step.kind in ("action", "search") for step in facts.steps),)),
    "searches": (JOURNEY, _count("search")),
    "events": (JOURNEY, _count("event")),
    "entryPageUrl": (JOURNEY, _pages(_FIRST, lambda step: step.url)),
    "entryPageTitle": (JOURNEY, _pages(_FIRST, lambda step: step.title)),
    "exitPageUrl": (JOURNEY, _pages(_LAST, lambda step: step.url)),
    "exitPageTitle": (JOURNEY, _pages(_LAST, lambda step: step.title)),
    "actionType": (JOURNEY, lambda facts: [step.kind for step in facts.steps]),
    # An order's number belongs to the visit: journeys are shared between visits.
    "orderId": (SINGLE, lambda visit: [step.cart.order_id for step in visit.steps if step.cart and step.cart.order_id]),
}


def _values(place: str) -> tuple[VisitColumn, Values]:
    where, _, attribute = place.partition(": ")
    value = attrgetter(attribute)
    if where == "visit":
        return SINGLE, _one(value)
    if where == "item":
        return SINGLE, lambda visit: [value(item) for step in visit.steps if step.cart for item in step.cart.items]
    if where == "journey":
        return JOURNEY, _one(value)
    if where in BY_NAME:
        return BY_NAME[where], _one(value)
    kinds = where.split("+")
    return JOURNEY, lambda facts: [
        value(step) for step in facts.steps if step.kind in kinds and (step.goal or where != "goal")
    ]


def _read(table: str) -> dict[str, Segment]:
    found = {}
    category = kind = ""
    for line in table.strip().splitlines():
        if line.startswith("# "):
            category, _, kind = line[2:].partition(": ")
            continue
        name, title, place, *accepted = line.split(" | ")
        column, values = _COMPUTED[name] if place == "*" else _values(place)
        found[name] = Segment(category, kind, title, "".join(accepted), column, values)
    return found


SEGMENTS: Mapping[str, Segment] = _read(_TABLE)


def segment_named(name: str) -> Segment:
    """The dimension with a name. Raises ``ApiError`` if it does not exist."""
    if name not in SEGMENTS:
        raise ApiError(f"Segment '{name}' is not a supported segment.")
    return SEGMENTS[name]


_TESTS: dict[str, Callable[[str, str], bool]] = {
    "==": lambda value, wanted: value == wanted,
    "=@": lambda value, wanted: wanted in value,
    "=^": lambda value, wanted: value.startswith(wanted),
    "=$": lambda value, wanted: value.endswith(wanted),
}
_OPPOSITES = {"!=": "==", "!@": "=@"}


def _number(text: object) -> float:
    """A number; of an IP address its value as one, for ranges of addresses; 0 for anything else."""
    try:
        return float(str(text))
    except ValueError:
        pass
    try:
        return float(int(ip_address(str(text))))
    except ValueError:
        return 0.0


_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": lambda value, wanted: value < wanted,
    ">": lambda value, wanted: value > wanted,
    "<=": lambda value, wanted: value <= wanted,
    ">=": lambda value, wanted: value >= wanted,
}


def _text(values: Values, test: Callable[[str, str], bool], wanted: str, *, negative: bool) -> Callable[[Any], bool]:
    """Matomo decodes the whole expression and then each value, so single and double encoding are equivalent: reports
    encode titles twice in their segments, and names once.
    """
    again = unquote_plus(wanted).casefold()

    def accept(found: Any) -> bool:
        texts = [str(value).casefold() for value in values(found)]
        return any(test(text, wanted) or test(text, again) for text in texts) is not negative

    return accept


def _decoded(values: Values) -> Values:
    return lambda found: [unquote(str(value)) for value in values(found)]


class Term(NamedTuple):
    """One condition: the column, and the test that one of its values has to pass."""

    column: VisitColumn
    test: Callable[[Any], bool]

    def accept(self, visit: SimulatedVisit) -> bool:
        return self.test(self.column.of_visit(visit))


def _term(text: str) -> Term:
    match = _TERM.fullmatch(text)
    if match is None:
        raise ApiError(f"The segment condition '{text}' is not valid.")
    name, operator, wanted = match[1], match[2], unquote_plus(match[3])
    segment = segment_named(name)
    column, values = segment.column, segment.values
    if name == "actionType":
        if wanted not in ACTION_TYPES:
            raise ApiError(f"Invalid 'log_action.type' segment value {wanted}")
        wanted = ACTION_TYPES[wanted]
    if operator in _COMPARISONS:
        compare, limit = _COMPARISONS[operator], _number(wanted)
        return Term(column, lambda found: any(compare(_number(value), limit) for value in values(found)))
    test = _TESTS[_OPPOSITES.get(operator, operator)]
    if name.endswith("Url"):
        # The segments in reports are encoded once more, and URLs are themselves encoded.
        wanted, values = unquote(unquote(wanted)), _decoded(values)
    return Term(column, _text(values, test, wanted.casefold(), negative=operator in _OPPOSITES))


def terms_of(text: str) -> tuple[tuple[Term, ...], ...]:
    """The conditions of a segment in conjunctive form: ``;`` joins groups, ``,`` the alternatives in a group.

    The segment is decoded once more before it is parsed; if that is not valid, it is parsed undecoded. Raises
    ``ApiError`` for an unknown dimension or an invalid expression.
    """
    decoded = unquote_plus(text, errors="replace")
    if decoded != text:
        try:
            return _terms(decoded)
        except ApiError:
            pass
    return _terms(text)


@lru_cache(maxsize=64)
def _terms(text: str) -> tuple[tuple[Term, ...], ...]:
    return tuple(
        tuple(_term(term) for term in re.split(r"(?<!\\),", group)) for group in re.split(r"(?<!\\);", text) if group
    )


@lru_cache(maxsize=64)
def compile_segment(text: str) -> Accept:
    """The predicate of a segment; raises ``ApiError`` like :func:`terms_of`."""
    groups = [[term.accept for term in group] for group in terms_of(text)]
    return lambda visit: all(any(accept(visit) for accept in group) for group in groups)
