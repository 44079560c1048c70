"""The live screen: draws snapshots and passes actions to the poller."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.geometry import Size
from textual.message import Message

from matomo_tui.api.sites import Site
from matomo_tui.live.clock import Clock
from matomo_tui.live.snapshot import LiveSnapshot, Phase, VisitRow
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing.formatting import format_interval, number
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.live.counters import LARGE, MEDIUM, SMALL, Counters
from matomo_tui.ui.live.feed import FeedPane
from matomo_tui.ui.live.live_header import Banner, Header, HeaderContext, recovery_actions, recovery_hint
from matomo_tui.ui.live.live_layout import layout_of
from matomo_tui.ui.live.minutes import MinutesPane
from matomo_tui.ui.live.rankings import SUBJECTS, RankingPane
from matomo_tui.ui.live.segment_trail import SegmentTrail
from matomo_tui.ui.live.timeline import TimelinePane
from matomo_tui.ui.messages import ChooseSegment, SwitchSite
from matomo_tui.ui.widgets.key_footer import KeyFooter
from matomo_tui.ui.widgets.pane import PaneState
from matomo_tui.ui.widgets.screens import TINY, ResponsiveScreen, SizeNotice
from matomo_tui.ui.widgets.status import state_word
from matomo_tui.ui.widgets.visibility import is_behind_modal

if TYPE_CHECKING:
    from matomo_tui.live.poller import Poller

SELDOM = 10
"""Seconds between two drawings behind a dialog, where each costs a whole screen."""
FILL = ("copy", "faster", "slower", "poll_now", "app.focus_next", "app.next_theme", "app.command_palette")
"""What the footer names where there is room for more."""
INTERVALS: tuple[float, ...] = (2, 3, 5, 10, 15, 30, 60, 300, 900, 3600)


class LiveScreen(ResponsiveScreen[None]):
    """Header, counters, chart, rankings and feed of one poller's snapshots.

    ``snapshot`` is what to draw before the first one comes: the site's name and the phase. Snapshots that come
    faster than they can be drawn replace each other.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings("live")
    AUTO_FOCUS = "#feed VirtualTable"

    class OpenVisit(Message):
        """Show this visit with its visitor."""

        def __init__(self, visit: VisitRow, site: Site) -> None:
            super().__init__()
            self.visit = visit
            self.site = site

    class Drawn(Message):
        """A snapshot was drawn, for screens above this one that follow it."""

        def __init__(self, snapshot: LiveSnapshot) -> None:
            super().__init__()
            self.snapshot = snapshot

    class Segmented(Message):
        """Everything is narrowed to ``segment`` from now on (``""``: to nothing); ``label`` says it in words."""

        def __init__(self, segment: str, label: str) -> None:
            super().__init__()
            self.segment = segment
            self.label = label

    class Reconnect(Message):
        """Another connection is wanted; ``again`` with the same settings."""

        def __init__(self, *, again: bool = False) -> None:
            super().__init__()
            self.again = again

    def __init__(self, snapshot: LiveSnapshot, clock: Clock, standing: HeaderContext) -> None:
        super().__init__()
        self.snapshot = snapshot
        self.clock = clock
        self.standing = standing
        self.warnings: tuple[str, ...] = ()
        self.poller: Poller | None = None
        self._unsubscribe: Callable[[], None] | None = None
        self._waiting: LiveSnapshot | None = None
        self._narrowing = SegmentTrail()
        self._doing: tuple[object, ...] = ()
        self._seen = False
        self._ticks = 0

    def compose(self) -> ComposeResult:
        """All panes of all layouts, once."""
        yield Header(id="header")
        yield Banner(id="banner")
        yield Counters(id="counters")
        with Container(id="body"):
            panes = [MinutesPane(id="minutes"), *(RankingPane(subject.part, id=subject.part) for subject in SUBJECTS)]
            timeline = TimelinePane(id="timeline")
            for pane in (*panes, timeline):
                if not self.snapshot.feed.ready:
                    pane.postpone()
            for pane in panes:
                if not self.snapshot.feed.ready:
                    pane.set_state(PaneState.LOADING)
                yield pane
            yield FeedPane(id="feed")
            yield timeline
        yield SizeNotice()
        yield KeyFooter(fill=FILL, id="keys")

    def on_mount(self) -> None:
        """Draw what is known and begin to tick."""
        self._draw()
        self.set_interval(1.0, self._tick)

    def attach(self, poller: Poller, standing: HeaderContext, warnings: tuple[str, ...] = ()) -> None:
        """Follow ``poller`` from now on, and no other."""
        self.detach()
        self.poller, self.standing, self.warnings = poller, standing, warnings
        self._narrowing.clear()
        self._unsubscribe = poller.subscribe(self.take)
        self.take(poller.snapshot)

    def detach(self) -> None:
        """Follow nothing."""
        if self._unsubscribe is not None:
            self._unsubscribe()
        self._unsubscribe = self.poller = None

    def take(self, snapshot: LiveSnapshot) -> None:
        """A new snapshot; it replaces one that was not drawn yet."""
        if self._waiting is None and not self.is_active:
            self._keep(snapshot)
            return
        idle = self._waiting is None
        self._waiting = snapshot
        if idle:
            self.call_next(self._draw_waiting)

    def _draw_waiting(self) -> None:
        if self._waiting is None:
            return
        snapshot, self._waiting = self._waiting, None
        if self.is_active:
            self.snapshot = snapshot
            self._draw()
        else:
            self._keep(snapshot)

    def _keep(self, snapshot: LiveSnapshot) -> None:
        """Something stands above: drawn when this is seen again, or seldom behind a dialog. The application is told
        directly, for any message to a covered screen has Textual send the whole one on top again."""
        self.snapshot = snapshot
        self.app.post_message(self.Drawn(snapshot))

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Seen again: what came meanwhile is drawn now. The first time there is nothing to be styled anew."""
        if self._seen:
            self._draw()
        else:
            event.refresh_styles = False
        self._seen = True

    def _draw(self) -> None:
        if not self.query(Header):  # the program is ending, and the screen with it
            return
        snapshot = self.snapshot
        self._draw_header()
        doing = (snapshot.poll.phase, type(snapshot.poll.error), self.poller is None)
        if doing != self._doing:
            self._doing = doing
            self._offer()
        self.query_one(Counters).show(snapshot)
        self.query_one(MinutesPane).show(snapshot)
        for pane in self.query(RankingPane):
            pane.show(snapshot)
        self.query_one(FeedPane).show(snapshot)
        if self.has_class(TINY):
            self._draw_small()
        if self.focused is None:
            self.call_after_refresh(self._keep_focus)
        self.post_message(self.Drawn(snapshot))

    @property
    def standing_now(self) -> HeaderContext:
        """What the header says beside the snapshot."""
        return replace(self.standing, crumbs=self._narrowing.labels)

    def _draw_header(self) -> None:
        self.query_one(Header).show(self.snapshot, self.standing_now, self.clock.now())
        banner = self.query_one(Banner)
        banner.say(*self._sentence())
        # An error comes and goes: it lies over the chart's title, so that nothing moves. Warnings stay, on a line.
        banner.set_class(self.snapshot.poll.error is not None and not self.warnings, "-over")

    def _sentence(self) -> tuple[str, str]:
        """What must be said: the reason of an error first, else the connection's warnings."""
        poll = self.snapshot.poll
        if poll.error is None:
            return "  ".join(self.warnings), "warn"
        if poll.phase is Phase.STOPPED:
            return f"{poll.error} {recovery_hint(poll.error, connected=self.poller is not None)}", "bad"
        return str(poll.error), "warn"

    def _tick(self) -> None:
        self._ticks += 1
        if self.is_active:
            self.query_one(Header).tick(self.clock.now())
        elif is_behind_modal(self) and self._ticks % SELDOM == 0:
            self._draw()

    def layout_classes(self, size: Size) -> dict[str, bool]:
        """The classes of a layout: both sides decide on it, unlike on a breakpoint."""
        return layout_of(size)

    def resized(self) -> None:
        """The panes' part of the layout."""
        large, medium = self.has_class("-large"), self.has_class("-medium")
        self.query_one(Counters).choose(LARGE if large else MEDIUM if medium else SMALL)
        for pane in self.query(RankingPane):
            pane.set_switchable(self.has_class("-compact"))
        if self.has_class(TINY):
            self._draw_small()
        self.call_after_refresh(self._keep_focus)

    def _keep_focus(self) -> None:
        """The keys go to the feed where they would go nowhere: what had the focus is hidden, or the feed just came."""
        if self.focused is None and self.is_active:
            for table in self.query(self.AUTO_FOCUS):
                if table.focusable:
                    self.set_focus(table, scroll_visible=False)

    def _draw_small(self) -> None:
        snapshot, glyphs = self.snapshot, glyphs_of(self)
        counters = snapshot.counters
        above = ["DEMO"] if self.standing.demo else []
        below = [
            "",
            f"{snapshot.site.name} {state_word(snapshot.poll, glyphs)}".strip(),
            f"{number(counters.active.value, glyphs.dash)} active, "
            f"{number(counters.visits_30.value, glyphs.dash)} in 30 min",
        ]
        self.query_one(SizeNotice).draw(self.app.size, above, below)

    # Wishes of the panes

    def on_feed_pane_highlighted(self, message: FeedPane.Highlighted) -> None:
        """The timeline follows the feed's cursor."""
        self.query_one(TimelinePane).show_visit(message.visit, self.snapshot.site)

    def on_feed_pane_opened(self, message: FeedPane.Opened) -> None:
        """Open the visit."""
        self.post_message(self.OpenVisit(message.visit, self.snapshot.site))

    def on_feed_pane_narrow(self, message: FeedPane.Narrow) -> None:
        """Only what is under the feed's cursor."""
        self.narrow(message.segment, message.label)

    def on_ranking_pane_narrow(self, message: RankingPane.Narrow) -> None:
        """Only what is under the ranking's cursor."""
        self.narrow(message.segment, message.label)

    def on_ranking_pane_switch(self, message: RankingPane.Switch) -> None:
        """The next ranking that no other visible pane shows."""
        taken = {pane.about.part for pane in self.query(RankingPane) if pane.display and pane is not message.pane}
        place = SUBJECTS.index(message.pane.about)
        for step in range(1, len(SUBJECTS)):
            subject = SUBJECTS[(place + step * message.step) % len(SUBJECTS)]
            if subject.part not in taken:
                message.pane.set_subject(subject)
                return

    def narrow(self, segment: str, label: str) -> None:
        """Narrow everything to ``segment``, within what it is narrowed to already."""
        if self.poller is None or not segment:
            return
        if self._narrowing.add(segment, label):
            self._switch_segment()
        else:
            self.notify("That segment is already set.", timeout=2, markup=False)

    def find(self, text: str) -> None:
        """Only the visits that the feed's filter ``text`` leaves; nothing else is narrowed."""
        self.query_one(FeedPane).find(text)

    @property
    def search_text(self) -> str:
        """The text that the feed is filtered by; ``""`` without a filter."""
        return self.query_one(FeedPane).filter_text

    def follow_segment(self, segment: str, label: str) -> None:
        """The reports were narrowed to ``segment``: so is this, in one step."""
        if segment != self.segment:
            self._narrowing.become(segment, label)
            self._switch_segment()

    @property
    def segment(self) -> str:
        """What everything is narrowed to; ``""`` for nothing."""
        return self._narrowing.segment

    @property
    def segment_label(self) -> str:
        """The same in words."""
        return ", ".join(self._narrowing.labels)

    def _switch_segment(self) -> None:
        if self.poller is not None:
            self.poller.switch(segment=self.segment)
        self.post_message(self.Segmented(self.segment, self.segment_label))
        self._draw_header()
        self._offer()

    def _offer(self) -> None:
        """What goes first in the footer: the ways on from a stop, and the way out of narrowing."""
        wide = ("clear_segment",) if self._narrowing else ()
        for keys in self.query(KeyFooter):
            keys.first = (*recovery_actions(self.snapshot.poll), *wide)
        self.refresh_bindings()

    def go_back(self) -> bool:
        """One step of narrowing back; whether there was one."""
        went = self._narrowing.pop()
        if went:
            self._switch_segment()
        return went

    def switch_site(self, site: Site, role: str) -> None:
        """Follow another site, as a whole."""
        self._narrowing.clear()
        self.show_role(role)
        if self.poller is not None:
            self.poller.switch(site=site, segment="")
        self._draw_header()

    def describe_site(self, site: Site) -> None:
        """The site that is followed has other settings."""
        if self.poller is not None:
            self.poller.describe(site)

    def show_role(self, role: str) -> None:
        """The token's role on the site."""
        self.standing = replace(self.standing, role=role)

    def show_editing(self, unlocked: bool) -> None:
        """Whether anything could be written from here just now."""
        self.standing = replace(self.standing, editing=unlocked)

    # Keys

    def action_pause(self) -> None:
        """Stop polling, keep the figures."""
        if self.poller is not None:
            self.poller.pause()

    def action_resume(self) -> None:
        """Resume polling."""
        if self.poller is not None:
            self.poller.resume()

    def action_poll_now(self) -> None:
        """Poll without waiting for the interval."""
        if self.poller is not None:
            self.poller.poll_now()

    def action_retry(self) -> None:
        """Poll again after it stopped or failed; before the first connection: connect again."""
        if self.poller is None:
            self.post_message(self.Reconnect(again=True))
        elif self.snapshot.poll.phase is Phase.STALE:
            self.poller.poll_now()
        else:
            self.poller.resume()

    def action_faster(self) -> None:
        """The next shorter interval."""
        shorter = [step for step in INTERVALS if step < self.snapshot.poll.interval]
        self._set_interval(shorter[-1] if shorter else INTERVALS[0])

    def action_slower(self) -> None:
        """The next longer interval."""
        longer = [step for step in INTERVALS if step > self.snapshot.poll.interval]
        self._set_interval(longer[0] if longer else INTERVALS[-1])

    def _set_interval(self, seconds: float) -> None:
        if self.poller is not None:
            self.poller.set_interval(seconds)
            self.notify(f"Polling every {format_interval(seconds)}.", timeout=2, markup=False)

    def action_clear_segment(self) -> None:
        """Everything again."""
        if self._narrowing.clear():
            self._switch_segment()

    def action_segment(self) -> None:
        """Choose or write a segment."""
        self.post_message(ChooseSegment())

    def action_switch_site(self) -> None:
        """Choose another site."""
        self.post_message(SwitchSite())

    def action_reconnect(self) -> None:
        """Choose another connection."""
        self.post_message(self.Reconnect())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """No dead keys: only what can be done in this phase."""
        phase, connected = self.snapshot.poll.phase, self.poller is not None
        failed = phase is Phase.STOPPED or (
            phase in (Phase.STALE, Phase.STARTING) and self.snapshot.poll.error is not None
        )
        possible = {
            "pause": connected and phase in (Phase.STARTING, Phase.LIVE, Phase.STALE),
            "resume": connected and phase is Phase.PAUSED,
            "poll_now": connected and phase is Phase.LIVE,
            "retry": failed,
            "faster": connected,
            "slower": connected,
            "switch_site": connected,
            "segment": connected,
            "clear_segment": bool(self._narrowing),
        }
        return possible.get(action, True)
