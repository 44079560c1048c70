"""The application's connection: connecting, retrying, token renewal and the poller."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from textual.timer import Timer

from matomo_tui.api.errors import MatomoError, RateLimited, ServerError, TimedOut, TokenRejected, Unreachable
from matomo_tui.api.notices import explain_notice
from matomo_tui.api.secret import Secret
from matomo_tui.api.sites import Site
from matomo_tui.config.secrets import SecretError, TokenSource
from matomo_tui.config.settings import Settings, within_run
from matomo_tui.live.clock import Clock
from matomo_tui.live.snapshot import LiveSnapshot, Phase, PollState
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.alerting import AlertsMixin
from matomo_tui.ui.live.live_header import HeaderContext
from matomo_tui.ui.live.live_screen import LiveScreen
from matomo_tui.ui.widgets.workers import deferred

if TYPE_CHECKING:
    from matomo_tui.config.profile_store import ProfileStore
    from matomo_tui.live.poller import Poller
    from matomo_tui.recording.player import Player
    from matomo_tui.session import Session

Connector = Callable[[Settings, Secret | None], Awaitable["Session"]]
Token = Callable[[], Secret]
PollerFor = Callable[["Session", Clock], "Poller"]

RETRY_CONNECTING = 30.0
"""Seconds until an attempt that failed in the network is repeated."""


class ConnectionMixin(AlertsMixin):
    """Connects in the background, follows a session with a poller, and replaces both."""

    settings: Settings
    connector: Connector
    profiles: ProfileStore | None
    token: Token | None
    poller: Poller | None
    live: LiveScreen
    is_recording: bool = False
    player: Player | None = None
    """The clock of a replay."""
    _poller_for: PollerFor
    _retry: Timer | None = None
    _rejection: TokenRejected | None = None
    _noticed: Session | None = None

    @abstractmethod
    def close_sections(self) -> None:
        """Close the report screens and the administration, which belong to a connection."""

    def connect(self) -> None:
        """Connect with the present settings and token, in the background."""
        self._stop_retrying()
        self.live.show(self._before(None))
        self.run_worker(self._connect(), group="connect", exclusive=True, exit_on_error=False)

    def _try_again(self) -> None:
        # A timer that was stopped may have rung already.
        if self._retry is not None:
            self.connect()

    def _stop_retrying(self) -> None:
        if self._retry is not None:
            self._retry.stop()
            self._retry = None

    async def _connect(self) -> None:
        try:
            session = await self.connector(self.settings, await self._secret())
        except (MatomoError, SecretError) as error:
            self._could_not_connect(error)
        else:
            self._follow(session)

    async def _secret(self) -> Secret | None:
        if self.token is None or self.settings.demo:
            return None
        if isinstance(self.token, TokenSource):
            return await self.token.fetch()
        return await asyncio.to_thread(self.token)

    def _could_not_connect(self, error: MatomoError | SecretError) -> None:
        failure = error if isinstance(error, MatomoError) else MatomoError(str(error))
        again = self.retry_after(failure)
        self.live.show(self._before(failure, again))
        if again is not None:
            self._retry = self.set_timer(again, self._try_again)

    def retry_after(self, error: MatomoError) -> float | None:
        """Seconds until a failed attempt to connect is repeated; ``None`` if it is the user's turn."""
        if not isinstance(error, Unreachable | TimedOut | ServerError | RateLimited):
            return None
        from matomo_tui.live.schedule import LONGEST_RETRY_AFTER

        return max(RETRY_CONNECTING, min(LONGEST_RETRY_AFTER, error.retry_after or 0.0))

    def _before(self, error: MatomoError | None, again: float | None = None) -> LiveSnapshot:
        """The snapshot to draw without a poller: connecting, or the ``error`` and the seconds until it is tried
        ``again``."""
        phase = Phase.STARTING if error is None else Phase.STOPPED if again is None else Phase.STALE
        now, site = self.clock.now(), self.settings.site
        poll = PollState(
            phase=phase,
            error=error,
            in_flight=error is None,
            interval=self.settings.interval,
            next_poll_at=None if again is None else now + again,
        )
        name = "" if site.isdigit() else sanitize(site)
        return LiveSnapshot(site=Site(id=0, name=name), taken_at=now, poll=poll)

    def _standing(self, settings: Settings, role: str = "") -> HeaderContext:
        return HeaderContext(
            badge="REPLAY" if self.player is not None else "",
            recording=self.is_recording,
            role=role,
            profile=sanitize(settings.profile),
            demo=settings.demo,
            read_only=settings.read_only,
        )

    def _follow(self, session: Session) -> None:
        """Poll through ``session``, and close the connection before. Drops a pending retry."""
        self._stop_retrying()
        before, self.session, self.settings = self.session, session, session.settings
        self.close_sections()
        self.poller = self._poller_for(session, self.clock)
        standing = self._standing(session.settings, session.access.role(session.site.id))
        self.live.attach(self.poller, standing, session.warnings)
        self.poller.subscribe(self._look_at_token)
        self.follow_alerts(session, self.poller)
        self.run_worker(self.poller.run(), group="poller", exclusive=True, exit_on_error=False)
        if before is not None and before is not session:
            self.run_worker(before.client.aclose(), exit_on_error=False)

    def _look_at_token(self, snapshot: LiveSnapshot) -> None:
        """Show a notice of the server once. Renew a rejected token once, if a command can supply another."""
        error = snapshot.poll.error
        if self.session is not None and self.session.client.notice and self._noticed is not self.session:
            self._noticed = self.session
            self.notify(explain_notice(self.session.client.notice), severity="warning", markup=False)
        if isinstance(error, TokenRejected) and error is not self._rejection:
            self._rejection = error
            self.run_worker(self._renew_token(), group="connect", exclusive=True, exit_on_error=False)

    async def _renew_token(self) -> None:
        from matomo_tui.session import renew

        before = self.session
        if before is None or self.poller is None:
            return
        with suppress(MatomoError, SecretError):
            fresh = await renew(before, self.connector)
            if fresh is not None:
                self.session = fresh
                self.close_sections()
                self.poller.replace_client(fresh.client)
                self.renew_alerts(fresh)
                await before.client.aclose()

    def open_connect(self, notice: str = "") -> None:
        """Open the connect screen, and follow the session that it returns."""
        from matomo_tui.ui.connect.connect_screen import ConnectScreen

        def chosen(session: Session | None) -> None:
            if session is not None:
                self.workers.cancel_group(self, "connect")
                self._follow(session)

        self.push_screen(
            ConnectScreen(self.settings, self.connector, self.profiles, notice, can_go_back=self._has_begun), chosen
        )

    def switch_profile(self, name: str) -> None:
        """Connect with another profile. The present connection stays until that succeeds."""
        self._stop_retrying()
        self.run_worker(deferred(self._switch_profile, name), group="connect", exclusive=True, exit_on_error=False)

    async def _switch_profile(self, name: str) -> None:
        from matomo_tui.config.validation import ConfigError
        from matomo_tui.session import Reconnecting

        if self.profiles is None:
            return
        try:
            settings = within_run(await asyncio.to_thread(self.profiles.settings, name), self.settings)
            source = self.profiles.token_source(settings)
            session = await Reconnecting(source, self.connector)(settings, await source.fetch())
        except (MatomoError, SecretError, ConfigError) as error:
            self.notify(sanitize(f"{name}: {error}"), severity="error", markup=False, timeout=15)
            if self.session is None:
                self.connect()
            return
        if any(getattr(screen, "is_writing", False) for screen in self.screen_stack):
            await session.client.aclose()
            self.notify("Something is being written: choose the profile again when it is done.", severity="warning")
            return
        self.token = source
        self._follow(session)
        self.uncover(self.live)

    @property
    def _has_begun(self) -> bool:
        """Whether the live screen has figures to go back to."""
        return self.session is not None or self.token is not None or self.settings.demo

    def on_live_screen_reconnect(self, message: LiveScreen.Reconnect) -> None:
        """Open the connect screen, or try again before the first connection."""
        if message.again and (self.settings.demo or self.token is not None):
            self.connect()
        else:
            self.on_reconnect()

    def on_reconnect(self) -> None:
        """Open the connect screen with the last error: ``c``, also in the administration after a rejected token."""
        error = self.live.snapshot.poll.error
        self.open_connect(str(error) if error is not None else "")


def new_poller(session: Session, clock: Clock) -> Poller:
    """The poller for a connection. Imported here, as the first frame does not need it."""
    from matomo_tui.live.poller import Poller

    return Poller(session.client, session.site, interval=session.settings.interval, clock=clock)
