"""Which keys of the live screen have an effect in a phase of polling, and why the others have none."""

from __future__ import annotations

from collections.abc import Mapping

from textual.widget import Widget

from matomo_tui.live.snapshot import LiveSnapshot, Phase, PollState
from matomo_tui.ui.actions import ACTIONS
from matomo_tui.ui.available_actions import key_name
from matomo_tui.ui.drawing.glyphs import glyphs_of

_NEED_A_CONNECTION = ("faster", "slower", "switch_site", "segment", "explain", "check_tracking")


def possible_keys(poll: PollState, *, connected: bool, narrowed: bool) -> dict[str, bool]:
    """Return for each action whether it has an effect; ``narrowed``: the figures are of a segment."""
    phase = poll.phase
    failed = phase is Phase.STOPPED or (phase in (Phase.STALE, Phase.STARTING) and poll.error is not None)
    return dict.fromkeys(_NEED_A_CONNECTION, connected) | {
        "pause": connected and phase in (Phase.STARTING, Phase.LIVE, Phase.STALE),
        "resume": connected and phase is Phase.PAUSED,
        "poll_now": connected and phase is Phase.LIVE,
        "retry": failed,
        "clear_segment": narrowed,
    }


def key_of(widget: Widget, action: str) -> str:
    """Return the key of the registry's ``action`` (its id) as it is bound; ``""`` if it has none."""
    return key_name(bound_keys(widget, action)[0], ascii=glyphs_of(widget).ascii)


def bound_keys(widget: Widget, action: str) -> tuple[str, ...]:
    """Return the keys of the registry's ``action`` (its id) as they are bound, by Textual's names."""
    keys: Mapping[str, str] = getattr(widget.app, "key_map", {})
    return tuple(next(keys.get(one.id, one.keys) for one in ACTIONS if one.id == action).split(","))


def error_sentence(widget: Widget, snapshot: LiveSnapshot) -> str:
    """Return the error of the last poll, with the keys that remove the segment if Matomo may have refused that."""
    error = str(snapshot.poll.error)
    ways = (("live.clear_segment", "drops the segment"), ("live.segment", "picks another"))
    named = [f"{key} {words}" for action, words in ways if (key := key_of(widget, action))]
    return f"{error.rstrip('.')}. {', '.join(named)}." if snapshot.is_segment_refused and named else error


def refusal_of(action: str, poll: PollState, *, connected: bool) -> str | None:
    """Return why ``action`` is not possible now; ``None`` if there is no particular reason."""
    if not connected:
        return "There is no connection yet."
    if action in ("pause", "resume") and poll.phase is Phase.STOPPED:
        return "Polling has stopped; r tries again."
    if action == "poll_now" and poll.phase is Phase.PAUSED:
        return "Polling is paused; p resumes it."
    return "No segment is set: the figures are of all visits." if action == "clear_segment" else None
