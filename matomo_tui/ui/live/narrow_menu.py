"""The menu of a visit's properties to use as a segment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from msgspec import Struct
from textual.binding import Binding, BindingType

from matomo_tui.live import visit_segments
from matomo_tui.live.snapshot import VisitRow
from matomo_tui.live.timeline import page_facet
from matomo_tui.live.visit_facets import country_facet, device_facet, source_facet
from matomo_tui.ui.widgets.choice_dialog import ListDialog
from matomo_tui.ui.widgets.table.columns import Cell, Column


class VisitTrait(Struct, frozen=True):
    """A property of a visit that can be used as a segment."""

    trait: str
    """Its name, such as ``page``."""
    value: str
    """Its value in words."""
    segment: str
    """Matomo's expression for the visits that share it."""

    @property
    def label(self) -> str:
        """``page /products/lamp``."""
        return f"{self.trait} {self.value}"


def choices_of(visit: VisitRow) -> list[VisitTrait]:
    """The known properties of a visit, the most used first."""
    page = page_facet(visit.page_url, visit.page_title, "")
    possible = (
        VisitTrait("page", f"{visit.page or page.label}{page.variant}", visit.page_segment),
        VisitTrait("country", visit.country, country_facet(visit.country_code, visit.country).segment),
        VisitTrait("source", visit.source, source_facet(visit.source_type, visit.source, "").segment),
        VisitTrait("device", visit.device, device_facet(visit.device).segment),
        VisitTrait("user id", visit.user_id, visit_segments.equals("userId", visit.user_id) if visit.user_id else ""),
        VisitTrait(
            "visitor",
            visit.visitor_id,
            visit_segments.equals("visitorId", visit.visitor_id) if visit.visitor_id else "",
        ),
        *(
            [VisitTrait("path", f"{page.label}, any query", visit.path_segment)]
            if page.variant and visit.path_segment
            else []
        ),
    )
    return [choice for choice in possible if choice.segment and choice.value]


class NarrowMenu(ListDialog[tuple[str, str]]):
    """Dismisses with the segment and its label, or with ``None``."""

    DEFAULT_CSS = "NarrowMenu > .dialog--box { width: 60; }"
    COLUMNS = (Column("trait", "", 8), Column("value", "", 10, flex=1))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "only this", tooltip="Narrow every screen to the row under the cursor"),
    ]

    def __init__(self, choices: Sequence[VisitTrait]) -> None:
        rows: list[tuple[tuple[str, str], Sequence[Cell]]] = [
            ((choice.segment, choice.label), [((choice.trait, "muted"),), choice.value]) for choice in choices
        ]
        super().__init__("Only this", rows)
