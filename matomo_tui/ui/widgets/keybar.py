"""The footer: the keys of what has the focus, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.binding import Binding
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget


@dataclass(frozen=True, slots=True)
class Key:
    """A key in the footer: what it is called, what it does, and the cells it takes."""

    key: str
    display: str
    label: str

    @property
    def width(self) -> int:
        """Cells: key, space, label."""
        return cell_len(self.display) + 1 + cell_len(self.label)


class KeyBar(Widget):
    """One line of keys. Those of the focused widget come first; where there is no room the last ones go, but ``keep``
    (the key for help) stays, so that everything can still be found. Actions named in ``first`` go before all,
    also those that are else not shown; those in ``hidden`` work but are not shown."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"keybar--key", "keybar--label"}
    DEFAULT_CSS = """
    KeyBar { height: 1; width: 1fr; dock: bottom; background: $surface; }
    KeyBar > .keybar--key { color: $accent; text-style: bold; }
    KeyBar > .keybar--label { color: $text-muted; }
    """
    ALLOW_SELECT = False

    def __init__(self, *, keep: str = "app.help", id: str | None = None) -> None:
        super().__init__(id=id)
        self._keep = keep
        self.first: tuple[str, ...] = ()
        self.hidden: tuple[str, ...] = ()
        self._keys: tuple[Key, ...] = ()

    def on_mount(self) -> None:
        """Follow the screen's bindings."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)
        self._bindings_changed(self.screen)

    def on_unmount(self) -> None:
        """Stop following."""
        self.screen.bindings_updated_signal.unsubscribe(self)

    def on_resize(self) -> None:
        """Another width holds other keys."""
        self._bindings_changed(self.screen)

    def _bindings_changed(self, screen: Screen[object]) -> None:
        if not self.is_attached or screen is not self.screen:
            return
        keys = self._fit(self._active(screen))
        if keys != self._keys:
            self._keys = keys
            self.refresh()

    def _active(self, screen: Screen[object]) -> list[tuple[Key, bool]]:
        """Each shown action once, with whether it is the one to keep."""
        seen: dict[str, tuple[Key, bool]] = {}
        for active in screen.active_bindings.values():
            binding: Binding = active.binding
            wanted = (binding.show or binding.action in self.first) and binding.action not in self.hidden
            if wanted and active.enabled and binding.description and binding.action not in seen:
                key = Key(binding.key, self.app.get_key_display(binding), binding.description)
                seen[binding.action] = (key, binding.action == self._keep)
        urgent = [seen[action] for action in self.first if action in seen]
        return urgent + [shown for action, shown in seen.items() if action not in self.first]

    def _fit(self, keys: list[tuple[Key, bool]]) -> tuple[Key, ...]:
        room = self.size.width - 2
        kept = [key for key, keep in keys if keep]
        room -= sum(key.width + 2 for key in kept)
        shown: list[Key] = []
        for key, keep in keys:
            if keep:
                continue
            if key.width + 2 > room + 2:
                break
            shown.append(key)
            room -= key.width + 2
        return (*shown, *kept)

    def render_line(self, y: int) -> Strip:  # noqa: ARG002
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
        """A click on a key is the key."""
        at = 1
        for key in self._keys:
            if at <= event.x < at + key.width:
                self.app.simulate_key(key.key)
                return
            at += key.width + 2
