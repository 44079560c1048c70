"""The dialog for one segment condition: dimension, operator, and a value with the server's suggestions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widgets import Input, Static

from matomo_tui.api.errors import MatomoError
from matomo_tui.api.metadata import SegmentDimension
from matomo_tui.page_url import before_token, shown
from matomo_tui.reports.segments import DIMENSION_OPERATORS, METRIC_OPERATORS, OPERATORS, WORDS, Condition, Operator
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.widgets.screens import ModalScreen
from matomo_tui.ui.widgets.stepper import Stepper
from matomo_tui.ui.widgets.table.columns import Column
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from matomo_tui.ui.widgets.workers import deferred

PAUSE = 0.4
"""Seconds that the cursor rests on a dimension before values are asked for."""

Suggest = Callable[[str], Awaitable[Sequence[str]]]

DIMENSIONS = (Column("name", "", 14, flex=3), Column("category", "", 9, flex=1, hides=1))
VALUES = (Column("value", "", 10, flex=1),)


def operators_of(dimension: SegmentDimension) -> tuple[Operator, ...]:
    """What a dimension, or a metric, can be asked."""
    return METRIC_OPERATORS if dimension.type == "metric" else DIMENSION_OPERATORS


def found_by(dimension: SegmentDimension, words: Sequence[str]) -> bool:
    """Whether all words are in its name, category or the name that it has in an expression."""
    text = f"{dimension.name} {dimension.category} {dimension.segment}".casefold()
    return all(word in text for word in words)


def _typed(suggested: str) -> str:
    """A suggested value as it is typed: without somebody's token, which is sent nowhere."""
    beginning = before_token(suggested)
    return suggested if beginning is None else beginning


class ConditionDialog(ModalScreen[Condition | None]):
    """Dismisses with the condition, or with ``None``. ``suggest`` asks for the values of a dimension."""

    DEFAULT_CSS = """
    ConditionDialog { align: center middle; }
    ConditionDialog > Vertical {
        width: 100; max-width: 100%; height: 24; max-height: 100%; background: $background; padding: 0 1;
        border: round $accent; border-title-color: $accent; border-title-style: bold;
    }
    ConditionDialog Horizontal { height: 1fr; }
    ConditionDialog .condition--left { width: 1fr; height: 1fr; margin-right: 2; }
    ConditionDialog .condition--right { width: 1fr; height: 1fr; }
    ConditionDialog Input { height: 1; border: none; padding: 0 1; background: $surface; }
    ConditionDialog Input:focus { background: $panel; }
    ConditionDialog .condition--name { height: 1; color: $foreground; text-style: bold; padding: 0 1; }
    ConditionDialog .condition--hint { height: auto; max-height: 3; color: $text-muted; padding: 0 1; }
    ConditionDialog .condition--said { height: 1; color: $text-muted; padding: 0 1; }
    ConditionDialog .condition--said.-error { color: $text-error; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "close", priority=True, tooltip="Change nothing"),
        Binding("up", "move(-1)", "", show=False, priority=True),
        Binding("down", "move(1)", "", show=False, priority=True),
        Binding("pageup", "page(-1)", "", show=False, priority=True),
        Binding("pagedown", "page(1)", "", show=False, priority=True),
    ]
    AUTO_FOCUS = "#search"

    def __init__(
        self, dimensions: Sequence[SegmentDimension], suggest: Suggest, condition: Condition | None = None
    ) -> None:
        super().__init__()
        self._dimensions = {one.segment: one for one in dimensions}
        self._suggest = suggest
        self._condition = condition
        self._chosen = condition.dimension if condition is not None else ""
        self._search = Input(placeholder="Search: country, device, page …", id="search", compact=True)
        self._table: VirtualTable[str] = VirtualTable(DIMENSIONS)
        self._heading = Static("", classes="condition--name", markup=False)
        self._hint = Static("", classes="condition--hint", markup=False)
        self._operator = Stepper([(one, WORDS[one]) for one in OPERATORS], condition.operator if condition else "==")
        self._value = Input(placeholder="value", id="value", compact=True)
        self._values: VirtualTable[str] = VirtualTable(VALUES)
        self._said = Static("", classes="condition--said", markup=False)
        self._suggested: tuple[str, ...] = ()
        self._suggested_for = ""
        self._pause: Timer | None = None
        self._cut = False

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "Condition"
            with Horizontal():
                with Vertical(classes="condition--left"):
                    yield self._search
                    yield self._table
                with Vertical(classes="condition--right"):
                    yield self._heading
                    yield self._operator
                    yield self._value
                    yield self._hint
                    yield self._values
            yield self._said

    def on_mount(self) -> None:
        """All dimensions; the one of the condition under the cursor."""
        self._table.can_focus = self._values.can_focus = False
        self._fill()
        if self._condition is not None:
            with self._value.prevent(Input.Changed):
                self._value.value = self._condition.value
            place = self._table.rows.index_of(self._chosen)
            if place is not None:
                self._table.move_cursor(place)
            self._take_dimension(self._chosen)
        self._say("Enter takes the dimension, then the value; tab to the operator; esc closes")

    def _say(self, text: str, *, error: bool = False) -> None:
        self._said.set_class(error, "-error")
        self._said.update(text)

    # The dimension

    def _fill(self) -> None:
        words = self._search.value.casefold().split()
        found = [one for one in self._dimensions.values() if found_by(one, words)]
        rows = [
            Row(one.segment, (sanitize(one.name or one.segment, 80), ((sanitize(one.category, 40), "muted"),)))
            for one in found
        ]
        self._table.set_empty_text("No dimension matches")
        self._table.set_rows(ListRows(rows))

    def _show_dimension(self, segment: str) -> None:
        """What is known of the dimension under the cursor; its values are asked for when the cursor rests."""
        dimension = self._dimensions.get(segment)
        self._heading.update(
            sanitize(dimension.name or segment, 80) if dimension is not None else sanitize(segment, 80)
        )
        self._hint.update(sanitize(dimension.accepted_values, 160) if dimension is not None else "")
        if dimension is not None:
            self._operator.offer([(one, WORDS[one]) for one in operators_of(dimension)])
        if self._pause is not None:
            self._pause.stop()
        if segment != self._suggested_for:
            self._suggested, self._suggested_for = (), ""
            self._show_values("")
            self._pause = self.set_timer(PAUSE, lambda: self._ask_values(segment))

    def _ask_values(self, segment: str) -> None:
        if self._pause is not None:
            self._pause.stop()
        if segment in self._dimensions and segment != self._suggested_for:
            self._show_values(f"Asking Matomo{glyphs_of(self).ellipsis}")
            self.run_worker(deferred(self._load_values, segment), group="values", exclusive=True)

    async def _load_values(self, segment: str) -> None:
        try:
            found = await self._suggest(segment)
        except MatomoError as error:
            self._show_values(f"No suggestions: {error}")
            return
        self._suggested, self._suggested_for = tuple(found), segment
        self._show_values("No suggestions from Matomo")

    def _show_values(self, empty: str) -> None:
        typed = self._value.value.casefold()
        fitting = [value for value in self._suggested if typed in value.casefold()]
        self._values.set_empty_text(empty if not self._suggested else "No matching suggestion")
        rows = [Row(value, (shown(value, 200),)) for value in dict.fromkeys(fitting)]
        self._values.set_rows(ListRows(rows), keep_cursor=False)

    def on_virtual_table_highlighted(self, event: VirtualTable.Highlighted[str]) -> None:
        """Another dimension is looked at."""
        event.stop()
        key = self._table.cursor_key  # not the event's: the cursor may be further by now
        if event.table is self._table and key not in (None, self._chosen) and self._search.has_focus:
            self._chosen = key or ""
            self._show_dimension(self._chosen)

    def on_virtual_table_selected(self, event: VirtualTable.Selected[str]) -> None:
        """A double click takes a dimension or a value."""
        event.stop()
        if event.table is self._table:
            self._take_dimension(event.key)
        else:
            self._take_value(event.key)

    def _take_dimension(self, segment: str) -> None:
        self._chosen = segment
        self._show_dimension(segment)
        self._ask_values(segment)
        self._value.focus()

    # Typing

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search as one types; show the suggestions that have what was typed."""
        event.stop()
        if event.input is self._search:
            self._fill()
        else:
            self._show_values("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the dimension, or the whole condition."""
        event.stop()
        if event.input is self._search:
            if self._table.cursor_key is not None:
                self._take_dimension(self._table.cursor_key)
            return
        self._finish()

    def on_stepper_submitted(self, event: Stepper.Submitted) -> None:
        """From the operator on to the value."""
        event.stop()
        self._value.focus()

    def _finish(self) -> None:
        operator = next(one for one in OPERATORS if one == self._operator.value)
        if not self._chosen:
            self._say("Choose a dimension first.", error=True)
            self._search.focus()
        elif not self._value.value and operator not in ("==", "!="):
            self._say(
                f"“{WORDS[operator]}” needs a value. Only “is” (not set) and “is not” (set) work without one.",
                error=True,
            )
        else:
            self.dismiss(Condition(self._chosen, operator, self._value.value))

    # Keys

    def action_move(self, by: int) -> None:
        """In the list that belongs to what has the focus: a dimension, or a suggested value, which is then typed."""
        if self._value.has_focus:
            self._to_value(self._values.cursor + (by if self._typed_suggestion else 0))
        else:
            self._table.move_cursor(self._table.cursor + by)

    def action_page(self, by: int) -> None:
        """A screenful of it."""
        if self._value.has_focus:
            self._to_value(self._values.cursor + by * self._values.page_size)
        else:
            self._table.move_cursor(self._table.cursor + by * self._table.page_size)

    @property
    def _typed_suggestion(self) -> bool:
        """Whether the value is the suggestion under the cursor already."""
        key = self._values.cursor_key
        return key is not None and _typed(key) == self._value.value

    def _to_value(self, place: int) -> None:
        self._values.move_cursor(place)
        if self._values.cursor_key is not None:
            with self._value.prevent(Input.Changed):
                self._take_value(self._values.cursor_key)
            self._value.cursor_position = len(self._value.value)

    def _take_value(self, suggested: str) -> None:
        """Type a suggestion; of one with somebody's token in it what is before that, which values then start with."""
        self._value.value = _typed(suggested)
        cut = self._value.value != suggested
        if cut and self._operator.value == "==":
            self._operator.choose("=^")
        elif self._cut and not cut and self._operator.value == "=^":
            self._operator.choose("==")
        self._cut = cut

    def action_close(self) -> None:
        """Change nothing."""
        self.dismiss(None)
