"""Differences, conflicts and outcomes as text in columns."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content

from matomo_tui.admin.outcome import StoredDifference, ThreeWay
from matomo_tui.admin.state import Difference
from matomo_tui.ui.drawing.formatting import pad_or_truncate
from matomo_tui.ui.drawing.glyphs import Glyphs

_LABEL_MOST = 26
_COLUMN_MOST = 32


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


def three_columns(rows: Sequence[ThreeWay]) -> Content:
    """The columns opened, theirs and yours; fields that both changed to different values are marked."""
    label = _width(["Field", *(row.label for row in rows)], _LABEL_MOST)
    widths = [
        _width([head, *values], _COLUMN_MOST)
        for head, values in (
            ("as opened", [row.opened for row in rows]),
            ("theirs", [row.theirs for row in rows]),
            ("yours", [row.yours for row in rows]),
        )
    ]
    heads = zip(("as opened", "theirs", "yours"), widths, strict=True)
    lines = [Content.assemble(("  " + _cell("", label) + "  " + "  ".join(_cell(*head) for head in heads), "bold"))]
    for row in rows:
        cells = zip((row.opened, row.theirs, row.yours), widths, strict=True)
        opened, theirs, yours = (_cell(*cell) for cell in cells)
        mark = ("! ", "bold $text-warning") if row.clash else ("  ", "")
        lines.append(
            Content.assemble(
                mark,
                (_cell(row.label, label) + "  ", "$text-muted"),
                (opened + "  ", "$text-muted"),
                (theirs + "  ", "bold" if row.theirs != row.opened else ""),
                (yours, "bold $accent" if row.yours != row.opened else ""),
            )
        )
    return Content("\n").join(lines)


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
