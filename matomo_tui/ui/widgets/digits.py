"""A figure three rows high, to be read from across the room."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from matomo_tui.ui.glyphs import glyphs_of

ROWS = 3

# Half blocks: five dots high, so the lowest half row stays free and rows of figures do not touch.
_BLOCKS = {
    "0": ("█▀█", "█ █", "▀▀▀"),
    "1": ("▄█ ", " █ ", "▀▀▀"),
    "2": ("▀▀█", "█▀▀", "▀▀▀"),
    "3": ("▀▀█", " ▀█", "▀▀▀"),
    "4": ("█ █", "▀▀█", "  ▀"),
    "5": ("█▀▀", "▀▀█", "▀▀▀"),
    "6": ("█▀▀", "█▀█", "▀▀▀"),
    "7": ("▀▀█", "  █", "  ▀"),
    "8": ("█▀█", "█▀█", "▀▀▀"),
    "9": ("█▀█", "▀▀█", "▀▀▀"),
    "-": ("   ", "▀▀▀", "   "),
    "–": ("   ", "▀▀▀", "   "),
    "+": (" ▄ ", "▀█▀", "   "),
    "k": ("█ ▄", "█▀▄", "▀ ▀"),
    "M": ("█▄▄█", "█▀▀█", "▀  ▀"),
    "G": ("█▀▀", "█ █", "▀▀▀"),
    "T": ("▀█▀", " █ ", " ▀ "),
    "%": ("█ ▄", " ▄▀", "▀ ▀"),
    ".": (" ", " ", "▀"),
    ",": (" ", " ", "█"),
    ":": ("▄", "▄", " "),
    " ": (" ", " ", " "),
}
_ASCII = {
    "0": (" _ ", "| |", "|_|"),
    "1": ("   ", "  |", "  |"),
    "2": (" _ ", " _|", "|_ "),
    "3": (" _ ", " _|", " _|"),
    "4": ("   ", "|_|", "  |"),
    "5": (" _ ", "|_ ", " _|"),
    "6": (" _ ", "|_ ", "|_|"),
    "7": (" _ ", "  |", "  |"),
    "8": (" _ ", "|_|", "|_|"),
    "9": (" _ ", "|_|", " _|"),
    "-": ("   ", " _ ", "   "),
    "–": ("   ", " _ ", "   "),
    "+": ("   ", "_|_", " | "),
    "k": ("   ", "|/ ", "|\\ "),
    "M": ("   ", "|v|", "| |"),
    "G": (" _ ", "|  ", "|_]"),
    "T": ("___", " | ", " | "),
    "%": ("   ", "o/ ", "/o "),
    ".": (" ", " ", "."),
    ",": (" ", " ", ","),
    ":": (" ", ".", "."),
    " ": (" ", " ", " "),
}


def digit_rows(text: str, *, ascii: bool = False) -> tuple[str, str, str] | None:
    """``text`` as three rows of equal width, or ``None`` where it holds a sign that has no large form."""
    table = _ASCII if ascii else _BLOCKS
    signs = [table.get(character) for character in text]
    if any(sign is None for sign in signs):
        return None
    rows = [" ".join(sign[row] for sign in signs if sign is not None) for row in range(ROWS)]
    return rows[0], rows[1], rows[2]


def digits_width(text: str, *, ascii: bool = False) -> int:
    """The columns that ``text`` takes in large digits."""
    rows = digit_rows(text, ascii=ascii)
    return len(rows[0]) if rows else len(text)


class BigDigits(Widget):
    """Right-aligned large digits. The widget keeps its width, so nothing beside it jumps when the figure grows; what
    is too wide, or has a sign without a large form, is written small and bold in the middle row."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"digits--value"}
    DEFAULT_CSS = """
    BigDigits { height: 3; width: 1fr; }
    BigDigits > .digits--value { color: $text; }
    """

    def __init__(self, value: str = "", *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._value = value

    @property
    def value(self) -> str:
        """The figure as text."""
        return self._value

    def update(self, value: str) -> None:
        """Show ``value``, such as ``1,234``, ``12.3k`` or ``–``."""
        if value != self._value:
            self._value = value
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width, base = self.size.width, self.rich_style
        style: Style = self.get_component_rich_style("digits--value")
        rows = digit_rows(self._value, ascii=glyphs_of(self).ascii)
        if rows is None or len(rows[0]) > width:
            rows = ("", self._value[:width], "")
            style += Style(bold=True)
        if y >= ROWS:
            return Strip.blank(width, base)
        return Strip([Segment(" " * (width - len(rows[y])), base), Segment(rows[y], style)], width)
