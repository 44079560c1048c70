"""Charts of single values: columns side by side, and a list of labels with bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace
from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from matomo_tui.ui.drawing.formatting import pad_or_truncate, split_at
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.widgets.sparkline import columns


class ColumnChart(Widget):
    """Values as columns side by side, with names below them where these have room."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"column-chart--bar", "column-chart--peak", "column-chart--label"}
    DEFAULT_CSS = """
    ColumnChart { height: 1fr; width: 1fr; padding: 0 1; }
    ColumnChart > .column-chart--bar { color: $accent 60%; }
    ColumnChart > .column-chart--peak { color: $accent; }
    ColumnChart > .column-chart--label { color: $text-muted; }
    ColumnChart:ansi > .column-chart--bar { color: $accent; }
    ColumnChart:ansi > .column-chart--peak { color: $accent; text-style: bold; }
    """
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._labels: tuple[str, ...] = ()
        self._values: tuple[float | None, ...] = ()

    def show(self, labels: Sequence[str], values: Sequence[float | None]) -> None:
        """Draw a column for each of ``values``, named by ``labels``; ``None`` and 0 are gaps."""
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
            style = self.get_component_rich_style("column-chart--label")
            return Strip([Segment(self._names(cell, width), style)]).adjust_cell_length(width, self.rich_style)
        rows = max(1, height - 1)
        known = [value for value in self._values if value is not None]
        top = max(known, default=0.0)
        # 0 has no column: the lowest block stands for the smallest value above 0.
        signs = columns([value or None for value in self._values], top, rows, glyphs_of(self))[y]
        plain, peak = (self.get_component_rich_style(f"column-chart--{look}") for look in ("bar", "peak"))
        segments = []
        for sign, value in zip(signs, self._values, strict=True):
            style = peak if value == top and top > 0 else plain
            segments += [Segment(sign * bar, style), Segment(" " * (cell - bar), self.rich_style)]
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def _names(self, cell: int, width: int) -> str:
        """All names, or every second, third, sixth … so that they do not touch."""
        longest = max(map(cell_len, self._labels), default=0)
        every = next((step for step in (1, 2, 3, 4, 6, 12) if longest < cell * step), len(self._labels))
        text = ""
        for number, label in enumerate(self._labels):
            if number % every == 0:
                text = pad_or_truncate(text, number * cell, ellipsis="") + label
        return pad_or_truncate(text, width, ellipsis="")


class Fact(Struct, frozen=True):
    """A line of a bar list."""

    label: str
    figure: str
    share: float | None = None
    """Length of the bar behind the label, 0 to 1 of the cells before the figure; ``None`` without a bar."""
    second: str = ""
    """Another figure, in a column of its own."""
    strong: bool = False
    brief: tuple[str, str] | None = None
    """Shorter texts for both figures, used where the labels would be cut otherwise."""

    def shortened(self) -> Fact:
        """Return the line with its brief figures."""
        return replace(self, figure=self.brief[0], second=self.brief[1]) if self.brief is not None else self


class BarList(Widget):
    """Lines of labels, which may be over bars, and one or two columns of figures."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"bar-list--label", "bar-list--figure", "bar-list--strong", "bar-list--bar"}
    DEFAULT_CSS = """
    BarList { height: 1fr; width: 1fr; padding: 0 1; }
    BarList > .bar-list--label { color: $text-muted; }
    BarList > .bar-list--figure { color: $text; }
    BarList > .bar-list--strong { color: $foreground; text-style: bold; }
    BarList > .bar-list--bar { color: $foreground; background: $accent-muted; }
    """
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._facts: tuple[Fact, ...] = ()

    def show(self, facts: Sequence[Fact]) -> None:
        """Draw as many of ``facts`` as there is room for."""
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
        has_bars = any(one.share is not None for one in facts)
        cells = max(4, width - first - second - 1) if has_bars else max(4, min(widest, width - first - second - 1))
        label = pad_or_truncate(fact.label, cells, ellipsis=glyphs.ellipsis)
        look = self.get_component_rich_style("bar-list--strong" if fact.strong else "bar-list--figure")
        pieces = [*self._over_bar(label, fact.share, cells), Segment(" ", self.rich_style)]
        pad = max(0, width - cells - 1 - first - second)
        pieces += [Segment(" " * pad, self.rich_style), Segment(pad_or_truncate(fact.figure, first, right=True), look)]
        if second:
            pieces.append(Segment(pad_or_truncate(fact.second, second, right=True), look))
        return Strip(pieces).adjust_cell_length(width, self.rich_style)

    def _over_bar(self, label: str, share: float | None, cells: int) -> list[Segment]:
        """Return ``label``, which is ``cells`` wide, over a bar of ``share`` of it."""
        look = self.get_component_rich_style("bar-list--label")
        if not share:
            return [Segment(label, look)]
        left, right = split_at(label, max(1, round(min(1.0, share) * cells)))
        return [Segment(left, self.get_component_rich_style("bar-list--bar")), Segment(right, look)]


def _figures(facts: Sequence[Fact]) -> tuple[int, int]:
    """Return the cells of both columns of figures, including the gap before the second one."""
    second = max(cell_len(one.second) for one in facts)
    return max(cell_len(one.figure) for one in facts), second + 2 if second else 0
