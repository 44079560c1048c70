"""``matomo.php``: single and bulk hits, attributed by a simplified form of the rules of Matomo's tracker."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import SplitResult, parse_qs, urlsplit

from msgspec.structs import replace

from matomo_tui.demo.api_request import whole_number
from matomo_tui.demo.catalog import (
    DEVICES,
    DIRECT,
    KEYWORD_UNKNOWN,
    SHARED,
    UNKNOWN,
    Device,
    Place,
    Referrer,
    as_assistant,
    places_of,
)
from matomo_tui.demo.data import load
from matomo_tui.demo.errors import PageError
from matomo_tui.demo.http import Answer, Request, as_json, flat, form, page
from matomo_tui.demo.store import Failure, Store
from matomo_tui.demo.traffic.people import Person
from matomo_tui.demo.traffic.visit import NO_PAST, Cart, Item, Past, VisitStep
from matomo_tui.demo.world import Logins, StoredSite, StoredUser

_PRIVILEGED = ("cip", "cdt", "country", "region", "city", "lat", "long")
_MOST_HITS = 1000
_MOST_MONEY = 1e12
_GIF = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)
_ENGINES = {source.host: source.name for _, source in SHARED["engines"]}
_SOCIALS = {source.host: source.name for _, source in (*SHARED["socials"], *SHARED["coder socials"])}
_PLACES = {place.code: place for _, place in reversed(places_of({}, others=1))}
_NOWHERE = Place("xx", "Unknown", "unk", "Unknown", "", "Unknown", 0, ("127",), None)
_CAMPAIGN = ("mtm_campaign", "matomo_campaign", "pk_campaign", "utm_campaign")
_CAMPAIGN_KEYWORD = ("mtm_kwd", "mtm_keyword", "pk_kwd", "pk_keyword", "utm_term")
_VISITOR_ID = re.compile(r"[0-9a-f]{16}")


def device_of(agent: str) -> Device:
    for mark, model, browser in load("agents"):
        if mark in agent:
            return next(device for _, device in DEVICES if (device.model, device.browser) == (model, browser))
    return UNKNOWN


def person_of(hit: Mapping[str, str], site: StoredSite, ip: str, device: Device) -> Person:
    """The visitor of a hit: by user id, else by visitor id, else by IP address and device."""
    user_id = hit.get("uid") or None
    given = (hit.get("cid") or hit.get("_id") or "").lower()
    address = hit.get("cip") or ip
    fingerprint = _hash(f"{site.id} {address} {device}")
    if user_id and not hit.get("cid"):
        visitor = _hash(user_id)
    else:
        visitor = given if _VISITOR_ID.fullmatch(given) else fingerprint
    place = _PLACES.get(hit.get("country", "").lower(), _NOWHERE)
    return Person(visitor, _hash(fingerprint), user_id, _masked(address), place, device)


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _masked(address: str) -> str:
    parts = address.split(".")
    return ".".join([*parts[:2], "0", "0"]) if len(parts) == 4 else address


def source_of(hit: Mapping[str, str], site: StoredSite, *, ai: bool = False) -> Referrer:
    """The referrer of a visit, from campaign parameters and referrer; ``ai``: AI assistants are a channel."""
    asked = parse_qs(_split(hit.get("url", "")).query)
    referrer = hit.get("urlref", "")
    name = hit.get("_rcn") or _first(asked, _CAMPAIGN)
    if name:
        return Referrer("campaign", name, hit.get("_rck") or _first(asked, _CAMPAIGN_KEYWORD), referrer or None)
    parts = _split(referrer)
    host = (parts.hostname or "").removeprefix("www.")
    if not host or host == _split(site.main_url).hostname:
        return DIRECT
    if host in _ENGINES:
        keyword = _first(parse_qs(parts.query), ("q", "p")) or KEYWORD_UNKNOWN
        return Referrer("search", _ENGINES[host], keyword, referrer, host)
    if host in _SOCIALS:
        return Referrer("social", _SOCIALS[host], url=referrer, host=host)
    query = f"?{parts.query}" if parts.query else ""
    found = Referrer("website", host, url=f"https://{host}{parts.path or '/'}{query}", host=host)
    return as_assistant(found) if ai else found


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def _first(asked: Mapping[str, list[str]], names: tuple[str, ...]) -> str:
    return next((asked[name][0] for name in names if asked.get(name)), "")


Hit = Mapping[str, str]


class _Refused(Exception):
    """A hit that Matomo rejects with 400."""


def track(request: Request, store: Store, logins: Logins, now: float) -> Answer:
    text = request.body.decode("utf-8", "replace").strip()
    if text.startswith("{"):
        return _bulk(text, request, store, logins, now)
    hit = flat(request.parameters())
    if not hit:
        return page("This resource is part of Matomo. Keep full control of your data.", 200, "Matomo")
    try:
        _take(hit, request, _user(hit.get("token_auth", ""), request, logins, now), store, now)
    except _Refused as refusal:
        answer = page(str(refusal), 400)
        return answer if hit.get("send_image") == "0" else replace(answer, body=_GIF + answer.body)
    return Answer(204, b"", "") if hit.get("send_image") == "0" else Answer(200, _GIF, "image/gif")


def _bulk(text: str, request: Request, store: Store, logins: Logins, now: float) -> Answer:
    try:
        bulk = json.loads(text)
        requests = list(bulk["requests"])[:_MOST_HITS]
    except (ValueError, TypeError, KeyError):
        return page("The bulk of hits could not be read.", 400)
    token = str(bulk.get("token_auth") or "")
    user = _user(token, request, logins, now)
    invalid: list[int] = []
    for index, entry in enumerate(requests):
        hit = form(entry.partition("?")[2]) if isinstance(entry, str) else {k: str(v) for k, v in dict(entry).items()}
        try:
            _take(hit, request, user, store, now)
        except _Refused:
            invalid.append(index)
    outcome = {"status": "success", "tracked": len(requests) - len(invalid), "invalid": len(invalid)}
    return as_json(outcome | {"invalid_indices": invalid} if token else outcome)


def _user(token: str, request: Request, logins: Logins, now: float) -> StoredUser | None:
    """The owner of a token; a wrong one counts as a failed login and is then ignored."""
    if not token:
        return None
    try:
        return logins.user(request, token, now)
    except PageError:
        return None


def _take(hit: Hit, request: Request, user: StoredUser | None, store: Store, now: float) -> None:
    number = whole_number(hit.get("idsite", ""))
    shown = {name: "XYZANONYMIZED" if name == "token_auth" else value for name, value in hit.items()}
    site = store.world.site(number)
    if site is None:
        store.tracked.failed(Failure(number, 1, now, shown))
        raise _Refused(f"An unexpected website was found in the request: website id was set to '{number}' .")
    if any(hit.get(name) for name in _PRIVILEGED) and not (user and user.at_least("write", site.id)):
        store.tracked.failed(Failure(number, 2, now, shown))
        raise _Refused("You need to authenticate with a token that has write access to set such a parameter.")
    if hit.get("rec") != "1":
        return
    at = _when(hit, now)
    step = _step(hit, site)
    person = person_of(hit, site, request.ip, device_of(hit.get("ua") or request.headers.get("user-agent", "")))
    visit = store.tracked.current(site.id, person.id, at)
    if visit is None or hit.get("new_visit") == "1":
        source, past = source_of(hit, site, ai=store.world.ai), _past(store, site, person.id, at)
        visit = store.tracked.begin(site, person, source, past)
    visit.add(at, step)


def _past(store: Store, site: StoredSite, visitor: str, at: float) -> Past:
    earlier = [visit for visit in store.visits_of(site, visitor, at) if visit.start < at]
    if not earlier:
        return NO_PAST
    ordered = [[step.cart for step in visit.steps if step.kind == "ecommerceOrder" and step.cart] for visit in earlier]
    carts = [cart for own in ordered for cart in own]
    last_order = next((visit.last for visit, own in zip(earlier, ordered, strict=True) if own), None)
    revenue, items = round(sum(cart.revenue for cart in carts), 2), sum(cart.quantity for cart in carts)
    return Past(len(earlier), earlier[-1].start, earlier[0].last, last_order, len(carts), revenue, items)


def _when(hit: Hit, now: float) -> float:
    text = hit.get("cdt", "")
    if not text:
        return now
    if whole_number(text) > 0:
        return min(float(whole_number(text)), now)
    try:
        return min(datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp(), now)
    except ValueError:
        return now


def _money(text: str | None) -> float:
    try:
        value = float(text or 0)
    except ValueError:
        return 0.0
    return value if abs(value) < _MOST_MONEY else 0.0


def _step(hit: Hit, site: StoredSite) -> VisitStep:
    url, given = hit.get("url", "") or site.main_url, hit.get
    if given("idgoal", "0") != "0":
        return _goal(hit, site, url)
    if hit.get("e_c"):
        value = _money(hit["e_v"]) if hit.get("e_v") else None
        return VisitStep("event", url, "", hit["e_c"], given("e_a", ""), given("e_n", ""), value=value)
    if hit.get("c_n"):
        piece, target = given("c_p", "Unknown"), given("c_t", "")
        return VisitStep("content", url, "", piece, given("c_i", ""), hit["c_n"], target)
    if hit.get("search"):
        count = _money(hit["search_count"]) if hit.get("search_count") else None
        return VisitStep("search", url, category=given("search_cat", ""), name=hit["search"], value=count)
    if hit.get("download"):
        return VisitStep("download", hit["download"])
    if hit.get("link"):
        return VisitStep("outlink", hit["link"])
    if hit.get("idgoal") == "0" and site.ecommerce:
        return _commerce(hit, url)
    return VisitStep("action", url, given("action_name", ""))


def _goal(hit: Hit, site: StoredSite, url: str) -> VisitStep:
    goal = next((goal for goal in site.goals if str(goal.id) == hit["idgoal"]), None)
    if goal is None:
        raise _Refused("There is no such goal on this website.")
    return VisitStep("goal", url, goal=goal, revenue=_money(hit["revenue"]) if hit.get("revenue") else goal.revenue)


def _commerce(hit: Hit, url: str) -> VisitStep:
    shipping, tax, discount = (_money(hit.get(name)) for name in ("ec_sh", "ec_tx", "ec_dt"))
    paid = _money(hit["revenue"]) if hit.get("revenue") else None
    cart = Cart(_items(hit.get("ec_items", "")), hit.get("ec_id", ""), shipping, tax, discount, paid)
    return VisitStep("ecommerceOrder" if cart.order_id else "ecommerceAbandonedCart", url, cart=cart)


def _items(text: str) -> tuple[Item, ...]:
    try:
        rows = json.loads(text or "[]")
    except ValueError:
        return ()
    items = []
    for row in rows if isinstance(rows, list) else []:
        sku, name, category, price, quantity = [*(row if isinstance(row, list) else []), *[""] * 5][:5]
        label = str(category[0] if isinstance(category, list) and category else category or "")
        items.append(Item(str(sku), str(name or ""), label, _money(str(price or 0)), int(_money(str(quantity or 1)))))
    return tuple(items)
