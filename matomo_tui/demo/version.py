"""The supported versions of Matomo, and all differences between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

VersionName = Literal["5.0", "5.8"]


@dataclass(frozen=True, slots=True)
class Version:
    """The recorded behaviour of one version of Matomo."""

    name: str
    """The answer of ``API.getMatomoVersion``."""
    has_exact_statuses: bool
    """True if refusals have distinct statuses (400, 403, 404) instead of 200; not within a bulk request."""
    supports_bearer: bool
    """True if ``Authorization: Bearer`` is supported; a different token in the body is then a conflict (400)."""
    limits_bulk: bool
    """True if an anonymous bulk request is limited to 50 parts, 10 without view access to any site."""
    has_ai: bool
    """True if AI assistants are a channel, and reports of AI agents and chatbots exist."""
    php_manual: str
    """The page of the PHP manual named in the refusal of a date."""
    categories: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Report categories with a different name in this version."""

    def status(self, usual: int, exact_status: int | None) -> int:
        """The status of a refusal: ``exact_status`` in versions that have those, otherwise ``usual``."""
        return exact_status if exact_status is not None and self.has_exact_statuses else usual


V5_0 = Version(
    "5.0.2",
    has_exact_statuses=False,
    supports_bearer=False,
    limits_bulk=False,
    has_ai=False,
    php_manual="http://php.net/strtotime",
)
V5_8 = Version(
    "5.8.0",
    has_exact_statuses=True,
    supports_bearer=True,
    limits_bulk=True,
    has_ai=True,
    php_manual="https://php.net/strtotime",
    categories={"Actions": "Behaviour", "Referrers": "Acquisition"},
)
VERSIONS: dict[VersionName, Version] = {"5.0": V5_0, "5.8": V5_8}
