"""Segment expressions: ``deviceType==smartphone;countryCode==de`` as a predicate over visits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote, unquote_plus

from matomo_tui.demo.errors import ApiError
from matomo_tui.demo.traffic.steps import Step
from matomo_tui.demo.traffic.visit import Visit

Values = Callable[[Visit], Iterable[object]]
Accept = Callable[[Visit], bool]

_TERM = re.compile(r"([A-Za-z_]+)(==|!=|<=|>=|=@|!@|=\^|=\$|<|>)(.*)", re.DOTALL)

VISITOR_TYPES = ("new", "returning", "returningCustomer")
ACTION_TYPES = {
    "pageviews": "action",
    "contents": "content",
    "sitesearches": "search",
    "events": "event",
    "outlinks": "outlink",
    "downloads": "download",
}


def visitor_type(visit: Visit) -> str:
    """``new``, ``returning`` or ``returningCustomer``."""
    return VISITOR_TYPES[0 if not visit.past.visits else 2 if visit.past.orders else 1]


def ecommerce_status(visit: Visit) -> str:
    """``none``, ``ordered``, ``abandonedCart`` or ``orderedThenAbandonedCart``."""
    kinds = [step.kind for step in visit.steps if step.cart is not None]
    if not kinds:
        return "none"
    if "ecommerceOrder" not in kinds:
        return "abandonedCart"
    return "orderedThenAbandonedCart" if kinds[-1] == "ecommerceAbandonedCart" else "ordered"


def _one(value: Callable[[Visit], object]) -> Values:
    return lambda visit: (value(visit),)


def _each(value: Callable[[Step], object], *kinds: str) -> Values:
    return lambda visit: [value(step) for step in visit.steps if step.kind in kinds]


def _days(visit: Visit, since: int | None) -> int:
    return 0 if since is None else (visit.start - since) // 86_400


_DIMENSIONS: dict[str, Values] = {
    "visitId": _one(lambda visit: visit.id),
    "visitorId": _one(lambda visit: visit.person.id),
    "fingerprint": _one(lambda visit: visit.person.fingerprint),
    "userId": _one(lambda visit: visit.person.user_id or ""),
    "visitIp": _one(lambda visit: visit.person.ip),
    "countryCode": _one(lambda visit: visit.person.place.code),
    "countryName": _one(lambda visit: visit.person.place.country),
    "continentCode": _one(lambda visit: visit.person.place.continent_code),
    "city": _one(lambda visit: visit.person.place.city or ""),
    "regionCode": _one(lambda _: ""),
    "languageCode": _one(lambda visit: visit.person.place.language_code),
    "deviceType": _one(lambda visit: visit.device.type.lower()),
    "deviceBrand": _one(lambda visit: visit.device.brand),
    "deviceModel": _one(lambda visit: visit.device.model),
    "operatingSystemCode": _one(lambda visit: visit.device.os_code),
    "operatingSystemName": _one(lambda visit: visit.device.os),
    "operatingSystemVersion": _one(lambda visit: visit.device.os_version),
    "browserCode": _one(lambda visit: visit.device.browser_code),
    "browserName": _one(lambda visit: visit.device.browser),
    "browserVersion": _one(lambda visit: visit.device.browser_version),
    "browserEngine": _one(lambda visit: visit.device.family),
    "resolution": _one(lambda visit: visit.device.resolution),
    "referrerType": _one(lambda visit: visit.source.channel),
    "referrerName": _one(lambda visit: visit.source.name),
    "referrerKeyword": _one(lambda visit: visit.source.keyword),
    "referrerUrl": _one(lambda visit: visit.source.url or ""),
    "visitorType": _one(visitor_type),
    "visitCount": _one(lambda visit: visit.past.visits + 1),
    "daysSinceFirstVisit": _one(lambda visit: _days(visit, visit.past.first)),
    "daysSinceLastVisit": _one(lambda visit: _days(visit, visit.past.last)),
    "daysSinceLastEcommerceOrder": _one(lambda visit: _days(visit, visit.past.last_order)),
    "visitLocalHour": _one(lambda visit: (visit.start // 3600 + visit.person.place.utc_offset) % 24),
    "visitStartServerHour": _one(lambda visit: visit.start // 3600 % 24),
    "visitServerHour": _one(lambda visit: visit.last // 3600 % 24),
    "visitConverted": _one(lambda visit: int(visit.converted)),
    "visitEcommerceStatus": _one(ecommerce_status),
    "visitDuration": _one(lambda visit: visit.duration),
    "actions": _one(lambda visit: visit.actions),
    "interactions": _one(lambda visit: visit.interactions),
    "searches": _one(lambda visit: sum(step.kind == "search" for step in visit.steps)),
    "events": _one(lambda visit: sum(step.kind == "event" for step in visit.steps)),
    "visitConvertedGoalId": lambda visit: [step.goal.id for step in visit.steps if step.goal],
    "visitConvertedGoalName": lambda visit: [step.goal.name for step in visit.steps if step.goal],
    "entryPageUrl": lambda visit: [step.url for step in visit.steps if step.kind == "action"][:1],
    "entryPageTitle": lambda visit: [step.title for step in visit.steps if step.kind == "action"][:1],
    "exitPageUrl": lambda visit: [step.url for step in visit.steps if step.kind == "action"][-1:],
    "exitPageTitle": lambda visit: [step.title for step in visit.steps if step.kind == "action"][-1:],
    "actionType": lambda visit: [step.kind for step in visit.steps],
    "actionUrl": _each(lambda step: step.url, "action", "download", "outlink"),
    "pageUrl": _each(lambda step: step.url, "action"),
    "pageTitle": _each(lambda step: step.title, "action"),
    "downloadUrl": _each(lambda step: step.url, "download"),
    "outlinkUrl": _each(lambda step: step.url, "outlink"),
    "siteSearchKeyword": _each(lambda step: step.name, "search"),
    "siteSearchCategory": _each(lambda step: step.category, "search"),
    "eventUrl": _each(lambda step: step.url, "event"),
    "eventCategory": _each(lambda step: step.category, "event"),
    "eventAction": _each(lambda step: step.action, "event"),
    "eventName": _each(lambda step: step.name, "event"),
    "eventValue": _each(lambda step: step.value, "event"),
    "contentName": _each(lambda step: step.name, "content"),
    "contentPiece": _each(lambda step: step.category, "content"),
    "siteSearchCount": _each(lambda step: step.value, "search"),
    "contentTarget": _each(lambda step: step.target, "content"),
    "contentInteraction": _each(lambda step: step.action, "content"),
    "productName": lambda visit: [item.name for step in visit.steps if step.cart for item in step.cart.items],
    "productCategory": lambda visit: [item.category for step in visit.steps if step.cart for item in step.cart.items],
    "orderId": lambda visit: [step.cart.order_id for step in visit.steps if step.cart and step.cart.order_id],
    "productSku": lambda visit: [item.sku for step in visit.steps if step.cart for item in step.cart.items],
}


def values_of(name: str) -> Values:
    """What a visit has of a dimension. Raises ``ApiError`` for one that segments cannot ask for."""
    if name not in _DIMENSIONS:
        raise ApiError(f"Segment '{name}' is not a supported segment.")
    return _DIMENSIONS[name]


_TESTS: dict[str, Callable[[str, str], bool]] = {
    "==": lambda value, wanted: value == wanted,
    "=@": lambda value, wanted: wanted in value,
    "=^": lambda value, wanted: value.startswith(wanted),
    "=$": lambda value, wanted: value.endswith(wanted),
}
_OPPOSITES = {"!=": "==", "!@": "=@"}


def _number(text: object) -> float:
    try:
        return float(str(text))
    except ValueError:
        return 0.0


_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": lambda value, wanted: value < wanted,
    ">": lambda value, wanted: value > wanted,
    "<=": lambda value, wanted: value <= wanted,
    ">=": lambda value, wanted: value >= wanted,
}


def _text(values: Values, test: Callable[[str, str], bool], wanted: str, *, negative: bool) -> Accept:
    """Matomo decodes the whole expression and then each value, so that one that is encoded twice means the same as one
    that is encoded once: reports encode titles twice in their segments, and names once."""
    again = unquote_plus(wanted).casefold()

    def accept(visit: Visit) -> bool:
        texts = [str(value).casefold() for value in values(visit)]
        return any(test(text, wanted) or test(text, again) for text in texts) is not negative

    return accept


def _decoded(values: Values) -> Values:
    return lambda visit: [unquote(str(value)) for value in values(visit)]


class Term(NamedTuple):
    """One condition: about which dimension, and whether a visit meets it."""

    name: str
    accept: Accept


def _term(text: str) -> Term:
    match = _TERM.fullmatch(text)
    if match is None:
        raise ApiError(f"The segment condition '{text}' is not valid.")
    name, operator, wanted = match[1], match[2], unquote_plus(match[3])
    values = values_of(name)
    if name == "actionType":
        if wanted not in ACTION_TYPES:
            raise ApiError(f"Invalid 'log_action.type' segment value {wanted}")
        wanted = ACTION_TYPES[wanted]
    if operator in _COMPARISONS:
        compare, limit = _COMPARISONS[operator], _number(wanted)
        return Term(name, lambda visit: any(compare(_number(value), limit) for value in values(visit)))
    test = _TESTS[_OPPOSITES.get(operator, operator)]
    if name.endswith("Url"):
        # The segments that reports carry are encoded once more, and addresses are themselves encoded.
        wanted, values = unquote(unquote(wanted)), _decoded(values)
    return Term(name, _text(values, test, wanted.casefold(), negative=operator in _OPPOSITES))


def terms_of(text: str) -> tuple[tuple[Term, ...], ...]:
    """The conditions of a segment: of each group one must hold. ``;`` joins groups, ``,`` the conditions in one.

    A segment is decoded once more by its own parser, and taken as it came only where that makes no sense. Raises
    ``ApiError`` for an unknown dimension or what is no expression.
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
    """The predicate of a segment; raises ``ApiError`` as :func:`terms_of` does."""
    groups = [[term.accept for term in group] for group in terms_of(text)]
    return lambda visit: all(any(accept(visit) for accept in group) for group in groups)
