"""A one-line select field: ``space`` or a letter opens its search dialog."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from matomo_tui.sanitize import sanitize
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.messages import FieldMessage
from matomo_tui.ui.widgets.search_select_dialog import Option, Search, SearchDialog


class SearchSelect(Widget, can_focus=True):
    """``value …``. Searches ``options``, or calls ``search``. ``enter`` posts ``Submitted``."""

    DEFAULT_CSS = """
    SearchSelect {
        height: 1; width: 1fr; padding: 0 1; background: $surface; color: $foreground;
        &:focus { background: $block-cursor-background; color: $block-cursor-foreground; }
    }
    """
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,right", "pick", "choose", key_display="space"),
        Binding("enter", "submit", "next", show=False),
    ]

    class Changed(FieldMessage):
        """Another value was chosen."""

        picker: SearchSelect
        value: str

        @property
        def control(self) -> Widget:
            return self.picker

    class Submitted(FieldMessage):
        """``enter`` was pressed."""

        picker: SearchSelect

        @property
        def control(self) -> Widget:
            return self.picker

    def __init__(
        self, label: str, options: Sequence[Option] = (), value: str = "", *, search: Search | None = None
    ) -> None:
        super().__init__()
        self._label = label
        self._search = search
        self._options = tuple(options)
        self._words = dict(self._options)
        self._value = value

    @property
    def value(self) -> str:
        """The chosen value."""
        return self._value

    def choose(self, value: str) -> None:
        """Choose ``value`` without a message, even if it is not an option."""
        self._value = value
        self.refresh()

    def offer(self, options: Sequence[Option]) -> None:
        """Replace the options without a message."""
        self._options = tuple(options)
        self._words |= dict(options)
        self.refresh()

    def render(self) -> Content:
        """The label of the value."""
        glyphs = glyphs_of(self)
        words = self._words.get(self._value) or sanitize(self._value, 80)
        return Content(f"{words or '(none)'} {glyphs.ellipsis}")

    async def find(self, text: str) -> Sequence[Option]:
        """The options that contain all words of ``text``."""
        if self._search is not None:
            found = await self._search(text)
            self._words |= dict(found)
            return found
        wanted = text.casefold().replace("_", " ").split()
        return [
            option
            for option in self._options
            if all(word in f"{option[0]} {option[1]}".casefold().replace("_", " ") for word in wanted)
        ]

    def action_pick(self, typed: str = "") -> None:
        """Open the search dialog."""
        self.app.push_screen(SearchDialog(self._label, self.find, self._value, typed), self._picked)

    def _picked(self, value: str | None) -> None:
        if value is not None and value != self._value:
            self.choose(value)
            self.post_message(self.Changed(self, value))

    def on_key(self, event: events.Key) -> None:
        """Open the search dialog with the typed letter."""
        if event.character is not None and event.character.isalnum():
            event.stop()
            self.action_pick(event.character)

    def action_submit(self) -> None:
        """Post ``Submitted``."""
        self.post_message(self.Submitted(self))

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.action_pick()
