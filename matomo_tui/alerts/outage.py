"""How long polls have failed. Time in which nothing was polled does not count: pauses, and sleep of the computer."""

from __future__ import annotations

from matomo_tui.live.snapshot import Phase, PollState

GAP = 60.0
"""Seconds without a look at the polls, or of a clock that was set, after which the time begins anew."""


class Outage:
    """Instants are epochs of this computer. ``look`` is to be called every few seconds."""

    def __init__(self) -> None:
        self._poll = PollState(phase=Phase.PAUSED)
        self._since = 0.0
        """From when on a failing poll counts: the last success, or since when polls are made again."""
        self._looked_at: float | None = None
        self._success_at: float | None = None
        self._failing = False
        """Polls failed, and none succeeded since: another site or token may have none yet."""

    def show(self, poll: PollState, now: float) -> None:
        """Take the poller's latest state."""
        self.look(now)
        if self._poll.phase is Phase.PAUSED:
            self._since = now
        self._poll, succeeded_at = poll, poll.last_success_at
        if poll.error is not None:
            self._failing = True
        elif succeeded_at is not None and succeeded_at != self._success_at:
            self._failing, self._success_at = False, succeeded_at
            self._since = min(now, max(self._since, succeeded_at))

    def look(self, now: float) -> None:
        """Notice that the computer slept, or that its clock was set."""
        if self._looked_at is None or not 0 <= now - self._looked_at <= GAP:
            self._since = now
        self._looked_at = now

    def lasts(self, now: float) -> float | None:
        """Return the seconds that polls have failed, 0 while they succeed; ``None`` while that is not known: nothing is
        polled, or there is no answer yet."""
        if self._poll.phase in (Phase.PAUSED, Phase.STARTING):
            return None
        if self._poll.error is None:
            return None if self._failing else 0.0
        return max(0.0, now - self._since)
