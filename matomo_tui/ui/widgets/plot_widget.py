"""The base of line charts: cached lines, redrawing of changed cells, and plotext loaded in the background."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from typing import Any

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from matomo_tui.ui.drawing import plotting
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.widgets.plain_lines import PlainLines
from matomo_tui.ui.widgets.sparkline import columns

CHART_ROWS = 6
"""With fewer rows the axes would take more room than the curves: block characters are drawn instead."""


class PlotWidget(Widget):
    """A chart that is built as a whole and redrawn where its cells differ from those on screen.

    Subclasses say what a drawing depends on (:attr:`drawn_from`) and build its lines (:meth:`build`). Importing
    plotext takes 150 ms and 10 MB. So a thread imports it once there is room for a chart; until then, and if plotext
    is not installed, curves are drawn in block characters.
    """

    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._styles_cache = PlainLines()
        self.has_plotext = False
        self._loading = False
        self._lines: list[Strip] = []
        self._canvases: deque[tuple[tuple[Any, ...], list[list[plotting.Run]]]] = deque(maxlen=2)
        """The canvases drawn last, with what they were drawn from: of two charts often one only changes."""
        self._drawn_from: object = None

    @property
    def drawn_from(self) -> object:
        """Everything that the lines depend on; ``None`` as long as there is nothing to draw."""
        raise NotImplementedError

    def build(self, width: int, height: int) -> list[Strip]:
        """Return at most ``height`` lines of ``width`` cells each."""
        raise NotImplementedError

    def update_lines(self) -> None:
        """Rebuild the lines after the data changed, and redraw the cells that differ."""
        self._load_plotext()
        before = self._lines if self._drawn_from is not None else []
        self._rebuild()
        if len(before) != len(self._lines):
            self.refresh()
            return
        for y, (old, new) in enumerate(zip(before, self._lines, strict=True)):
            x = _first_difference(old, new)
            if x < self.size.width:
                self.refresh(Region(x, y, self.size.width - x, 1))

    def render_line(self, y: int) -> Strip:
        if self._drawn_from is None or self._drawn_from != (self.size, self.has_plotext, self.drawn_from):
            self._rebuild()
        return self._lines[y] if y < len(self._lines) else Strip.blank(self.size.width, self.rich_style)

    def _rebuild(self) -> None:
        data = self.drawn_from
        self._lines = [] if data is None or self.size.width < 1 else self.build(*self.size)
        self._drawn_from = (self.size, self.has_plotext, data)

    def notify_style_update(self) -> None:
        """Rebuild the lines at the next drawing: they carry the theme's colours."""
        self._drawn_from = None
        super().notify_style_update()

    def on_resize(self) -> None:
        self._load_plotext()

    def _load_plotext(self) -> None:
        if self._loading or self.drawn_from is None or self.size.height < CHART_ROWS:
            return
        self._loading = True
        if plotting.is_loaded():  # for another chart
            self.plotext_loaded()
        else:
            self.run_worker(self._import_plotext, thread=True, exit_on_error=False)

    def _import_plotext(self) -> None:
        plotting.load()
        self.app.call_from_thread(self.plotext_loaded)

    def plotext_loaded(self) -> None:
        """Redraw with plotext; called once."""
        self.has_plotext = True
        self.refresh()

    def plot(self, curves: Sequence[plotting.Values], top: float, width: int, height: int) -> list[list[plotting.Run]]:
        """Return the rows of a canvas from ``top`` down to 0, later curves over earlier ones.

        A single curve is filled down to 0. Without plotext only the first curve is drawn.
        """
        if not self.has_plotext:
            return [[(line, 0)] for line in self.blocks(curves[0] if curves else (), top, width, height)]
        fill, ascii = self.fills(curves), glyphs_of(self).ascii
        asked = (tuple(map(tuple, curves)), top, width, height, fill, ascii)
        for known, rows in self._canvases:
            if known == asked:
                return rows
        rows = self._redrawn(asked) or plotting.canvas(curves, top, width, height, fill=fill, ascii=ascii)
        self._canvases.append((asked, rows))
        return rows

    def _redrawn(self, asked: tuple[Any, ...]) -> list[list[plotting.Run]] | None:
        """Return the canvas of a single curve of which the last values changed; ``None`` if all is to be drawn."""
        (curve, *_), top, *_, fill, ascii = asked
        if not fill or ascii:
            return None
        similar = (
            plotting.redrawn(rows, known[0][0], curve, top) for known, rows in self._canvases if known[1:] == asked[1:]
        )
        return next((rows for rows in similar if rows is not None), None)

    def fills(self, curves: Sequence[plotting.Values]) -> bool:
        """Return True if the space below the first of ``curves`` is filled."""
        return len(curves) == 1

    def blocks(self, values: plotting.Values, top: float, width: int, height: int) -> list[str]:
        """Return ``values`` as ``height`` rows of block characters, spread over ``width`` columns."""
        return columns(spread(values, width), top, height, glyphs_of(self))


def spread(values: plotting.Values, width: int) -> list[float | None]:
    """Return ``width`` values: the peak of each group of neighbours, or each value several times."""
    squeezed = plotting.squeeze(values, width)
    return [squeezed[column * len(squeezed) // width] if squeezed else None for column in range(width)]


def painted(
    runs: Sequence[plotting.Run], start: int, cut: int, style: Callable[[int | None, bool], Style]
) -> Iterator[Segment]:
    """Yield the runs of a canvas row from column ``start`` on as segments.

    ``style`` is called with the number of the curve, and True for columns from ``cut`` on: those of a period that is
    not over are drawn in another colour.
    """
    column = 0
    for text, curve in runs:
        end = column + len(text)
        for left, right in ((max(column, start), min(end, cut)), (max(column, start, cut), end)):
            if left < right:
                yield Segment(text[left - column : right - column], style(curve, left >= cut))
        column = end


def _first_difference(old: Strip, new: Strip) -> int:
    """Return the first column in which two lines of single-width cells differ, or their width if they are equal."""
    column = 0
    for was, now in zip(old, new, strict=False):
        if was != now:
            same = takewhile(lambda pair: pair[0] == pair[1], zip(was.text, now.text, strict=False))
            return column + (len(list(same)) if was.style == now.style else 0)
        column += len(now.text)
    return column
