"""Keys that come faster than the screen follows them: each acts on what the one before it has opened."""

from __future__ import annotations

from collections import deque
from contextlib import suppress

from textual.app import App, ScreenStackError
from textual.events import Event, Key, Paste
from textual.message import Message
from textual.timer import Timer

PATIENCE = 0.5
"""Seconds after which a key is taken as done: what it went to may be gone, and with it the word that it is done."""


class KeyDone(Message):
    """Goes behind a key, through the same widgets, so that it arrives where the key has arrived before."""


class TypingAhead(App[int]):
    """Mixed into the application: hands out the next key once the last one has had its effect.

    Textual gives a key to the widget that has the focus when the key is read, and looks for its action later. Of keys
    that are read at once (pasted, typed ahead, sent by a script), ``/`` would open the filter, and the letters behind
    it would still be shortcuts.
    """

    def __init__(self) -> None:
        super().__init__()
        self._ahead: deque[Key | Paste] = deque()
        self._busy: Timer | None = None

    async def on_event(self, event: Event) -> None:
        """Hold back what is typed until it is its turn."""
        if not isinstance(event, Key | Paste) or event.is_forwarded:
            await super().on_event(event)
        elif self._busy is not None:
            self._ahead.append(event)
        else:
            await self._hand_out(event)

    async def _hand_out(self, event: Key | Paste) -> None:
        self._busy = self.set_timer(PATIENCE, self._next)
        if not self.screen.is_mounted:  # An answer has opened it just now: it has neither questions nor a focus yet.
            self._ahead.appendleft(event)
            self.screen.call_later(self.call_later, self._next)
            return
        target = self.focused or self.screen
        await super().on_event(event)
        target.post_message(KeyDone())

    async def on_key_done(self) -> None:
        """The key has acted. A screen that it opened takes keys once it is composed, and a focus that it moved is
        behind this message: both are waited for."""
        with suppress(ScreenStackError):  # It was the key that quits.
            self.screen.call_later(self.call_later, self._next)

    async def _next(self) -> None:
        if self._busy is not None:
            self._busy.stop()
            self._busy = None
        if self._ahead:
            with suppress(ScreenStackError):
                await self._hand_out(self._ahead.popleft())
