"""Several Matomos: the connections of the application, one of which is shown, and the keys between them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any
from weakref import ref

from msgspec.structs import replace
from textual.screen import ModalScreen, Screen

from matomo_tui.api.errors import MatomoError
from matomo_tui.config.remembered import Remembered
from matomo_tui.config.secrets import SecretError
from matomo_tui.config.settings import Settings, within_run
from matomo_tui.live.snapshot import LiveSnapshot, Phase
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.available_actions import with_keys
from matomo_tui.ui.connection import Connection, ConnectionHost, Token
from matomo_tui.ui.terminal.drawn_lines import forget_removed_widgets
from matomo_tui.ui.widgets.screens import TabbedScreen
from matomo_tui.ui.widgets.workers import deferred

if TYPE_CHECKING:
    from matomo_tui.admin.drafts import DraftStore
    from matomo_tui.live.matomo_summary import MatomoWatch
    from matomo_tui.live.poller import Poller
    from matomo_tui.session import Session
    from matomo_tui.ui.admin_navigation import AdminNavigator
    from matomo_tui.ui.live.live_screen import LiveScreen
    from matomo_tui.ui.matomos.overview_screen import MatomoLine
    from matomo_tui.ui.navigation import SectionNavigator
    from matomo_tui.ui.widgets.profile_tabs import ProfileTab

SAY_AFTER = 0.3
"""Seconds without a connection before it is said that one is awaited."""
FIRST_MODE = "tab 1"
TABS, OPEN = "tabs", "open"
"""Where the names of the open profiles are remembered."""
SnapshotSubscriber = Callable[[Connection, LiveSnapshot], None]
Write = tuple[ref[Screen[Any]], int]
"""The screen that sent a write, and the number of the write among those it sent."""


class TabsMixin(ConnectionHost):
    """Keeps a connection for each tab. ``session``, ``poller``, ``live`` and so on are those of the one shown."""

    remembered: Remembered
    connection: Connection
    """The connection on the screen."""
    connections: list[Connection]
    """All connections, in the order of their tabs."""
    _modes_used: count[int]
    _watches: dict[str, MatomoWatch]
    """The figures over all sites of each connection, by its mode."""
    _subscribers: list[SnapshotSubscriber]
    _warned: dict[str, tuple[tuple[tuple[str, int], ...], tuple[Write, ...]]]
    """Each action that warned of a loss, with the tabs, the editions of their drafts and the writes under way."""

    def start_connections(
        self, settings: Settings, token: Token | None, session: Session | None, more: Sequence[tuple[Settings, Token]]
    ) -> None:
        """Create the first connection, which is shown, and those of ``more`` profiles. None of them begins yet."""
        self.start_alerts()
        self._modes_used = count(1)
        self._subscribers = []
        self.connections = []
        self._watches = {}
        self._warned = {}
        self.connection = self.add_connection(settings, token, session)
        for other, source in more:
            self.add_connection(other, source)

    def add_connection(self, settings: Settings, token: Token | None, session: Session | None = None) -> Connection:
        """Add a tab, which is not shown and does not connect yet."""
        mode = f"tab {next(self._modes_used)}"
        connection = Connection(self, settings, token, mode=mode, session=session)
        self.add_mode(mode, lambda: connection.live)
        self.connections.append(connection)
        return connection

    def subscribe_snapshots(self, subscriber: SnapshotSubscriber) -> Callable[[], None]:
        """Call ``subscriber`` with every snapshot of every connection, shown or not. Returns a function that ends the
        subscription."""
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    # The connection shown

    @property
    def session(self) -> Session | None:
        """The session of the connection shown, ``None`` before the first."""
        return self.connection.session

    @session.setter
    def session(self, session: Session | None) -> None:
        self.connection.session = session

    @property
    def settings(self) -> Settings:
        """The settings of the connection shown."""
        return self.connection.settings

    @settings.setter
    def settings(self, settings: Settings) -> None:
        self.connection.settings = settings

    @property
    def token(self) -> Token | None:
        """The source of the token of the connection shown."""
        return self.connection.token

    @property
    def poller(self) -> Poller | None:
        """The poller of the connection shown."""
        return self.connection.poller

    @property
    def live(self) -> LiveScreen:
        """The live screen of the connection shown."""
        return self.connection.live

    @property
    def sections(self) -> SectionNavigator | None:
        """The report screens of the connection shown, ``None`` before one was opened."""
        return self.connection.sections

    @property
    def administration(self) -> AdminNavigator | None:
        """The administration of the connection shown, ``None`` before it was opened."""
        return self.connection.administration

    @property
    def drafts(self) -> DraftStore:
        """Unsaved input of forms for the Matomo of the connection shown."""
        return self.connection.drafts

    # What connections tell

    def is_shown(self, connection: Connection) -> bool:
        return connection is self.connection

    def snapshot_published(self, connection: Connection, snapshot: LiveSnapshot) -> None:
        for subscriber in tuple(self._subscribers):
            subscriber(connection, snapshot)
        if len(self.connections) > 1:
            self._draw_tabs()

    def release_unseen(self) -> None:
        """Give back what screens hold that were not shown for ten minutes."""
        from matomo_tui.ui.terminal.freed_memory import return_freed_memory

        for connection in self.connections:
            connection.release_unseen()
        forget_removed_widgets()
        return_freed_memory()

    def connections_changed(self) -> None:
        if len(self.connections) > 1:
            self._draw_tabs()
            self._remember_tabs()

    # Tabs

    @property
    def profile_tabs(self) -> tuple[ProfileTab, ...]:
        """The tabs as they are drawn; none as long as there is a single connection."""
        if len(self.connections) < 2:
            return ()
        from matomo_tui.ui.widgets.profile_tabs import ProfileTab  # only for several: they cost start-up time

        return tuple(
            ProfileTab(
                connection.name,
                connection.snapshot.poll,
                connection.snapshot.counters.active.value,
                is_shown=connection is self.connection,
                color=connection.settings.tab_color,
            )
            for connection in self.connections
        )

    def _draw_tabs(self) -> None:
        if self.screen_stack and isinstance(self.screen, TabbedScreen):
            self.screen.show_profile_tabs()

    def show_connection(self, connection: Connection) -> None:
        """Show another connection, at the place where it was left. Nothing is loaded again."""
        before = self.connection
        if connection is before:
            return
        self.connection = connection
        before.hidden()
        self.switch_mode(connection.mode)
        connection.shown()
        self._draw_tabs()
        self._remember_tabs()
        self.screen.refresh_bindings()

    def show_tab(self, index: int) -> None:
        """Show the connection of the tab at ``index``."""
        if 0 <= index < len(self.connections):
            self.show_connection(self.connections[index])

    def _step_tab(self, by: int) -> None:
        at = self.connections.index(self.connection)
        self.show_connection(self.connections[(at + by) % len(self.connections)])

    def action_next_tab(self) -> None:
        """Show the next Matomo."""
        self._step_tab(1)

    def action_previous_tab(self) -> None:
        """Show the Matomo before this one."""
        self._step_tab(-1)

    def connection_of(self, profile: str) -> Connection | None:
        """The connection that uses ``profile``."""
        return next((one for one in self.connections if one.settings.profile == profile), None)

    async def open_profile(self, name: str) -> None:
        """Show the tab of a profile; opens one, without closing the present connection, if there is none."""
        from matomo_tui.config.validation import ConfigError

        there = self.connection_of(name)
        if there is None:
            if self.profiles is None:
                return
            try:
                settings = within_run(await asyncio.to_thread(self.profiles.settings, name), self.settings)
            except ConfigError as error:
                self.notify(sanitize(f"{name}: {error}"), severity="error", markup=False, timeout=15)
                return
            there = self.connection_of(name)  # the same entry may have been chosen twice meanwhile
            if there is None:
                there = self.add_connection(settings, self.profiles.token_source(settings))
                there.begin()
        self.show_connection(there)

    def session_chosen(self, connection: Connection, session: Session) -> None:
        """Poll through ``session``, in the tab that its profile has already: two would deliver its alerts twice. What
        that tab has stays if it is the same, or while something is being written there."""
        profile = session.settings.profile
        there = self.connection_of(profile) if profile and connection.settings.profile != profile else None
        if there is None:
            connection.follow_instead(session)
            return
        is_same = _polls_through_same(there, session)
        if is_same or _writing(there):
            self.run_worker(session.client.aclose(), exit_on_error=False)
        else:
            there.follow_instead(session)
        if not is_same and _writing(there):
            sentence = f"Something is being written in the tab of {sanitize(profile)}, which keeps its connection: "
            sentence += "close it afterwards, and open the profile again."
            self.notify(sentence, severity="warning", markup=False, timeout=15)
        if self.is_shown(connection):
            self.show_connection(there)

    def switch_profile(self, name: str) -> None:
        """Connect with another profile in the tab shown; one that has a tab is shown there. The present connection
        stays until that succeeds, and if the user has gone to another screen meanwhile: the profile then gets a tab of
        its own, as the screens of this one would be closed."""
        there = self.connection_of(name)
        if there is not None:
            self.show_connection(there)
        else:
            self.connection.attempt(deferred(self._switch_profile, self.connection, name, self.screen))

    async def _switch_profile(self, connection: Connection, name: str, chosen_on: Screen[Any]) -> None:
        from matomo_tui.config.validation import ConfigError

        if self.profiles is None:
            return
        waiting = f"Connecting with {sanitize(name)}. Until then this connection stays."
        notice = self.set_timer(SAY_AFTER, lambda: self.notify(waiting, markup=False))
        try:
            settings = within_run(await asyncio.to_thread(self.profiles.settings, name), connection.settings)
            source = self.profiles.token_source(settings)
            session = await connection.connector_for(source)(settings, await source.fetch())
        except (MatomoError, SecretError, ConfigError) as error:
            self.notify(sanitize(f"{name}: {error}"), severity="error", markup=False, timeout=15)
            if connection.session is None:
                connection.connect()
            return
        finally:
            notice.stop()
        if self.connection_of(name) is not None:  # it was opened in a tab meanwhile
            await session.client.aclose()
            return
        has_gone = connection.screens[-1:] != [chosen_on] and connection.session is not None
        if not has_gone and _writing(connection):
            await session.client.aclose()
            self.notify("Something is being written: choose the profile again when it is done.", severity="warning")
            return
        if has_gone:
            connection = self.add_connection(settings, source)
            sentence = f"{sanitize(name)} is connected, in a tab of its own: {{app.next_tab}} goes there."
            self.notify(with_keys(self, sentence), markup=False)
        connection.token = source
        connection.follow(session)
        if self.is_shown(connection):
            self.uncover(connection.live)

    async def action_open_tab(self) -> None:
        """Choose a profile and show it in a tab of its own."""
        from matomo_tui.config.validation import ConfigError
        from matomo_tui.ui.widgets.choice_dialog import ChoiceDialog

        if self.profiles is None or isinstance(self.screen, ModalScreen):
            return
        try:
            names = list((await asyncio.to_thread(self.profiles.read)).by_name)
        except ConfigError as error:
            self.notify(sanitize(str(error)), severity="error", markup=False, timeout=15)
            return
        if not [name for name in names if name != self.settings.profile]:
            sentence = "There is no other profile. {live.reconnect} on the live screen adds one."
            self.notify(with_keys(self, sentence), markup=False)
            return

        def chosen(name: str | None) -> None:
            if name is not None:
                self.run_worker(self.open_profile(name), group="open tab", exclusive=True)

        choices = [(name, sanitize(name) + (", open" if self.connection_of(name) else "")) for name in names]
        self.push_screen(ChoiceDialog("Show a profile in a tab", choices, self.settings.profile), chosen)

    def asks_first(self, action: str, closing: Sequence[Connection], again: str) -> bool:
        """Returns True, and shows a warning, if ``action`` would discard input of forms, open or closed, or changes of
        access of ``closing``, or leave a write before its outcome is known, and has not warned of just that. What
        another action warned of does not count. ``again`` says what to do again: ``ctrl+q again quits``."""
        has_input = any(connection.drafts.has_input for connection in closing)
        writing = tuple(write for connection in closing for write in _writing(connection))
        editions = tuple((connection.mode, connection.drafts.edition) for connection in closing)
        now = editions, writing
        if not (has_input or writing) or self._warned.get(action) == now:
            return False
        self._warned[action] = now
        outcome = "The write is under way, and you would not see its outcome. " if writing else ""
        sentence = f"{outcome}{again}{' and discards your input' if has_input else ''}."
        self.notify(sentence, severity="warning", timeout=5, markup=False)
        return True

    async def action_close_tab(self) -> None:
        """Close the connection shown, and show the one beside it."""
        closing = self.connection
        if len(self.connections) < 2:
            return
        if self.asks_first("close", (closing,), "The same key again closes the tab"):
            return
        at = self.connections.index(closing)
        self.show_connection(self.connections[at + 1 if at + 1 < len(self.connections) else at - 1])
        self.connections.remove(closing)
        self._watches.pop(closing.mode, None)
        await closing.aclose()
        self.remove_mode(closing.mode)
        closing.discard()
        self._draw_tabs()
        self._remember_tabs()

    def action_show_matomos(self) -> None:
        """Show all Matomos at a glance."""
        from matomo_tui.ui.matomos.overview_screen import OverviewScreen

        if not isinstance(self.screen, ModalScreen | OverviewScreen):
            self.push_screen(
                OverviewScreen(self._lines, self._refresh_summaries, self.clock),
                lambda index: None if index is None else self.show_tab(index),
            )

    def _lines(self) -> list[MatomoLine]:
        from matomo_tui.ui.matomo_line import line_of

        return [line_of(one, self._watches.get(one.mode), is_shown=one is self.connection) for one in self.connections]

    def _refresh_summaries(self) -> None:
        """Ask each Matomo whose figures are old; none waits for another, and one that is stopped is left alone."""
        from matomo_tui.live.matomo_summary import MatomoWatch

        for connection in self.connections:
            session, watch = connection.session, self._watches.get(connection.mode)
            if session is None or connection.snapshot.poll.phase is Phase.STOPPED:
                continue
            if watch is None or watch.client is not session.client:
                watch = self._watches[connection.mode] = MatomoWatch(session.client, self.clock.now)
            if watch.is_due:
                work = deferred(watch.load, len(session.access.sites))
                self.run_worker(work, group=f"summary {connection.mode}", exit_on_error=False)

    def _remember_tabs(self) -> None:
        """Remember the profiles of the tabs, the one shown first, for the next start."""
        names = [one.settings.profile for one in (self.connection, *self.connections) if one.settings.profile]
        kept = list(dict.fromkeys(names))
        if kept != self.remembered.get(TABS, OPEN):
            self.remembered.put(TABS, OPEN, kept if len(kept) > 1 else None)


def _writing(connection: Connection) -> list[Write]:
    """The writes whose outcome a screen waits for. Such a screen must not be taken away."""
    from matomo_tui.ui.widgets.writing import WritingScreen

    screens = connection.screens
    return [(ref(one), one.writes_begun) for one in screens if isinstance(one, WritingScreen) and one.is_writing]


def _polls_through_same(connection: Connection, session: Session) -> bool:
    """Whether ``session`` would be no other than the one that ``connection`` polls through."""
    before = connection.session
    if before is None or connection.snapshot.poll.phase is Phase.STOPPED:
        return False
    own, other = (replace(one.settings, site="") for one in (before, session))
    return (before.address, before.token, own) == (session.address, session.token, other)
