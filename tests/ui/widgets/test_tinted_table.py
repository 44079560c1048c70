"""Cells over a bar."""

from __future__ import annotations

import pytest

from matomo_tui.reports.values import Change
from matomo_tui.ui.drawing.glyphs import UNICODE
from matomo_tui.ui.reports.report_columns import change_cell
from matomo_tui.ui.widgets.table.columns import Cell, Plain
from matomo_tui.ui.widgets.table.tinted_table import OverBar


@pytest.mark.parametrize(
    ("cell", "share", "spans"),
    [
        ("docs", 0.5, (("docs", "tint"), (" ", "tint"), ("     ", ""))),
        ("docs", 0.2, (("do", "tint"), ("cs", ""), ("      ", ""))),
        ("docs", 0.0, (("docs", ""), ("      ", ""))),
        ("docs", 0.001, (("d", "tint"), ("ocs", ""), ("      ", ""))),
        ((("+ ", "accent"), ("a", "muted")), 1.0, (("+ ", "tint"), ("a", "tint-muted"), ("       ", "tint"))),
        ((("日本", "strong"),), 0.3, (("日本", "tint-strong"), ("      ", ""))),
        ((("日本語", "strong"),), 0.3, (("日本", "tint-strong"), ("語", "strong"), ("    ", ""))),
    ],
)
def test_the_bar_lies_under_the_first_cells(cell: Cell, share: float, spans: Plain) -> None:
    assert OverBar(cell, share, "…")(10) == spans


def test_the_two_halves_of_a_change_never_touch() -> None:
    cell = change_cell(Change(0.0001, 1e15, 1), is_new=False, kind="number", glyphs=UNICODE)
    assert not isinstance(cell, str)
    assert cell[0][0].split() == ["▲", "+>999T", "+>999", "%"]
