"""The dialog for one segment condition: dimension, operator, and a value with the server's suggestions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from matomo_tui.api.errors import MatomoError
from matomo_tui.api.metadata import SegmentDimension
from matomo_tui.page_url import before_token, shown
from matomo_tui.reports.segments import DIMENSION_OPERATORS, METRIC_OPERATORS, OPERATORS, WORDS, Condition, Operator
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.widgets.debouncer import Debouncer
from matomo_tui.ui.widgets.dialog import NEXT_FIELD, Dialog
from matomo_tui.ui.widgets.stepper import Stepper
from matomo_tui.ui.widgets.table.columns import Cell, Column
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from matomo_tui.ui.widgets.workers import deferred

PAUSE = 0.4
"""Seconds that the cursor rests on a dimension before its values are loaded."""

Suggest = Callable[[str], Awaitable[Mapping[str, str]]]
"""Loads the values of a dimension with their labels. Raises ``MatomoError``."""

_NOT_SET = ""
"""The value of visits that have none."""

DIMENSIONS = (Column("name", "", 14, flex=3), Column("category", "", 9, flex=1, hides=1))
VALUES = (Column("value", "", 10, flex=1),)


def operators_of(dimension: SegmentDimension) -> tuple[Operator, ...]:
    """The operators for a dimension or a metric."""
    return METRIC_OPERATORS if dimension.type == "metric" else DIMENSION_OPERATORS


def found_by(dimension: SegmentDimension, words: Sequence[str]) -> bool:
    """Whether its name, category and segment name contain all words."""
    text = f"{dimension.name} {dimension.category} {dimension.segment}".casefold()
    return all(word in text for word in words)


def _typed(suggested: str) -> str:
    """A suggested value as it is typed. Of a URL with a token only the part before the token: tokens are never sent."""
    beginning = before_token(suggested)
    return suggested if beginning is None else beginning


def _value_cell(value: str, label: str) -> Cell:
    if label == value:
        return shown(value, 200)
    return ((shown(label, 160), ""), (f"  {shown(value, 40)}", "muted"))


class ConditionDialog(Dialog[Condition | None]):
    """Dismisses with the condition, or with ``None``. ``suggest`` loads the values of a dimension."""

    DEFAULT_CSS = """
    ConditionDialog > .dialog--box { width: 100; max-width: 100%; height: 24; max-height: 100%; }
    ConditionDialog Horizontal { height: 1fr; padding: 0 1; }
    ConditionDialog .condition--left { width: 1fr; height: 1fr; margin-right: 2; }
    ConditionDialog .condition--right { width: 1fr; height: 1fr; }
    ConditionDialog .condition--name { height: 1; color: $foreground; text-style: bold; padding: 0 1; }
    ConditionDialog .condition--hint { height: auto; max-height: 3; color: $text-muted; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "take", priority=True, tooltip="Take the dimension, then the value under the cursor"),
        NEXT_FIELD,
        Binding("up", "move(-1)", "", show=False, priority=True),
        Binding("down", "move(1)", "", show=False, priority=True),
        Binding("pageup", "page(-1)", "", show=False, priority=True),
        Binding("pagedown", "page(1)", "", show=False, priority=True),
    ]
    AUTO_FOCUS = "#search"

    def __init__(
        self,
        dimensions: Sequence[SegmentDimension],
        suggest: Suggest,
        condition: Condition | None = None,
        *,
        dimension: str = "",
    ) -> None:
        """``condition`` is the one to change; a new one is about ``dimension``, if that is given."""
        super().__init__("Condition")
        self._dimensions = {one.segment: one for one in dimensions}
        self._suggest = suggest
        self._condition = condition
        self._chosen = condition.dimension if condition is not None else dimension
        self._search = Input(placeholder="Search: country, device, page …", id="search", compact=True)
        self._table: VirtualTable[str] = VirtualTable(DIMENSIONS)
        self._heading = Static("", classes="condition--name", markup=False)
        self._hint = Static("", classes="condition--hint", markup=False)
        self._operator = Stepper([(one, WORDS[one]) for one in OPERATORS], condition.operator if condition else "==")
        self._value = Input(placeholder="value", id="value", compact=True)
        self._values: VirtualTable[str] = VirtualTable(VALUES)
        self._suggested: Mapping[str, str] = {}
        self._suggested_for = ""
        self._pause = Debouncer(self, PAUSE, self._ask_values)
        self._cut = False
        self._take_when_loaded = False
        self._as_typed = ""

    def compose_body(self) -> ComposeResult:
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

    def on_mount(self) -> None:
        """List all dimensions, with the cursor on that of the condition."""
        self._table.can_focus = self._values.can_focus = False
        self._fill()
        if self._condition is not None:
            with self._value.prevent(Input.Changed):
                self._value.value = self._condition.value
        if self._chosen:
            place = self._table.rows.index_of(self._chosen)
            if place is not None:
                self._table.move_cursor(place)
            self._take_dimension(self._chosen)

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
        """Describe the dimension under the cursor; its values are loaded when the cursor rests."""
        dimension = self._dimensions.get(segment)
        self._heading.update(
            sanitize(dimension.name or segment, 80) if dimension is not None else sanitize(segment, 80)
        )
        self._hint.update(sanitize(dimension.accepted_values, 160) if dimension is not None else "")
        if dimension is not None:
            self._operator.offer([(one, WORDS[one]) for one in operators_of(dimension)])
        self._pause.cancel()
        if segment != self._suggested_for:
            self.workers.cancel_group(self, "values")
            self._suggested, self._suggested_for = {}, ""
            self._show_values("")
            self._pause.restart(segment)

    def _ask_values(self, segment: str) -> None:
        self._pause.cancel()
        if segment in self._dimensions and segment != self._suggested_for:
            self._show_values(f"Asking Matomo{glyphs_of(self).ellipsis}")
            self.run_worker(deferred(self._load_values, segment), group="values", exclusive=True)

    async def _load_values(self, segment: str) -> None:
        try:
            found = await self._suggest(segment)
        except MatomoError as error:
            found, reason = {}, f"No suggestions: {error}"
        else:
            reason = "No suggestions from Matomo"
        if segment != self._chosen:
            return
        self._suggested, self._suggested_for = found, segment
        self._show_values(reason)
        if self._take_when_loaded:
            self._take_when_loaded = False
            self.set_status("")
            self._finish()

    @property
    def _is_loading(self) -> bool:
        """Whether the values of the chosen dimension are still to come."""
        return self._chosen != self._suggested_for and self._chosen in self._dimensions

    def _show_values(self, empty: str) -> None:
        typed = self._value.value.casefold().strip()
        fitting = {
            value: label
            for value, label in self._suggested.items()
            if typed in value.casefold() or typed in label.casefold()
        }
        exact = [value for value, label in fitting.items() if typed in (value.casefold(), label.casefold())]
        self._values.set_empty_text(empty if not self._suggested else "No matching suggestion")
        rows = [Row(value, (_value_cell(value, fitting[value]),)) for value in dict.fromkeys((*exact, *fitting))]
        if rows and not typed:
            rows.append(Row(_NOT_SET, ((("not set", "muted"),),)))
        self._values.set_rows(ListRows(rows), keep_cursor=False)

    def on_virtual_table_highlighted(self, event: VirtualTable.Highlighted[str]) -> None:
        """Describe the dimension that the search left under the cursor."""
        event.stop()
        key = self._table.cursor_key  # not the event's: the cursor may be further by now
        if event.table is self._table and key not in (None, self._chosen) and self._search.has_focus:
            self._chosen = key or ""
            self._show_dimension(self._chosen)

    def on_virtual_table_selected(self, event: VirtualTable.Selected[str]) -> None:
        """Take the clicked dimension or value."""
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
        """Filter the dimensions, or the suggested values, by the text."""
        event.stop()
        if event.input is self._search:
            self._fill()
        else:
            self._show_values("")

    def action_take(self) -> None:
        """Take the dimension, go from the operator to the value, or dismiss with the condition."""
        if self._search.has_focus:
            if self._table.cursor_key is not None:
                self._take_dimension(self._table.cursor_key)
        elif self._operator.has_focus:
            self._value.focus()
        else:
            self._finish()

    def _finish(self) -> None:
        """Dismiss with the condition. The value of 'is' and 'is not' is the suggestion under the cursor."""
        operator = self._chosen_operator
        if not self._chosen:
            self.set_status("Choose a dimension first.", error=True)
            self._search.focus()
        elif operator in ("==", "!="):
            self._finish_exact()
        elif not self._value.value:
            self.set_status(
                f"“{WORDS[operator]}” needs a value. Only “is” (not set) and “is not” (set) work without one.",
                error=True,
            )
        else:
            self.dismiss(Condition(self._chosen, operator, self._value.value))

    def _finish_exact(self) -> None:
        """A value that Matomo has not seen is used if ``enter`` is pressed once more: most often it is a slip, and
        would find nothing without a word."""
        typed, dimension = self._value.value, self._dimensions.get(self._chosen)
        if dimension is not None and dimension.type == "metric" and typed:
            self.dismiss(Condition(self._chosen, self._chosen_operator, typed))
            return
        if self._is_loading:
            self._take_when_loaded = True
            self.set_status(f"Waiting for Matomo's values{glyphs_of(self).ellipsis}")
            self._ask_values(self._chosen)
            return
        key = self._values.cursor_key
        if key is not None and not self._typed_suggestion:
            self._take_value(key)
        elif typed and self._suggested and key is None and typed != self._as_typed:
            self._as_typed = typed
            self.set_status(f"No recent visit has “{shown(typed, 60)}” here. enter again uses it as typed.", error=True)
            return
        self.dismiss(Condition(self._chosen, self._chosen_operator, self._value.value))

    @property
    def _chosen_operator(self) -> Operator:
        return next(one for one in OPERATORS if one == self._operator.value)

    # Keys

    def action_move(self, by: int) -> None:
        """Move the cursor in the list of the focused field. A suggested value under the cursor becomes the value."""
        if self._value.has_focus:
            self._to_value(self._values.cursor + (by if self._typed_suggestion else 0))
        else:
            self._table.move_cursor(self._table.cursor + by)

    def action_page(self, by: int) -> None:
        """Move that cursor by a page."""
        if self._value.has_focus:
            self._to_value(self._values.cursor + by * self._values.page_size)
        else:
            self._table.move_cursor(self._table.cursor + by * self._table.page_size)

    @property
    def _typed_suggestion(self) -> bool:
        """Whether the value is the suggestion under the cursor."""
        key = self._values.cursor_key
        return key is not None and _typed(key) == self._value.value

    def _to_value(self, place: int) -> None:
        self._values.move_cursor(place)
        if self._values.cursor_key is not None:
            with self._value.prevent(Input.Changed):
                self._take_value(self._values.cursor_key)
            self._value.cursor_position = len(self._value.value)

    def _take_value(self, suggested: str) -> None:
        """Use a suggestion as the value. One with a token is cut before it: values then have to start with it."""
        self._value.value = _typed(suggested)
        cut = self._value.value != suggested
        if cut and self._operator.value == "==":
            self._operator.choose("=^")
        elif self._cut and not cut and self._operator.value == "=^":
            self._operator.choose("==")
        self._cut = cut
