"""The one connection of an agent server: opened at the first use, stopped for good by a rejected token."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from matomo_tui.agents.live_reads import LiveReads
from matomo_tui.api import sites
from matomo_tui.api.errors import MatomoError, TokenRejected
from matomo_tui.api.site import Site
from matomo_tui.config.secrets import SecretError
from matomo_tui.live.clock import Clock, SystemClock
from matomo_tui.live.timezones import zone
from matomo_tui.reports.catalogue_cache import Catalogues
from matomo_tui.reports.loader import ReportLoader
from matomo_tui.reports.periods import today
from matomo_tui.session import Session

T = TypeVar("T")

_SITE_LIFETIME = 900.0
"""Seconds for which the name and the settings of a site are used again."""


@dataclass(frozen=True, slots=True)
class Desk:
    """An open session and what reads over it."""

    session: Session
    clock: Clock
    live: LiveReads
    loader: ReportLoader
    catalogues: Catalogues
    _sites: dict[int, tuple[float, Site]] = field(default_factory=dict)

    @classmethod
    def of(cls, session: Session, clock: Clock, live: LiveReads | None = None) -> Desk:
        """The desk of a session, which goes on with the figures of ``live`` if there are some."""

        def day(site: Site) -> date:
            return _today(session, clock, site)

        loader = ReportLoader(session.client, day, now=clock.now)
        language = session.settings.language
        catalogues = Catalogues(loader.request, language=language, english=True, now=clock.now)
        return cls(session, clock, live or LiveReads(session.client, clock=clock), loader, catalogues)

    async def with_token_of(self, fresh: Session) -> Desk:
        """A desk with the token of ``fresh``. The client stays, so that calls over the present desk can end."""
        client = self.session.client
        await client.take_over(fresh.client)
        self.live.token_replaced()
        return Desk.of(replace(fresh, client=client), self.clock, self.live)

    async def site(self, site_id: int) -> Site:
        """A site by its id. Raises a ``MatomoError``."""
        known = self._sites.get(site_id)
        if known is not None and 0 <= self.clock.monotonic() - known[0] < _SITE_LIFETIME:
            return known[1]
        found = await self.session.client.call(sites.get_site_from_id(site_id))
        self._sites[site_id] = self.clock.monotonic(), found
        return found

    def today(self, site: Site) -> date:
        """The date of today in the site's time zone, by the server's clock."""
        return _today(self.session, self.clock, site)

    def forget_site(self, site_id: int) -> None:
        """Request a site again at its next use, after it was changed."""
        self._sites.pop(site_id, None)

    async def sleep(self, seconds: float) -> None:
        """Wait by the connection's clock."""
        await self.clock.wait(asyncio.Event(), seconds)

    async def aclose(self) -> None:
        """Close everything."""
        await self.live.aclose()
        await self.session.client.aclose()


class AgentConnection:
    """Opens the session once, and again with another token if the profile's command has one.

    ``connect`` opens a session; ``renew`` opens one with another token after that of a session was rejected, and
    returns None if there is no other. After an error that stops polling nothing is sent any more.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[Session]],
        renew: Callable[[Session], Awaitable[Session | None]],
        *,
        clock: Clock | None = None,
    ) -> None:
        self._connect = connect
        self._renew = renew
        self._clock: Clock = clock or SystemClock()
        self._desk: Desk | None = None
        self._stopped: MatomoError | None = None
        self._opening = asyncio.Lock()

    async def use(self, work: Callable[[Desk], Awaitable[T]]) -> T:
        """The result of ``work``. Raises a ``MatomoError``."""
        desk = await self.open()
        try:
            return await work(desk)
        except MatomoError as error:
            if not error.stops_polling:
                raise
            renewed = await self._renewed(desk, error)
        return await work(renewed)

    async def open(self) -> Desk:
        """The desk, opened at the first call. Raises a ``MatomoError``."""
        async with self._opening:
            if self._stopped is not None:
                raise self._stopped
            if self._desk is None:
                try:
                    self._desk = Desk.of(await self._connect(), self._clock)
                except SecretError as error:
                    raise self._stop(TokenRejected(str(error))) from None
                except MatomoError as error:
                    raise self._stop(error) if error.stops_polling else error from None
            return self._desk

    async def aclose(self) -> None:
        """Close the connection."""
        desk, self._desk = self._desk, None
        if desk is not None:
            await desk.aclose()

    async def _renewed(self, desk: Desk, error: MatomoError) -> Desk:
        """A desk with another token. Raises ``error`` if there is none, now and at every later call."""
        async with self._opening:
            if self._stopped is not None:
                raise self._stopped
            if self._desk is not desk and self._desk is not None:
                return self._desk  # another call has renewed it
            session = None
            if isinstance(error, TokenRejected):
                try:
                    session = await self._renew(desk.session)
                except SecretError as trouble:
                    raise self._stop(TokenRejected(f"{error} {trouble}")) from None
                except MatomoError as trouble:
                    raise self._stop(trouble) if trouble.stops_polling else trouble from None
            if session is None:
                raise self._stop(error)
            self._desk = await desk.with_token_of(session)
            return self._desk

    def _stop(self, error: MatomoError) -> MatomoError:
        sentence = f"{error} Nothing more is sent until matomo-tui mcp is started again."
        self._stopped = error.reworded(sentence)
        return self._stopped


def _today(session: Session, clock: Clock, site: Site) -> date:
    return today(zone(site.timezone), clock.now() + session.client.server_offset)
