"""``--ascii`` for what others draw: Textual's frames, scroll bars and palette, and signs in a server's text.

The program's own signs have their stand-ins in ``glyphs``. Letters of any script are left alone: they are text.
"""

from __future__ import annotations

import unicodedata

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_SIGNS = {
    "–": "-",
    "—": "-",
    "−": "-",
    "…": "~",
    "·": "-",
    "•": "*",
    "›": ">",
    "‹": "<",
    "»": ">",
    "«": "<",
    "×": "x",
    "→": ">",
    "←": "<",
    "↑": "^",
    "↓": "v",
    "“": '"',
    "”": '"',
    "„": '"',
    "‘": "'",
    "’": "'",
    "°": "o",
    "\xa0": " ",
}
_LINES = str.maketrans(
    {
        **dict.fromkeys("─━┄┅┈┉╌╍═╴╶╸╺", "-"),
        **dict.fromkeys("│┃┆┇┊┋╎╏║╵╷╹╻", "|"),
        " ": " ",
    }
)


def _sign(character: str) -> str:
    """One cell of ASCII for one cell of a sign."""
    known = _SIGNS.get(character)
    if known is not None:
        return known
    code = ord(character)
    if 0x2500 <= code <= 0x257F:
        line = character.translate(_LINES)
        return line if line.isascii() else "+"
    if 0x2580 <= code <= 0x259F or 0x2800 <= code <= 0x28FF:
        return "#"
    if 0x2190 <= code <= 0x2BFF:
        return "*"
    return character if unicodedata.category(character)[0] in "LMNS" else "?"


def to_ascii(text: str) -> str:
    """``text`` with drawing characters, arrows and typographic signs as ASCII, each as wide as before."""
    return text if text.isascii() else "".join(c if c.isascii() else _sign(c) for c in text)


class AsciiFilter(LineFilter):
    """The filter for ``App.get_line_filters``."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """Segments of the same widths."""
        return [
            segment if segment.text.isascii() else Segment(to_ascii(segment.text), segment.style, segment.control)
            for segment in segments
        ]


ASCII_FILTER = AsciiFilter()
"""The one instance: Textual caches filtered lines by the filter's identity."""
