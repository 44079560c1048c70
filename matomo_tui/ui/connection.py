"""One Matomo on the screen: its session, its poller, its screens; connecting, retrying and token renewal."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from textual.screen import Screen
from textual.timer import Timer

from matomo_tui.api.errors import MatomoError, RateLimited, ServerError, TimedOut, TokenRejected, Unreachable
from matomo_tui.api.secret import Secret
from matomo_tui.config.secrets import SecretError, TokenSource
from matomo_tui.config.settings import Settings
from matomo_tui.live.clock import Clock
from matomo_tui.live.snapshot import LiveSnapshot
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.alerting import AlertsMixin
from matomo_tui.ui.live.before_polling import snapshot_before
from matomo_tui.ui.live.live_header import HeaderContext
from matomo_tui.ui.live.live_screen import LiveScreen

if TYPE_CHECKING:
    from matomo_tui.admin.drafts import DraftStore
    from matomo_tui.api.access import Access
    from matomo_tui.config.profile_store import ProfileStore
    from matomo_tui.config.run_token import RunToken
    from matomo_tui.live.poller import Poller
    from matomo_tui.recording.player import Player
    from matomo_tui.session import Session
    from matomo_tui.ui.admin_navigation import AdminNavigator
    from matomo_tui.ui.navigation import SectionNavigator
    from matomo_tui.ui.role_reading import RoleReading
    from matomo_tui.ui.token_renewal import TokenRenewal
    from matomo_tui.ui.unseen_screens import UnseenScreens


Connector = Callable[[Settings, Secret | None], Awaitable["Session"]]
Token = Callable[[], Secret]
PollerFor = Callable[["Session", Clock], "Poller"]


RETRY_CONNECTING = 30.0
"""Seconds until an attempt that failed in the network is repeated."""


class ConnectionHost(AlertsMixin):
    """The application as its connections see it."""

    connector: Connector
    profiles: ProfileStore | None
    new_poller: PollerFor
    clock: Clock
    is_recording: bool
    """True if every answer is written to a file."""
    player: Player | None
    """The clock of a replay."""
    notice: Callable[[], str]
    """Returns a sentence for the banner of the live screen."""

    @abstractmethod
    def is_shown(self, connection: Connection) -> bool:
        """Returns True if ``connection`` is the one on the screen."""

    @abstractmethod
    def snapshot_published(self, connection: Connection, snapshot: LiveSnapshot) -> None:
        """Called with every snapshot of every connection."""

    def retry_after(self, error: MatomoError) -> float | None:
        """Seconds until a failed attempt to connect is repeated; ``None`` if it is the user's turn."""
        if not isinstance(error, Unreachable | TimedOut | ServerError | RateLimited):
            return None
        from matomo_tui.live.schedule import LONGEST_RETRY_AFTER

        return max(RETRY_CONNECTING, min(LONGEST_RETRY_AFTER, error.retry_after or 0.0))

    def session_opened(self, connection: Connection, session: Session) -> None:
        """Called when ``connection`` polls through another session."""

    @abstractmethod
    def session_chosen(self, connection: Connection, session: Session) -> None:
        """Called when ``session`` was opened on the connect screen of ``connection``."""

    @abstractmethod
    def connections_changed(self) -> None:
        """Called when a connection has another session or other settings."""


class Connection:
    """A connection to one Matomo with everything that belongs to it.

    The application shows one of its connections at a time, each on its own stack of screens (``mode``). The poller of
    one that is not shown polls seldom, and nothing is opened or closed above another connection's screens.
    """

    def __init__(
        self,
        host: ConnectionHost,
        settings: Settings,
        token: Token | None,
        *,
        mode: str,
        session: Session | None = None,
    ) -> None:
        self.host = host
        self.settings = settings
        self.token = token
        self.mode = mode
        """Textual's name of the stack of screens."""
        self.session = session
        self.poller: Poller | None = None
        self.sections: SectionNavigator | None = None
        self.administration: AdminNavigator | None = None
        self.live = LiveScreen(self._before(None), host.clock, self._standing(settings))
        self.live.player, self.live.notice = host.player, host.notice
        self._retry: Timer | None = None
        self._first = token, settings
        self._renewal: TokenRenewal | None = None
        """Made at the first rejection: it would cost start-up time."""
        self.role_reading: RoleReading | None = None
        self._noticed: Session | None = None
        self._outdated: list[AdminNavigator | SectionNavigator] = []
        """Screens of an earlier session, to be closed when the connection is shown."""

    @cached_property
    def _unseen(self) -> UnseenScreens:
        from matomo_tui.ui.unseen_screens import UnseenScreens  # after the first frame

        return UnseenScreens(self.host, self)

    @cached_property
    def run_token(self) -> RunToken | None:
        """The token that the run was given, for the connect screen."""
        from matomo_tui.config.run_token import RunToken  # after the first frame

        token, settings = self._first
        return RunToken(token, settings) if isinstance(token, TokenSource) else None

    @cached_property
    def drafts(self) -> DraftStore:
        """Unsaved input of the administration."""
        from matomo_tui.admin.drafts import DraftStore

        return DraftStore()

    @property
    def name(self) -> str:
        """The profile's name, otherwise the address, sanitized."""
        return sanitize(self.settings.profile or ("demo" if self.settings.demo else self.settings.url)) or "matomo-tui"

    @property
    def snapshot(self) -> LiveSnapshot:
        """The latest snapshot; before the first poll the state of connecting."""
        return self.poller.snapshot if self.poller is not None else self.live.snapshot

    @property
    def has_begun(self) -> bool:
        """Whether the live screen has figures to go back to, or can have some."""
        return self.session is not None or self._may_connect

    @property
    def _may_connect(self) -> bool:
        # A run may be given a token without an address. A kiosk connects as anonymous: nobody can be asked.
        has_source = self.token is not None and bool(self.settings.url)
        return has_source or self.settings.demo or self.host.player is not None or self.settings.kiosk

    def begin(self) -> None:
        """Poll through the session that there is, or connect; does nothing without an address or a token."""
        if self.session is not None:
            self.follow(self.session)
        elif self._may_connect:
            self.connect()

    def connect(self) -> None:
        """Connect with the present settings and token, in the background."""
        self.show_connecting()
        self.attempt(self._connect())

    def show_connecting(self) -> None:
        """Show that an attempt is under way, in place of the error of the one before."""
        connecting = self._before(None)
        if connecting.poll != self.live.snapshot.poll:
            self._show(connecting)

    def attempt(self, work: Any) -> None:
        """Do ``work``, which ends with a session to follow, in place of an attempt that is under way or due."""
        self._stop_retrying()
        self.work(work, "connect")

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
            session = await self.open(self.settings)
        except (MatomoError, SecretError) as error:
            self.could_not_connect(error)
        else:
            self.follow(session)

    async def open(self, settings: Settings) -> Session:
        """Open a session with the present token. Raises ``MatomoError`` and ``SecretError``."""
        return await self.connector_for(self.token)(settings, await self._secret())

    def connector_for(self, token: Token | None) -> Connector:
        """Opens sessions. If Matomo rejects what ``token`` returned, its command may supply another, once."""
        if not isinstance(token, TokenSource):
            return self.host.connector
        from matomo_tui.session import Reconnecting

        return Reconnecting(token, self.host.connector)

    async def _secret(self) -> Secret | None:
        if self.token is None or self.settings.demo:
            return None
        if isinstance(self.token, TokenSource):
            return await self.token.fetch()
        return await asyncio.to_thread(self.token)

    def could_not_connect(self, error: MatomoError | SecretError) -> None:
        """Show why there is no connection, and try again later if waiting may help."""
        failure = error if isinstance(error, MatomoError) else MatomoError(str(error))
        again = self.host.retry_after(failure)
        self._show(self._before(failure, again))
        if again is not None:
            self._retry = self.host.set_timer(again, self._try_again)

    def _show(self, snapshot: LiveSnapshot) -> None:
        """Show a snapshot that no poller made."""
        self.live.show(snapshot)
        self.host.snapshot_published(self, snapshot)

    def _before(self, error: MatomoError | None, again: float | None = None) -> LiveSnapshot:
        return snapshot_before(self.settings, self.host.clock.now(), error, again)

    def _standing(self, settings: Settings, role: str = "") -> HeaderContext:
        return HeaderContext(
            badge="REPLAY" if self.host.player is not None else "",
            recording=self.host.is_recording,
            role=role,
            profile=sanitize(settings.profile),
            demo=settings.demo,
            read_only=settings.read_only,
        )

    def follow_instead(self, session: Session) -> None:
        """Poll through ``session`` in place of an attempt to connect that is under way."""
        self.host.workers.cancel_group(self.host, self._group("connect"))
        self.follow(session)

    def follow(self, session: Session) -> None:
        """Poll through ``session``, and close the connection before. Drops a pending retry."""
        self._stop_retrying()
        self._stop_renewing()
        before, self.session, self.settings = self.session, session, session.settings
        self.close_screens()
        self.poller = self.host.new_poller(session, self.host.clock)
        self.poller.set_unseen(not self.host.is_shown(self))
        standing = self._standing(session.settings, session.access.role(session.site.id))
        self.live.attach(self.poller, standing, session.warnings)
        self.poller.subscribe(self._look_at)
        self.host.follow_alerts(self.mode, self.live, session, self.poller)
        self.work(self.poller.run(), "poller")
        self.host.session_opened(self, session)
        self.host.connections_changed()
        if before is not None and before is not session:
            self.host.run_worker(before.client.aclose(), exit_on_error=False)

    def _look_at(self, snapshot: LiveSnapshot) -> None:
        """Show a notice of the server once. Renew a rejected token, if a command can supply another."""
        if self.session is not None and self.session.client.notice and self._noticed is not self.session:
            self._noticed = self.session
            from matomo_tui.api.notices import explain_notice

            self.host.notify(explain_notice(self.session.client.notice), severity="warning", markup=False)
        if isinstance(snapshot.poll.error, TokenRejected):
            if self._renewal is None:
                from matomo_tui.ui.token_renewal import TokenRenewal

                self._renewal = TokenRenewal(self.host, self, self.host.connector, self.host.retry_after)
            self._renewal.look_at(snapshot)
        self.host.snapshot_published(self, snapshot)

    def _stop_renewing(self) -> None:
        if self._renewal is not None:
            self._renewal.stop()

    async def renewed(self, before: Session, fresh: Session, poller: Poller) -> None:
        """Go on with the token of ``fresh`` in the same client: no screen closes, and a write under way ends."""
        await before.client.take_over(fresh.client)
        self.session = replace(self.session or before, version=fresh.version, token=fresh.token)
        self._apply_access(fresh.access)
        poller.token_replaced()
        self.host.connections_changed()

    def _apply_access(self, access: Access) -> None:
        """Apply what a renewed token may do, which need not be what the one before might."""
        if self.sections is not None:
            self.sections.token_replaced()
        if self.administration is not None:
            self.administration.token_replaced(access)
        if self.session is not None and self.session.access != access:
            self.access_changed(access)

    def site_deleted(self) -> None:
        """Drop the report screens with their answers, which are about a site that was deleted."""
        if self.sections is not None:
            self.sections.close()
            self.sections = None

    def access_changed(self, access: Access) -> None:
        """Apply what the token may do after that has changed."""
        if self.session is not None:
            self.session = replace(self.session, access=access)
        if self.sections is not None:
            self.sections.context.access = access
        self.live.set_role(access.role(self.live.snapshot.site.id))
        self.host.screen.refresh_bindings()

    @property
    def screens(self) -> list[Screen[Any]]:
        """The stack of screens, empty before the connection was shown."""
        with suppress(KeyError):
            return self.host.get_screen_stack(self.mode)
        return []

    def open_sections(self) -> SectionNavigator | None:
        """The report screens, created if needed; ``None`` before the first session."""
        if self.sections is None and self.session is not None:
            from matomo_tui.ui.navigation import SectionNavigator

            self.sections = SectionNavigator(self.host, self.session, self.live)
        return self.sections

    def open_administration(self) -> AdminNavigator | None:
        """The administration, created if needed; ``None`` before the first session."""
        if self.administration is None and self.session is not None:
            from matomo_tui.ui.admin_navigation import AdminNavigator

            self.administration = AdminNavigator(self.host, self, self.session, self.live)
        return self.administration

    def close_screens(self) -> None:
        """Close the report screens and the administration, which belong to a session: now, or when the connection is
        shown again."""
        self._outdated += [one for one in (self.administration, self.sections) if one is not None]
        self.administration = self.sections = None
        self._unseen.forget()
        if self.host.is_shown(self):
            self._close_outdated()

    def _close_outdated(self) -> None:
        while self._outdated:
            self._outdated.pop(0).close()

    def release_unseen(self) -> None:
        """Give back the report screens and the administration that were not shown for ten minutes."""
        self._unseen.release(is_shown=self.host.is_shown(self))

    def discard(self) -> None:
        """Remove the screens after their stack was removed: the tab is closed."""
        self.close_screens()
        self._close_outdated()
        self.host.uninstall_screen(self.live)

    def shown(self) -> None:
        """The connection came to the screen: its figures are polled at their interval again."""
        self._close_outdated()
        self._unseen.reopen()
        if self.administration is not None:
            self.administration.show_lock()
        if self.poller is not None:
            self.poller.set_unseen(False)

    def hidden(self) -> None:
        """Another connection is on the screen: poll seldom."""
        self._unseen.hidden()
        if self.poller is not None:
            self.poller.set_unseen(True)

    async def aclose(self) -> None:
        """Stop polling and close the client."""
        self._stop_retrying()
        self._stop_renewing()
        self.host.stop_alerts(self.mode)
        self.live.detach()
        for kind in ("connect", "renew", "role", "poller"):
            self.host.workers.cancel_group(self.host, self._group(kind))
        if self.session is not None:
            with suppress(MatomoError, OSError):
                await self.session.client.aclose()

    def _group(self, kind: str) -> str:
        return f"{kind} {self.mode}"

    def work(self, work: Any, kind: str) -> None:
        """Do ``work`` in the background, instead of what is under way of its kind."""
        self.host.run_worker(work, group=self._group(kind), exclusive=True, exit_on_error=False)
