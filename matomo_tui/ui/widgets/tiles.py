"""Small charts for overviews: figures with changes, columns, labelled bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from matomo_tui.ui.drawing.formatting import ascii_money, pad_or_truncate
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.widgets.big_digits import digit_rows
from matomo_tui.ui.widgets.sparkline import columns

LARGE_FROM = 6
"""Lines from which on the digits of tiles are large."""
_GAP = 2
_LEAST_TILE = 13
_LEAST_LARGE = 4
"""Tiles that must have room before any is large."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure: its ``label``, how it changed (``direction`` of the arrow, ``good`` 1, -1 or 0), or, where it is not
    known, a ``note`` that says why. What is ``brief`` stands where the whole has no room."""

    label: str
    figure: str
    direction: int = 0
    good: int = 0
    change: str = ""
    note: str = ""
    brief_label: str = ""
    brief_change: str = ""


class Tiles(Widget):
    """Figures in a row, as many as have room; those that come first stay. Where there is the height, they are large:
    all of them, and at least some."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "tiles--label",
        "tiles--first",
        "tiles--figure",
        "tiles--note",
        "tiles--good",
        "tiles--bad",
    }
    DEFAULT_CSS = """
    Tiles { height: 3; width: 1fr; padding: 0 1; }
    Tiles > .tiles--label { color: $text-muted; }
    Tiles > .tiles--first { color: $accent; text-style: bold; }
    Tiles > .tiles--figure { color: $foreground; text-style: bold; }
    Tiles > .tiles--note { color: $text-muted; }
    Tiles > .tiles--good { color: $text-success; }
    Tiles > .tiles--bad { color: $text-error; }
    """
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._tiles: tuple[Tile, ...] = ()

    def show(self, tiles: Sequence[Tile]) -> None:
        """Draw these."""
        if tuple(tiles) != self._tiles:
            self._tiles = tuple(tiles)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width, base = self.size.width, self.rich_style
        figures = self._large(width) or [(self._figure(tile),) for tile in self._tiles]
        shown = list(zip(self._tiles, figures, strict=False))[: max(1, (width + _GAP) // (_LEAST_TILE + _GAP))]
        widths = _widths([self._needs(tile, figure) for tile, figure in shown], width)
        segments: list[Segment] = []
        for number, ((tile, figure), room) in enumerate(zip(shown, widths, strict=True)):
            line = self._line(tile, figure, y, room, first=number == 0)
            segments += [*Strip(line).adjust_cell_length(room, base), Segment(" " * _GAP, base)]
        return Strip(segments).adjust_cell_length(width, base)

    def _figure(self, tile: Tile) -> str:
        return ascii_money(tile.figure) if glyphs_of(self).ascii else tile.figure

    def _large(self, width: int) -> list[tuple[str, ...]]:
        """As many figures in large digits as have room; none where that would be few, or one has no large form."""
        if self.size.height < LARGE_FROM:
            return []
        found: list[tuple[str, ...]] = []
        for tile in self._tiles:
            rows = digit_rows(self._figure(tile).replace(" ", ""), ascii=glyphs_of(self).ascii)
            if rows is None:
                return []
            width -= max(_LEAST_TILE, cell_len(rows[0])) + (_GAP if found else 0)
            if width < 0:
                break
            found.append(rows)
        return found if len(found) >= min(_LEAST_LARGE, len(self._tiles)) else []

    def _needs(self, tile: Tile, figure: tuple[str, ...]) -> tuple[int, int]:
        """Cells that a tile needs, and those in which nothing of it is brief."""
        change = f"> {tile.change}" if tile.change else tile.note
        least = max(_LEAST_TILE, cell_len(figure[0])) if len(figure) > 1 else _LEAST_TILE
        return least, max(least, *(cell_len(text) for text in (tile.label, figure[0], change)))

    def _line(self, tile: Tile, figure: tuple[str, ...], y: int, width: int, *, first: bool) -> list[Segment]:
        """A line of a tile: its label, ``figure`` (one row, or several), its change, blank lines."""
        glyphs = glyphs_of(self)

        def written(text: str, brief: str = "") -> str:
            return pad_or_truncate(brief if brief and cell_len(text) > width else text, width, ellipsis=glyphs.ellipsis)

        if y == 0:
            return [Segment(written(tile.label, tile.brief_label), self._style("label"))]
        if y <= len(figure):
            return [Segment(written(figure[y - 1]), self._style("first" if first else "figure"))]
        if y == len(figure) + 1:
            if not tile.change:
                return [Segment(written(tile.note), self._style("note"))]
            arrow = {1: glyphs.up, -1: glyphs.down}.get(tile.direction, glyphs.same)
            brief = f"{arrow} {tile.brief_change}" if tile.brief_change else ""
            style = self._style({1: "good", -1: "bad"}.get(tile.good, "note"))
            return [Segment(written(f"{arrow} {tile.change}", brief), style)]
        return []

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"tiles--{name}")


def _widths(needs: Sequence[tuple[int, int]], width: int) -> list[int]:
    """How ``width`` cells are shared by tiles that need so much at least, and so much at best: first by those that
    lack little, the rest by all."""
    widths = [least for least, _ in needs]
    left = width - _GAP * (len(needs) - 1) - sum(widths)
    for lacking, at in sorted((best - least, at) for at, (least, best) in enumerate(needs)):
        if lacking <= left:
            widths[at] += lacking
            left -= lacking
    return [
        room + max(0, left) * (at + 1) // len(needs) - max(0, left) * at // len(needs) for at, room in enumerate(widths)
    ]


class ColumnChart(Widget):
    """Values side by side as columns, named below where the names have room."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"column-bars--bar", "column-bars--peak", "column-bars--label"}
    DEFAULT_CSS = """
    ColumnChart { height: 1fr; width: 1fr; padding: 0 1; }
    ColumnChart > .column-bars--bar { color: $accent 60%; }
    ColumnChart > .column-bars--peak { color: $accent; }
    ColumnChart > .column-bars--label { color: $text-muted; }
    ColumnChart:ansi > .column-bars--bar { color: $accent; }
    ColumnChart:ansi > .column-bars--peak { color: $accent; text-style: bold; }
    """
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._labels: tuple[str, ...] = ()
        self._values: tuple[float | None, ...] = ()

    def show(self, labels: Sequence[str], values: Sequence[float | None]) -> None:
        """Draw a column for each value; ``None`` and 0 are gaps."""
        if (tuple(labels), tuple(values)) != (self._labels, self._values):
            self._labels, self._values = tuple(labels), tuple(values)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width, height = self.size
        if not self._values or y >= height or not width:
            return Strip.blank(width, self.rich_style)
        cell = max(1, width // len(self._values))
        bar = max(1, cell - 1) if cell > 1 else 1
        if y == height - 1 and height > 1:
            style = self.get_component_rich_style("column-bars--label")
            return Strip([Segment(self._names(cell, width), style)]).adjust_cell_length(width, self.rich_style)
        rows = max(1, height - 1)
        known = [value for value in self._values if value is not None]
        top = max(known, default=0.0)
        # An hour without visits, or still to come, has no column: the lowest sign is for the fewest there are.
        signs = columns([value or None for value in self._values], top, rows, glyphs_of(self))[y]
        plain, peak = (self.get_component_rich_style(f"column-bars--{look}") for look in ("bar", "peak"))
        segments = []
        for sign, value in zip(signs, self._values, strict=True):
            style = peak if value == top and top > 0 else plain
            segments += [Segment(sign * bar, style), Segment(" " * (cell - bar), self.rich_style)]
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def _names(self, cell: int, width: int) -> str:
        """Every name, or every second, third, sixth … so that none touches the next."""
        longest = max(map(cell_len, self._labels), default=0)
        every = next((step for step in (1, 2, 3, 4, 6, 12) if longest < cell * step), len(self._labels))
        text = ""
        for number, label in enumerate(self._labels):
            if number % every == 0:
                text = pad_or_truncate(text, number * cell, ellipsis="") + label
        return pad_or_truncate(text, width, ellipsis="")


@dataclass(frozen=True, slots=True)
class Fact:
    """A line: ``label``, ``figure``, a bar of ``share`` (0 to 1) between them, where there is one. The ``brief`` pair
    stands for both figures where the labels would else be cut."""

    label: str
    figure: str
    share: float | None = None
    second: str = ""
    strong: bool = False
    brief: tuple[str, str] | None = None

    def shortened(self) -> Fact:
        """With its brief figures."""
        return replace(self, figure=self.brief[0], second=self.brief[1]) if self.brief is not None else self


class BarList(Widget):
    """Lines of labels and figures; ``second`` figures stand in a column of their own."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"facts--label", "facts--figure", "facts--strong", "facts--bar"}
    DEFAULT_CSS = """
    BarList { height: 1fr; width: 1fr; padding: 0 1; }
    BarList > .facts--label { color: $text-muted; }
    BarList > .facts--figure { color: $text; }
    BarList > .facts--strong { color: $foreground; text-style: bold; }
    BarList > .facts--bar { color: $accent 60%; }
    BarList:ansi > .facts--bar { color: $accent; }
    """
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._facts: tuple[Fact, ...] = ()

    def show(self, facts: Sequence[Fact]) -> None:
        """Draw these, one a line, as far as there is room."""
        if tuple(facts) != self._facts:
            self._facts = tuple(facts)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y >= len(self._facts):
            return Strip.blank(width, self.rich_style)
        facts, glyphs = self._facts, glyphs_of(self)
        widest = max(cell_len(one.label) for one in facts)
        first, second = _figures(facts)
        if widest + 1 + first + second > width:
            facts = tuple(one.shortened() for one in facts)
            first, second = _figures(facts)
        fact = facts[y]
        label = max(4, min(widest, width - first - second - 1))
        bar = max(0, width - label - first - second - 2) if any(one.share is not None for one in facts) else 0
        look = self.get_component_rich_style("facts--strong" if fact.strong else "facts--figure")
        pieces = [
            Segment(
                pad_or_truncate(fact.label, label, ellipsis=glyphs.ellipsis),
                self.get_component_rich_style("facts--label"),
            ),
            Segment(" ", self.rich_style),
            Segment(
                pad_or_truncate(_bar(fact.share, max(0, bar), glyphs.bars), bar, ellipsis=""),
                self.get_component_rich_style("facts--bar"),
            ),
        ]
        pad = max(0, width - label - 1 - bar - first - second)
        pieces += [Segment(" " * pad, self.rich_style), Segment(pad_or_truncate(fact.figure, first, right=True), look)]
        if second:
            pieces.append(Segment(pad_or_truncate(fact.second, second, right=True), look))
        return Strip(pieces).adjust_cell_length(width, self.rich_style)


def _figures(facts: Sequence[Fact]) -> tuple[int, int]:
    """Cells of the first and of the second column of figures, with a gap before that."""
    second = max(cell_len(one.second) for one in facts)
    return max(cell_len(one.figure) for one in facts), second + 2 if second else 0


def _bar(share: float | None, width: int, signs: str) -> str:
    """``share`` of ``width`` cells in parts of a cell; ``signs`` from empty to full."""
    if not share or width < 1:
        return ""
    parts = len(signs) - 1
    filled = round(min(1.0, max(0.0, share)) * width * parts)
    whole, rest = divmod(max(1, filled), parts)
    return signs[-1] * whole + (signs[rest] if rest else "")
