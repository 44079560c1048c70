"""Sends to the terminal only the cells that changed, in as few bytes as possible.

Textual sends each line of a widget whole when a part of it changed, also if it looks as before, and sets and resets
colours and attributes for each piece of text.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator

from rich.color import ColorSystem
from rich.console import Console, RenderableType
from rich.segment import Segment
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.screen import Screen
from textual.strip import Strip

from matomo_tui.ui.terminal.app_part import AppPart
from matomo_tui.ui.terminal.char_widths import is_of_one_cell_each
from matomo_tui.ui.terminal.pen import Pen
from matomo_tui.ui.terminal.strip_caches import without_caches

_SMALL = 160
"""Characters of a frame that a terminal draws at once even without being told that they belong together."""
_TOGETHER, _DONE = "\x1b[?2026h", "\x1b[?2026l"
"""Begin and end of output that a terminal draws at once."""
_FRESH_EVERY = 60
"""Frames after which place and colours are set again even if they are known: another program that writes to the same
terminal may have changed them."""
WHOLE_EVERY = 600.0
"""Seconds after which a new layout is sent whole, for the same reason."""
_SHORT = 3
"""Unchanged cells between two changed ones that are sent, as moving over them takes more bytes."""
_AT_ONCE = 8192
"""Characters that Windows takes in one write."""


class LeanFrames:
    """Renders frames, and knows the cells that are on the screen."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._pen = Pen()
        self._frames = 0
        self._whole_at = -WHOLE_EVERY
        self._sent: dict[int, dict[tuple[int, int], Strip]] = {}
        """The strips sent last, by line and by their first cell and the cell after their last. None overlap."""

    def forget(self) -> None:
        """Take nothing as known that is on the screen, nor the cursor's place and colours."""
        self._sent.clear()
        self._pen.forget()

    def move_cursor(self, x: int, y: int) -> str:
        """The sequence that puts the cursor on a cell; ``""`` if it is there."""
        self._pen.move(x, y)
        return self._pen.take()

    def render(self, update: ChopsUpdate | LayoutUpdate, console: Console) -> str:
        """The sequences that draw ``update``; ``""`` if the screen looks like that already."""
        self._frames += 1
        if self._frames % _FRESH_EVERY == 0:
            self._pen.forget()
        color_system = console._color_system or ColorSystem.TRUECOLOR
        if isinstance(update, LayoutUpdate):
            self._draw_whole(update, color_system)
        else:
            for y, first, after in update.spans:
                ends = update.chop_ends[y]
                for end, (start, strip) in zip(ends, update.chops[y].items(), strict=False):
                    if strip is not None and start < after and first < end:
                        self._draw(y, start, end, strip, color_system, edge=ends[-1])
        return self._pen.take()

    def _draw_whole(self, update: LayoutUpdate, color_system: ColorSystem) -> None:
        if not self._sent or self._now() - self._whole_at >= WHOLE_EVERY:
            self.forget()
            self._whole_at = self._now()
        for y, line in enumerate(update.strips, update.region.y):
            start = update.region.x
            for strip in line:
                end = start + strip.cell_length
                self._draw(y, start, end, strip, color_system, edge=update.region.right)
                start = end

    def _draw(self, y: int, start: int, end: int, strip: Strip, color_system: ColorSystem, *, edge: int) -> None:
        """Draw what differs from the screen. A part of a line comes whole, also if only some of its cells are said to
        have changed."""
        if start >= end:
            return
        before = self._replace(y, start, end, strip)
        runs = [(0, end - start)] if before is None else differences(before, strip)
        # The nearest run comes first: two figures that tick in one line are drawn to and fro.
        backwards = self._pen.is_nearer(y, start + runs[-1][1], start + runs[0][0]) if len(runs) > 1 else False
        for first, after in reversed(runs) if backwards else runs:
            self._pen.move(start + first, y)
            self._pen.draw(strip, color_system, first, after)
            if start + after >= edge:
                self._pen.forget_column()

    def _replace(self, y: int, start: int, end: int, strip: Strip) -> Strip | None:
        """Note that ``strip`` takes a part of a line; returns what was there, ``None`` if that is not known."""
        known = self._sent.setdefault(y, {})
        before = known.get((start, end))
        if before is None:
            covered: list[Strip] = []
            for left, right in sorted(place for place in known if place[0] < end and start < place[1]):
                old = known.pop((left, right))
                if not _can_be_cut(old):
                    continue
                covered.append(old.crop(max(0, start - left), end - left))
                if left < start:
                    known[left, start] = old.crop(0, start - left)
                if right > end:
                    known[end, right] = old.crop(end - left, right - left)
            if sum(piece.cell_length for piece in covered) == end - start:
                before = Strip.join(covered)
        known[start, end] = without_caches(strip)
        return before


def differences(before: Strip, after: Strip) -> list[tuple[int, int]]:
    """The runs of cells that differ, each by its first cell and the cell after its last.

    A line with wide or joined characters counts as different from end to end, as terminals disagree on their widths.
    """
    if before is after:
        return []
    old, new = list(before), list(after)
    if old == new:
        return []
    if before.cell_length != after.cell_length or not (_can_be_cut(before) and _can_be_cut(after)):
        return [(0, after.cell_length)]
    runs: list[tuple[int, int]] = []
    for first, last in _changed(old, new):
        if runs and first - runs[-1][1] <= _SHORT:
            runs[-1] = runs[-1][0], last
        else:
            runs.append((first, last))
    return runs


def _can_be_cut(strip: Strip) -> bool:
    """Whether every character takes one cell on every terminal."""
    texts = [segment.text for segment in strip]
    return sum(map(len, texts)) == strip.cell_length and all(map(is_of_one_cell_each, texts))


def _changed(old: list[Segment], new: list[Segment]) -> Iterator[tuple[int, int]]:
    """Yield the changed cells and pieces of two lines of the same length, by their first cell and the one after."""
    at, rest = 0, iter(old)
    before, style_before, _ = next(rest)
    for text, style, _ in new:
        while text:
            while not before:
                before, style_before, _ = next(rest)
            length = min(len(before), len(text))
            one, other = before[:length], text[:length]
            if not (style is style_before or style == style_before):
                yield at, at + length
            elif one != other:
                yield from ((n, n + 1) for n, (a, b) in enumerate(zip(one, other, strict=True), at) if a != b)
            at, before, text = at + length, before[length:], text[length:]


class LeanFramesMixin(AppPart):
    """Draws the application's frames by :class:`LeanFrames`. Frames that change nothing are not sent."""

    def __init__(self) -> None:
        super().__init__()
        self._frames = LeanFrames()

    def on_resize(self) -> None:
        """A terminal that changes its size cuts lines, and an application that returns finds an empty screen."""
        self.forget_screen()

    def forget_screen(self) -> None:
        """Send everything that is drawn from now on, as the terminal was cleared or used by another program."""
        self._frames.forget()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        driver = self._driver
        undrawn = self.is_headless or self._batch_count or self._closed or not self._running
        if driver is None or driver.is_inline or undrawn:
            self._frames.forget()
        elif isinstance(renderable, ChopsUpdate | LayoutUpdate):
            try:
                self._send(screen, self._frames.render(renderable, self.console))
            except Exception as error:  # noqa: BLE001 (as in Textual: it ends the program with a message)
                self._handle_exception(error)
            self.post_display_hook()
            return
        elif renderable is not None:
            self._frames.forget()
        super()._display(screen, renderable)

    def _send(self, screen: Screen[object], frame: str) -> None:
        """Write a frame. The hidden cursor is moved for text fields only: input methods open their windows there."""
        driver = self._driver
        if hasattr(type(screen.focused), "cursor_screen_offset"):
            x, y = screen.outer_size.clamp_offset(self.cursor_position)
            frame += self._frames.move_cursor(x, y)
        if not frame or driver is None:
            return
        if self._sync_available and len(frame) >= _SMALL:
            frame = f"{_TOGETHER}{frame}{_DONE}"
        size = _AT_ONCE if sys.platform == "win32" else len(frame)
        for start in range(0, len(frame), size):
            driver.write(frame[start : start + size])
        driver.flush()
