"""The menu of a visit's properties to use as a segment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from matomo_tui.live import visit_segments
from matomo_tui.live.snapshot import VisitRow
from matomo_tui.live.timeline import page_facet
from matomo_tui.live.visit_rows import country_facet, device_facet, source_facet
from matomo_tui.ui.widgets.screens import ModalScreen
from matomo_tui.ui.widgets.table.columns import Column
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable


@dataclass(frozen=True, slots=True)
class VisitTrait:
    """``segment`` narrows to what ``trait`` and ``value`` say in words."""

    trait: str
    value: str
    segment: str

    @property
    def label(self) -> str:
        """``page /products/lamp``."""
        return f"{self.trait} {self.value}"


def choices_of(visit: VisitRow) -> list[VisitTrait]:
    """What one can narrow to from this visit, the most wanted first; only what is known of it."""
    page = page_facet(visit.page_url, visit.page_title, "")
    possible = (
        VisitTrait("page", f"{visit.page or page.label}{page.variant}", visit.page_segment),
        VisitTrait("country", visit.country, country_facet(visit.country_code, visit.country).segment),
        VisitTrait("source", visit.source, source_facet(visit.source_type, visit.source, "").segment),
        VisitTrait("device", visit.device, device_facet(visit.device).segment if visit.device != "Unknown" else ""),
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


class NarrowMenu(ModalScreen[tuple[str, str] | None]):
    """Dismisses with the segment and its words, or with ``None``."""

    DEFAULT_CSS = """
    NarrowMenu { align: center middle; }
    NarrowMenu > Vertical {
        width: 60; max-width: 90%; height: auto; background: $background;
        border: round $accent; border-title-color: $accent; border-title-style: bold;
    }
    NarrowMenu VirtualTable { height: auto; max-height: 8; scrollbar-size-vertical: 0; }
    NarrowMenu .narrow--hint { color: $text-muted; padding: 0 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "close", priority=True, tooltip="Narrow to nothing"),
        Binding("enter", "choose", "only this", tooltip="Narrow every screen to the row under the cursor"),
        *(Binding(str(number), f"number({number})", "", show=False, priority=True) for number in range(1, 8)),
    ]

    def __init__(self, choices: Sequence[VisitTrait]) -> None:
        super().__init__()
        self._choices = list(choices)
        columns = (Column("number", "", 1), Column("trait", "", 8), Column("value", "", 10, flex=1))
        self._table: VirtualTable[int] = VirtualTable(columns)

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "Only this"
            yield self._table
            yield Static("Arrows or a number; enter narrows, esc closes", classes="narrow--hint", markup=False)

    def on_mount(self) -> None:
        rows = [
            Row(place, (((str(place + 1), "accent"),), ((choice.trait, "muted"),), choice.value))
            for place, choice in enumerate(self._choices)
        ]
        self._table.styles.height = max(1, len(rows))
        self._table.set_rows(ListRows(rows))
        self._table.focus()

    def action_close(self) -> None:
        """Narrow to nothing."""
        self.dismiss(None)

    def action_choose(self) -> None:
        """Narrow to what is under the cursor."""
        self.action_number(self._table.cursor + 1)

    def action_number(self, number: int) -> None:
        """Narrow to the choice with this number."""
        if 1 <= number <= len(self._choices):
            choice = self._choices[number - 1]
            self.dismiss((choice.segment, choice.label))

    def on_virtual_table_selected(self, event: VirtualTable.Selected[int]) -> None:
        event.stop()
        self.action_choose()
