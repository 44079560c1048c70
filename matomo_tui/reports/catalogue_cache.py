"""Catalogues per site: fetched once, served from the cache, refreshed in the background."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from matomo_tui.api import metadata
from matomo_tui.api.calls import Call
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.metadata import ReportMetadata
from matomo_tui.reports.catalogue import Catalogue

T = TypeVar("T")

REFRESHED_AFTER = 3600.0
"""Seconds after which a catalogue is refreshed, because a goal or plug-in may have been added."""

_MOST_SITES = 8
_ENGLISH = "en"


class Fetch(Protocol):
    """Sends a call: ``ReportLoader.request``, in the same queue as the reports."""

    def __call__(self, call: Call[T], /) -> Awaitable[T]: ...


class _Held(Struct, frozen=True):
    catalogue: Catalogue
    asked_at: float


async def load_catalogue(fetch: Fetch, site_id: int, language: str, *, english: bool = False) -> Catalogue:
    """Load the reports of a site (``API.getReportMetadata``), named in ``language``; with ``english`` in English too.

    Raises ``MatomoError``. The two languages are two requests: Matomo answers all calls of one in the same language.
    """
    call: Call[tuple[ReportMetadata, ...]] = metadata.get_report_metadata(site_id, language=language)
    listed = await fetch(call)
    is_other = english and language != _ENGLISH
    return Catalogue.of(listed, await load_catalogue(fetch, site_id, _ENGLISH) if is_other else None)


class Catalogues:
    """The catalogues of the sites used last, in ``language`` (Matomo's code, such as ``en``); with ``english`` in
    English too, to look up names that somebody wrote."""

    def __init__(
        self,
        fetch: Fetch,
        *,
        language: str = _ENGLISH,
        english: bool = False,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.language = language
        self._english = english
        self._fetch = fetch
        self._now = now
        self._held: OrderedDict[tuple[int, str], _Held] = OrderedDict()
        self._outdated: set[tuple[int, str]] = set()

    def held(self, site_id: int) -> Catalogue | None:
        """The site's catalogue if it is cached, however old; else ``None``."""
        held = self._held.get((site_id, self.language))
        return held.catalogue if held is not None else None

    def is_due(self, site_id: int) -> bool:
        """Returns True if the catalogue is missing, outdated or old, so that :meth:`refresh` is worth a request."""
        key = (site_id, self.language)
        held = self._held.get(key)
        return held is None or key in self._outdated or not 0 <= self._now() - held.asked_at < REFRESHED_AFTER

    def make_due(self, site_id: int) -> None:
        """Mark the site's catalogue as outdated, for example by a new goal. It is used until it is refreshed."""
        self._outdated |= {key for key in self._held if key[0] == site_id}

    async def get(self, site_id: int) -> Catalogue:
        """The site's catalogue, cached or loaded (``API.getReportMetadata``). Raises ``MatomoError``."""
        return self.held(site_id) or await self._load(site_id)

    async def current(self, site_id: int) -> Catalogue:
        """The site's catalogue, loaded again if it is due. If that fails, the cached one; without one raises
        ``MatomoError``."""
        if self.is_due(site_id):
            await self.refresh(site_id)
        return await self.get(site_id)

    def age(self, site_id: int) -> float:
        """Seconds since the site's cached catalogue was loaded; 0 without one."""
        held = self._held.get((site_id, self.language))
        return 0.0 if held is None else abs(self._now() - held.asked_at)

    async def refresh(self, site_id: int) -> Catalogue | None:
        """Load the catalogue again. Returns it if it differs from the cached one, else ``None``; ``None`` also if the
        request fails or brings no report at all while one is cached. Raises ``MatomoError`` if none is cached."""
        before = self.held(site_id)
        try:
            after = await self._load(site_id)
        except MatomoError:
            if before is None:
                raise
            return None
        if before is not None and (before.reports == after.reports or not after.reports):
            self._held[site_id, self.language] = replace(self._held[site_id, self.language], catalogue=before)
            return None
        return after

    async def _load(self, site_id: int) -> Catalogue:
        key = (site_id, self.language)
        asked_at, outdated = self._now(), self._outdated & {key}
        catalogue = await load_catalogue(self._fetch, site_id, self.language, english=self._english)
        self._outdated -= outdated
        self._held[key] = _Held(catalogue, asked_at)
        self._held.move_to_end(key)
        while len(self._held) > _MOST_SITES:
            self._held.popitem(last=False)
        return catalogue
