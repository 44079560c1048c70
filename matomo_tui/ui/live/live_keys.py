"""Which keys of the live screen have an effect in a phase of polling, and why the others have none."""

from __future__ import annotations

from textual.widget import Widget

from matomo_tui.api.errors import NoSite, NotRecorded, SiteNotFound
from matomo_tui.live.snapshot import LiveSnapshot, Phase, PollState
from matomo_tui.ui.available_actions import bound_key
from matomo_tui.ui.widgets.pane import asking_action

_NEED_A_CONNECTION = ("faster", "slower", "segment", "explain", "check_tracking")


def possible_keys(poll: PollState, *, connected: bool, narrowed: bool) -> dict[str, bool]:
    """Return for each action whether it has an effect; ``narrowed``: the figures are of a segment."""
    phase, asking = poll.phase, asking_action(poll)
    return dict.fromkeys(_NEED_A_CONNECTION, connected) | {
        "pause": connected and phase in (Phase.STARTING, Phase.LIVE, Phase.STALE),
        "resume": connected and asking == "live.resume",
        "poll_now": connected and asking == "live.poll_now",
        "retry": asking == "live.retry",
        "switch_site": connected or isinstance(poll.error, SiteNotFound),
        "clear_segment": narrowed,
    }


def error_sentence(widget: Widget, snapshot: LiveSnapshot) -> str:
    """Return the error of the last poll, with the keys that remove the segment if Matomo may have refused that, or a
    recording does not have it."""
    error = str(snapshot.poll.error)
    if isinstance(snapshot.poll.error, NotRecorded) and snapshot.poll.error.has_everybody:
        return f"{error.rstrip('.')}; {bound_key(widget, 'live.clear_segment')} shows them."
    if not snapshot.is_segment_refused:
        return error
    drop, pick = bound_key(widget, "live.clear_segment"), bound_key(widget, "live.segment")
    return f"{error.rstrip('.')}. {drop} drops the segment, {pick} picks another."


def refusal_of(action: str, poll: PollState, *, connected: bool) -> str | None:
    """Return why ``action`` is not possible now; ``None`` if there is no particular reason."""
    if not connected:
        is_empty = isinstance(poll.error, NoSite)
        return "This Matomo has no site yet." if is_empty else "There is no connection yet."
    if action in ("pause", "resume") and poll.phase is Phase.STOPPED:
        return "Polling has stopped; {live.retry} tries again."
    if action == "poll_now" and poll.phase is Phase.PAUSED:
        return "Polling is paused; {live.resume} resumes it."
    return "No segment is set: the figures are of all visits." if action == "clear_segment" else None
