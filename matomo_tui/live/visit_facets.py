"""The rows of rankings that a visit belongs to by where it came from: its source, country and device."""

from __future__ import annotations

from functools import lru_cache

from matomo_tui.live import visit_segments
from matomo_tui.live.timeline import Facet
from matomo_tui.sanitize import sanitize

UNKNOWN = "Unknown"
"""What Matomo calls a country or type of device that it did not recognise."""


@lru_cache(maxsize=1024)
def source_facet(kind: str, name: str, kind_name: str) -> Facet:
    """Return the source of a visit: ``Direct``, or the search engine, social network, host or campaign."""
    if kind == "direct" or not (kind or name):
        return Facet("source:direct", "Direct", visit_segments.equals("referrerType", "direct"))
    of_kind = visit_segments.equals("referrerType", kind) if kind else ""
    detail = sanitize(kind_name or kind).strip()
    if not name:
        return Facet(sanitize(f"source:{kind}"), detail, of_kind, detail)
    by_name = visit_segments.equals("referrerName", name)
    segment = visit_segments.both(of_kind, by_name) if of_kind else by_name
    return Facet(sanitize(f"source:{kind}:{name}"), sanitize(name).strip(), segment, detail)


@lru_cache(maxsize=512)
def country_facet(code: str, name: str) -> Facet:
    """Return the country; Matomo's code of an unknown one is ``xx``."""
    label = sanitize(name or code.upper()).strip() or UNKNOWN
    segment = visit_segments.equals("countryCode", code) if code else ""
    return Facet(sanitize(f"country:{code}"), label, segment, sanitize(code, 8).lower())


@lru_cache(maxsize=512)
def device_facet(name: str) -> Facet:
    """Return the device type; Matomo's segments have its name in lower case. It refuses that of the unknown ones."""
    label = sanitize(name).strip() or UNKNOWN
    segment = visit_segments.equals("deviceType", name.lower()) if name and label != UNKNOWN else ""
    return Facet(sanitize(f"device:{name.lower()}"), label, segment)
