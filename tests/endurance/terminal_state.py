"""The modes of a terminal after a program's output: what a program switched on and did not switch off."""

from __future__ import annotations

import re
from collections.abc import Iterator

_MODE = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
_KITTY = re.compile(rb"\x1b\[([<>])[0-9;]*u")
_TITLE = re.compile(rb"\x1b\][02];([^\x07\x1b]*)(?:\x07|\x1b\\)")
_POINTER = re.compile(rb"\x1b\]22;([^\x07\x1b]*)(?:\x07|\x1b\\)")
_COLOUR = re.compile(rb"\x1b\[([0-9;]*)m")
_REGION = re.compile(rb"\x1b\[([0-9;]*)r")
_USUAL = {b"25": b"h", b"7": b"h"}
"""Modes that are set at the start: the cursor is shown, and lines wrap."""
_NAMES = {
    b"7": "no line wrap",
    b"25": "no cursor",
    b"1000": "mouse",
    b"1003": "mouse",
    b"1004": "focus reports",
    b"1049": "alternate screen",
    b"2004": "bracketed paste",
    b"2026": "synchronized output",
    b"2048": "reports of sizes",
}


def left_on(output: bytes) -> list[str]:
    """Return what is not as before, sorted."""
    return sorted(set(_left_on(output)))


def _left_on(output: bytes) -> Iterator[str]:
    modes = {mode: found[2] for found in _MODE.finditer(output) for mode in found[1].split(b";")}
    for mode, state in modes.items():
        if state != _USUAL.get(mode, b"l"):
            yield _NAMES.get(mode, f"mode {mode.decode()}")
    depth = 0
    for found in _KITTY.finditer(output):
        depth = depth + 1 if found[1] == b">" else max(0, depth - 1)
    if depth:
        yield "kitty keyboard"
    for name, pattern, usual in (
        ("title", _TITLE, (b"",)),
        ("pointer", _POINTER, (b"", b"default")),
        ("colours", _COLOUR, (b"", b"0")),
        ("scrolling region", _REGION, (b"",)),
    ):
        if (last := pattern.findall(output)[-1:]) and last[0] not in usual:
            yield name
