"""Closed applications are taken apart.

A closed application is one large circle of widgets, styles and messages, in which the collector finds out for each
object that nothing refers to it any more: a twentieth of the time of the tests of the screen. Once its widgets are
emptied, most of it is freed without the collector.
"""

from __future__ import annotations

from typing import Any
from weakref import ref

from textual.message_pump import MessagePump

_begin = MessagePump.__init__
_made: list[ref[MessagePump]] = []
"""Applications, screens and widgets since they were last taken apart."""


def _noted(self: MessagePump, *arguments: Any, **options: Any) -> None:
    _made.append(ref(self))
    _begin(self, *arguments, **options)


def take_apart() -> None:
    """Empty the widgets that are left over from tests. Between two tests only: a widget is useless then."""
    left = [part for made in _made if (part := made()) is not None]
    _made.clear()
    for part in left:
        if not part._running:
            vars(part).clear()


def install() -> None:
    """Note each part of an application from now on."""
    MessagePump.__init__ = _noted  # type: ignore[method-assign]
