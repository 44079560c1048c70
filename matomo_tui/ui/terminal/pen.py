"""Writes text and colours to a terminal in few bytes: moves by the shortest way, and sets only what changes."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.style import Style
from textual.strip import Strip

from matomo_tui.ui.terminal.char_widths import is_agreed, parted

_SHOWN_ON_BLANKS = frozenset({"4", "5", "6", "7", "9", "21", "53"})
"""Attributes that are visible on a blank: lines, blinking and reversed colours."""


class Look(NamedTuple):
    """Attributes, foreground and background as the parameters of ``CSI … m`` that set them; ``""`` is the terminal's
    own colour."""

    attributes: frozenset[str] = frozenset()
    foreground: str = ""
    background: str = ""


PLAIN = Look()
RESET = "\x1b[m"
"""Sets the look ``PLAIN``."""


class Pen:
    """Knows where the terminal's cursor is and how it writes, and collects the sequences that change the screen.

    Both stay from one frame to the next, as nothing else writes to the terminal.
    """

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._look: Look | None = None
        self._x: int | None = None
        self._y: int | None = None

    def forget(self) -> None:
        """Take nothing as known: place and look are set again before the next text."""
        self._look = self._x = self._y = None

    def forget_column(self) -> None:
        """Take the column as unknown: terminals differ in where the cursor is behind the last cell of a line."""
        self._x = None

    def is_nearer(self, y: int, x: int, other: int) -> bool:
        """Whether the cursor is known to be in line ``y``, and nearer to column ``x`` than to the ``other`` one."""
        return self._y == y and self._x is not None and abs(self._x - x) < abs(self._x - other)

    def move(self, x: int, y: int) -> None:
        """Continue at a cell."""
        if (x, y) != (self._x, self._y):
            self._pieces.append(_way(self._x, self._y, x, y))
            self._x, self._y = x, y

    def draw(self, strip: Strip, color_system: ColorSystem, first: int = 0, after: int | None = None) -> None:
        """Draw the cells from ``first`` to the one before ``after``. Bounds within a text need characters of one cell
        before them."""
        if all(is_agreed(segment.text) for segment in strip):
            self._draw(strip, color_system, first, after)
            return
        left, y = self._x, self._y
        strip, disputed = parted(strip)
        self._draw(strip, color_system, first, after)
        if left is None or y is None:
            raise ValueError("no cell to draw at")
        for start, pieces in disputed:
            self.forget_column()
            self.move(left + start - first, y)
            for text, style in pieces:
                self._write(text, style, color_system)
        self.forget_column()

    def _draw(self, strip: Strip, color_system: ColorSystem, first: int, after: int | None) -> None:
        at = 0
        for text, style, _ in strip:
            end = at + (len(text) if text.isascii() else cell_len(text))
            if end > first and (after is None or at < after):
                if at < first or (after is not None and end > after):
                    self._write(text[max(0, first - at) : None if after is None else after - at], style, color_system)
                else:
                    self._write(text, style, color_system)
            at = end

    def _write(self, text: str, style: Style | None, color_system: ColorSystem) -> None:
        if self._look is None:
            self._pieces.append(RESET)
            self._look = PLAIN
        look = PLAIN if style is None else _look_of(style, color_system)
        sequence, self._look = _change(self._look, look, blank=text.isspace())
        if sequence:
            self._pieces.append(sequence)
        # Terminals disagree on the width of some characters, so that the column is known after ASCII only.
        self._x = self._x + len(text) if self._x is not None and text.isascii() else None
        if style is not None and style.link:
            text = f"\x1b]8;id={style._link_id};{style.link}\x1b\\{text}\x1b]8;;\x1b\\"
        self._pieces.append(text)

    def take(self) -> str:
        """Everything since the last call."""
        text = "".join(self._pieces)
        self._pieces.clear()
        return text


def _way(x: int | None, y: int | None, to_x: int, to_y: int) -> str:
    """The shortest sequence from one cell to another; ``None`` is an unknown column or line."""
    ways = [f"\x1b[{to_y + 1};{to_x + 1}H" if to_x else f"\x1b[{to_y + 1}H"]
    if y == to_y:
        ways.append(f"\x1b[{to_x + 1}G" if to_x else "\r")
        if x is not None:
            ways.append(_steps(to_x - x, "C", "D"))
    elif x == to_x and y is not None:
        ways.append(_steps(to_y - y, "B", "A"))
    return min(ways, key=len)


def _steps(count: int, forward: str, back: str) -> str:
    return f"\x1b[{abs(count) if abs(count) > 1 else ''}{forward if count > 0 else back}"


@lru_cache(maxsize=4096)
def _look_of(style: Style, color_system: ColorSystem) -> Look:
    return _look(Strip.render_ansi(style, color_system) if style._ansi is None else style._ansi)


@lru_cache(maxsize=4096)
def _look(parameters: str) -> Look:
    """The look that a sequence ``CSI … m`` sets."""
    attributes, foreground, background = PLAIN
    rest = iter(parameters.split(";"))
    for code in rest:
        if code in ("38", "48"):
            kind = next(rest)
            color = ";".join((code, kind, *(next(rest) for _ in range(3 if kind == "2" else 1))))
            foreground, background = (color, background) if code == "38" else (foreground, color)
        elif len(code) == 2 and code[0] in "39":
            foreground = "" if code == "39" else code
        elif code and code[:-1] in ("4", "10"):
            background = "" if code == "49" else code
        elif code:
            attributes |= {code}
    return Look(attributes, foreground, background)


@lru_cache(maxsize=4096)
def _change(now: Look, wanted: Look, *, blank: bool) -> tuple[str, Look]:
    """The sequence from one look to another, and the look after it. ``blank`` text needs the background only."""
    if blank and not (now.attributes | wanted.attributes) & _SHOWN_ON_BLANKS:
        wanted = now._replace(background=wanted.background)
    if now == wanted:
        return "", now
    if wanted == PLAIN:
        return RESET, wanted
    begin: list[str] = []
    if now.attributes - wanted.attributes:
        begin, now = ["0"], PLAIN
    parts = [*begin, *sorted(wanted.attributes - now.attributes)]
    if wanted.foreground != now.foreground:
        parts.append(wanted.foreground or "39")
    if wanted.background != now.background:
        parts.append(wanted.background or "49")
    return f"\x1b[{';'.join(parts)}m", wanted
