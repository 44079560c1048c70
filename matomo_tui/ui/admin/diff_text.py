"""Differences, conflicts and outcomes as text in columns."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, chop_cells
from textual.content import Content

from matomo_tui.admin.outcome import StoredDifference, ThreeWay
from matomo_tui.admin.state import Difference
from matomo_tui.ui.drawing.formatting import pad_or_truncate
from matomo_tui.ui.drawing.glyphs import Glyphs

_LABEL_MOST = 26
_HEADS = ("as opened", "theirs", "yours")


def differences(rows: Sequence[Difference], glyphs: Glyphs) -> Content:
    """One line for each field: ``Pattern   checkout → thanks``."""
    width = _width([row.label for row in rows], _LABEL_MOST)
    lines = [
        Content.assemble(
            (_cell(row.label, width) + "  ", "$text-muted"),
            (row.old, "$text-error"),
            (f" {glyphs.arrow} ", "$text-muted"),
            (row.new, "bold $text-success"),
        )
        for row in rows
    ]
    return Content("\n").join(lines)


def three_columns(rows: Sequence[ThreeWay], room: int) -> Content:
    """The columns opened, theirs and yours in ``room`` cells; fields that both changed to different values are marked.
    The values of a field that do not fit stand below each other."""
    label = _width(["Field", *(row.label for row in rows)], _LABEL_MOST)
    widths, fitting = [cell_len(head) for head in _HEADS], list[ThreeWay]()
    for row in sorted(rows, key=lambda row: max(map(cell_len, _values(row)))):
        wider = [max(pair) for pair in zip(widths, map(cell_len, _values(row)), strict=True)]
        if label + sum(wider) + 8 <= room:
            widths, fitting = wider, [*fitting, row]
    lines = []
    if fitting:
        heads = "  ".join(_cell(*head) for head in zip(_HEADS, widths, strict=True))
        lines.append(Content.assemble(("  " + _cell("", label) + "  " + heads, "bold")))
    for row in rows:
        mark = ("! ", "bold $text-warning") if row.clash else ("  ", "")
        if row in fitting:
            cells = [_cell(*cell) for cell in zip(_values(row), widths, strict=True)]
            beside = [("  " + cell, style) for cell, style in zip(cells, _styles(row), strict=True)]
            lines.append(Content.assemble(mark, (_cell(row.label, label), "$text-muted"), *beside))
        else:
            lines.append(Content.assemble(mark, (row.label, "$text-muted")))
            lines += _below_each_other(row, room)
    return Content("\n").join(lines)


def _below_each_other(row: ThreeWay, room: int) -> list[Content]:
    """A line or more for each value, with the name of its column before it."""
    head_width = _width(_HEADS, _LABEL_MOST)
    lines = []
    for head, value, style in zip(_HEADS, _values(row), _styles(row), strict=True):
        for number, part in enumerate(chop_cells(value, max(1, room - head_width - 6))):
            name = _cell("" if number else head, head_width)
            lines.append(Content.assemble(("    " + name + "  ", "$text-muted"), (part, style)))
    return lines


def _values(row: ThreeWay) -> tuple[str, str, str]:
    return row.opened, row.theirs, row.yours


def _styles(row: ThreeWay) -> tuple[str, str, str]:
    theirs = "bold" if row.theirs != row.opened else ""
    return "$text-muted", theirs, "bold $accent" if row.yours != row.opened else ""


def stored(rows: Sequence[StoredDifference]) -> Content:
    """The wanted and the stored values, one line for each field."""
    width = _width([row.label for row in rows], _LABEL_MOST)
    lines = [
        Content.assemble(
            (_cell(row.label, width) + "  ", "$text-muted"),
            ("wanted ", "$text-muted"),
            row.wanted,
            (", stored ", "$text-muted"),
            (row.stored, "bold $text-warning"),
        )
        for row in rows
    ]
    return Content("\n").join(lines)


def _width(texts: Sequence[str], most: int) -> int:
    return min(most, max((cell_len(text) for text in texts), default=0))


def _cell(text: str, width: int) -> str:
    return pad_or_truncate(text, width)
