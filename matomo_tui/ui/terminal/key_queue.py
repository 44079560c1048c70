"""Type-ahead: each key waits for the effects of the key before it."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from textual.app import App, ScreenStackError
from textual.events import Event, Key, Paste
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer

PATIENCE = 0.5
"""Seconds after which a key is taken as done: what it went to may be gone, and with it the word that it is done."""


@dataclass
class KeyDone(Message):
    """Goes behind a key, through the same widgets, so that it arrives where the key has arrived before."""

    number: int


class KeyQueueMixin(App[int]):
    """Mixed into the application: hands out the next key once the last one has had its effect.

    Textual gives a key to the widget that has the focus when the key is read, and looks for its action later. Of keys
    that are read at once (pasted, typed ahead, sent by a script), ``/`` would open the filter, and the letters behind
    it would still be shortcuts.
    """

    def __init__(self) -> None:
        super().__init__()
        self._ahead: deque[Key | Paste] = deque()
        self._busy: Timer | None = None
        self._number = 0
        self._went_to: Screen[Any] | None = None

    def on_mount(self) -> None:
        """A key that closes its screen is done, and no widget is left to say so."""
        self.screen_change_signal.subscribe(self, self._screen_changed, immediate=True)

    async def on_event(self, event: Event) -> None:
        """Hold back what is typed until it is its turn."""
        if not isinstance(event, Key | Paste) or event.is_forwarded:
            await super().on_event(event)
        elif self._busy is not None:
            self._ahead.append(event)
        else:
            await self._hand_out(event)

    async def _hand_out(self, event: Key | Paste) -> None:
        self._number += 1
        self._busy = self.set_timer(PATIENCE, partial(self._next, self._number))
        screen = self._went_to = self.screen
        if not screen.is_mounted:  # An answer has opened it just now: it has neither questions nor a focus yet.
            self._ahead.appendleft(event)
            self._done(self._number)
            return
        done = KeyDone(self._number)
        target = self.focused or screen
        await super().on_event(event)
        target.post_message(done)

    def _screen_changed(self, _top: Screen[Any]) -> None:
        if self._busy is not None and self._went_to not in self.screen_stack:
            self._done(self._number)

    def on_key_done(self, message: KeyDone) -> None:
        """The key has acted."""
        self._done(message.number)

    def _done(self, number: int) -> None:
        """A screen that the key opened takes keys once it is composed, and a focus that it moved is behind the message
        that it is done: both are waited for."""
        with suppress(ScreenStackError):  # It was the key that quits.
            self.screen.call_later(self.call_later, self._next, number)

    async def _next(self, number: int) -> None:
        if self._busy is None or number != self._number:
            return
        self._busy.stop()
        self._busy = None
        if self._ahead:
            with suppress(ScreenStackError):
                await self._hand_out(self._ahead.popleft())
