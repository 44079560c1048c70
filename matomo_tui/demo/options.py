"""The supported versions of Matomo with all differences between them, and switches that reproduce observed failures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from matomo_tui.demo.data import load

VersionName = Literal["5.0", "5.8"]


@dataclass(frozen=True, slots=True)
class Version:
    name: str
    has_exact_statuses: bool = False
    """True if refusals have distinct statuses (400, 403, 404) instead of 200; not within a bulk request."""
    supports_bearer: bool = False
    """True if ``Authorization: Bearer`` is supported; a different token in the body is then a conflict (400)."""
    limits_bulk: bool = False
    """True if an anonymous bulk request is limited to 50 parts, 10 without view access to any site."""
    has_ai: bool = False
    php_manual: str = "https://php.net/strtotime"
    categories: Mapping[str, str] = field(default_factory=dict, hash=False)

    def status(self, usual: int, exact_status: int | None) -> int:
        """The status of a refusal: ``exact_status`` in versions that have those, otherwise ``usual``."""
        return exact_status if exact_status is not None and self.has_exact_statuses else usual


V5_0 = Version("5.0.2", php_manual="http://php.net/strtotime")
V5_8 = Version(
    "5.8.0",
    has_exact_statuses=True,
    supports_bearer=True,
    limits_bulk=True,
    has_ai=True,
    categories={"Actions": "Behaviour", "Referrers": "Acquisition"},
)
VERSIONS: dict[VersionName, Version] = {"5.0": V5_0, "5.8": V5_8}


Feature = Literal["visits_log", "visitor_profile"]

WriteFailure = Literal["timeout-after", "error-after", "timeout-before", "error-before"]
"""How writes fail: without an answer or with an error 500, after or before they took effect."""


@dataclass(slots=True)
class DemoOptions:
    """All fields may be changed while the demo runs, except where noted."""

    latency: float = 0.0
    """Seconds that each answer is delayed, after the request took effect."""
    outage: int | Literal["hang", "html", "garbage"] | None = None
    """Status of every answer; no answer at all, a login page with status 200, or truncated JSON."""
    retry_after: int | None = None
    """Seconds in the header ``Retry-After`` of an outage."""
    fail_writes: WriteFailure | None = None
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
    plugins: frozenset[str] = frozenset(load("tables")["plugins"].split())

    def is_disabled(self, feature: Feature, site_id: int) -> bool:
        return feature in self.disabled.get(0, ()) or feature in self.disabled.get(site_id, ())
