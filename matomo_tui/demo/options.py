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
    """All may be changed while the demo runs.

    ``latency``: seconds that each answer takes, after what was asked took effect. ``fail_writes``: how writes and hits
    fail, the next ``fail_times`` of them (``None``: all). ``outage``: a status with which everything is answered as a
    proxy would (502, 503, 429 with ``retry_after`` seconds), ``"hang"`` for no answer at all, ``"html"`` for a
    login page with status 200, ``"garbage"`` for JSON cut off in the middle. ``disabled``: features switched off,
    for all sites (key 0) or one. ``failed_logins``: how many bad tokens an hour lock an address out. ``matomo``: the
    version that it speaks as; read once, in the beginning. ``bulk_limit``: how many parts a bulk request may have
    (``API_bulk_request_limit``; ``None``: any number). ``plugins``: those that are active. ``pages``: how many pages
    a site more has that is there for trying long tables (0: there is none); read once, in the beginning.
    """

    latency: float = 0.0
    outage: int | Literal["hang", "html", "garbage"] | None = None
    retry_after: int | None = None
    fail_writes: WriteFailure | None = None
    fail_times: int | None = None
    disabled: dict[int, frozenset[Feature]] = field(default_factory=dict)
    failed_logins: int = 20
    matomo: Version = V5_8
    bulk_limit: int | None = None
    pages: int = 0
    plugins: frozenset[str] = frozenset(
        {"API", "Actions", "Annotations", "AssetWatch", "Contents", "CoreHome", "DevicePlugins", "DevicesDetection"}
        | {"Ecommerce", "Events", "Goals", "Insights", "Live", "PagePerformance", "Resolution", "UserLanguage"}
        | {"Login", "MultiSites", "Referrers", "SegmentEditor", "SitesManager", "Transitions", "UserCountry", "UserId"}
        | {"UsersManager", "VisitFrequency", "VisitTime", "VisitorInterest", "VisitsSummary"}
    )

    def is_disabled(self, feature: Feature, site_id: int) -> bool:
        """Whether the feature is off for the site."""
        return feature in self.disabled.get(0, ()) or feature in self.disabled.get(site_id, ())
