"""``--ascii`` for text that the program does not draw itself.

Replaces Textual's borders, scroll bars and palette, and symbols in server text; the program's own symbols have
replacements in ``glyphs``. Letters of any script and currency signs stay, as they are text. Emoji and other pictures
become as many ``?`` as they have cells.
"""

from __future__ import annotations

import re
import unicodedata

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from matomo_tui.late_pattern import late_pattern

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


_CLUSTER = late_pattern(
    "[\U0001f1e6-\U0001f1ff]{2}|[^\\x00-\\x7f](?:[\ufe0f\U0001f3fb-\U0001f3ff]|\u200d[^\\x00-\\x7f])*"
)
"""A flag, or a character with its variation selector, skin tone and joined characters."""


def _sign(character: str) -> str:
    """The ASCII replacement of a character, as wide as it; letters, marks and digits stay."""
    known = _SIGNS.get(character)
    if known is not None:
        return known
    code = ord(character)
    if 0x2500 <= code <= 0x257F:
        line = character.translate(_LINES)
        return line if line.isascii() else "+"
    if 0x2580 <= code <= 0x259F or 0x2800 <= code <= 0x28FF:
        return "#"
    category = unicodedata.category(character)
    if 0x2190 <= code <= 0x2BFF and cell_len(character) == 1:
        return "*"
    if category[0] in "LMN" or category == "Sc":
        return character
    return "?" * cell_len(character)


def to_ascii(text: str) -> str:
    """``text`` with drawing characters, arrows, typographic signs and pictures as ASCII, in the same width."""
    if text.isascii():
        return text
    return _CLUSTER.sub(_cluster, text)


def _cluster(found: re.Match[str]) -> str:
    """The replacement of a cluster of joined characters, as wide as terminals draw it."""
    whole = found[0]
    sign = _sign(whole[0])
    if sign == whole[0]:
        return whole
    width = cell_len(whole)
    return (sign * width)[:width]


class AsciiFilter(LineFilter):
    """The filter for ``App.get_line_filters``."""

    def apply(self, segments: list[Segment], _background: Color) -> list[Segment]:
        """Segments of the same widths."""
        return [
            segment if segment.text.isascii() else Segment(to_ascii(segment.text), segment.style, segment.control)
            for segment in segments
        ]


ASCII_FILTER = AsciiFilter()
"""The one instance: Textual caches filtered lines by the filter's identity."""
