"""Reads what comes from the terminal: a bracketed paste as one text, and no thumb button of the mouse as another one.

Textual's parser reads what follows an ESC within a paste as keys: a coloured line of a log, pasted where nothing takes
text, opened screens. It looks only at the lowest bits of a button's number, in which "back" is the left button.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from time import monotonic

from textual._xterm_parser import BRACKETED_PASTE_END as END
from textual._xterm_parser import BRACKETED_PASTE_START as START
from textual._xterm_parser import XTermParser
from textual.driver import Driver
from textual.message import Message

PATIENCE = 5.0
"""Seconds without input after which a paste is over whose end was lost: no key would act any more."""
_ESC = "\x1b"
_THUMB = 128
"""The bit of the buttons "back" and "forward" and two more beside them."""


class InputParser(XTermParser):
    """Textual's parser, from which each ESC within a paste and the thumb buttons are kept back."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._is_pasting = False
        self._last = ""
        """The end of what was read outside of a paste, as a marker may come in two pieces."""
        self._held = ""
        """What may be the beginning of the marker that ends the paste."""
        self._read_at = 0.0

    def feed(self, data: str) -> Iterable[Message]:
        """Parse ``data``; ``""`` is the end of the input."""
        self._read_at = monotonic()
        passed = self._pass(data)
        return super().feed(passed) if passed or not data else ()

    def tick(self) -> Iterable[Message]:
        """End a key sequence, or a paste, that does not go on."""
        if self._is_pasting and monotonic() - self._read_at > PATIENCE:
            yield from self.feed(END)
        yield from super().tick()

    def parse_mouse_code(self, code: str) -> Message | None:
        """Parse an event of the mouse; ``None`` for one that is not passed on."""
        found = self._re_sgr_mouse.match(code)
        return None if found and int(found[1]) & _THUMB else super().parse_mouse_code(code)

    def _pass(self, data: str) -> str:
        """``data`` without what Textual must not see."""
        passed = ""
        while data:
            if not self._is_pasting:
                text = self._last + data
                at = text.find(START)
                if at < 0:
                    self._last = text[1 - len(START) :]
                    return passed + data
                self._is_pasting = True
                begins = at + len(START) - len(self._last)
                passed, data, self._last = passed + data[:begins], data[begins:], ""
            else:
                text, marker, data = (self._held + data).partition(END)
                self._held = "" if marker else _beginning_of_end(text)
                passed += text.removesuffix(self._held).replace(_ESC, "") + marker
                self._is_pasting = not marker
        return passed


def _beginning_of_end(text: str) -> str:
    return next((END[:length] for length in range(len(END) - 1, 0, -1) if text.endswith(END[:length])), "")


def parse_input_of(driver_class: type[Driver]) -> None:
    """Let ``driver_class`` read its input by :class:`InputParser` from now on."""
    modules = (sys.modules.get(name) for name in (driver_class.__module__, "textual.drivers.win32"))
    for module in modules:
        if module is not None and hasattr(module, "XTermParser"):
            vars(module)["XTermParser"] = InputParser
