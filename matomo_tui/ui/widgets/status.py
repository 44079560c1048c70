"""The connection status as a symbol and a word, used on every screen."""

from __future__ import annotations

from matomo_tui.api.errors import NotRecorded
from matomo_tui.live.snapshot import Phase, PollState
from matomo_tui.ui.drawing.glyphs import Glyphs

_WORDS = {
    Phase.STARTING: "connecting",
    Phase.LIVE: "live",
    Phase.STALE: "stale",
    Phase.PAUSED: "paused",
    Phase.STOPPED: "stopped",
}


def state_word(poll: PollState, glyphs: Glyphs) -> str:
    """``● live``: a symbol and a word, so that neither depends on the other; ``◌ counters only`` if the panes below the
    counters have failed, ``◌ not recorded`` where a recording has no figures."""
    if poll.phase is Phase.STALE and poll.last_success_at is None and isinstance(poll.error, NotRecorded):
        return f"{glyphs.stale} not recorded"
    if poll.phase is Phase.LIVE and lacking(poll):
        return f"{glyphs.stale} {lacking(poll)}"
    return f"{state_sign(poll, glyphs)} {_WORDS[poll.phase]}"


def state_sign(poll: PollState, glyphs: Glyphs) -> str:
    """The symbol of the state alone."""
    signs = {
        Phase.STARTING: glyphs.stale,
        Phase.LIVE: glyphs.live,
        Phase.STALE: glyphs.stale,
        Phase.PAUSED: glyphs.paused,
        Phase.STOPPED: glyphs.stopped,
    }
    return glyphs.stale if poll.phase is Phase.LIVE and lacking(poll) else signs[poll.phase]


def lacking(poll: PollState) -> str:
    """What remains if a part fails although polls succeed: ``counters only`` without the visits, on which every pane is
    based; ``no counters``; ``""`` if nothing fails."""
    return "counters only" if "visits" in poll.failing else "no counters" if "counters" in poll.failing else ""
