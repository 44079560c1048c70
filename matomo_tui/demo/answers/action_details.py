"""The actions of a visit in the format of Live: per action type its own columns, in Matomo's order."""

from __future__ import annotations

from collections.abc import Callable
from zlib import crc32

from matomo_tui.demo.api_request import Json
from matomo_tui.demo.number_formats import clock, duration, money, number, short_date
from matomo_tui.demo.traffic.steps import Cart, VisitStep
from matomo_tui.demo.traffic.visit import SimulatedVisit

_IMAGES = "plugins/Morpheus/images"
_TIMED = frozenset({"action", "search"})


class _Moment:
    """The position of a step within its visit."""

    __slots__ = ("at", "index", "offset", "page", "pretty", "visit")

    def __init__(self, visit: SimulatedVisit, offset: int, index: int, at: int, page: int) -> None:
        self.visit = visit
        self.offset = offset
        self.index = index
        self.at = at
        self.page = page
        local = at + offset
        self.pretty = f"{short_date(local)} {clock(local)}"

    @property
    def page_id(self) -> int:
        """Matomo's sequence number of the action."""
        return self.visit.id % 100_000_000 * 50 + self.index

    @property
    def view_id(self) -> str:
        """Matomo's random id of the page view."""
        return f"{crc32(self.page_id.to_bytes(8, 'big')):08x}"[:6]


def action_details(visit: SimulatedVisit, offset: int) -> list[dict[str, Json]]:
    """The visit's actions up to now, oldest first; ``offset`` is the site's UTC offset in seconds."""
    details: list[dict[str, Json]] = []
    steps, offsets = visit.steps, visit.journey.offsets
    pages = 0
    view = _Moment(visit, offset, 0, visit.start, 0)
    for index, step in enumerate(steps):
        pages += step.kind in _TIMED
        moment = _Moment(visit, offset, index, visit.start + offsets[index], pages)
        if step.kind == "action":
            view = moment
            row = _page(step, moment, _time_spent(visit, index))
        elif step.kind == "goal":
            row = _goal(step, moment, view)
        else:
            row = _WRITERS[step.kind](step, moment)
        # Matomo shifts an action's timestamp by the site's UTC offset, unlike the three timestamps of the visit.
        row["timestamp"] = moment.at + offset
        details.append(row)
    return details


def _time_spent(visit: SimulatedVisit, index: int) -> int:
    """Seconds until the next page view or search, or else until the last step."""
    steps, offsets = visit.journey.steps, visit.journey.offsets
    for following in range(index + 1, visit.seen):
        if steps[following].kind in _TIMED:
            return offsets[following] - offsets[index]
    return offsets[visit.seen - 1] - offsets[index]


def _action_id(text: str) -> int:
    return crc32(text.encode("utf-8", "replace")) % 9000 + 1


def _page(step: VisitStep, moment: _Moment, spent: int) -> dict[str, Json]:
    return {
        "type": "action",
        "url": step.url,
        "pageTitle": step.title,
        "pageIdAction": _action_id(step.url),
        "idpageview": moment.view_id,
        "serverTimePretty": moment.pretty,
        "pageId": moment.page_id,
        "timeSpent": spent,
        "timeSpentPretty": duration(spent),
        "pageviewPosition": moment.page,
        "title": step.title,
        "subtitle": step.url,
        "icon": "",
        "iconSVG": f"{_IMAGES}/action.svg",
    }


def _goal(step: VisitStep, moment: _Moment, view: _Moment) -> dict[str, Json]:
    source = moment.visit.source
    direct = source.channel == "direct"
    known = step.goal and (moment.visit.site.goal(step.goal.id) or step.goal)
    name = known.name if known else ""
    worth = f" ({money(step.revenue, moment.visit.site.currency)} revenue)" if step.revenue else ""
    return {
        "type": "goal",
        "goalName": name,
        "goalId": step.goal.id if step.goal else 0,
        "idpageview": view.view_id,
        "revenue": number(step.revenue),
        "goalPageId": view.page_id,
        "serverTimePretty": moment.pretty,
        "url": step.url,
        "referrerType": source.channel,
        "referrerName": None if direct else source.name,
        "referrerKeyword": None if direct else source.keyword,
        "icon": f"{_IMAGES}/goal.png",
        "iconSVG": f"{_IMAGES}/goal.svg",
        "title": "Goal conversion",
        "subtitle": name + worth,
    }


def _file(step: VisitStep, moment: _Moment) -> dict[str, Json]:
    kind, icon, title = ("download",) * 2 + ("Download",) if step.kind == "download" else ("outlink", "link", "Outlink")
    return {
        "type": kind,
        "url": step.url,
        "pageTitle": None,
        "pageIdAction": _action_id(step.url),
        "idpageview": "",
        "serverTimePretty": moment.pretty,
        "pageId": moment.page_id,
        "pageviewPosition": moment.page,
        "icon": f"{_IMAGES}/{icon}.png",
        "iconSVG": f"{_IMAGES}/{icon}.svg",
        "title": title,
        "subtitle": step.url,
    }


def _event(step: VisitStep, moment: _Moment) -> dict[str, Json]:
    row: dict[str, Json] = {
        "type": "event",
        "url": step.url,
        "pageIdAction": _action_id(step.url),
        "idpageview": "",
        "serverTimePretty": moment.pretty,
        "pageId": moment.page_id,
        "eventCategory": step.category,
        "eventAction": step.action,
        "pageviewPosition": moment.page,
        "icon": f"{_IMAGES}/event.png",
        "iconSVG": f"{_IMAGES}/event.svg",
        "title": "Event",
        "subtitle": f'Category: "{step.category}\', Action: "{step.action}"',
    }
    if step.name:
        row["eventName"] = step.name
    if step.value is not None:
        row["eventValue"] = number(step.value)
    return row


def _search(step: VisitStep, moment: _Moment) -> dict[str, Json]:
    subtitle = step.name
    if step.category:
        subtitle += f" - Search Category: {step.category}"
    if step.value:
        subtitle += f" - Search Results Count: {number(step.value)}"
    return {
        "type": "search",
        "url": None,
        "pageIdAction": None,
        "idpageview": "",
        "serverTimePretty": moment.pretty,
        "pageId": moment.page_id,
        "siteSearchKeyword": step.name,
        "siteSearchCategory": step.category,
        "siteSearchCount": number(step.value or 0),
        "pageviewPosition": moment.page,
        "icon": f"{_IMAGES}/search.png",
        "iconSVG": f"{_IMAGES}/search.svg",
        "title": "Site Search",
        "subtitle": subtitle,
    }


def _content(step: VisitStep, moment: _Moment) -> dict[str, Json]:
    kind = "interaction" if step.action else "impression"
    return {
        "type": 13,
        "url": step.url,
        "pageTitle": None,
        "pageIdAction": _action_id(step.url),
        "idpageview": "",
        "serverTimePretty": moment.pretty,
        "pageId": moment.page_id,
        "contentName": step.name,
        "contentPiece": step.category,
        "contentTarget": step.target,
        "contentInteraction": step.action or None,
        "pageviewPosition": moment.page,
        "icon": f"{_IMAGES}/content{kind}.png",
        "iconSVG": f"{_IMAGES}/content{kind}.svg",
        "title": f"Content Interaction ({step.action})" if step.action else "Content Impression",
        "subtitle": f"{step.name} - {step.category}",
    }


def _items(cart: Cart) -> list[dict[str, Json]]:
    return [
        {
            "itemSKU": item.sku,
            "itemName": item.name,
            "itemCategory": item.category,
            "price": number(item.price),
            "quantity": item.quantity,
            "categories": [item.category] if item.category else [],
        }
        for item in cart.items
    ]


def _order(step: VisitStep, moment: _Moment) -> dict[str, Json]:
    cart = step.cart or Cart(())
    row: dict[str, Json] = {"type": step.kind}
    if step.kind == "ecommerceOrder":
        row["orderId"] = cart.order_id
    row["revenue"] = number(cart.revenue)
    if step.kind == "ecommerceOrder":
        row["revenueSubTotal"] = number(cart.subtotal)
        row["revenueTax"] = number(cart.tax)
        row["revenueShipping"] = number(cart.shipping)
        row["revenueDiscount"] = number(cart.discount)
    names = ", ".join(item.name for item in cart.items)
    worth = money(cart.revenue, moment.visit.site.currency)
    return row | {
        "items": cart.quantity,
        "serverTimePretty": moment.pretty,
        "idpageview": None,
        "itemDetails": _items(cart),
        "icon": f"{_IMAGES}/{step.kind}.png",
        "iconSVG": f"{_IMAGES}/{step.kind}.svg",
        "title": f"Ordered ({cart.order_id})" if step.kind == "ecommerceOrder" else "Abandoned Cart",
        "subtitle": f"{worth} revenue - {cart.quantity} items: {names})",
    }


_WRITERS: dict[str, Callable[[VisitStep, _Moment], dict[str, Json]]] = {
    "download": _file,
    "outlink": _file,
    "event": _event,
    "search": _search,
    "content": _content,
    "ecommerceOrder": _order,
    "ecommerceAbandonedCart": _order,
}
