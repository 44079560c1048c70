"""The live screen's past: up to an hour from memory, and the instants of a replay."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from matomo_tui.api.errors import NotRecorded
from matomo_tui.live.clock import Clock
from matomo_tui.live.snapshot import LiveSnapshot, Phase
from matomo_tui.ui.drawing.formatting import clock_time, day, format_age
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.live.segmented_screen import SegmentedScreen
from matomo_tui.ui.messages import FieldMessage
from matomo_tui.ui.widgets.section_tabs import SectionTabs

if TYPE_CHECKING:
    from matomo_tui.live.poller import Poller
    from matomo_tui.live.snapshot_history import SnapshotHistory
    from matomo_tui.recording.player import Player
    from matomo_tui.ui.widgets.time_bar import TimeBar, TimeSpan

STEP = 60.0
"""Seconds that ``<`` goes back and ``>`` forward."""
PAST_KEYS = ("earlier", "later", "app.back")
"""The first keys of the footer in the past."""
POLLING_KEYS = ("pause", "resume", "poll_now", "retry", "faster", "slower")
"""Keys that change or start polls: none of them changes what the past shows."""
AFTER_SEEK = 2
"""Polls after a seek, at the end, and after a switch while the clock stands still, that do not wait for it: the first
one lacks the day's report."""


class PastScreen(SegmentedScreen):
    """Shows the snapshot of an earlier poll instead of the newest one while polling goes on.

    In a replay, ``player`` is its clock: then the keys move that clock, and the poller starts over.
    """

    player: Player | None = None
    clock: Clock

    class SubjectRecorded(FieldMessage):
        """The replay came to polls of another site or segment than before."""

        site_id: int
        segment: str

    def __init__(self, snapshot: LiveSnapshot) -> None:
        super().__init__(snapshot)
        self._past: LiveSnapshot | None = None
        self._has_time_bar = False
        self._subject: tuple[int, str] | None = None
        self._polls_due = 0
        self._followed: tuple[bool, int, str] | None = None
        """Whether the end was reached, and the site and segment that were polled, when that was last looked at."""
        self._bound_for: float | None = None
        """Where the replay goes as soon as the figures from before an outage came."""
        self.notice: Callable[[], str] = str
        """Returns a sentence for the banner, such as why nothing is recorded; it is asked every second."""
        self._noticed = ""

    @cached_property
    def _history(self) -> SnapshotHistory:
        """The polls of the last hour. Imported here, as the first frame does not need it."""
        from matomo_tui.live.snapshot_history import SnapshotHistory

        return SnapshotHistory()

    @property
    def shown(self) -> LiveSnapshot:
        """The snapshot on the screen: the newest one, or that of the past."""
        return self._past or self.snapshot

    @property
    def is_past(self) -> bool:
        """True if the screen shows the past."""
        return self._past is not None

    @property
    def replay_stands(self) -> bool:
        """True if a replay is paused or at its end."""
        return self.player is not None and (self.player.ended or not self.player.playing)

    def past_changed(self) -> None:
        """Called when the screen must show another instant."""

    def remember(self, snapshot: LiveSnapshot) -> None:
        """Keep a new snapshot; one of another site or segment ends the past. The first poll starts a replay."""
        if self.player is not None and snapshot.poll.polls:
            self.player.poll_shown()
        if not snapshot.feed.ready and "_history" not in self.__dict__:
            return  # There is nothing to keep yet, nor a reason to import the module.
        if self.player is None and self._history.add(snapshot) and self._past is not None:
            self._past = None
            self.past_changed()

    def forget_past(self) -> None:
        """Drop all snapshots: the connection is another one."""
        if "_history" in self.__dict__:
            self._history.clear()
        self._past = None

    def leave_past(self) -> bool:
        """Show the newest snapshot again. Returns False if it is shown already."""
        if self._past is None:
            return False
        self._show_past(None)
        return True

    def action_earlier(self) -> None:
        """A minute back."""
        if self.player is not None:
            self._seek(self._replayed_at(self.player) - STEP)
        else:
            self._show_at(self._now_shown - STEP)

    def action_later(self) -> None:
        """A minute forward; from the last minute to the newest figures."""
        if self.player is not None:
            self._seek(self._replayed_at(self.player) + STEP)
        elif self._past is not None:
            self._show_at(self._now_shown + STEP)

    def on_time_bar_chosen(self, message: TimeBar.Chosen) -> None:
        """Show the instant under the pointer, or that of a key."""
        if self.player is not None:
            self._seek(message.at)
        else:
            self._show_at(message.at)

    def on_time_bar_stepped(self, message: TimeBar.Stepped) -> None:
        """Show the poll before or after."""
        if self.player is not None:
            self.player.seek(self._replayed_at(self.player))
            self.player.step(message.count)
            self._start_over()
        elif self._past is not None:
            self._show_past(self._history.beside(self._past, message.count))

    @property
    def _now_shown(self) -> float:
        return self.clock.now() if self._past is None else self._past.taken_at

    def _show_at(self, at: float) -> None:
        found = self._history.before(at)
        if found is None:
            self.notify("There is no earlier poll yet.", timeout=3, markup=False)
        else:
            # Beyond the newest one of the past is the present.
            newest = self._past is not None and at > self._past.taken_at == found.taken_at
            self._show_past(None if newest or at >= self.clock.now() - 1.0 else found)

    def _show_past(self, snapshot: LiveSnapshot | None) -> None:
        from matomo_tui.ui.widgets.time_bar import TimeBar

        if snapshot is None and isinstance(self.focused, TimeBar):
            self.set_focus(None)
        self._past = snapshot
        self.past_changed()
        self.draw_time()

    # The replay

    def action_pause(self) -> None:
        if self.player is None:
            super().action_pause()
        else:
            self._set_playing(playing=False)

    def action_resume(self) -> None:
        if self.player is None:
            super().action_resume()
        else:
            self._set_playing(playing=True)

    def action_faster(self) -> None:
        if self.player is None:
            super().action_faster()
        else:
            self._change_speed(1)

    def action_slower(self) -> None:
        if self.player is None:
            super().action_slower()
        else:
            self._change_speed(-1)

    def _set_playing(self, *, playing: bool) -> None:
        """Stop the replay's clock, or let it go on; at the end of the recording from its beginning."""
        player = self.player
        if player is None:
            return
        begins = playing and player.ended
        if playing:
            player.play()
        else:
            player.pause()
        if begins:
            self._start_over()
        self.past_changed()
        self.draw_time()
        self.refresh_bindings()

    def _change_speed(self, steps: int) -> None:
        """Play faster, or slower if ``steps`` is negative."""
        player = self.player
        if player is None:
            return
        player.change_speed(steps)
        if self.poller is not None:
            self.poller.set_interval(player.poll_interval)
        self.draw_time()

    def _seek(self, at: float) -> None:
        if self.player is not None:
            self.player.seek(at)
            self._start_over()

    def _replayed_at(self, player: Player) -> float:
        """The epoch that the user went to last, or that of the replay since."""
        return player.now() if self._bound_for is None else self._bound_for

    def _start_over(self) -> None:
        """Ask for everything at the replay's new instant."""
        self._bound_for = None
        if self.poller is not None:
            self.run_worker(self._arrive(self.poller), group="replay", exclusive=True)
        self.draw_time()

    async def _arrive(self, poller: Poller) -> None:
        """Ask for everything at the replay's new instant; in an outage first for the figures that stayed on the
        screen."""
        player = self.player
        if player is None:
            return
        at = player.now()
        good = player.last_good(at)
        if good is not None:
            self._bound_for = at
            player.seek(good)
        poller.switch(site=poller.snapshot.site)
        self._polls_due = AFTER_SEEK
        if good is not None:
            await _answered(poller)
            self._bound_for = None
            player.seek(at)
            poller.resume()
        self.follow_replay()
        self.draw_time()

    def follow_replay(self) -> None:
        """Show the site and segment that were polled, end an outage as soon as the recording does, and at the end show
        what was recorded last."""
        player = self.player
        if player is None or self.poller is None:
            return
        followed = (player.ended, self.poller.snapshot.site.id, self.poller.snapshot.segment)
        if followed != self._followed:
            self._followed = followed
            if player.ended or not player.playing:
                self._polls_due = AFTER_SEEK
            self.refresh_bindings()
        subject = player.subject()
        if subject is not None and subject != self._subject:
            before, self._subject = self._subject, subject
            if before is not None or subject != (self.poller.snapshot.site.id, self.poller.snapshot.segment):
                self.post_message(self.SubjectRecorded(*subject))
        if self._polls_due and not self.poller.snapshot.poll.in_flight:
            self._polls_due -= 1
            self.poller.resume()
        elif (
            self.snapshot.poll.phase is Phase.STALE
            and not isinstance(self.snapshot.poll.error, NotRecorded)
            and self._is_known(player)
        ):
            self.poller.poll_now()

    @staticmethod
    def _is_known(player: Player) -> bool:
        """Return True if the newest recorded poll is recent and succeeded."""
        now = player.now()
        place = bisect_right(player.polls, now) - 1
        if place < 0 or now - player.polls[place] > player.gap:
            return False
        failed = bisect_right(player.failed_polls, now) - 1
        return failed < 0 or player.failed_polls[failed] < player.polls[place]

    # The line of time

    def draw_time(self) -> None:
        """Draw the line of time, which is mounted when it is first needed."""
        if not (self._has_time_bar or self.player is not None or self.is_past):
            return
        from matomo_tui.ui.widgets.time_bar import TimeBar

        bar = self.query_one_optional(TimeBar)
        if bar is None:
            tabs = self.query_one_optional(SectionTabs)
            if tabs is None:  # the program is ending, and the screen with it
                return
            bar = TimeBar(id="time")
            self.mount(bar, before=tabs)
            self._has_time_bar = True
        bar.draw(self._time_span())

    def _time_span(self) -> TimeSpan | None:
        from matomo_tui.live.snapshot_history import SPAN
        from matomo_tui.ui.widgets.time_bar import TimeSpan

        player, past, zone, poll = self.player, self._past, self.shown.site.timezone, self.shown.poll
        glyphs = glyphs_of(self)
        if player is not None:
            state = "end" if player.ended else f"{player.speed:g}{glyphs.times}" if player.playing else "paused"
            sign = glyphs.cursor if player.playing and not player.ended else glyphs.paused
            now, end = poll.corrected(player.now()), poll.corrected(player.end)
            right = f"{clock_time(end, zone, seconds=False)}  {glyphs.dash}  < > a minute"
            return TimeSpan(
                *(player.begin, player.end, player.now()),
                known=player.polls,
                failed=player.failed_polls,
                gap=player.gap,
                sign=sign,
                left=f"{state}  {day(now, zone)} {clock_time(now, zone)}",
                right=right,
            )
        if past is None:
            return None
        now = self.clock.now()
        times = self._history.times
        return TimeSpan(
            min(times[0], past.taken_at) if times else now - SPAN,
            *(now, past.taken_at),
            known=times,
            failed=self._history.failed_times,
            left=f"The past: {clock_time(poll.corrected(past.taken_at), zone)}, {format_age(now - past.taken_at)} ago",
            right=f"now  {glyphs.dash}  < > a minute, esc now",
        )

    def past_state(self) -> str:
        """The words in the header in place of the connection's state; ``""`` if the screen shows the present."""
        return "" if self._past is None else f"the past, {format_age(self.clock.now() - self._past.taken_at)} ago"

    def past_refusal(self, action: str) -> str | None:
        """Why a polling key is not possible in the past or in a replay; ``None`` if it is not because of that."""
        if self.is_past and action in POLLING_KEYS:
            return "The screen shows the past; {app.back} goes back to now."
        if self.player is not None and action in ("poll_now", "retry", "reconnect"):
            return "This is a replay: Matomo is not asked for anything."
        return None

    def past_keys(self) -> dict[str, bool]:
        """Which of the polling keys are possible in the past or in a replay; nothing in the present."""
        player = self.player
        if player is None:
            return dict.fromkeys(POLLING_KEYS, False) if self.is_past else {}
        return {
            "pause": not self.replay_stands,
            "resume": self.replay_stands,
            "poll_now": False,
            "retry": False,
            "faster": True,
            "slower": True,
            "reconnect": False,
        }


async def _answered(poller: Poller) -> None:
    """Wait for the first answer after a switch, or its error."""
    came = asyncio.Event()

    def look(snapshot: LiveSnapshot) -> None:
        if snapshot.poll.last_success_at is not None or snapshot.poll.error is not None:
            came.set()

    unsubscribe = poller.subscribe(look)
    try:
        await came.wait()
    finally:
        unsubscribe()
