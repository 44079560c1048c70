"""Polls the figures of chosen sites for ``matomo-tui metrics``, for weeks, whatever the server does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from matomo_tui.api.errors import BadRequest, MatomoError, NoAccess
from matomo_tui.api.server import get_matomo_version
from matomo_tui.api.site import Site
from matomo_tui.api.sites import get_sites_with_at_least_view_access
from matomo_tui.config.secrets import SecretError
from matomo_tui.headless.connection import ReadConnection
from matomo_tui.headless.site_metrics import MOST_SITES, PARTS, Metrics, SiteMetrics, site_calls, site_figures
from matomo_tui.live.clock import Clock, SystemClock
from matomo_tui.live.schedule import Pacer
from matomo_tui.session import choose_site

SITES_EVERY = 3600.0
"""Seconds after which the list of sites is requested again."""


class MetricsPoller:
    """Keeps ``metrics`` up to date: one bulk request a poll, back-off after errors, none after a rejected token."""

    def __init__(
        self,
        connection: ReadConnection,
        wanted: Sequence[str],
        *,
        interval: float,
        clock: Clock | None = None,
        on_update: Callable[[Metrics], None] = lambda _: None,
        on_note: Callable[[str], None] = lambda _: None,
    ) -> None:
        """``wanted`` are ids and names of sites; without any, the first :data:`MOST_SITES` are exported.

        ``on_update`` is called after each poll, ``on_note`` with a sentence when an outage begins or ends.
        """
        self.metrics = Metrics()
        self._connection = connection
        self._wanted = tuple(wanted)
        self._clock: Clock = clock or SystemClock()
        self._pacer = Pacer(interval)
        self.on_update = on_update
        self._on_note = on_note
        self._sites: tuple[Site, ...] = ()
        self._sites_at: float | None = None
        self._missing: frozenset[str] = frozenset()
        """The wanted sites that were there at the start and are not any more."""
        self._said = ""

    async def run(self) -> None:
        """Poll until cancelled. After a rejected token or a lockout nothing more is sent, and ``up`` stays 0.

        Raises ``BadRequest`` if the settings or the names of sites are wrong.
        """
        while True:
            started = self._clock.monotonic()
            error = await self._guarded_poll()
            if error is not None and error.stops_polling:
                self._on_note("No more requests are sent: start the command again when that is mended.")
                while True:
                    await self._clock.wait(asyncio.Event(), SITES_EVERY)
            await self._clock.wait(asyncio.Event(), started + self._pacer.delay() - self._clock.monotonic())

    async def poll(self) -> None:
        """Poll once. Raises a ``MatomoError`` or a ``SecretError``, after ``metrics`` says that Matomo is down."""
        started = self._clock.monotonic()
        try:
            figures = await self._figures()
        except (MatomoError, SecretError) as error:
            self._failed(error)
            raise
        client = await self._connection.client()
        health = self.metrics.health
        self.metrics = replace(
            self.metrics,
            up=True,
            sites=figures,
            clock_offset=client.clock_offset,
            server_offset=client.server_offset,
            health=replace(
                health,
                successes=health.successes + 1,
                last_success_at=self._clock.now(),
                duration=self._clock.monotonic() - started,
                requests=client.requests_sent,
                received=client.bytes_received,
            ),
        )
        self._pacer.succeeded(self._clock.monotonic(), elapsed=client.last_elapsed, changed=True)
        if self._said:
            self._said = ""
            self._on_note("Matomo answers again.")
        self.on_update(self.metrics)

    async def _guarded_poll(self) -> MatomoError | None:
        try:
            await self.poll()
        except MatomoError as error:
            if isinstance(error, BadRequest) and self._sites_at is None:  # address, settings, names of sites
                raise
            self._note_outage(error)
            return error
        except SecretError as error:
            failure = MatomoError(str(error))
            self._note_outage(failure)
            return failure
        return None

    def _failed(self, error: MatomoError | SecretError) -> None:
        kind = type(error).__name__
        health = self.metrics.health
        errors = {**health.errors, kind: health.errors.get(kind, 0) + 1}
        self.metrics = replace(self.metrics, up=False, sites=(), health=replace(health, errors=errors))
        self.on_update(self.metrics)

    def _note_outage(self, error: MatomoError) -> None:
        self._pacer.failed(error)
        if str(error) != self._said:
            self._said = str(error)
            self._on_note(str(error))

    async def _figures(self) -> tuple[SiteMetrics, ...]:
        await self._find_sites()
        client = await self._connection.client()
        now = self._clock.now() + client.server_offset
        calls = [call for site in self._sites for call in site_calls(site, now)]
        answers = await self._connection.bulk(calls)
        parts = [answers[start : start + PARTS] for start in range(0, len(answers), PARTS)]
        figures = tuple(site_figures(site, part) for site, part in zip(self._sites, parts, strict=True))
        failed = [answer for answer in answers if isinstance(answer, MatomoError)]
        if failed and len(failed) == len(answers):
            raise failed[0]
        return figures

    async def _find_sites(self) -> None:
        now = self._clock.monotonic()
        if self._sites_at is not None and now - self._sites_at < SITES_EVERY:
            return
        found, version = await self._connection.bulk([get_sites_with_at_least_view_access(), get_matomo_version()])
        if isinstance(found, MatomoError):
            raise found
        if not found:
            raise NoAccess("The token has access to no site. Ask an administrator for view access.", "view")
        if self._wanted:
            self._sites = self._chosen(found)
        else:
            self._sites = tuple(sorted(found, key=lambda site: site.id)[:MOST_SITES])
            if len(found) > MOST_SITES and self._sites_at is None:
                self._on_note(f"The first {MOST_SITES} of {len(found):,} sites are exported: name others with --site.")
        self._sites_at = now
        self.metrics = replace(self.metrics, version=version if isinstance(version, str) else "")

    def _chosen(self, found: Sequence[Site]) -> tuple[Site, ...]:
        """The wanted sites among those ``found``. One that is not there later on is left out, and named once.

        Raises ``BadRequest`` if one is not there at the start, or none later."""
        chosen: dict[int, Site] = {}
        missing: dict[str, BadRequest] = {}
        for name in self._wanted:
            try:
                site = choose_site(name, found)
            except BadRequest as error:
                if self._sites_at is None:
                    raise
                missing[name] = error
            else:
                chosen[site.id] = site
        if missing and not chosen:
            raise next(iter(missing.values()))
        for name, why in missing.items():
            if name not in self._missing:
                self._on_note(f"{why} The other sites are exported without it.")
        self._missing = frozenset(missing)
        return tuple(chosen.values())
