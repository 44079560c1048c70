"""The rows of the segment dialog's list: saved segments, found values, dimensions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct

from matomo_tui.api.metadata import SegmentDimension
from matomo_tui.api.segment_editor import SavedSegment
from matomo_tui.reports import segments
from matomo_tui.reports.segment_values import FoundValue
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.drawing.glyphs import Glyphs
from matomo_tui.ui.widgets.table.columns import Column
from matomo_tui.ui.widgets.table.rows import Row

COLUMNS = (Column("name", "", 20, flex=2), Column("words", "", 20, flex=3, hides=1))

_MOST_DIMENSIONS = 8


class SegmentChoice(Struct, frozen=True):
    """What a row stands for."""

    kind: Literal["all", "use", "saved", "value", "dimension"]
    """``use`` is the segment made of the conditions in the dialog."""
    key: str = ""
    """The ID of a saved segment, the expression of a value, or the segment name of a dimension."""


ALL = SegmentChoice("all")
USE = SegmentChoice("use")


def saved_rows(
    saved: Sequence[SavedSegment], here: str, names: Mapping[str, str], glyphs: Glyphs, *, changed: bool = False
) -> list[Row[SegmentChoice]]:
    """All visits and the saved segments; above them the conditions of the dialog, if they were ``changed``. ``here`` is
    the current expression."""
    rows: list[Row[SegmentChoice]] = []
    if changed:
        rows.append(Row(USE, ((("Use the conditions below", "strong"),), "")))
    mark = (glyphs.chosen, "good") if not here else ("", "")
    rows.append(Row(ALL, ((("All visits", "strong"),), ""), mark=mark))  # type: ignore[arg-type]
    return rows + [_saved_row(one, here, names, glyphs) for one in saved]


def found_rows(
    text: str,
    values: Sequence[FoundValue],
    saved: Sequence[SavedSegment],
    dimensions: Sequence[SegmentDimension],
    here: str,
    names: Mapping[str, str],
    glyphs: Glyphs,
) -> list[Row[SegmentChoice]]:
    """What ``text`` finds: values, then saved segments, then dimensions."""
    words = text.casefold().split()
    rows: list[Row[SegmentChoice]] = [
        Row(SegmentChoice("value", one.expression), (one.label, (((_about(one), "muted")),))) for one in values
    ]
    rows += [
        _saved_row(one, here, names, glyphs) for one in saved if all(word in one.name.casefold() for word in words)
    ]
    found = [one for one in dimensions if all(word in one.name.casefold() for word in words)]
    for one in found[:_MOST_DIMENSIONS]:
        name = sanitize(one.name or one.segment, 80)
        rows.append(
            Row(SegmentChoice("dimension", one.segment), (((name, "accent"),), (("add a condition", "muted"),)))
        )
    return rows


def _about(value: FoundValue) -> str:
    if value.visits is None:
        return value.dimension
    return f"{value.dimension}, {value.visits:,} visit{'' if value.visits == 1 else 's'} this month"


def _saved_row(saved: SavedSegment, here: str, names: Mapping[str, str], glyphs: Glyphs) -> Row[SegmentChoice]:
    words = segments.describe(saved.definition, names)
    shared = f" ({sanitize(saved.login, 30)}'s, for all users)" if saved.enable_all_users else ""
    mark = (glyphs.chosen, "good") if saved.definition == here else ("", "")
    return Row(
        SegmentChoice("saved", str(saved.id)),
        (sanitize(saved.name, 80), ((f"{words}{shared}", "muted"),)),
        mark=mark,  # type: ignore[arg-type]
    )
