"""Catalogues per site: fetched once, served from the cache, refreshed in the background."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from matomo_tui.api import metadata
from matomo_tui.api.calls import Call
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.metadata import ReportMetadata
from matomo_tui.reports.catalogue import Catalogue

T = TypeVar("T")

REFRESHED_AFTER = 3600.0
"""Seconds after which a catalogue may miss a new goal or plug-in."""

_MOST_SITES = 8


class Fetch(Protocol):
    """What sends a call: ``ReportLoader.request``, so that it waits its turn among the reports."""

    def __call__(self, call: Call[T], /) -> Awaitable[T]: ...


@dataclass(frozen=True, slots=True)
class _Held:
    catalogue: Catalogue
    asked_at: float


class Catalogues:
    """One catalogue a site and ``language`` (Matomo's code, ``en``): those of the sites looked at last."""

    def __init__(self, fetch: Fetch, *, language: str = "en", now: Callable[[], float] = time.time) -> None:
        self.language = language
        self._fetch = fetch
        self._now = now
        self._held: OrderedDict[tuple[int, str], _Held] = OrderedDict()
        self._outdated: set[tuple[int, str]] = set()

    def held(self, site_id: int) -> Catalogue | None:
        """The site's catalogue, if it is here already, whatever its age."""
        held = self._held.get((site_id, self.language))
        return held.catalogue if held is not None else None

    def is_due(self, site_id: int) -> bool:
        """Whether a quiet :meth:`refresh` is worth its request."""
        key = (site_id, self.language)
        held = self._held.get(key)
        return held is None or key in self._outdated or not 0 <= self._now() - held.asked_at < REFRESHED_AFTER

    def make_due(self, site_id: int) -> None:
        """The site has other reports now, of a new goal say: what is here is shown until it is refreshed."""
        self._outdated |= {key for key in self._held if key[0] == site_id}

    async def get(self, site_id: int) -> Catalogue:
        """The site's catalogue: the one here, whatever its age, or a new one. Raises ``MatomoError``."""
        return self.held(site_id) or await self._ask(site_id)

    async def refresh(self, site_id: int) -> Catalogue | None:
        """A new one where it differs from the one here; ``None`` where nothing changed or the server does not answer,
        which is no news to anybody who has a catalogue."""
        before = self.held(site_id)
        try:
            after = await self._ask(site_id)
        except MatomoError:
            if before is None:
                raise
            return None
        if before is not None and before.reports == after.reports:
            self._held[site_id, self.language] = replace(self._held[site_id, self.language], catalogue=before)
            return None
        return after

    async def _ask(self, site_id: int) -> Catalogue:
        key = (site_id, self.language)
        asked_at, outdated = self._now(), self._outdated & {key}
        call: Call[tuple[ReportMetadata, ...]] = metadata.get_report_metadata(site_id, language=self.language)
        catalogue = Catalogue.of(await self._fetch(call))
        self._outdated -= outdated
        self._held[key] = _Held(catalogue, asked_at)
        self._held.move_to_end(key)
        while len(self._held) > _MOST_SITES:
            self._held.popitem(last=False)
        return catalogue
