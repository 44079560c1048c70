"""The live screen: draws snapshots and passes actions to the poller."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

from matomo_tui.api.site import Site
from matomo_tui.live.clock import Clock
from matomo_tui.live.snapshot import LiveSnapshot, Phase, VisitRow
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.available_actions import bound_keys
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.live.counters import LARGE, MEDIUM, SMALL, CounterTiles
from matomo_tui.ui.live.feed import FeedPane
from matomo_tui.ui.live.live_header import Banner, Header, HeaderContext, recovery_actions, recovery_hint
from matomo_tui.ui.live.live_keys import error_sentence, possible_keys, refusal_of
from matomo_tui.ui.live.live_layout import LEAST, layout_of, read_styles, small_lines
from matomo_tui.ui.live.minutes import MinutesPane
from matomo_tui.ui.live.past_screen import PAST_KEYS, PastScreen
from matomo_tui.ui.live.rankings import SUBJECTS, RankingPane
from matomo_tui.ui.live.timeline import TimelinePane
from matomo_tui.ui.messages import ExplainCounters, FieldMessage
from matomo_tui.ui.widgets.bare import BareContainer
from matomo_tui.ui.widgets.key_footer import KeyFooter
from matomo_tui.ui.widgets.pane import Pane, PaneState
from matomo_tui.ui.widgets.screens import TINY
from matomo_tui.ui.widgets.section_tabs import SectionTabs, numbered
from matomo_tui.ui.widgets.visibility import is_behind_modal, is_displayed

if TYPE_CHECKING:
    from matomo_tui.live.poller import Poller

SELDOM = 10
"""Seconds between two drawings behind a dialog, where each redraws the whole screen."""
SENT_AFTER = 0.005
"""Seconds until a poll's request is sent: the panes are built for its answer while the server works."""
FILL = ("copy", "faster", "slower", "poll_now", "app.focus_next", "app.choose_theme", "app.command_palette")
"""Actions that the footer shows if there is room for more."""


class LiveScreen(PastScreen):
    """Header, counters, chart, rankings and feed of one poller's snapshots.

    ``snapshot`` is drawn before the first one of a poller comes: it has the site's name and the phase. Snapshots that
    come faster than they can be drawn replace each other.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings("live")
    AUTO_FOCUS = "#feed VirtualTable"
    SMALLEST = LEAST

    class OpenVisit(FieldMessage):
        """Request to show this visit and its visitor."""

        visit: VisitRow
        site: Site

    class Drawn(FieldMessage):
        """A snapshot was drawn, or arrived while a screen covered ``live``."""

        live: LiveScreen
        snapshot: LiveSnapshot

    class Segmented(FieldMessage):
        """All figures are narrowed to ``segment`` now (``""``: not narrowed); ``label`` is the segment in words."""

        segment: str
        label: str

    class CheckTracking(Message):
        """Request to show if tracking works."""

    class Reconnect(FieldMessage):
        """Request for another connection; ``again``: with the same settings."""

        again: bool = False

    def __init__(self, snapshot: LiveSnapshot, clock: Clock, context: HeaderContext) -> None:
        super().__init__(snapshot)
        self.clock = clock
        self.context = context
        self.warnings: tuple[str, ...] = ()
        self._unsubscribe: Callable[[], None] | None = None
        self._waiting: LiveSnapshot | None = None
        self._offered_for: tuple[object, ...] = ()
        self._was_shown = False
        self._ticks = 0

    @property
    def focus_chain(self) -> list[Widget]:
        """The rankings, the timeline, the feed: from the feed, where the focus is first, tab goes to the rankings."""
        chain = super().focus_chain
        feed = [widget for widget in chain if any(isinstance(node, FeedPane) for node in widget.ancestors)]
        return [*(widget for widget in chain if widget not in feed), *feed]

    def compose(self) -> ComposeResult:
        """Yield the panes of all layouts."""
        yield Header(id="header")
        yield Banner(id="banner")
        yield CounterTiles(id="counters")
        with BareContainer(id="body"):
            rankings = (RankingPane(subject.part, id=subject.part) for subject in SUBJECTS)
            pane: Pane
            for pane in (MinutesPane(id="minutes"), *rankings, FeedPane(id="feed"), TimelinePane(id="timeline")):
                if not self.snapshot.feed.ready:
                    pane.postpone()
                    pane.set_state(PaneState.LOADING)
                yield pane
        yield SectionTabs("live")
        yield KeyFooter(fill=FILL, id="keys")

    def on_mount(self) -> None:
        self._draw()
        self.set_interval(1.0, self._tick)
        self.watch(self.app, "app_focus", self._keep_focus, init=False)

    def attach(self, poller: Poller, context: HeaderContext, warnings: tuple[str, ...] = ()) -> None:
        """Show the snapshots of ``poller`` from now on."""
        self.detach()
        self.poller, self.context, self.warnings = poller, context, warnings
        self._trail.clear()
        self.forget_past()
        self._unsubscribe = poller.subscribe(self.show)
        self.show(poller.snapshot)

    def detach(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()
        self._unsubscribe = self.poller = None

    def show(self, snapshot: LiveSnapshot) -> None:
        """Draw ``snapshot``, in place of one that was not drawn yet."""
        self.remember(snapshot)
        if self._waiting is None and not self.is_active:
            self._keep(snapshot)
            return
        idle = self._waiting is None
        self._waiting = snapshot
        if idle:
            self.call_next(self._draw_waiting)

    def _draw_waiting(self) -> None:
        if self._waiting is None or self.after_keys(self._draw_waiting):
            return
        snapshot, self._waiting = self._waiting, None
        if self.is_active:
            before, self.snapshot = self.snapshot, snapshot
            if snapshot.is_only_asked_again(before):
                self._draw_header()
            else:
                self._draw()
                self.is_urgent = snapshot.feed.ready and not before.feed.ready
            if snapshot.poll.in_flight and not snapshot.feed.ready:
                self.set_timer(SENT_AFTER, self._build)
        else:
            self._keep(snapshot)

    def _build(self) -> None:
        for pane in self.query(Pane):
            pane.build()

    def _keep(self, snapshot: LiveSnapshot) -> None:
        """Keep ``snapshot`` while another screen covers this one, until this one is visible or seldom drawn behind a
        dialog. The application gets the message directly: Textual redraws the top screen after any to a covered one."""
        self.snapshot = snapshot
        self.app.post_message(self.Drawn(self, snapshot))

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Draw the snapshot that came meanwhile. The first time, skip Textual's restyling: nothing changed yet."""
        if self._was_shown:
            self._draw()
        else:
            event.refresh_styles = False
        self._was_shown = True

    def _draw(self) -> None:
        if self.query_one_optional(TimelinePane) is None:  # the program is ending: its last pane went, or never came
            return
        snapshot = self.shown
        self._draw_header()
        state = (self.snapshot.poll.phase, type(self.snapshot.poll.error), self.poller is None, self.is_past)
        if state != self._offered_for:
            self._offered_for = state
            self._update_footer()
        self.query_one(CounterTiles).draw(snapshot, self._at)
        self.query_one(MinutesPane).show(snapshot)
        for pane in self.query(RankingPane):
            pane.show(snapshot)
        self.query_one(FeedPane).show(snapshot)
        if (timeline := self.query_one(TimelinePane)).visit is not None:
            timeline.follow(self.query_one(FeedPane).highlighted, snapshot)
        if self.has_class(TINY):
            self.draw_notice(self.app.size)
        if self._is_focus_lost:
            self.call_after_refresh(self._keep_focus)
        self.post_message(self.Drawn(self, self.snapshot))

    def past_changed(self) -> None:
        if self.is_active:
            self._draw()

    @property
    def header_context(self) -> HeaderContext:
        """What the header shows besides the snapshot."""
        section, past, stands = numbered(self, "live", "live"), self.past_state(), self.replay_stands
        return replace(self.context, crumbs=self._trail.labels, section=section, past=past, stands=stands)

    @property
    def _at(self) -> float:
        """The epoch that is shown."""
        return self.shown.taken_at if self.is_past else self.clock.now()

    def _draw_header(self) -> None:
        self.query_one(Header).show(self.shown, self.header_context, self._at)
        banner = self.query_one(Banner)
        banner.set_text(*self._sentence())
        # An error comes and goes: it covers the chart's title, so that nothing moves. Warnings stay, on their own line.
        banner.set_class(self.shown.poll.error is not None and not self.warnings, "-over")

    def _sentence(self) -> tuple[str, str]:
        """The text and style of the banner: the error if there is one, else the connection's warnings."""
        poll = self.shown.poll
        if poll.error is None:
            self._noticed = self.notice()
            return "  ".join(filter(None, (*self.warnings, self._noticed))), "warn"
        if poll.phase is Phase.STOPPED:
            return f"{poll.error} {recovery_hint(self, poll.error, connected=self.poller is not None)}", "bad"
        return error_sentence(self, self.shown), "warn"

    def _tick(self) -> None:
        self._ticks += 1
        self.follow_replay()
        if self.is_active:
            header = self.query_one(Header)
            if self.is_past or self.notice() != self._noticed or header.context.stands != self.replay_stands:
                self._draw_header()
            else:
                header.tick(self.clock.now())
            self.query_one(CounterTiles).tick(self._at)
            self.draw_time()
        elif is_behind_modal(self) and self._ticks % SELDOM == 0:
            self._draw()

    def layout_classes(self, size: Size) -> dict[str, bool]:
        """The classes of a layout, whose styles are read: both sides decide on it, unlike on a breakpoint."""
        classes = layout_of(size, whole=self.whole is not None)
        read_styles(self.app.stylesheet, classes)
        return classes

    def resized(self) -> None:
        """Update the panes' part of the layout, and the header, which names the section's key on narrow screens."""
        if self.query(Header):
            self._draw_header()
        large, medium = self.has_class("-large"), self.has_class("-medium")
        self.query_one(CounterTiles).choose(LARGE if large else MEDIUM if medium else SMALL)
        for pane in self.query(RankingPane):
            pane.set_switchable(self.has_class("-compact") or self.whole is not None)
        self.call_after_refresh(self._keep_focus)

    @property
    def _is_focus_lost(self) -> bool:
        """Whether nothing that is on the screen has the focus."""
        return self.focused is None or not is_displayed(self.focused)

    def _keep_focus(self) -> None:
        """Focus the feed if nothing visible has the focus: the focused pane was hidden, or the feed was just built.
        What lost it with the whole terminal gets it back from Textual, also if it was hidden meanwhile."""
        if self._is_focus_lost and self.is_active and self.app.app_focus:
            self.set_focus(None)
            for table in self.query(self.AUTO_FOCUS):
                if table.focusable and is_displayed(table):
                    self.set_focus(table, scroll_visible=False)

    def draw_notice(self, size: Size) -> None:
        """With the main figures around the sentence."""
        self.size_notice.draw(size, *small_lines(self.shown, glyphs_of(self), demo=self.context.demo))

    # Messages of the panes

    def on_feed_pane_highlighted(self, message: FeedPane.Highlighted) -> None:
        """Show the visit under the feed's cursor in the timeline."""
        self.query_one(TimelinePane).follow(message.visit, self.shown)

    def on_timeline_pane_left(self) -> None:
        for timeline, feed in zip(self.query(TimelinePane), self.query(FeedPane), strict=False):
            timeline.follow(feed.highlighted, self.shown)

    def on_feed_pane_opened(self, message: FeedPane.Opened) -> None:
        self.post_message(self.OpenVisit(message.visit, self.snapshot.site))

    def on_feed_pane_narrow(self, message: FeedPane.Narrow) -> None:
        self.narrow(message.segment, message.label)

    def on_timeline_pane_narrow(self, message: TimelinePane.Narrow) -> None:
        self.narrow(message.segment, message.label)

    def on_ranking_pane_narrow(self, message: RankingPane.Narrow) -> None:
        self.narrow(message.segment, message.label)

    def on_ranking_pane_filter(self, message: RankingPane.Filter) -> None:
        """Show only the visits of a ranking's row, and focus the feed."""
        self.show_whole(None)
        self.query_one(FeedPane).filter_by_row(message.row)

    def on_ranking_pane_switch(self, message: RankingPane.Switch) -> None:
        """Show the next ranking that no other visible pane shows."""
        taken = {pane.about.part for pane in self.query(RankingPane) if pane.display and pane is not message.pane}
        place = SUBJECTS.index(message.pane.about)
        for step in range(1, len(SUBJECTS)):
            subject = SUBJECTS[(place + step * message.step) % len(SUBJECTS)]
            if subject.part not in taken:
                message.pane.set_subject(subject)
                return

    def on_key(self, event: events.Key) -> None:
        """Open the filter also while the feed is loading, before it has the focus: what is typed next is no command."""
        if self.focused is not None or event.key not in bound_keys(self, "feed.filter"):
            return
        for feed in self.query(FeedPane):  # not there yet before the first frame
            if feed.display and feed.state is PaneState.LOADING:
                event.stop()
                feed.build()
                feed.action_filter()

    def find(self, text: str) -> None:
        """Filter the feed by ``text``, in place of any other filter; the other figures stay."""
        self.query_one(FeedPane).find(text)

    @property
    def search_text(self) -> str:
        """The text that the feed is filtered by; ``""`` without a filter."""
        return "".join(feed.filter_text for feed in self.query(FeedPane))

    def segment_switched(self) -> None:
        """Tell the application, and name the segment in the header and its key in the footer."""
        self.post_message(self.Segmented(self.segment, self.segment_label))
        self._draw_header()
        self._update_footer()

    def _update_footer(self) -> None:
        """Show first in the footer how to resume polling and how to remove the segment; in the past how to move."""
        wide = ("clear_segment",) if self._trail else ()
        ways = PAST_KEYS if self.is_past else recovery_actions(self.snapshot.poll)
        for keys in self.query(KeyFooter):
            keys.first = (*wide, *ways) if self.snapshot.is_segment_refused else (*ways, *wide)
        self.refresh_bindings()

    def go_back(self) -> bool:
        """Show all panes again, or undo one step of narrowing. Returns False if there is nothing to undo."""
        if self.leave_past():
            return True
        if self.whole is not None:
            self.show_whole(None)
            return True
        return self.undo_narrowing()

    def switch_site(self, site: Site, role: str, segment: str = "", label: str = "") -> None:
        """Show another site, narrowed to ``segment`` (``label`` in words), or not narrowed."""
        self._trail.replace(segment, label)
        self.set_role(role)
        if self.poller is not None:
            self.poller.switch(site=site, segment=segment)
        self._draw_header()
        self._update_footer()

    def set_role(self, role: str) -> None:
        """Show the token's role on the site in the header."""
        self.context = replace(self.context, role=role)

    def set_alerts(self, mark: str, *, has_rules: bool) -> None:
        """Show in the header how many alerts last; ``""`` removes that. ``has_rules``: rules are followed here, and
        rest while polling is paused."""
        self.context = replace(self.context, alerts=mark, has_rules=has_rules)
        if self.is_attached and self.query(Header):
            self._draw_header()

    def set_editing(self, unlocked: bool) -> None:
        """Show in the header that editing is unlocked, or remove that."""
        self.context = replace(self.context, editing=unlocked)

    def action_retry(self) -> None:
        """Poll again after an error; before the first connection, connect again."""
        if self.poller is None:
            self.post_message(self.Reconnect(again=True))
        elif self.snapshot.poll.phase is Phase.STALE:
            self.poller.poll_now()
        else:
            self.poller.resume()

    def action_explain(self) -> None:
        self.post_message(ExplainCounters())

    def action_check_tracking(self) -> None:
        self.post_message(self.CheckTracking())

    def action_reconnect(self) -> None:
        self.post_message(self.Reconnect())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Hide the keys that have no effect in this phase."""
        connected = self.poller is not None
        possible = possible_keys(self.snapshot.poll, connected=connected, narrowed=bool(self._trail))
        possible |= {"earlier": connected, "later": connected and (self.is_past or self.player is not None)}
        return (possible | self.past_keys()).get(action, True)

    def refusal(self, action: str) -> str | None:
        """Why the action is not possible now; ``None`` if there is no particular reason."""
        return self.past_refusal(action) or refusal_of(action, self.snapshot.poll, connected=self.poller is not None)
