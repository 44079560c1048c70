"""The state of the data in one word, for a screen that is read from a distance."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from matomo_tui.api.errors import LockedOut, NoAccess, TokenRejected
from matomo_tui.live.snapshot import LiveSnapshot, Phase, PollState
from matomo_tui.ui.drawing.formatting import format_age
from matomo_tui.ui.widgets.status import lacking

Alarm = Literal["live", "wait", "stale", "stopped"]
OVERDUE = 30.0
"""Seconds without an answer from which on figures are not live, even if no request has failed; more if polls are
further apart."""


class KioskState(Struct, frozen=True):
    """What the band of the kiosk says."""

    alarm: Alarm
    word: str
    """In large letters."""
    sentence: str = ""
    """Why, in a line."""


def kiosk_state(snapshot: LiveSnapshot, now: float) -> KioskState:
    """Return the state of ``snapshot`` at ``now`` (epoch)."""
    poll = snapshot.poll
    reason = str(poll.error) if poll.error is not None else ""
    if poll.phase is Phase.STOPPED or isinstance(poll.error, TokenRejected | LockedOut | NoAccess):
        return KioskState("stopped", "STOPPED", reason or "Polling has stopped.")
    if poll.phase is Phase.PAUSED:
        return KioskState("stale", "PAUSED", "The interval is 0: nothing is asked for.")
    if poll.last_success_at is None:
        return KioskState(
            "wait" if poll.error is None else "stale", "WAIT" if poll.error is None else "NO DATA", reason
        )
    age = now - poll.last_success_at
    if poll.phase is Phase.STALE:
        return KioskState("stale", "STALE", f"Figures are {format_age(age)} old. {reason}".strip())
    if age > overdue_after(poll):
        return KioskState("stale", "STALE", f"Figures are {format_age(age)} old: the answer is overdue.")
    if missing := lacking(poll):
        return KioskState("stale", "PARTLY", f"Matomo answers with {missing}.")
    return KioskState("live", "LIVE")


def overdue_after(poll: PollState) -> float:
    """Return the age in seconds from which on figures are not live any more."""
    return max(OVERDUE, 2 * poll.effective + 15.0)
