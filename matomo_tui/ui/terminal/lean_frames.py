"""Sends to the terminal only the cells that changed, in as few bytes as possible.

Textual sends each line of a widget whole when a part of it changed, also if it looks as before, and sets and resets
colours and attributes for each piece of text.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console, RenderableType
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.screen import Screen
from textual.strip import Strip

_SHOWN_ON_BLANKS = frozenset({"4", "5", "6", "7", "9", "21", "53"})
"""Attributes that are visible on a blank: lines, blinking and reversed colours."""
_SMALL = 160
"""Characters of a frame that a terminal draws at once even without being told that they belong together."""


class _Look(NamedTuple):
    """Attributes, foreground and background as the parameters of ``CSI … m`` that set them; ``""`` is the terminal's
    own colour."""

    attributes: frozenset[str] = frozenset()
    foreground: str = ""
    background: str = ""


_PLAIN = _Look()


class _Pen:
    """Collects the sequences of a frame. The frame begins and ends without colours and attributes."""

    def __init__(self, color_system: ColorSystem) -> None:
        self._color_system = color_system
        self._look = _PLAIN
        self._pieces: list[str] = []

    def move(self, x: int, y: int) -> None:
        """Continue at a cell."""
        self._pieces.append(f"\x1b[{y + 1};{x + 1}H")

    def draw(self, strip: Strip, first: int = 0, after: int | None = None) -> None:
        """Draw the cells from ``first`` to the one before ``after``: bounds of segments, or within ASCII."""
        at = 0
        for text, style, _ in strip:
            end = at + (len(text) if text.isascii() else cell_len(text))
            if end > first and (after is None or at < after):
                if at < first or (after is not None and end > after):
                    self._write(text[max(0, first - at) : None if after is None else after - at], style)
                else:
                    self._write(text, style)
            at = end

    def _write(self, text: str, style: Style | None) -> None:
        look = _PLAIN if style is None else _look_of(style, self._color_system)
        sequence, self._look = _change(self._look, look, blank=text.isspace())
        if style is not None and style.link:
            text = f"\x1b]8;id={style._link_id};{style.link}\x1b\\{text}\x1b]8;;\x1b\\"
        self._pieces += (sequence, text) if sequence else (text,)

    def frame(self) -> str:
        """Everything that was drawn."""
        return "".join(self._pieces) + ("" if self._look == _PLAIN else "\x1b[m")


class LeanFrames:
    """Renders frames, and knows the lines that are on the screen. After a whole frame (``LayoutUpdate``) it knows
    none."""

    def __init__(self) -> None:
        self._sent: dict[int, dict[tuple[int, int], Strip]] = {}
        """The strips sent last, by line and by their first cell and the cell after their last. None overlap."""

    def forget(self) -> None:
        """Take nothing as known that is on the screen."""
        self._sent.clear()

    def render(self, update: ChopsUpdate | LayoutUpdate, console: Console) -> str:
        """The sequences that draw ``update``; ``""`` if the screen looks like that already."""
        pen = _Pen(console._color_system or ColorSystem.TRUECOLOR)
        if isinstance(update, LayoutUpdate):
            self.forget()
            for y, line in enumerate(update.strips, update.region.y):
                pen.move(update.region.x, y)
                for strip in line:
                    pen.draw(strip)
        else:
            self._draw_changes(update, pen)
        return pen.frame()

    def _draw_changes(self, update: ChopsUpdate, pen: _Pen) -> None:
        for y, first, after in update.spans:
            known = self._sent.setdefault(y, {})
            for end, (start, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                left, right = max(start, first), min(end, after)
                if strip is None or left >= right:
                    continue
                if (left, right) != (start, end):
                    strip = strip.crop(left - start, right - start)
                before = known.get((left, right))
                known[left, right] = strip
                if before is None:
                    for other in [place for place in known if place[0] < right and left < place[1]]:
                        del known[other]
                    known[left, right] = strip
                    pen.move(left, y)
                    pen.draw(strip)
                elif (changed := _difference(before, strip)) is not None:
                    pen.move(left + changed[0], y)
                    pen.draw(strip, *changed)


@lru_cache(maxsize=4096)
def _look_of(style: Style, color_system: ColorSystem) -> _Look:
    return _look(Strip.render_ansi(style, color_system) if style._ansi is None else style._ansi)


@lru_cache(maxsize=4096)
def _look(parameters: str) -> _Look:
    """The look that a sequence ``CSI … m`` sets."""
    attributes, foreground, background = _PLAIN
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
    return _Look(attributes, foreground, background)


@lru_cache(maxsize=4096)
def _change(now: _Look, wanted: _Look, *, blank: bool) -> tuple[str, _Look]:
    """The sequence from one look to another, and the look after it. ``blank`` text needs the background only."""
    if blank and not (now.attributes | wanted.attributes) & _SHOWN_ON_BLANKS:
        wanted = now._replace(background=wanted.background)
    if now == wanted:
        return "", now
    if wanted == _PLAIN:
        return "\x1b[m", wanted
    begin: list[str] = []
    if now.attributes - wanted.attributes:
        begin, now = ["0"], _PLAIN
    parts = [*begin, *sorted(wanted.attributes - now.attributes)]
    if wanted.foreground != now.foreground:
        parts.append(wanted.foreground or "39")
    if wanted.background != now.background:
        parts.append(wanted.background or "49")
    return f"\x1b[{';'.join(parts)}m", wanted


def _difference(before: Strip, after: Strip) -> tuple[int, int] | None:
    """The first cell that differs and the cell after the last; ``None`` if all are equal.

    A line with wide or joined characters counts as different from end to end, as terminals disagree on their widths.
    """
    if before is after:
        return None
    old, new = list(before), list(after)
    if old == new:
        return None
    if not before.cell_length == after.cell_length == _characters(old) == _characters(new):
        return 0, after.cell_length
    first = _common(old, new)
    last = after.cell_length - _common(old[::-1], new[::-1], step=-1)
    return (first, last) if first < last else (0, after.cell_length)


def _characters(segments: list[Segment]) -> int:
    return sum(len(segment.text) for segment in segments)


def _common(old: list[Segment], new: list[Segment], step: int = 1) -> int:
    """How many cells at the beginning are equal; with a ``step`` of -1 at the end, of segments in reverse order."""
    cells = 0
    for one, other in zip(old, new, strict=False):
        if one == other:
            cells += cell_len(other.text)
            continue
        if one.style == other.style and one.text.isascii() and other.text.isascii():
            pairs = zip(one.text[::step], other.text[::step], strict=False)
            cells += sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        break
    return cells


class _Rendered(CompositorUpdate):
    """An update that is rendered already."""

    def __init__(self, text: str) -> None:
        self._text = text

    def render_segments(self, console: Console) -> str:  # noqa: ARG002 - Textual's signature
        """The text."""
        return self._text

    def __rich__(self) -> str:
        return self._text


class LeanFramesMixin(App[int]):
    """Draws the application's frames by :class:`LeanFrames`. Frames that change nothing are not sent."""

    def __init__(self) -> None:
        super().__init__()
        self._frames = LeanFrames()
        self._is_small = False

    def on_resize(self) -> None:
        """A terminal that changes its size cuts lines, and an application that returns finds an empty screen."""
        self.forget_screen()

    def forget_screen(self) -> None:
        """Send everything that is drawn from now on, as the terminal was cleared or used by another program."""
        self._frames.forget()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        driver = self._driver
        drawn: RenderableType | None = renderable
        undrawn = self.is_headless or self._batch_count or self._closed or not self._running
        if driver is None or driver.is_inline or undrawn:
            self._frames.forget()
        elif isinstance(renderable, ChopsUpdate | LayoutUpdate):
            text = self._frames.render(renderable, self.console)
            self._is_small = len(text) < _SMALL
            drawn = _Rendered(text) if text else None
        elif renderable is not None:
            self._frames.forget()
        super()._display(screen, drawn)

    def _begin_update(self) -> None:
        if not self._is_small:
            super()._begin_update()

    def _end_update(self) -> None:
        if not self._is_small:
            super()._end_update()
