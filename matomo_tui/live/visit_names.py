"""The names of countries and kinds of sources, which are the same in all visits with their code."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from matomo_tui.api.live import Visit

NAMES = frozenset({"country", "referrerTypeName"})
"""The columns that can be left out of a request: a visit's ``countryCode`` and ``referrerType`` tell them."""
_MOST = 1000


class VisitNames:
    """Remembers the names in answers with all columns, for those without."""

    def __init__(self) -> None:
        self._countries: dict[str, str] = {}
        self._kinds: dict[str, str] = {}

    def learn(self, visits: Iterable[Visit]) -> None:
        """Remember the names in ``visits``."""
        for visit in visits:
            for known, code, name in (
                (self._countries, visit.country_code, visit.country),
                (self._kinds, visit.referrer_type, visit.referrer_type_name),
            ):
                if len(known) < _MOST:
                    known[code] = name

    def complete(self, visit: Visit) -> Visit | None:
        """Return ``visit`` with its names; ``None`` if one is not known."""
        country = visit.country or self._countries.get(visit.country_code)
        kind = visit.referrer_type_name or self._kinds.get(visit.referrer_type)
        if country is None or kind is None:
            return None
        return replace(visit, country=country, referrer_type_name=kind)
