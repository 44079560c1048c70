"""Converts Textual's SVG screenshots to small PNG files that look like a terminal."""

from __future__ import annotations

import html
import io
import re
from collections import Counter
from itertools import groupby

import resvg_py
from PIL import Image
from rich.cells import cell_len, get_character_cell_size

FONT = "JetBrains Mono"
WIDE_FONT = "IPAGothic"
CELL = 12.2
"""How wide Rich makes a cell."""
ADVANCE = 0.6
"""How wide the font's letters are, of their size."""
MOST_COLOURS = 64
SHADES = (0.2, 0.4, 0.6, 0.8)
"""How much of a colour is in the pixels along the edges of its letters."""

_FACES = re.compile(r"@font-face\s*\{.*?\}", re.DOTALL)
_TEXT = re.compile(r'<text class="([^"]*)" x="([^"]*)" y="([^"]*)" textLength="[^"]*" ([^>]*)>([^<]*)</text>')
_SIZE = "font-size: 20px;"
_FILL = re.compile(r'fill(?::\s*|=")(#[0-9a-fA-F]{6})')

Colour = tuple[int, int, int]


def png(svg: str, zoom: float = 1.0) -> bytes:
    """Render ``svg`` in ``zoom`` times its size, with a palette of its own colours."""
    raw = bytes(resvg_py.svg_to_bytes(svg_string=portable(svg), zoom=zoom))
    drawn = Image.open(io.BytesIO(raw)).convert("RGB")
    written = io.BytesIO()
    drawn.quantize(palette=_palette(svg, drawn), dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
    return written.getvalue()


def missing_fonts() -> list[str]:
    """The fonts that are not installed: without them the pictures have no letters."""
    empty = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><text y="30" style="{}">{}</text></svg>'
    missing = []
    for font, sign in ((FONT, "M"), (WIDE_FONT, "日")):
        drawn = resvg_py.svg_to_bytes(svg_string=empty.format(f"font-family: {font}, monospace", sign))
        if Image.open(io.BytesIO(bytes(drawn))).getbbox() is None:
            missing.append(font)
    return missing


def portable(svg: str) -> str:
    """Replace the fonts of ``svg`` by one that draws box characters without gaps. Characters it may lack are placed one
    by one in their cells; the rest of their line keeps the font."""
    filling = f"font-size: {CELL / ADVANCE:.4f}px;"
    return _TEXT.sub(_in_cells, _FACES.sub("", svg).replace("Fira Code", FONT).replace(_SIZE, filling))


def _in_cells(found: re.Match[str]) -> str:
    look, x, y, rest, written = found.groups()
    text = html.unescape(written)
    pieces, at = [], float(x)
    for usual, run in groupby(text, key=_is_usual):
        for signs in ["".join(run)] if usual else run:
            font = f' style="font-family: {WIDE_FONT}, monospace"' if get_character_cell_size(signs[0]) == 2 else ""
            pieces.append(f'<text class="{look}"{font} x="{at:.1f}" y="{y}" {rest}>{html.escape(signs)}</text>')
            at += CELL * cell_len(signs)
    return "".join(pieces)


def _is_usual(sign: str) -> bool:
    """Return True if the font has the character and does not change it next to others: European letters, box characters
    and blocks, but not parts of ligatures such as ``==`` and ``->``."""
    return sign not in "=<>!&|" and (sign < "\u2190" or "\u2500" <= sign < "\u25a0")


def _palette(svg: str, drawn: Image.Image) -> Image.Image:
    """The colours named in the SVG, their blends with its main background, and other frequent colours."""
    named = [_colour(text) for text in dict.fromkeys(_FILL.findall(svg))]
    counted = Counter({(at[0], at[1], at[2]): n for n, at in drawn.getcolors(1 << 24) or () if isinstance(at, tuple)})
    ground = counted.most_common(1)[0][0]
    wanted = dict.fromkeys([ground, *named])
    wanted.update(dict.fromkeys(_between(ground, colour, share) for colour in named for share in SHADES))
    wanted.update(dict.fromkeys(colour for colour, _ in counted.most_common(MOST_COLOURS)))
    found = Image.new("P", (1, 1))
    found.putpalette([part for colour in list(wanted)[:MOST_COLOURS] for part in colour])
    return found


def _colour(text: str) -> Colour:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def _between(ground: Colour, colour: Colour, share: float) -> Colour:
    red, green, blue = (round(low + (high - low) * share) for low, high in zip(ground, colour, strict=True))
    return red, green, blue
