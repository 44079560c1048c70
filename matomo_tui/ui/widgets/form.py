"""A form of labelled fields, each with its error below it.

A form keeps the raw values, so that editing a name does not sanitize it. The sanitizer filters them on the way to the
terminal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from msgspec import Struct
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Input, Static

from matomo_tui.admin.state import Problem
from matomo_tui.ui.messages import FieldMessage
from matomo_tui.ui.widgets.search_select import SearchSelect
from matomo_tui.ui.widgets.search_select_dialog import Option, Search
from matomo_tui.ui.widgets.secret_input import SecretInput
from matomo_tui.ui.widgets.stepper import Stepper

if TYPE_CHECKING:
    from textual.widgets import TextArea

YES, NO = "yes", "no"


class TextField(Struct, frozen=True):
    """A text input."""

    name: str
    label: str
    hint: str = ""
    """A sentence below the field."""
    placeholder: str = ""
    lines: int = 1
    """Lines of the input; more than one make it a text area."""
    password: bool = False
    """Whether the text is hidden."""


class ChoiceField(Struct, frozen=True):
    """One of a few values."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    """(value, clean label) pairs."""
    hint: str = ""


class FlagField(Struct, frozen=True):
    """A choice of yes and no."""

    name: str
    label: str
    hint: str = ""


class PickField(Struct, frozen=True):
    """One of many values, found by a search."""

    name: str
    label: str
    options: tuple[Option, ...] = ()
    """All values, if ``search`` is ``None``."""
    search: Search | None = None
    """Finds values, possibly on the server."""
    hint: str = ""


Field = TextField | ChoiceField | FlagField | PickField
Value = str | bool
Values = Mapping[str, Value]


class FormRow(Vertical):
    """A field with its label, and its hint or error below."""

    def __init__(self, field: Field, value: Value) -> None:
        super().__init__(classes="form--row")
        self.field = field
        self.editor: Input | TextArea | Stepper | SearchSelect = _editor(field, value)
        self.label = Static(field.label, classes="form--label", markup=False)
        self._hint = field.hint
        self._problem: Problem | None = None
        self._said = Static(field.hint, classes="form--said", markup=False)
        self._said.display = bool(field.hint)

    def compose(self) -> ComposeResult:
        with Horizontal(classes="form--line"):
            yield self.label
            yield self.editor
        yield self._said

    @property
    def value(self) -> Value:
        """The value as typed."""
        if (area := self._area) is not None:
            return area.text
        value = cast("Input | Stepper | SearchSelect", self.editor).value
        return value == YES if isinstance(self.field, FlagField) else value

    @property
    def _area(self) -> TextArea | None:
        """The editor of a field of several lines; Textual's module of it takes 3 MB and is imported for such a field
        only."""
        several = isinstance(self.field, TextField) and self.field.lines > 1
        return cast("TextArea", self.editor) if several else None

    def put(self, value: Value) -> None:
        """Set the value without a message."""
        if isinstance(self.editor, Stepper | SearchSelect):
            self.editor.choose(_as_text(value))
        elif (area := self._area) is not None:
            if area.text != str(value):
                with self.prevent(type(area).Changed):
                    area.text = str(value)
        elif isinstance(self.editor, Input) and self.editor.value != str(value):
            with self.prevent(Input.Changed):
                self.editor.value = str(value)

    def say(self, problem: Problem | None) -> None:
        """Show the problem in place of the hint; ``None`` shows the hint."""
        if problem == self._problem:
            return
        self._problem = problem
        self._draw()

    def hint(self, text: str) -> None:
        """Replace the hint."""
        if text != self._hint:
            self._hint = text
            self._draw()

    def _draw(self) -> None:
        problem = self._problem
        self.set_class(problem is not None and not problem.is_warning, "-bad")
        self.set_class(problem is not None and problem.is_warning, "-warning")
        text = f"! {problem.sentence}" if problem is not None else self._hint
        self._said.update(text)
        self._said.display = bool(text)


class Form(Vertical):
    """The fields in order. ``enter`` moves to the next one."""

    DEFAULT_CSS = """
    Form {
        height: auto;
        & .form--row { height: auto; }
        & .form--line { height: auto; }
        & .form--label { width: 24; height: 1; color: $text-muted; padding: 0 1 0 0; }
        & .form--label.-focused { color: $accent; text-style: bold; }
        & .form--row.-bad .form--label { color: $text-error; text-style: bold; }
        & .form--said { height: auto; padding: 0 1 0 25; color: $text-muted; }
        & .form--row.-bad .form--said { color: $text-error; }
        & .form--row.-warning .form--said { color: $text-warning; }
        & Input { width: 1fr; height: 1; padding: 0 1; background: $surface; color: $foreground; }
        & Input:focus { background: $panel; }
        & TextArea { width: 1fr; padding: 0 1; background: $surface; color: $foreground; }
        & TextArea:focus { background: $panel; }
        & Input:ansi, & TextArea:ansi { text-style: underline; }
    }
    .-narrow Form .form--label { width: 16; }
    .-narrow Form .form--said { padding: 0 1 0 17; }
    """

    class Edited(FieldMessage):
        """``field`` was edited."""

        form: Form
        field: str

        @property
        def control(self) -> Widget:
            return self.form

    class Left(FieldMessage):
        """``enter`` was pressed in the last field."""

        form: Form

    def __init__(self, fields: Sequence[Field], values: Values, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows = {field.name: FormRow(field, values.get(field.name, "")) for field in fields}

    def compose(self) -> ComposeResult:
        yield from self._rows.values()

    @property
    def values(self) -> dict[str, Value]:
        """The values of all fields, including hidden ones."""
        return {name: row.value for name, row in self._rows.items()}

    def put(self, values: Values) -> None:
        """Set the named values without messages."""
        for name, value in values.items():
            if name in self._rows:
                self._rows[name].put(value)

    def offer(self, name: str, options: Sequence[tuple[str, str]]) -> None:
        """Replace the options of a field. The present value stays if it is one of them."""
        editor = self._rows[name].editor
        if isinstance(editor, Stepper | SearchSelect):
            editor.offer(options)

    def show_only(self, names: Sequence[str]) -> None:
        """Show only these fields. The others keep their values."""
        for name, row in self._rows.items():
            row.display = name in names

    def reveal(self, name: str, *, shown: bool) -> None:
        """Show the text of a password's field, or hide it."""
        editor = self._rows[name].editor
        if isinstance(editor, Input):
            editor.password = not shown

    def hint(self, name: str, text: str) -> None:
        """Replace the hint below a field."""
        self._rows[name].hint(text)

    def say(self, problems: Sequence[Problem]) -> None:
        """Show each problem below its field, errors before warnings; fields without one show their hints."""
        first: dict[str, Problem] = {}
        for problem in sorted(problems, key=lambda one: one.is_warning):
            first.setdefault(problem.field, problem)
        for name, row in self._rows.items():
            row.say(first.get(name))

    def editor(self, name: str) -> Widget:
        """The widget that edits a field."""
        return self._rows[name].editor

    def focus_field(self, name: str = "") -> None:
        """Focus a field, or the first one shown."""
        shown = [row for row in self._rows.values() if row.display]
        row = self._rows.get(name) or (shown[0] if shown else None)
        if row is not None and row.display:
            row.editor.focus()
            row.scroll_visible(animate=False)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Highlight the label of the focused field."""
        for row in self._rows.values():
            row.label.set_class(row.editor is event.widget, "-focused")

    def on_descendant_blur(self) -> None:
        for row in self._rows.values():
            row.label.set_class(False, "-focused")

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._edited(event.input)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._edited(event.text_area)

    def on_stepper_changed(self, event: Stepper.Changed) -> None:
        event.stop()
        self._edited(event.choice)

    def on_search_select_changed(self, event: SearchSelect.Changed) -> None:
        event.stop()
        self._edited(event.picker)

    def _edited(self, editor: Widget) -> None:
        name = next((name for name, row in self._rows.items() if row.editor is editor), "")
        if name:
            self.post_message(self.Edited(self, name))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._next(event.input)

    def on_stepper_submitted(self, event: Stepper.Submitted) -> None:
        event.stop()
        self._next(event.choice)

    def on_search_select_submitted(self, event: SearchSelect.Submitted) -> None:
        event.stop()
        self._next(event.picker)

    def _next(self, editor: Widget) -> None:
        shown = [row.editor for row in self._rows.values() if row.display]
        if editor in shown[:-1]:
            shown[shown.index(editor) + 1].focus()
        else:
            self.post_message(self.Left(self))


def _editor(field: Field, value: Value) -> Input | TextArea | Stepper | SearchSelect:
    if isinstance(field, PickField):
        return SearchSelect(field.label, field.options, str(value), search=field.search)
    if isinstance(field, FlagField):
        return Stepper(((YES, "yes"), (NO, "no")), _as_text(value))
    if isinstance(field, ChoiceField):
        return Stepper(field.options, str(value))
    if field.lines > 1:
        from textual.widgets import TextArea

        area = TextArea(str(value), compact=True, tab_behavior="focus", highlight_cursor_line=False)
        area.styles.height = field.lines
        return area
    if field.password:
        return SecretInput(str(value), placeholder=field.placeholder, select_on_focus=False)
    return Input(str(value), placeholder=field.placeholder, compact=True, select_on_focus=False)


def _as_text(value: Value) -> str:
    return (YES if value else NO) if isinstance(value, bool) else value
