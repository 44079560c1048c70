"""Reads the bytes that go to a terminal and names everything that the program does not send on its own account."""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator
from itertools import groupby

from rich.cells import cell_len

from tests.hostile.corpus import SECRET_LINK

_TOKEN = re.compile(
    r"\x1b\[(?P<csi>[0-?]*[ -/]*[@-~])|\x1b\](?P<osc>[^\x07\x1b]*)(?:\x07|\x1b\\)"
    r"|(?P<escape>\x1b.?)|(?P<text>[^\x1b]+)",
    re.DOTALL,
)
_MODES = {"1000", "1003", "1004", "1006", "1015", "1016", "1049", "2004", "2026", "2048", "25", "7"}
_PLACE = re.compile(r"([0-9]+)(?:;([0-9]+))?H")
_STEP = re.compile(r"([0-9]*)([ABCDG])")
_MOVES = "\r\b"
"""Control characters that move the cursor back in its line, which frames are made with."""
_LOOK = re.compile(r"(?:[0-9]{1,3}(?:;[0-9]{1,3})*)?m")
_MODE = re.compile(r"\?([0-9]+)[hl]")
_QUESTIONS = frozenset({"?2026$p", "?2048$p", ">1u", ">25u", "<u", "14t", "c", "?u"})
"""Textual's own questions at the start, and the keyboard protocol."""
_LINK = re.compile(r"8;(?:id=[0-9-]+)?;(.*)")
_SHAPE = re.compile(r"22;[a-z-]*")
_FORBIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0")
_STACKED = 3
"""Combining marks that may follow each other."""


def bad_characters(text: str) -> set[str]:
    """The characters that a terminal may obey, that turn the direction of text or that have no width."""
    if text.isascii() and text.isprintable():
        return set()
    return {char for char in set(text) if unicodedata.category(char) in _FORBIDDEN or _is_no_character(char)}


def _is_no_character(char: str) -> bool:
    return char in _FILLERS or ord(char) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(char) <= 0xFDEF


def is_stacked(text: str) -> bool:
    """Whether a flood of combining marks is in ``text``."""
    if text.isascii():
        return False
    runs = groupby(text, lambda char: unicodedata.combining(char) > 0 or unicodedata.category(char) == "Me")
    return any(marks and len(list(run)) > _STACKED for marks, run in runs)


class Scan:
    """Reads what is written to a terminal of ``width`` × ``height``. ``notifies`` allows OSC 9, 99 and 777."""

    def __init__(self, width: int, height: int, *, notifies: bool = False) -> None:
        self.width, self.height, self.notifies = width, height, notifies
        self._column = 1

    def problems(self, sent: str) -> Iterator[str]:
        """What in ``sent`` is neither text nor a sequence of the program's own."""
        for token in _TOKEN.finditer(sent):
            kind, value = token.lastgroup, token[token.lastgroup or 0]
            if kind == "text":
                yield from self._text(value)
            elif kind == "csi":
                yield from self._csi(value)
            elif kind == "osc":
                yield from _osc(value, notifies=self.notifies)
            else:
                yield f"an escape {value!a}"

    def _text(self, value: str) -> Iterator[str]:
        plain = value.translate(dict.fromkeys(map(ord, _MOVES)))
        if bad := bad_characters(plain):
            yield f"characters {sorted(map(ascii, bad))} in {value[:60]!a}"
        if is_stacked(plain):
            yield f"combining marks in {value[:60]!a}"
        if "\r" in value:
            self._column, value = 1, value.rpartition("\r")[2]
        self._column += cell_len(plain) if value == plain else cell_len(value) - 2 * value.count("\b")
        if self._column > self.width + 1:
            yield f"a line over the edge: {value[:60]!a}"

    def _csi(self, value: str) -> Iterator[str]:
        if place := _PLACE.fullmatch(value):
            self._column = int(place[2] or 1)
            if not (1 <= int(place[1]) <= self.height and 1 <= self._column <= self.width):
                yield f"a place outside: {value}"
        elif step := _STEP.fullmatch(value):
            cells = int(step[1] or 1)
            self._column = {"C": self._column + cells, "D": self._column - cells, "G": cells}.get(step[2], self._column)
            if cells > max(self.width, self.height):
                yield f"a place outside: {value}"
        elif mode := _MODE.fullmatch(value):
            if mode[1] not in _MODES:
                yield f"mode {value}"
        elif not _LOOK.fullmatch(value) and value not in _QUESTIONS:
            yield f"CSI {value!a}"


def _osc(value: str, *, notifies: bool) -> Iterator[str]:
    code = value.partition(";")[0]
    if code == "8" and (link := _LINK.fullmatch(value)) is not None:
        if not link[1].isascii() or not link[1].isprintable():
            yield f"a link to {link[1][:60]!a}"
        elif SECRET_LINK in link[1]:
            yield f"a link of markup {link[1][:60]!a}"
    elif code == "52":
        yield from _clipboard(value)
    elif code in ("9", "99", "777") and notifies:
        if bad_characters(value):
            yield f"a notification {value[:60]!a}"
    elif not _SHAPE.fullmatch(value):
        yield f"OSC {value[:60]!a}"


def _clipboard(value: str) -> Iterator[str]:
    try:
        text = base64.b64decode(value.removeprefix("52;c;"), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        yield f"clipboard {value[:60]!a}"
        return
    if bad := bad_characters(text) - set("\n\t"):
        yield f"in the clipboard {sorted(map(ascii, bad))}"
    if text.endswith("\n"):
        yield f"the clipboard presses enter: {text[-60:]!a}"
