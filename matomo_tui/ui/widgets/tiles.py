"""Tiles: figures in a row, each with its label and its change, in large digits where there is room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from msgspec import Struct
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from matomo_tui.ui.drawing.formatting import ascii_money, pad_or_truncate
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.widgets.big_digits import ROWS, digit_rows
from matomo_tui.ui.widgets.plain_lines import PlainLines

LARGE_FROM = 6
"""Lines from which on digits are large."""
GAP = 2
"""Cells from one tile to the next."""
_AFTER_DIGITS = 2
"""Further cells after large digits: with the gap of texts, ``31 %`` and ``17`` beside it read as one figure."""
_LEAST_TILE = 13
_LEAST_LARGE = 4
"""Tiles that must have room before any of them is large."""


class Tile(Struct, frozen=True):
    """A figure with its label."""

    label: str
    figure: str
    direction: int = 0
    """Of the arrow before the change: 1 up, -1 down, 0 unchanged."""
    good: int = 0
    """1 if the change is good, -1 if it is bad."""
    change: str = ""
    note: str = ""
    """The reason if the figure or its change is unknown."""
    brief_label: str = ""
    brief_change: str = ""
    """Shorter texts, used where the whole one has no room."""
    large: str = ""
    """The figure as it is written in large digits, if that differs."""
    history: tuple[float, ...] = ()
    """Earlier values, the oldest first, for a sparkline below large digits."""
    known: bool = True
    old: bool = False
    """True if the figure is older than those beside it."""


class TilePlace(NamedTuple):
    """Where a tile stands: its first column, its width, and the rows of its figure (1, or 3 with large digits)."""

    x: int
    width: int
    rows: int


class Tiles(Widget):
    """As many tiles as there is room for, the first ones first.

    Digits are large if the widget is high enough, every figure has a large form, and at least some tiles fit.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "tiles--label",
        "tiles--first",
        "tiles--figure",
        "tiles--note",
        "tiles--good",
        "tiles--bad",
        "tiles--history",
    }
    DEFAULT_CSS = """
    Tiles {
        height: 3; width: 1fr; padding: 0 1;
        & > .tiles--label { color: $text-muted; }
        & > .tiles--first { color: $accent; text-style: bold; }
        & > .tiles--figure { color: $foreground; text-style: bold; }
        & > .tiles--note { color: $text-muted; }
        & > .tiles--good { color: $text-success; }
        & > .tiles--bad { color: $text-error; }
        & > .tiles--history { color: $secondary; }
    }
    """
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._styles_cache = PlainLines()
        self.tiles: tuple[Tile, ...] = ()

    def show(self, tiles: Sequence[Tile]) -> None:
        """Draw the ``tiles`` that changed."""
        before, old_places = self.tiles, self.places() if self.tiles else []
        self.tiles = tuple(tiles)
        if before == self.tiles:
            return
        places = self.places()
        if len(before) != len(self.tiles) or places != old_places:
            self.refresh()
            return
        # One region for all changes: Textual sends a line from the widget's left edge however narrow a region is.
        top, right = self.size.height, 0
        for place, old, new in zip(places, before, self.tiles, strict=False):
            if old != new:
                top = min(top, self.first_changed_line(old, new))
                right = self.gutter.left + place.x + place.width
        if right:
            self.refresh(Region(0, top, right, self.size.height - top))

    def first_changed_line(self, old: Tile, new: Tile) -> int:
        """Return the first line in which two tiles at the same place differ."""
        return int(old.label == new.label)

    def render_line(self, y: int) -> Strip:
        base, at = self.rich_style, 0
        segments: list[Segment] = []
        for number, place in enumerate(self.places()[: len(self.tiles)]):
            segments.append(Segment(" " * (place.x - at), base))
            segments += Strip(self.tile_line(number, y, place)).adjust_cell_length(place.width, base)
            at = place.x + place.width
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def places(self) -> list[TilePlace]:
        """Return the places of the tiles that are shown, by the room that each needs."""
        width = self.size.width
        figures = self._large_figures(width) or [(self._figure(tile),) for tile in self.tiles]
        count = max(1, (width + GAP) // (_LEAST_TILE + GAP))
        shown = list(zip(self.tiles, figures, strict=False))[:count]
        x, places = 0, []
        for room, (_, figure) in zip(_share([_needs(*one) for one in shown], width), shown, strict=True):
            places.append(TilePlace(x, room, len(figure)))
            x += room + GAP
        return places

    def _figure(self, tile: Tile) -> str:
        return ascii_money(tile.figure) if glyphs_of(self).ascii else tile.figure

    def _digits(self, tile: Tile) -> tuple[str, str, str] | None:
        return digit_rows((tile.large or self._figure(tile)).replace(" ", ""), ascii=glyphs_of(self).ascii)

    def _large_figures(self, width: int) -> list[tuple[str, ...]]:
        """The figures that fit in large digits; none if those are too few, or if one has no large form."""
        if self.size.height < LARGE_FROM:
            return []
        found: list[tuple[str, ...]] = []
        for tile in self.tiles:
            rows = self._digits(tile)
            if rows is None:
                return []
            width -= max(_LEAST_TILE, cell_len(rows[0]) + _AFTER_DIGITS) + (GAP if found else 0)
            if width < 0:
                break
            found.append(rows)
        return found if len(found) >= min(_LEAST_LARGE, len(self.tiles)) else []

    def tile_line(self, number: int, y: int, place: TilePlace) -> list[Segment]:
        """Return line ``y`` of the tile ``number``: label, figure, change, sparkline."""
        tile, width = self.tiles[number], place.width
        if y == 0:
            return [Segment(self._fitted(tile.label, tile.brief_label, width), self.style("label"))]
        if y <= place.rows:
            return [Segment(self._figure_rows(tile, place)[y - 1], self.figure_style(number))]
        if y == place.rows + 1:
            return self.change_line(tile, width)
        if y == place.rows + 2 and tile.history:
            # Not imported for the first frame, which has no figures yet.
            from matomo_tui.ui.drawing.plotting import squeeze
            from matomo_tui.ui.widgets.sparkline import course

            history = course(squeeze(tile.history, width), glyphs_of(self))
            return [Segment(pad_or_truncate(history, width, right=True), self.style("history"))]
        return []

    def _figure_rows(self, tile: Tile, place: TilePlace) -> tuple[str, ...]:
        if place.rows == 1:
            return (self._fitted(self._figure(tile), "", place.width),)
        rows = self._digits(tile)
        if rows is None or cell_len(rows[0]) > place.width:
            rows = ("", self._figure(tile), "")
        return tuple(pad_or_truncate(row, place.width, ellipsis="") for row in rows)

    def change_line(self, tile: Tile, width: int) -> list[Segment]:
        """Return the line of the change: arrow and size, or the note if there is no change."""
        if not tile.change:
            return [Segment(self._fitted(tile.note, "", width), self.style("note"))]
        arrow = self.arrow(tile) or glyphs_of(self).same
        brief = f"{arrow} {tile.brief_change}" if tile.brief_change else ""
        return [Segment(self._fitted(f"{arrow} {tile.change}", brief, width), self.change_style(tile))]

    def _fitted(self, text: str, brief: str, width: int) -> str:
        """``text``, or ``brief`` where it has no room, in exactly ``width`` cells."""
        shown = brief if brief and cell_len(text) > width else text
        return pad_or_truncate(shown, width, ellipsis=glyphs_of(self).ellipsis)

    def figure_style(self, number: int) -> Style:
        """Return the style of the figure of the tile ``number``: the first one stands out."""
        return self.style("figure" if number else "first")

    def arrow(self, tile: Tile) -> str:
        """Return the arrow of the tile's direction; ``""`` if it did not change."""
        return {1: glyphs_of(self).up, -1: glyphs_of(self).down}.get(tile.direction, "")

    def change_style(self, tile: Tile) -> Style:
        """Return the style of a change: good, bad, or neither."""
        return self.style({1: "good", -1: "bad"}.get(tile.good, "note"))

    def style(self, name: str) -> Style:
        """Return the style of the component class ``tiles--<name>``."""
        return self.get_component_rich_style(f"tiles--{name}")


def _needs(tile: Tile, figure: tuple[str, ...]) -> tuple[int, int]:
    """Return the cells that a tile needs at least, and those in which no text of it is shortened."""
    change = f"> {tile.change}" if tile.change else tile.note
    least = max(_LEAST_TILE, cell_len(figure[0]) + _AFTER_DIGITS) if len(figure) == ROWS else _LEAST_TILE
    return least, max(least, *(cell_len(text) for text in (tile.label, figure[0], change)))


def _share(needs: Sequence[tuple[int, int]], width: int) -> list[int]:
    """Divide ``width`` cells among tiles by their least and their best width.

    The tiles that lack the fewest cells get their best width first, so that as many texts as possible are whole. What
    is left is divided evenly.
    """
    widths = [least for least, _ in needs]
    left = width - GAP * (len(needs) - 1) - sum(widths)
    for lacking, at in sorted((best - least, at) for at, (least, best) in enumerate(needs)):
        if lacking <= left:
            widths[at] += lacking
            left -= lacking
    spare = max(0, left)
    return [room + spare * (at + 1) // len(needs) - spare * at // len(needs) for at, room in enumerate(widths)]
