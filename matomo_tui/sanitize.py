"""Sanitizes text from the server before display.

Any visitor's browser can choose a page title, and terminals interpret escape sequences, C1 controls and bidirectional
overrides wherever they occur. :func:`sanitize` must therefore be applied to every string of an answer that goes into a
snapshot, a message, the clipboard or the command line's output; ``ui.terminal.sanitizer`` is a second filter at the
terminal. Forms are the exception, because they edit the raw value.
"""

from __future__ import annotations

import re

from matomo_tui.late_pattern import late_pattern

# C0, DEL, C1; soft hyphen; Arabic, Syriac, Kaithi and Egyptian format controls; Hangul fillers and the Mongolian
# separators; zero-width characters and bidirectional marks, embeddings, overrides and isolates; line and paragraph
# separators; invisible operators; variation selectors; BOM; interlinear annotations; noncharacters; surrogates;
# shorthand and musical format controls; skin tones (terminals disagree about their width); tags and the variation
# selectors supplement.
_UNPRINTABLE = late_pattern(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\ufffe\uffff\ud800-\udfff\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U0001f3fb-\U0001f3ff\U000e0000-\U000e0fff"
    + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(1, 17))
    + "]"
)
_SPACES = late_pattern(r"[\t\n\v\f\r\x85\u2028\u2029]+")
_COMBINING = (
    "\u0300-\u034e\u0350-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1-\u05c2\u05c4-\u05c5\u05c7\u0610-\u061a\u064b-\u065f"
    "\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7-\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u07a6-\u07b0\u07eb-\u07f3\u0898-\u089f"
    "\u08ca-\u08e1\u08e3-\u0902\u093a\u093c\u0941-\u0948\u094d\u0951-\u0957\u0962-\u0963\u0981\u09bc\u09c1-\u09c4\u09cd"
    "\u0a3c\u0a41-\u0a51\u0abc\u0ac1-\u0ac8\u0acd\u0b3c\u0b41-\u0b44\u0b4d\u0bc0\u0bcd\u0c3e-\u0c40\u0c46-\u0c56\u0d41-\u0d44\u0d4d\u0e31"
    "\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd\u1037\u1039-\u103a\u135d-\u135f\u17b7-\u17bd\u17c6\u17c9-\u17d3"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u302a-\u302d\u3099-\u309a\ua66f-\ua672\ua674-\ua67d\ufe20-\ufe2f"
)
"""Marks that stand above or below the character before them. In Tibetan four and more of them may make a letter."""
_STACKED = late_pattern(f"([{_COMBINING}]{{3}})[{_COMBINING}]+")
_ALONE = late_pattern(f"[{_COMBINING}]+")


_DRAWN = frozenset(
    map(chr, (*range(0x20, 0x7F), 0xB7, 0xD7, 0x2013, 0x2026, *range(0x2190, 0x21A0), *range(0x2500, 0x2600)))
)
"""Characters that the program itself draws with: they need no pattern, which would have to be compiled first."""


def drop_unprintable(text: str) -> str:
    """Remove all characters that a terminal may interpret, those without a well-defined width, and combining marks
    after the third in a row."""
    if (text.isascii() and text.isprintable()) or _DRAWN.issuperset(text):
        return text
    return _STACKED.sub(r"\1", _UNPRINTABLE.sub("", text))


def escape_unprintable(json_text: str) -> str:
    """Write the same characters within the strings of ``json_text`` as ``\\u009b`` and the like, without a loss: they
    decode to the same text. Line breaks stay, because they separate the values."""
    if json_text.isascii() and "\x7f" not in json_text:
        return json_text  # JSON itself escapes the others
    return _UNPRINTABLE.sub(_escaped, json_text)


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    if character == "\n":
        return character
    code = ord(character)
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def sanitize(text: str, limit: int = 512) -> str:
    """Convert untrusted text to one printable line of at most ``limit`` characters; idempotent.

    Each run of line breaks and tabs becomes one space. Characters that a terminal may interpret are dropped, as are
    combining marks after the third in a row and those at the beginning, which would stand on whatever is drawn before
    the text. Truncated text ends with an ellipsis.
    """
    shown = text[: limit * 4]  # bounds the work on very long texts
    cut = len(shown) < len(text)
    if not (shown.isascii() and shown.isprintable()):
        shown = drop_unprintable(_SPACES.sub(" ", shown))
        if alone := _ALONE.match(shown):
            shown = shown[alone.end() :]
    return shown[: limit - 1] + "…" if cut or len(shown) > limit else shown
