"""A one-line filter input in a pane, with the number of matches."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input, Static

from matomo_tui.ui.messages import FieldMessage
from matomo_tui.ui.widgets.pane import ShowsItself


class FilterLine(Horizontal, ShowsItself):
    """Filters while typing. ``enter`` keeps the filter; ``esc`` drops it and closes the line.

    Its widgets are made when it is first shown: an input takes as long as the rest of a pane, and most are never used.
    """

    DEFAULT_CSS = """
    FilterLine {
        height: 1; padding: 0 1;
        & > .filter-line--sign { width: 2; color: $accent; }
        & > Input { width: 1fr; background: transparent; }
        & > .filter-line--count { width: auto; padding: 0 0 0 1; color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        # The input handles enter itself and posts Submitted; this names the key in the footer.
        Binding("down,tab", "keep", "keep", key_display="⏎"),
        Binding("escape", "clear", "clear"),
    ]

    class Changed(FieldMessage):
        """The filter has changed."""

        line: FilterLine
        text: str

        @property
        def control(self) -> Widget:
            return self.line

    class Left(FieldMessage):
        """Typing has ended: the focus should go back to the filtered widget."""

        line: FilterLine

        @property
        def control(self) -> Widget:
            return self.line

    def __init__(self, placeholder: str, home: Widget | None = None) -> None:
        """``home`` is the filtered widget, which gets the focus back."""
        super().__init__()
        self._home = home
        self._placeholder = placeholder
        self._input: Input | None = None
        self._count = Static("", classes="filter-line--count", markup=False)
        self.display = False

    def compose(self) -> ComposeResult:
        if self._input is not None and self._input.parent is None:
            yield from self._parts(self._input)

    def _parts(self, field: Input) -> tuple[Widget, ...]:
        return Static("/", classes="filter-line--sign", markup=False), field, self._count

    def _field(self) -> Input:
        """The input, which is made now if it was not needed before."""
        if self._input is None:
            self._input = Input(placeholder=self._placeholder, select_on_focus=False, compact=True)
            if self.is_attached:
                self.mount_all(self._parts(self._input))
        return self._input

    @property
    def text(self) -> str:
        """The filter as typed."""
        return "" if self._input is None else self._input.value

    @property
    def is_open(self) -> bool:
        """Whether the line is shown."""
        return bool(self.display)

    def open(self) -> None:
        """Show the line and type into it."""
        field = self._field()
        self.display = True
        # Unlike ``focus()`` this takes effect at once: the keys typed next belong into the input.
        self.screen.set_focus(field)

    def show(self, text: str) -> None:
        """Set the filter without posting ``Changed``. An empty filter hides the line."""
        if text != self.text:
            field = self._field()
            with field.prevent(Input.Changed):
                field.value = text
        self.display = bool(text)

    def clear(self) -> None:
        """Drop the filter and close the line."""
        if self._input is not None:
            self._input.value = ""
        self.close()

    def close(self) -> None:
        """Hide the line; the filter stays."""
        self._leave()
        self.display = False

    def _leave(self) -> None:
        if self._home is not None:
            self.screen.set_focus(self._home)
        self.post_message(self.Left(self))

    def show_count(self, text: str) -> None:
        """Show the number of matches, such as ``12 of 143``."""
        self._count.update(text)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(self, event.value))

    def action_clear(self) -> None:
        """Drop the filter and close the line."""
        self.clear()

    def action_keep(self) -> None:
        """Return to the filtered list."""
        if self.text:
            self._leave()
        else:
            self.close()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_keep()
