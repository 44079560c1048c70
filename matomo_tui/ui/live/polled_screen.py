"""A screen with the keys that control the poller."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from matomo_tui.live.snapshot import LiveSnapshot
from matomo_tui.ui.drawing.formatting import format_interval
from matomo_tui.ui.widgets.whole_pane import WholePaneScreen

if TYPE_CHECKING:
    from matomo_tui.live.poller import Poller

INTERVALS: tuple[float, ...] = (2, 3, 5, 10, 15, 30, 60, 300, 900, 3600)
"""The intervals in seconds that the keys step through."""

AFTER_KEY, MOST_KEYS = 0.01, 10
"""Seconds that work which would delay a key is put off at a time, and how often at the most."""


class PolledScreen(WholePaneScreen[None]):
    """Pauses and resumes the poller and changes its interval. Without a poller the keys do nothing."""

    def __init__(self, snapshot: LiveSnapshot) -> None:
        super().__init__()
        self.snapshot = snapshot
        self.poller: Poller | None = None
        self._keys_before = 0

    def after_keys(self, work: Callable[[], None]) -> bool:
        """Put ``work`` off a little if a key is being handled, which would wait for it. Returns False if none is, or if
        the work was put off often enough."""
        if self._keys_before < MOST_KEYS and getattr(self.app, "is_handling_key", False):
            self._keys_before += 1
            self.set_timer(AFTER_KEY, work)
            return True
        self._keys_before = 0
        return False

    def action_pause(self) -> None:
        if self.poller is not None:
            self.poller.pause()

    def action_resume(self) -> None:
        if self.poller is not None:
            self.poller.resume()

    def action_poll_now(self) -> None:
        if self.poller is not None:
            self.poller.poll_now()

    def action_faster(self) -> None:
        shorter = [step for step in INTERVALS if step < self.snapshot.poll.interval]
        self.set_interval_to(shorter[-1] if shorter else INTERVALS[0])

    def action_slower(self) -> None:
        longer = [step for step in INTERVALS if step > self.snapshot.poll.interval]
        self.set_interval_to(longer[0] if longer else INTERVALS[-1])

    def set_interval_to(self, seconds: float) -> None:
        """Poll every ``seconds``."""
        if self.poller is not None:
            self.poller.set_interval(seconds)
            self.notify(f"Polling every {format_interval(seconds)}.", timeout=2, markup=False)
