"""Type-ahead: each key waits for the effects of the key before it."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from functools import partial
from typing import Any

from textual.app import ScreenStackError
from textual.events import Event, Key, Paste
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input

from matomo_tui.ui.messages import FieldMessage
from matomo_tui.ui.terminal.app_part import AppPart

PATIENCE = 0.5
"""Seconds after which a key counts as handled: its widget may be gone, and with it the :class:`KeyDone`."""


class KeyDone(FieldMessage):
    """Follows a key through the same widgets, and so arrives after it."""

    number: int


class KeyQueueMixin(AppPart):
    """Passes each key on only after the one before it has taken effect.

    Textual sends a key to the widget that has the focus when the key is read, but runs its action later. Of keys that
    are read at once (pasted, typed ahead, sent by a script), ``/`` would open the filter while the letters after it
    still acted as shortcuts.
    """

    def __init__(self) -> None:
        super().__init__()
        self._ahead: deque[Key | Paste] = deque()
        self._busy: Timer | None = None
        self._number = 0
        self._went_to: Screen[Any] | None = None

    @property
    def is_handling_key(self) -> bool:
        """Whether a key was passed on and has not taken effect yet."""
        return self._busy is not None

    def on_mount(self) -> None:
        """Finish a key when it closes its screen, as no widget is left to report it."""
        self.screen_change_signal.subscribe(self, self._screen_changed, immediate=True)

    async def on_event(self, event: Event) -> None:
        """Queue keys and pasted text until the key before them is handled."""
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
        if not screen.is_mounted:  # An answer has just opened it: it is not composed yet.
            self._ahead.appendleft(event)
            self._done(self._number)
            return
        done = KeyDone(self._number)
        target = self.focused or screen
        if isinstance(event, Paste) and isinstance(target, Input):
            event = self._one_line(event)
        await super().on_event(event)
        target.post_message(done)

    def _one_line(self, paste: Paste) -> Paste:
        """What a field of one line takes of a pasted text: Textual's takes the line before the first break, which may
        be empty."""
        lines = [line for line in paste.text.splitlines() if line.strip()]
        if len(lines) > 1:
            self.notify(f"Only the first of {len(lines)} lines was pasted.", severity="warning", markup=False)
        return Paste(lines[0]) if lines else paste

    def _screen_changed(self, _top: Screen[Any]) -> None:
        if self._busy is not None and self._went_to not in self.screen_stack:
            self._done(self._number)

    def on_key_done(self, message: KeyDone) -> None:
        """Pass on the next key."""
        self._done(message.number)

    def _done(self, number: int) -> None:
        """Wait until the screen opened by this key is composed and its focus change is processed."""
        with suppress(ScreenStackError):  # The key has quit the program.
            self.screen.call_later(self.call_later, self._next, number)

    async def _next(self, number: int) -> None:
        if self._busy is None or number != self._number:
            return
        self._busy.stop()
        self._busy = self._went_to = None
        if self._ahead:
            with suppress(ScreenStackError):
                await self._hand_out(self._ahead.popleft())
