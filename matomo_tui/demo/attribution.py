"""Visitor, device and referrer of a hit: a simplified form of the rules of Matomo's tracker."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from urllib.parse import SplitResult, parse_qs, urlsplit

from matomo_tui.demo.catalog.sources import DIRECT, KEYWORD_UNKNOWN, SHARED, Source, as_assistant
from matomo_tui.demo.catalog.visitors import DEVICES, UNKNOWN, Device, Place, places_of
from matomo_tui.demo.data import load
from matomo_tui.demo.entities import StoredSite
from matomo_tui.demo.traffic.people import Person

_ENGINES = {source.host: source.name for _, source in SHARED["engines"]}
_SOCIALS = {source.host: source.name for _, source in (*SHARED["socials"], *SHARED["coder socials"])}
_PLACES = {place.code: place for _, place in reversed(places_of({}, others=1))}
_NOWHERE = Place("xx", "Unknown", "unk", "Unknown", "", "Unknown", 0, ("127",), None)
_CAMPAIGN = ("mtm_campaign", "matomo_campaign", "pk_campaign", "utm_campaign")
_CAMPAIGN_KEYWORD = ("mtm_kwd", "mtm_keyword", "pk_kwd", "pk_keyword", "utm_term")
_VISITOR_ID = re.compile(r"[0-9a-f]{16}")


def device_of(agent: str) -> Device:
    """The device for a user agent, approximated by an entry of the catalogue."""
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


def source_of(hit: Mapping[str, str], site: StoredSite, *, ai: bool = False) -> Source:
    """The referrer of a visit, from campaign parameters and referrer; ``ai``: AI assistants are a channel."""
    asked = parse_qs(_split(hit.get("url", "")).query)
    referrer = hit.get("urlref", "")
    name = hit.get("_rcn") or _first(asked, _CAMPAIGN)
    if name:
        return Source("campaign", name, hit.get("_rck") or _first(asked, _CAMPAIGN_KEYWORD), referrer or None)
    parts = _split(referrer)
    host = (parts.hostname or "").removeprefix("www.")
    if not host or host == _split(site.main_url).hostname:
        return DIRECT
    if host in _ENGINES:
        keyword = _first(parse_qs(parts.query), ("q", "p")) or KEYWORD_UNKNOWN
        return Source("search", _ENGINES[host], keyword, referrer, host)
    if host in _SOCIALS:
        return Source("social", _SOCIALS[host], url=referrer, host=host)
    query = f"?{parts.query}" if parts.query else ""
    found = Source("website", host, url=f"https://{host}{parts.path or '/'}{query}", host=host)
    return as_assistant(found) if ai else found


def _split(address: str) -> SplitResult:
    """The parts of a URL; empty if it is malformed."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def _first(asked: Mapping[str, list[str]], names: tuple[str, ...]) -> str:
    return next((asked[name][0] for name in names if asked.get(name)), "")
