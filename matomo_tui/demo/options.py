"""Switches with which the demo behaves as a Matomo has been seen to on its bad days."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from matomo_tui.demo.version import V5_8, Version

Feature = Literal["visits_log", "visitor_profile"]

WriteFailure = Literal["timeout-after", "error-after", "timeout-before", "error-before"]
"""How writes fail: with no answer at all or an error 500, after they took effect or before."""


@dataclass(slots=True)
class DemoOptions:
    """All may be changed while the demo runs, except where noted."""

    latency: float = 0.0
    """Seconds that each answer takes, after the request took effect."""
    outage: int | Literal["hang", "html", "garbage"] | None = None
    """A status that everything is answered with, as by a proxy (502, 503, 429); ``"hang"`` for no answer at all,
    ``"html"`` for a login page with status 200, ``"garbage"`` for truncated JSON."""
    retry_after: int | None = None
    """Seconds in the header ``Retry-After`` of an outage."""
    fail_writes: WriteFailure | None = None
    """How writes and hits fail."""
    fail_times: int | None = None
    """How many of them fail; ``None``: all."""
    disabled: dict[int, frozenset[Feature]] = field(default_factory=dict)
    """Features that are off, for all sites (key 0) or one."""
    failed_logins: int = 20
    """How many wrong tokens an hour lock an address out."""
    matomo: Version = V5_8
    """The version that the demo answers as; read once, at the start."""
    bulk_limit: int | None = None
    """How many parts a bulk request may have (``API_bulk_request_limit``); ``None``: any number."""
    pages: int = 0
    """How many pages an additional site has, for trying long tables (0: no such site); read once, at the start."""
    plugins: frozenset[str] = frozenset(
        {"API", "Actions", "Annotations", "AssetWatch", "Contents", "CoreHome", "DevicePlugins", "DevicesDetection"}
        | {"Ecommerce", "Events", "Goals", "Insights", "Live", "PagePerformance", "Resolution", "UserLanguage"}
        | {"Login", "MultiSites", "Referrers", "SegmentEditor", "SitesManager", "Transitions", "UserCountry", "UserId"}
        | {"UsersManager", "VisitFrequency", "VisitTime", "VisitorInterest", "VisitsSummary"}
    )
    """The plug-ins that are active."""

    def is_disabled(self, feature: Feature, site_id: int) -> bool:
        """Returns True if the feature is off for the site."""
        return feature in self.disabled.get(0, ()) or feature in self.disabled.get(site_id, ())
