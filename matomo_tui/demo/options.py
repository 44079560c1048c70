"""Switches that reproduce observed failures and variants of Matomo servers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from matomo_tui.demo.version import V5_8, Version

Feature = Literal["visits_log", "visitor_profile"]

WriteFailure = Literal["timeout-after", "error-after", "timeout-before", "error-before"]
"""How writes fail: without an answer or with an error 500, after or before they took effect."""


@dataclass(slots=True)
class DemoOptions:
    """All fields may be changed while the demo runs, except where noted."""

    latency: float = 0.0
    """Seconds that each answer is delayed, after the request took effect."""
    outage: int | Literal["hang", "html", "garbage"] | None = None
    """A status for every answer, as from a proxy (502, 503, 429); ``"hang"`` for no answer at all, ``"html"`` for a
    login page with status 200, ``"garbage"`` for truncated JSON.
    """
    retry_after: int | None = None
    """Seconds in the header ``Retry-After`` of an outage."""
    fail_writes: WriteFailure | None = None
    """How writes and hits fail."""
    fail_times: int | None = None
    """How many of them fail; ``None``: all."""
    disabled: dict[int, frozenset[Feature]] = field(default_factory=dict)
    """Inactive features, for all sites (key 0) or one."""
    failed_logins: int = 20
    """Failed logins within an hour that lock out an IP address."""
    matomo: Version = V5_8
    """The version to answer as; read once, at the start."""
    bulk_limit: int | None = None
    """The maximum number of parts of a bulk request (``API_bulk_request_limit``); ``None``: no limit."""
    pages: int = 0
    """The number of pages of an additional site, to try long tables (0: no such site); read once, at the start."""
    plugins: frozenset[str] = frozenset(
        {"API", "Actions", "Annotations", "AssetWatch", "Contents", "CoreHome", "DevicePlugins", "DevicesDetection"}
        | {"Ecommerce", "Events", "Goals", "Insights", "Live", "PagePerformance", "Resolution", "UserLanguage"}
        | {"Login", "MultiSites", "Referrers", "SegmentEditor", "SitesManager", "Transitions", "UserCountry", "UserId"}
        | {"UsersManager", "VisitFrequency", "VisitTime", "VisitorInterest", "VisitsSummary"}
    )
    """The active plug-ins."""

    def is_disabled(self, feature: Feature, site_id: int) -> bool:
        """Returns True if the feature is off for the site."""
        return feature in self.disabled.get(0, ()) or feature in self.disabled.get(site_id, ())
