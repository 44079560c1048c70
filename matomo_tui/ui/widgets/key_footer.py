"""The footer: the keys of the focused pane."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct
from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.binding import Binding
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input

from matomo_tui.ui.widgets.screens import TABBED


class Key(Struct, frozen=True):
    """A key in the footer."""

    key: str
    """Textual's name, such as ``question_mark``."""
    display: str
    """Its name on the screen, such as ``?``."""
    label: str
    second: str = ""
    """Textual's name of a second key of the same item, as in ``[ ] period``."""

    @property
    def width(self) -> int:
        """Cells of the name, a space and the label."""
        return cell_len(self.display) + 1 + cell_len(self.label)


_REPORTS = "2345678"
"""The keys of the report sections."""
_OTHER_SECTIONS = "90"
_PAIRS = {"step(-1)": ("step(1)", "period"), "previous_visitor": ("next_visitor", "visitor")}
"""Actions that are one item with the action that undoes them, and the label of both."""
QUIT_AND_HELP = ("app.quit", "app.help")
BACK = ("app.back", *QUIT_AND_HELP)
"""Kept by screens that were opened from another one."""
_LABELS = {"app.focus_next": "next pane"}
"""Labels of what Textual binds itself, on every screen."""


class KeyFooter(Widget):
    """One line of keys and labels, those of the focused widget first; a click on a key presses it.

    The last keys give way to a narrow terminal, but not those in ``keep``.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"keybar--key", "keybar--label"}
    DEFAULT_CSS = """
    KeyFooter { height: 1; width: 1fr; dock: bottom; background: $surface; }
    KeyFooter > .keybar--key { color: $accent; text-style: bold; }
    KeyFooter > .keybar--label { color: $text-muted; }
    """
    ALLOW_SELECT = False

    def __init__(
        self,
        *,
        keep: tuple[str, ...] = QUIT_AND_HELP,
        fill: tuple[str, ...] = (),
        id: str | None = None,
    ) -> None:
        """``keep`` names the actions at the end of the line, at any width; ``fill`` those that use the room left."""
        super().__init__(id=id)
        self.keep = keep
        self._fill = fill
        self.first: tuple[str, ...] = ()
        """Actions before all others, even if their bindings are not shown otherwise."""
        self.hidden: tuple[str, ...] = ()
        """Actions that are not shown."""
        self._keys: tuple[Key, ...] = ()

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)
        self._bindings_changed(self.screen)

    def on_unmount(self) -> None:
        self.screen.bindings_updated_signal.unsubscribe(self)

    def on_resize(self) -> None:
        """Choose the keys that fit the new width."""
        self._bindings_changed(self.screen)

    def _bindings_changed(self, screen: Screen[object]) -> None:
        if not self.is_attached or screen is not self.screen or not self.size:
            return  # Without a size, the first one follows.
        keys = self._fit(*self._active(screen))
        if keys != self._keys:
            self._keys = keys
            self.refresh()

    def _active(self, screen: Screen[object]) -> tuple[list[Key], list[Key], list[Key]]:
        """The keys of the focused widget and its parents, those of ``fill``, and those of ``keep``; an action once."""
        special = {*self.first, *self._fill, *self.keep}
        seen: dict[str, Key] = {}
        for active in screen.active_bindings.values():
            binding: Binding = active.binding
            wanted = (binding.show or binding.action in special) and binding.action not in self.hidden
            if binding.action.startswith("app.section(") and screen.has_class(TABBED):
                continue  # The line of sections has them.
            if binding.action in self._fill and not self._fills(binding):
                continue
            if wanted and active.enabled and binding.description and binding.action not in seen:
                display = self.app.get_key_display(binding)
                if not self._is_typed(display):
                    label = _LABELS.get(binding.action, binding.description)
                    seen[binding.action] = Key(binding.key, display, label)
        for action, (other, label) in _PAIRS.items():
            if action in seen and other in seen:
                first, second = seen[action], seen.pop(other)
                display = f"{first.display} {second.display}"
                seen[action] = Key(first.key, display, label, second.key)
        usual = [action for action in seen if action not in special]
        kept = tuple(action for action in self.keep if action not in self.first)
        named = ((*self.first, *usual), self._fill, kept)
        here, filling, keeping = ([seen[action] for action in actions if action in seen] for actions in named)
        return here, filling, keeping

    def _fills(self, binding: Binding) -> bool:
        """Whether the key does what the registry says: Textual has its own ``copy``, and an input consumes keys."""
        ours = binding.action.startswith("app.") or bool(binding.tooltip)
        return ours and (binding.key.startswith("ctrl+") or not isinstance(self.screen.focused, Input))

    def _is_typed(self, display: str) -> bool:
        """Whether the key's name is a character for the input that has the focus: the action has another key besides,
        which is not the one to be named."""
        return isinstance(self.screen.focused, Input) and len(display) == 1 and display.isascii()

    def _together(self, keys: list[Key]) -> list[Key]:
        """Merge the keys of the report sections into ``2-8 reports``, at the place of the first: in a row, ``2 visits
        3 pages`` reads like figures."""
        reports = [key for key in keys if key.key in _REPORTS]
        if len(reports) < 2:
            return keys
        one = Key(reports[0].key, f"{reports[0].display}-{reports[-1].display}", "reports")
        return [one if key is reports[0] else key for key in keys if key not in reports[1:]]

    def _fit(self, here: list[Key], filling: list[Key], kept: list[Key]) -> tuple[Key, ...]:
        room = self.size.width - 2 - sum(key.width + 2 for key in kept)
        here = self._together(here)
        if self._fill and sum(key.width + 2 for key in here + filling) - 2 > room:
            others = [key for key in here if key.key in _OTHER_SECTIONS]
            here, filling = [key for key in here if key not in others], filling + others
        shown: list[Key] = []
        for key in (*here, *filling):
            if key.width > room:
                break
            shown.append(key)
            room -= key.width + 2
        return (*shown, *kept)

    def render_line(self, _y: int) -> Strip:
        base = self.rich_style
        key_style = self.get_component_rich_style("keybar--key")
        label_style = self.get_component_rich_style("keybar--label")
        pieces = [Segment(" ", base)]
        for n, key in enumerate(self._keys):
            if n:
                pieces.append(Segment("  ", base))
            pieces += [Segment(key.display, key_style), Segment(f" {key.label}", label_style)]
        return Strip(pieces).adjust_cell_length(self.size.width, base)

    def on_click(self, event: events.Click) -> None:
        """Press the clicked key; of an item with two keys the nearer one."""
        at = 1
        for key in self._keys:
            if at <= event.x < at + key.width:
                is_second = bool(key.second) and event.x >= at + cell_len(key.display) // 2 + 1
                self.app.simulate_key(key.second if is_second else key.key)
                return
            at += key.width + 2
