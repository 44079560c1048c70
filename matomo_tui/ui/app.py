"""The application: connects session, poller and screens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.filter import LineFilter, NoColor
from textual.screen import Screen
from textual.timer import Timer
from textual.types import CSSPathType
from textual.worker import Worker, WorkerState

from matomo_tui.admin.drafts import DraftStore
from matomo_tui.api.access import Access
from matomo_tui.api.errors import MatomoError, RateLimited, ServerError, TimedOut, TokenRejected, Unreachable
from matomo_tui.api.notices import explain_notice
from matomo_tui.api.secret import Secret
from matomo_tui.api.sites import Site
from matomo_tui.config.secrets import SecretError, TokenSource
from matomo_tui.config.settings import Settings
from matomo_tui.live.clock import Clock, SystemClock
from matomo_tui.live.snapshot import LiveSnapshot, Phase, PollState
from matomo_tui.sanitize import sanitize
from matomo_tui.ui import command_palette
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing import themes
from matomo_tui.ui.drawing.glyphs import ASCII, UNICODE, Glyphs
from matomo_tui.ui.live.live_header import HeaderContext
from matomo_tui.ui.live.live_screen import LiveScreen
from matomo_tui.ui.messages import SwitchSite
from matomo_tui.ui.shell import Shell
from matomo_tui.ui.terminal import gc_tuning, signals
from matomo_tui.ui.terminal.ascii_filter import ASCII_FILTER
from matomo_tui.ui.terminal.key_queue import KeyQueueMixin
from matomo_tui.ui.terminal.sanitizer import SANITIZER

if TYPE_CHECKING:
    from matomo_tui.config.profile_store import ProfileStore
    from matomo_tui.live.poller import Poller
    from matomo_tui.session import Session
    from matomo_tui.ui.admin_navigation import AdminNavigator
    from matomo_tui.ui.navigation import SectionNavigator

Connector = Callable[[Settings, Secret | None], Awaitable["Session"]]
Token = Callable[[], Secret]
PollerFor = Callable[["Session", Clock], "Poller"]

RETRY_CONNECTING = 30.0
"""Seconds until a connection that failed for want of a network is tried again."""


class MatomoApp(KeyQueueMixin, Shell):
    """The dashboard.

    ``session`` is a connection already made; without one the app connects by itself where ``settings.demo`` is set or
    ``token`` (called off the event loop) can fetch one, and opens the connect screen otherwise.
    """

    TITLE = "matomo-tui"
    # The default screen's own CSS_PATH is not read, only that of screens which are pushed.
    CSS_PATH: ClassVar[CSSPathType] = ["app.tcss", "live/live.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = bindings("app")
    COMMAND_PALETTE_BINDING = "ctrl+p"
    ENABLE_COMMAND_PALETTE = True

    def __init__(
        self,
        session: Session | None,
        settings: Settings,
        connector: Connector,
        *,
        clock: Clock | None = None,
        profiles: ProfileStore | None = None,
        token: Token | None = None,
        poller_for: PollerFor | None = None,
    ) -> None:
        super().__init__()
        self.session = session
        self.settings = settings
        self.connector = connector
        self.clock: Clock = clock or SystemClock()
        self.profiles = profiles
        self.token = token
        self._poller_for: PollerFor = poller_for or new_poller
        self.poller: Poller | None = None
        self.sections: SectionNavigator | None = None
        self.administration: AdminNavigator | None = None
        self.drafts = DraftStore()
        self._retry: Timer | None = None
        self._rejection: TokenRejected | None = None
        self._noticed: Session | None = None
        self.glyphs: Glyphs = ASCII if settings.ascii else UNICODE
        self.animation_level = "none"
        self.live = LiveScreen(self._before(None), self.clock, self._standing(settings))
        for theme in themes.THEMES:
            self.register_theme(theme)
        self.theme = themes.initial(settings.theme, sixteen=self.sixteen)

    @property
    def sixteen(self) -> bool:
        """Whether only the terminal's own colours, or none, may be used."""
        return self.no_color or self.settings.color in ("16", "none")

    @property
    def live_view(self) -> LiveScreen:
        """The live screen, which is below all others."""
        return self.live

    @property
    def report_sections(self) -> SectionNavigator | None:
        """The report screens of this connection, ``None`` before one was opened."""
        return self.sections

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters, no colour at all where none is wanted, plain signs where asked for, and the guard last."""
        filters = [NO_COLOR] if self.no_color else list(super().get_line_filters())
        return [*filters, *([ASCII_FILTER] if self.glyphs.ascii else []), SANITIZER]

    def on_mount(self) -> None:
        """Whatever takes time begins after the live screen was drawn."""
        signals.install_signal_handlers(self)
        self.call_after_refresh(self._begin)
        gc_tuning.resume_gc_after_start(self)

    def get_default_screen(self) -> LiveScreen:
        """The live screen is the one at the bottom: there is no empty one below it to be built first."""
        return self.live

    def _begin(self) -> None:
        if self.session is not None:
            self._follow(self.session)
        elif self.settings.demo or self.token is not None:
            self.connect()
        else:
            self.open_connect()

    # The connection

    def connect(self) -> None:
        """Connect with the settings and the token there are, in the background."""
        self._stop_retrying()
        self.live.take(self._before(None))
        self.run_worker(self._connect(), group="connect", exclusive=True, exit_on_error=False)

    def _try_again(self) -> None:
        """The timer's turn; it may have been on its way when it was stopped."""
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
        again = None
        if isinstance(error, Unreachable | TimedOut | ServerError | RateLimited):
            from matomo_tui.live.schedule import LONGEST_WISH

            again = max(RETRY_CONNECTING, min(LONGEST_WISH, error.retry_after or 0.0))
        self.live.take(self._before(failure, again))
        if again is not None:
            self._retry = self.set_timer(again, self._try_again)

    def _before(self, error: MatomoError | None, again: float | None = None) -> LiveSnapshot:
        """What the live screen shows before there is a poller: connecting, or why that failed, and whether it is tried
        ``again`` after so many seconds."""
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
            role=role, profile=sanitize(settings.profile), demo=settings.demo, read_only=settings.read_only
        )

    def _follow(self, session: Session) -> None:
        """Poll through ``session`` from now on; a connection that was still being tried is not wanted any more."""
        self._stop_retrying()
        before, self.session, self.settings = self.session, session, session.settings
        self.close_sections()
        self.poller = self._poller_for(session, self.clock)
        standing = self._standing(session.settings, session.access.role(session.site.id))
        self.live.attach(self.poller, standing, session.warnings)
        self.poller.subscribe(self._look_at_token)
        self.run_worker(self.poller.run(), group="poller", exclusive=True, exit_on_error=False)
        if before is not None and before is not session:
            self.run_worker(before.client.aclose(), exit_on_error=False)

    def _look_at_token(self, snapshot: LiveSnapshot) -> None:
        """A token that is rejected while polling is replaced once, where a command can give another one."""
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
                await before.client.aclose()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A worker that failed for a reason of our own is a crash: nothing would move on the screen any more."""
        error = event.worker.error
        if event.state is WorkerState.ERROR and isinstance(error, Exception):
            self._handle_exception(error)

    async def on_unmount(self) -> None:
        """Leave no connection open."""
        if self.session is not None:
            with suppress(MatomoError, OSError):
                await self.session.client.aclose()

    def open_connect(self, notice: str = "") -> None:
        """The connect screen; what it returns is followed."""
        from matomo_tui.ui.connect.connect_screen import ConnectScreen

        def chosen(session: Session | None) -> None:
            if session is not None:
                self.workers.cancel_group(self, "connect")
                self._follow(session)

        self.push_screen(
            ConnectScreen(self.settings, self.connector, self.profiles, notice, can_go_back=self._has_begun), chosen
        )

    @property
    def _has_begun(self) -> bool:
        """Whether the live screen shows anything to go back to."""
        return self.session is not None or self.token is not None or self.settings.demo

    def on_live_screen_reconnect(self, message: LiveScreen.Reconnect) -> None:
        """``c``: another connection; ``r`` before the first one: the same again."""
        if message.again and (self.settings.demo or self.token is not None):
            self.connect()
        else:
            error = self.live.snapshot.poll.error
            self.open_connect(str(error) if error is not None else "")

    # Other screens

    def on_live_screen_open_visit(self, message: LiveScreen.OpenVisit) -> None:
        """A visit with its visitor, above the live screen."""
        from matomo_tui.ui.live.visit_screen import VisitScreen

        if self.session is not None:
            self.push_screen(VisitScreen(message.visit, self.session.client, message.site, self.live))

    def on_live_screen_drawn(self, message: LiveScreen.Drawn) -> None:
        """A visit that is open goes on."""
        from matomo_tui.ui.live.visit_screen import VisitScreen

        if not self.screen_stack:
            return  # The program ends.
        top = self.screen
        if self.sections is not None:
            self.sections.show_live(message.snapshot)
        if self.administration is not None:
            self.administration.show_live(message.snapshot)
        if isinstance(top, VisitScreen):
            top.show_live()
            newer = {visit.id_visit: visit for visit in message.snapshot.feed.visits}.get(top.visit.id_visit)
            if newer is not None and newer is not top.visit:
                top.update_visit(newer)

    def on_switch_site(self, message: SwitchSite) -> None:
        """Choose a site, and follow it."""
        from matomo_tui.ui.live.site_switcher import SiteSwitcher

        session = self.session
        if session is None:
            return

        def chosen(site: Site | None) -> None:
            if site is not None and site.id != self.live.snapshot.site.id:
                self.live.switch_site(site, session.access.role(site.id))
                if self.sections is not None:
                    self.sections.follow(site, "", "")
                if self.administration is not None:
                    self.administration.follow(site)

        self.push_screen(SiteSwitcher(session.client, self.live.snapshot.site, message.why), chosen)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every action that can be done now, by name."""
        return command_palette.commands(self, screen)

    def get_key_display(self, binding: Binding) -> str:
        """Keys as the footer and the help name them."""
        return command_palette.key_display(binding, ascii=self.glyphs.ascii)

    def on_live_screen_segmented(self, message: LiveScreen.Segmented) -> None:
        """The reports are narrowed along with the live screen."""
        if self.sections is not None:
            self.sections.follow(self.live.snapshot.site, message.segment, message.label)

    # Keys

    def action_section(self, name: str) -> None:
        """Go to a section: everything above it closes."""
        if name == "live":
            self.uncover(self.live)
        elif name == "admin" and self.session is not None:
            if self.administration is None:
                from matomo_tui.ui.admin_navigation import AdminNavigator

                self.administration = AdminNavigator(self, self.session, self.live)
            self.administration.go()
        elif self.session is not None:
            if self.sections is None:
                from matomo_tui.ui.navigation import SectionNavigator

                self.sections = SectionNavigator(self, self.session, self.live)
            self.sections.go(name)

    def action_unlock_editing(self) -> None:
        """Unlock editing for this session."""
        if self.administration is not None:
            self.administration.unlock()

    def action_lock_editing(self) -> None:
        """Lock editing again."""
        if self.administration is not None:
            self.administration.lock()

    def access_changed(self, access: Access) -> None:
        """What the token may do turned out to be something else than at the beginning."""
        if self.session is not None:
            self.session = replace(self.session, access=access)
        if self.sections is not None:
            self.sections.desk.access = access
        self.live.show_role(access.role(self.live.snapshot.site.id))
        self.screen.refresh_bindings()

    def uncover(self, screen: Screen[Any]) -> None:
        """Close what is above ``screen``."""
        while self.screen is not screen and len(self.screen_stack) > 1:
            self.pop_screen()

    def close_sections(self) -> None:
        """The report screens and the administration belong to a connection: they end with it."""
        if self.administration is not None:
            self.administration.close()
            self.administration = None
        if self.sections is not None:
            self.sections.close()
            self.sections = None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Reports need a connection, the administration a role; editing is unlocked where something is edited."""
        if action == "section" and parameters == ("admin",):
            return self.session is not None and self.session.access.highest in ("write", "admin", "superuser")
        if action in ("unlock_editing", "lock_editing"):
            return self.administration is not None and self.administration.may(action)
        if action == "section" and parameters == ("sites",):
            return self.session is not None and len(self.session.access.sites) > 1
        if action == "section" and parameters != ("live",):
            return self.session is not None
        return super().check_action(action, parameters)

    async def action_quit(self) -> None:
        """Quit; over a form with something typed in it, when asked for twice."""
        for screen in self.screen_stack:
            asks_first = getattr(screen, "asks_first", None)
            if asks_first is not None and asks_first("ctrl+q again quits and discards your input."):
                return
        self.exit(return_code=0)

    async def action_back(self) -> None:
        """One step back, never out."""
        if self.screen is self.live:
            self.live.go_back()
        elif (
            not any(place.go_back() for place in (self.sections, self.administration) if place)
            and len(self.screen_stack) > 1
        ):
            self.pop_screen()

    def action_help(self) -> None:
        """The keys of what has the focus."""
        from matomo_tui.ui.help_screen import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(command_palette.groups(self, self.screen), self.session))

    def action_next_theme(self) -> None:
        """The next look."""
        self.theme = themes.following(self.theme, sixteen=self.sixteen)


NO_COLOR = NoColor()


def new_poller(session: Session, clock: Clock) -> Poller:
    """The poller for a connection. Imported here: nothing of it is needed for the first frame."""
    from matomo_tui.live.poller import Poller

    return Poller(session.client, session.site, interval=session.settings.interval, clock=clock)
