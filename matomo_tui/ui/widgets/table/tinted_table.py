"""Tables with bars behind their labels: the background shows how large a row's figure is."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import ClassVar, TypeVar

from msgspec import Struct
from rich.cells import cell_len

from matomo_tui.ui.drawing.formatting import split_at
from matomo_tui.ui.widgets.table.columns import Cell, Plain, Span, StyleName, fit
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable

K = TypeVar("K", bound=Hashable)

_TINTED: dict[StyleName, StyleName] = {"muted": "tint-muted", "strong": "tint-strong"}
"""The style of a text on the bar; of others it is ``tint``."""


class TintedTable(VirtualTable[K]):
    """A virtual table whose cells may be :class:`OverBar`. In themes without such a tint it is a line below
    the label."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "virtual-table--tint",
        "virtual-table--tint-muted",
        "virtual-table--tint-strong",
    }
    DEFAULT_CSS = """
    TintedTable > .virtual-table--tint { background: $accent-muted; }
    TintedTable > .virtual-table--tint-muted { color: $text-muted; background: $accent-muted; }
    TintedTable > .virtual-table--tint-strong { color: $foreground; background: $accent-muted; text-style: bold; }
    TintedTable:ansi > .virtual-table--tint, TintedTable:ansi > .virtual-table--tint-muted { text-style: underline; }
    TintedTable:ansi > .virtual-table--tint-strong { text-style: bold underline; }
    """


class OverBar(Struct, frozen=True):
    """A cell over a bar whose length is ``share`` (0 to 1) of the cell."""

    cell: Cell
    share: float
    ellipsis: str

    def __call__(self, width: int) -> Plain:
        bar = min(width, round(self.share * width))
        if self.share > 0:
            bar = max(1, bar)
        return tuple(_tinted(fit(self.cell, width, "left", self.ellipsis), bar))


def _tinted(spans: list[Span], cells: int) -> Iterator[Span]:
    """``spans`` on the bar in their first ``cells``."""
    for text, look in spans:
        length = cell_len(text)
        if cells >= length:
            yield text, _TINTED.get(look, "tint")
        elif cells > 0:
            left, right = split_at(text, cells)
            yield left, _TINTED.get(look, "tint")
            if right:
                yield right, look
        else:
            yield text, look
        cells -= length
