"""Digits three rows high."""

from __future__ import annotations

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
    ",": ("", "", ""),
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
    ",": ("", "", ""),
    ":": (" ", ".", "."),
    " ": (" ", " ", " "),
}


def digit_rows(text: str, *, ascii: bool = False) -> tuple[str, str, str] | None:
    """Return ``text`` as three rows of equal width; ``None`` if a character has no large form.

    Thousands are separated by a wider gap: three rows high, a comma looks like dirt.
    """
    table = _ASCII if ascii else _BLOCKS
    signs = [table.get(character) for character in text]
    if any(sign is None for sign in signs):
        return None
    rows = [" ".join(sign[row] for sign in signs if sign is not None) for row in range(ROWS)]
    return rows[0], rows[1], rows[2]
