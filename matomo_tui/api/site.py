"""A site as the program shows it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import msgspec

from matomo_tui.api import json_decoding
from matomo_tui.sanitize import sanitize


def _clean(value: Any) -> str | None:
    found = json_decoding.text(value)
    return None if found is None else sanitize(found)


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """A site (measurable) for display: its texts are sanitized."""

    id: int = msgspec.field(name="idsite")
    name: Annotated[str, _clean] = ""
    main_url: Annotated[str, _clean] = ""
    timezone: Annotated[str, _clean] = "UTC"
    """IANA name, or an offset such as ``UTC+2``."""
    currency: Annotated[str, _clean] = ""
    """ISO 4217 code."""
    ecommerce: bool = False
    sitesearch: bool = False
    group: Annotated[str, _clean] = ""
    type: Annotated[str, _clean] = "website"
    ts_created: Annotated[str, _clean] = ""
    """Creation time in UTC, ``2026-11-28 23:30:47``; ``""`` if the server does not say."""

    @property
    def created(self) -> date | None:
        """The day of creation in UTC; ``None`` if it is unknown."""
        try:
            return date.fromisoformat(self.ts_created[:10])
        except ValueError:
            return None
