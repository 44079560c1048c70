"""The application: connects session, poller and screens."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.css.query import NoMatches
from textual.filter import LineFilter
from textual.screen import Screen
from textual.types import CSSPathType
from textual.worker import Worker, WorkerState

from matomo_tui.api.errors import MatomoError, NoSite
from matomo_tui.api.site import Site
from matomo_tui.config.remembered import Remembered
from matomo_tui.config.settings import Settings
from matomo_tui.live.clock import Clock, SystemClock
from matomo_tui.sanitize import sanitize
from matomo_tui.ui import available_actions
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.available_actions import with_keys
from matomo_tui.ui.command_palette import PaletteMixin
from matomo_tui.ui.connection import Connector, PollerFor, Token
from matomo_tui.ui.drawing.glyphs import ASCII, UNICODE, Glyphs
from matomo_tui.ui.kept_stylesheet import KeptStylesheet
from matomo_tui.ui.kiosk_mode import ALLOWED_IN_KIOSK, KioskMixin
from matomo_tui.ui.live.before_polling import new_poller
from matomo_tui.ui.live.live_screen import LiveScreen
from matomo_tui.ui.live.past_screen import PastScreen
from matomo_tui.ui.messages import OpenVisit, SwitchSite
from matomo_tui.ui.refused_keys import RefusedKeysMixin
from matomo_tui.ui.shell import FollowsLive, FollowsVisit
from matomo_tui.ui.tabs import FIRST_MODE
from matomo_tui.ui.terminal import gc_tuning, signals
from matomo_tui.ui.terminal.callbacks import count_parameters_quickly
from matomo_tui.ui.terminal.filter_chain import FilterChain
from matomo_tui.ui.terminal.key_queue import KeyQueueMixin
from matomo_tui.ui.terminal.lean_frames import LeanFramesMixin
from matomo_tui.ui.terminal.mouse import LeftButtonMixin
from matomo_tui.ui.terminal.sanitizer import SANITIZER
from matomo_tui.ui.toasts import ToastsMixin
from matomo_tui.ui.widgets.pane import no_site

if TYPE_CHECKING:
    from matomo_tui.api.access import Access
    from matomo_tui.config.profile_store import ProfileStore
    from matomo_tui.recording.player import Player
    from matomo_tui.session import Session
    from matomo_tui.ui.navigation import SectionNavigator

RELEASE_EVERY = 60.0
"""Seconds between two searches for screens that were not shown for long."""


class MatomoApp(
    KeyQueueMixin, LeftButtonMixin, LeanFramesMixin, RefusedKeysMixin, KioskMixin, PaletteMixin, ToastsMixin, App[int]
):
    """The dashboard.

    ``session`` is an open connection. Without one the app connects if ``settings.demo`` is set, or if there is an
    address and ``token`` (called off the event loop) returns one, and opens the connect screen otherwise. ``more``
    profiles get tabs of their own.
    """

    DEFAULT_MODE: ClassVar[str] = FIRST_MODE

    TITLE = "matomo-tui"
    # The default screen's own CSS_PATH is not read, only that of screens which are pushed.
    CSS_PATH: ClassVar[CSSPathType] = ["app.tcss", "live/live.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = bindings("app")
    ENABLE_COMMAND_PALETTE = False  # The program has its own.

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
        remembered: Remembered | None = None,
        keymap: Mapping[str, str] | None = None,
        more: Sequence[tuple[Settings, Token]] = (),
        player: Player | None = None,
        notice: Callable[[], str] | None = None,
        alert_folder: Path | None = None,
    ) -> None:
        """``player`` is the clock of a replay. ``notice`` belongs to a recording: it returns why nothing is recorded,
        as a sentence for the banner of the live screen, or ``""``."""
        count_parameters_quickly()
        super().__init__()
        self.stylesheet = KeptStylesheet(variables=self.stylesheet._variables)
        self.connector = connector
        self.player = player
        self.notice, self.is_recording = notice or str, notice is not None
        self.alert_folder = alert_folder
        self.clock: Clock = player or clock or SystemClock()
        self.profiles = profiles
        self.new_poller: PollerFor = poller_for or new_poller
        self.remembered = remembered or Remembered(None)
        self.glyphs: Glyphs = ASCII if settings.ascii else UNICODE
        self.animation_level = "none"
        self._filter_chain = FilterChain(())
        self._has_begun = False
        self.start_connections(settings, token, session, more)
        self.start_theme()
        self.key_map = dict(keymap or {})
        self.set_keymap(self.key_map)

    @property
    def live_view(self) -> LiveScreen:
        """The live screen, which is below all others."""
        return self.live

    def get_line_filters(self) -> Sequence[LineFilter]:
        """A chain of Textual's filters or ``NoColor``, the ASCII filter, and the sanitizer last."""
        filters = self.kiosk_filters(self.color_filters(super().get_line_filters()))
        if self.glyphs.ascii:
            from matomo_tui.ui.terminal.ascii_filter import ASCII_FILTER

            filters.append(ASCII_FILTER)
        if (*filters, SANITIZER) != self._filter_chain.filters:
            self._filter_chain = FilterChain((*filters, SANITIZER))
        return (self._filter_chain,)

    def on_mount(self) -> None:
        """Start everything slow after the first frame of the live screen."""
        signals.install_signal_handlers(self)
        self.call_after_refresh(self._begin)
        self.set_interval(RELEASE_EVERY, self.release_unseen)

    def post_display_hook(self) -> None:
        """Start everything slow once the first frame is drawn: Textual's callback comes with the second one. It is the
        way if a terminal takes no frame."""
        super().post_display_hook()
        if not (self._has_begun or self._batch_count):
            self.call_after_writing(self._begin)

    def _load_screen_css(self, screen: Screen[Any]) -> None:
        """Read the style sheet of ``screen``. It is about widgets of its own: Textual styles all others again."""
        if screen.CSS:
            super()._load_screen_css(screen)
        for path in screen.css_path:
            if not self.stylesheet.has_source(str(path), ""):
                self.stylesheet.read(path)

    def _begin(self) -> None:
        if self._has_begun:
            return
        self._has_begun = True
        gc_tuning.resume_gc_after_start(self)
        self.start_kiosk()
        for problem in self.theme_problems:
            self.notify(sanitize(problem), severity="warning", markup=False, timeout=15)
        for connection in self.connections:
            connection.begin()
        if not self.connection.has_begun:
            self.on_reconnect()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Treat an unexpected error in a worker as a crash: the screen would freeze otherwise."""
        error = event.worker.error
        if event.state is WorkerState.ERROR and isinstance(error, Exception):
            self._handle_exception(error)

    def _handle_exception(self, error: Exception) -> None:
        """As Textual's. Once the program is to end, nothing is mounted in new screens any more, and they miss it."""
        if not (self._exit and isinstance(error, NoMatches)):
            super()._handle_exception(error)

    async def on_unmount(self) -> None:
        """Close the connections."""
        self.stop_deliveries()
        for connection in self.connections:
            await connection.aclose()

    # Other screens

    def on_live_screen_open_visit(self, message: LiveScreen.OpenVisit) -> None:
        """Open a visit with its visitor above the live screen."""
        from matomo_tui.ui.live.visit_screen import VisitScreen

        if self.session is not None:
            self.push_screen(VisitScreen(message.visit, self.session.client, message.site, self.live))

    def on_live_screen_check_tracking(self) -> None:
        """Show if the site's tracking works, and go to the tracking test from there."""
        from matomo_tui.ui.live.tracking_dialog import TrackingDialog

        def chosen(test: bool | None) -> None:
            if test:
                self.action_section("admin")
                if self.administration is not None:
                    self.administration.go("tracking")

        session, site = self.session, self.live.snapshot.site
        if session is not None:
            role = session.access.role(site.id)
            self.push_screen(TrackingDialog(session.client, site, role, self.clock), chosen)

    def on_open_visit(self, message: OpenVisit) -> None:
        """A visit of the visit log, above it."""
        from matomo_tui.ui.live.visit_screen import VisitScreen

        def left(narrowed: bool | None) -> None:
            if narrowed and self.sections is not None:
                self.sections.widen_visit_log()

        if self.session is not None:
            self.push_screen(VisitScreen(message.visit, self.session.client, message.site, self.live), left)

    def on_live_screen_drawn(self, message: LiveScreen.Drawn) -> None:
        """Pass the snapshot of the connection shown to the other screens, and update an open visit."""
        if not self.screen_stack or message.live is not self.live:
            return  # The program ends, or the figures are those of a tab that is not shown.
        self.show_in_kiosk(message.snapshot)
        top = self.screen
        if self.sections is not None:
            self.sections.show_live(message.snapshot)
        for screen in self.screen_stack:  # also those below a dialog
            if isinstance(screen, FollowsLive):
                screen.show_live(message.snapshot)
        if isinstance(top, FollowsVisit):
            top.follow_visit(message.snapshot.feed.visits)

    async def on_past_screen_subject_recorded(self, message: PastScreen.SubjectRecorded) -> None:
        """Follow a replay to the site and segment that were polled, on every screen."""
        from matomo_tui.api import sites
        from matomo_tui.reports import segments

        if self.session is not None and self.poller is not None:
            with suppress(MatomoError):
                site = await self.session.client.call(sites.get_site_from_id(message.site_id))
                label = segments.describe(message.segment)
                self.live.switch_site(site, self.session.access.role(site.id), message.segment, label)
                if self.sections is not None:
                    self.sections.set_location(site, message.segment, label)

    def on_switch_site(self, message: SwitchSite) -> None:
        """Open the site switcher, and switch to the chosen site; before the first connection open that one."""
        from matomo_tui.ui.live.site_switcher import SiteSwitcher
        from matomo_tui.ui.site_choice import choose_site

        session, error = self.session, self.connection.snapshot.poll.error
        if session is None:
            if error is not None:
                choose_site(self, self.connection, error)
            return

        def chosen(site: Site | None) -> None:
            if site is not None:
                self.switch_to(site)

        self.push_screen(SiteSwitcher(session.client, self.live.snapshot.site, message.why), chosen)

    def switch_to(self, site: Site) -> None:
        """Show another site on every screen, without a segment."""
        if self.session is None or site.id == self.live.site.id:
            return
        self.live.switch_site(site, self.session.access.role(site.id))
        if self.sections is not None:
            self.sections.set_location(site, "", "")
        if self.administration is not None:
            self.administration.set_site(site)

    def get_key_display(self, binding: Binding) -> str:
        """The name of a key in the footer and the help."""
        return available_actions.key_display(binding, ascii=self.glyphs.ascii)

    def on_live_screen_segmented(self, message: LiveScreen.Segmented) -> None:
        """Apply the live screen's segment to the reports."""
        if self.sections is not None:
            self.sections.set_location(self.live.snapshot.site, message.segment, message.label)

    def on_live_screen_reconnect(self, message: LiveScreen.Reconnect) -> None:
        """Open the connect screen, or try again before the first connection."""
        if message.again and self.connection.has_begun:
            self.connection.connect()
        else:
            self.on_reconnect()

    def on_reconnect(self) -> None:
        """Open the connect screen with the last error, if any: ``C``, also in the administration after a rejection."""
        from matomo_tui.ui.session_choice import choose_session

        error = self.live.snapshot.poll.error
        choose_session(self.connection, str(error) if error is not None else "")

    # Keys

    def action_section(self, name: str) -> None:
        """Go to a section, and close everything above it."""
        with gc_tuning.paused():  # Its modules are imported.
            if name == "live":
                self.uncover(self.live)
            elif name == "admin":
                if (administration := self.connection.open_administration()) is not None:
                    administration.go()
            elif (navigator := self.open_navigator()) is not None:
                if name == "log":
                    navigator.open_visit_log(self.live.search_text if self.screen is self.live else None)
                else:
                    navigator.choose(name)

    def open_navigator(self) -> SectionNavigator | None:
        """The report screens, created if needed; ``None`` without a connection."""
        return self.connection.open_sections()

    def on_choose_segment(self) -> None:
        """``S`` on the live screen."""
        if (navigator := self.open_navigator()) is not None:
            navigator.choose_segment()

    def on_explain_counters(self) -> None:
        """``i`` on the live screen."""
        if (navigator := self.open_navigator()) is not None:
            navigator.explain_counters()

    def action_unlock_editing(self) -> None:
        """Unlock editing for this session."""
        if self.administration is not None:
            self.administration.unlock()

    def action_lock_editing(self) -> None:
        """Lock editing again."""
        if self.administration is not None:
            self.administration.lock()

    def access_changed(self, access: Access) -> None:
        """Apply what the token may do after that has changed."""
        self.connection.access_changed(access)

    def uncover(self, screen: Screen[Any]) -> None:
        """Close all screens above ``screen``. Does nothing if it belongs to a tab that is not shown."""
        if screen not in self.screen_stack:
            return
        while self.screen is not screen and len(self.screen_stack) > 1:
            self.pop_screen()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Reports need a connection, the administration a role, unlocking an open administration; the kiosk takes no
        key but quit."""
        if self.settings.kiosk and action not in ALLOWED_IN_KIOSK:
            return False
        if action == "suspend_process" and hasattr(self.focused, "action_undo"):
            return False  # In a field of several lines its key takes back what was typed.
        if action == "section" and parameters == ("admin",):
            return self.session is not None and self.session.access.highest in ("write", "admin", "superuser")
        if action in ("unlock_editing", "lock_editing"):
            return self.administration is not None and self.administration.may(action)
        if action == "section" and parameters == ("sites",):
            return self.session is not None and len(self.session.access.sites) > 1
        if action == "section" and parameters != ("live",):
            return self.session is not None
        if action in ("next_tab", "previous_tab", "close_tab", "show_matomos"):
            return len(self.connections) > 1
        return super().check_action(action, parameters)

    def refusal(self, action: str) -> str | None:
        """Why a section cannot be opened, ``None`` where there is no particular reason. Where it is the role, that is
        asked for again: it may have been raised since."""
        if action in ("next_tab", "previous_tab", "close_tab", "show_matomos"):
            return "There is one Matomo: {app.open_tab} opens another profile in a tab."
        if not action.startswith("section("):
            return None
        if self.session is None:
            is_empty = isinstance(self.connection.snapshot.poll.error, NoSite)
            return no_site(self.live) if is_empty else "There is no connection yet: reports come with it."
        if "admin" in action:
            role = self.session.access.highest
            self._read_role()
            return f"Goals, sites and users are changed with write access or more; this token has {role}."
        return "This token sees one site only." if "sites" in action else None

    def _read_role(self) -> None:
        """Ask if the role has been raised since, and open the administration then, unless another screen has come."""
        if self.settings.kiosk or self.player is not None:
            return
        from matomo_tui.ui.role_reading import read_role

        connection, screen = self.connection, self.screen

        def granted() -> None:
            if self.screen is screen and self.is_shown(connection):
                self.action_section("admin")

        read_role(self, connection, granted)

    def action_explain_quit(self) -> None:
        """A key that quits elsewhere must not lose what is on the screen here."""
        self.notify(with_keys(self, "{app.quit} quits."), markup=False, timeout=4)

    async def action_quit(self) -> None:
        """Quit. With unsaved input or a write under way in any tab, warn first and quit on the second key."""
        if not self.asks_first("quit", self.connections, with_keys(self, "{app.quit} again quits")):
            self.exit(return_code=0)

    async def action_back(self) -> None:
        """Go one step back. Never quits."""
        if self.screen is self.live:
            self.live.go_back()
        elif (
            not any(place.go_back() for place in (self.sections, self.administration) if place)
            and len(self.screen_stack) > 1
        ):
            self.pop_screen()

    def action_help(self) -> None:
        """Open the help: the keys of the focused pane, the screen and the program."""
        from matomo_tui.ui.help_screen import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(available_actions.groups(self, self.screen), self.session))
