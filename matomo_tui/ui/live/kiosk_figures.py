"""The figures of the kiosk, as large as there is room."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from matomo_tui.live.snapshot import Count, LiveSnapshot
from matomo_tui.ui.drawing.big_text import big_height, big_rows, big_width, can_enlarge, fitting_scale
from matomo_tui.ui.drawing.formatting import as_of, change, pad_or_truncate
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.live.counters import COUNTERS, Counter, figure_of, today_as_of

GAP = 3
"""Cells between two figures."""
_BY_KEY = {counter.key: counter for counter in COUNTERS}
_ALWAYS = ("active", "today", "visits_30")
_TYPICAL = ("123", "1,234", "123", "1.23k")
"""Figures that there is to be room for."""
LARGE = 2
"""The scale from which on figures are read from a distance."""
_Tile = tuple[str, str, int, str]
"""Label, figure, direction of the change, change."""
_WIDE = 150
"""Cells from which on there is room for a fourth figure."""


class KioskFigures(Widget):
    """Three figures in a row, four on a wide screen: label, figure, change."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"figures--label", "figures--figure", "figures--up", "figures--down"}
    DEFAULT_CSS = """
    KioskFigures {
        height: 7; width: 1fr; padding: 0 1;
        & > .figures--label { color: $text; text-style: bold; }
        & > .figures--figure { color: $foreground; text-style: bold; }
        & > .figures--up { color: $text-success; text-style: bold; }
        & > .figures--down { color: $text-error; text-style: bold; }
        &.-old > .figures--figure { color: $text-disabled; }
    }
    """
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__(id="figures")
        self._tiles: list[_Tile] = []

    def show(self, snapshot: LiveSnapshot, now: float, *, old: bool) -> None:
        """Draw the figures of ``snapshot`` as they are at ``now`` (epoch); ``old`` ones are dimmed."""
        self.set_class(old, "-old")
        today_old, poll, mark = today_as_of(snapshot, now), snapshot.poll, ""
        if today_old is not None:
            mark = as_of(poll.corrected(today_old), poll.corrected(now), snapshot.site.timezone)
        tiles = [self._tile(counter, snapshot, mark, old=old) for counter in self._chosen(snapshot)]
        if tiles != self._tiles:
            self._tiles = tiles
            self.refresh()

    def _chosen(self, snapshot: LiveSnapshot) -> list[Counter]:
        keys = [*_ALWAYS]
        if self.size.width >= _WIDE:
            keys.append("revenue" if snapshot.counters.revenue.value else "actions_3")
        return [_BY_KEY[key] for key in keys]

    def _tile(self, counter: Counter, snapshot: LiveSnapshot, mark: str, *, old: bool) -> _Tile:
        count: Count = getattr(snapshot.counters, counter.key)
        dash = "-" if glyphs_of(self).ascii else "–"
        text, large = figure_of(counter, count, snapshot.site.currency, missing=dash)
        direction, moved = change(count.value, count.before, relative=counter.relative)
        label = f"{counter.label}, {snapshot.site.currency}" if counter.look == "money" else counter.label
        whole = text if counter.look == "plain" and can_enlarge(text) else large
        if counter.key == "today" and mark:
            return label, whole, 0, mark
        if old:
            moved = ""  # "in 3 min" would be wrong by now.
        return label, whole, direction, f"{moved.lstrip('+-')} {counter.versus}" if moved else ""

    def on_resize(self) -> None:
        """Choose other figures: their number depends on the width."""
        self._tiles = []

    def render_line(self, y: int) -> Strip:
        width, height = self.size
        if not self._tiles:
            return Strip.blank(width, self.rich_style)
        glyphs = glyphs_of(self)
        tiles, scale = self._fitting(width, height - 2)
        rows = big_height(scale) if scale else 1
        spare = max(0, width - sum(_needs(tile, scale) for tile in tiles) - GAP * (len(tiles) - 1)) // len(tiles)
        pieces: list[Segment] = []
        for number, (label, figure, direction, moved) in enumerate(tiles):
            if number:
                pieces.append(Segment(" " * GAP, self.rich_style))
            if y == 0:
                text, style = label, "label"
            elif 1 <= y <= rows:
                lines = big_rows(figure, scale, ascii=glyphs.ascii) if scale else (figure,)
                text, style = lines[y - 1], "figure"
            elif y == rows + 1:
                arrow = {1: f"{glyphs.up} ", -1: f"{glyphs.down} "}.get(direction, "")
                text, style = f"{arrow}{moved}" if moved else "", {1: "up", -1: "down"}.get(direction, "label")
            else:
                text, style = "", "label"
            shown = pad_or_truncate(text, _needs(tiles[number], scale) + spare, ellipsis=glyphs.ellipsis)
            pieces.append(Segment(shown, self.get_component_rich_style(f"figures--{style}")))
        return Strip(pieces).adjust_cell_length(width, self.rich_style)

    def _fitting(self, width: int, lines: int) -> tuple[list[_Tile], int]:
        """As many figures as are large, at least two, and the largest scale for them; all of them if none is."""
        ascii = glyphs_of(self).ascii
        for count in range(len(self._tiles), 1, -1):
            tiles = self._tiles[:count]
            for scale in range(8, LARGE - 1, -1):
                needed = sum(_needs(tile, scale) for tile in tiles) + GAP * (count - 1)
                if big_height(scale) <= lines and needed <= width and not (ascii and scale % 2):
                    return tiles, scale
        each = (width - GAP * (len(self._tiles) - 1)) // len(self._tiles)
        return self._tiles, min(fitting_scale(tile[1], each, lines, ascii=ascii) for tile in self._tiles)


def _needs(tile: _Tile, scale: int) -> int:
    """The cells that a figure and its label need."""
    return max(big_width(tile[1], scale) if scale else len(tile[1]), len(tile[0]))


def figures_height(size: tuple[int, int]) -> int:
    """Return the lines of the figures for a screen of ``size`` (width, height)."""
    width, height = size
    typical = _TYPICAL[: 4 if width >= _WIDE else 3]
    scale = (width - 2 - GAP * (len(typical) - 1)) // sum(big_width(text, 1) for text in typical)
    while scale > LARGE and big_height(scale) > height // 5:
        scale -= 1
    return 2 + big_height(min(8, max(LARGE if height >= 20 else 1, scale)))
