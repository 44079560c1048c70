"""Checks before Textual is imported whether the terminal can show the dashboard."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TextIO

_ELSEWHERE = "`matomo-tui --plain` and the other commands work without one."
WEB_DRIVER = "textual.drivers.web_driver:WebDriver"
"""Textual's driver for browsers, in the environment of a dashboard that ``matomo-tui serve`` starts."""
_BOXES = "╭─╯⣿▁→"


class NotATerminalError(Exception):
    """The terminal cannot show the dashboard; the message says why and what to do."""


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def _can_print_boxes(stream: TextIO) -> bool:
    try:
        _BOXES.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def ensure_terminal(environ: Mapping[str, str] | None = None) -> None:
    """Raise ``NotATerminalError`` unless keys can be read from stdin and a screen drawn on stderr, where Textual draws.

    A closed or redirected stdin would make Textual's input thread spin; a dumb terminal would show the escape
    sequences; an encoding such as latin-1 would show ``\\u256d`` for each corner of a box.
    """
    environ = os.environ if environ is None else environ
    if environ.get("TEXTUAL_DRIVER") == WEB_DRIVER:
        return  # a browser shows it, at the other end of pipes
    if not _is_terminal(sys.__stdin__):
        raise NotATerminalError(
            f"The dashboard reads keys from a terminal, and standard input is not a terminal. {_ELSEWHERE}"
        )
    screen = sys.__stderr__
    if screen is None or not _is_terminal(screen):
        raise NotATerminalError(
            f"The dashboard draws on a terminal through standard error, and it is redirected. {_ELSEWHERE}"
        )
    kind = environ.get("TERM", "")
    if os.name == "posix" and kind in ("", "dumb", "unknown"):
        named = f"TERM={kind} has" if kind else "TERM is not set: a terminal without a name has"
        raise NotATerminalError(f"{named} no way to draw a dashboard. Set TERM, or use a terminal. {_ELSEWHERE}")
    if not _can_print_boxes(screen):
        raise NotATerminalError(
            f"This terminal's encoding is {screen.encoding}, which has no lines and boxes. "
            f"Set a UTF-8 locale, such as LC_ALL=C.UTF-8, or PYTHONIOENCODING=utf-8. {_ELSEWHERE}"
        )
