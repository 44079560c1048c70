"""The registry of actions as the command palette and the help show it: what can be done here and now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from textual.app import App, SystemCommand
from textual.binding import ActiveBinding, Binding
from textual.screen import Screen

_NAMES = {
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "enter": "⏎",
    "escape": "esc",
    "question_mark": "?",
    "slash": "/",
    "plus": "+",
    "minus": "-",
    "equals_sign": "=",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
}
_ASCII = {"↑": "Up", "↓": "Down", "←": "Left", "→": "Right", "⏎": "Enter"}


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One line of the help: the keys, and what they do."""

    keys: str
    help: str


@dataclass(frozen=True, slots=True)
class KeyGroup:
    """Keys that belong together: those of a pane, of the screen, of the program."""

    title: str
    lines: tuple[KeyLine, ...]


def key_name(key: str, *, ascii: bool) -> str:
    """``question_mark`` as ``?``, ``ctrl+q`` as ``^q``."""
    if key.startswith("ctrl+"):
        return f"^{key.removeprefix('ctrl+')}"
    name = _NAMES.get(key, key)
    return _ASCII.get(name, name) if ascii else name


def key_display(binding: Binding, *, ascii: bool) -> str:
    """How a binding's key is written."""
    if binding.key_display:
        return _ASCII.get(binding.key_display, binding.key_display) if ascii else binding.key_display
    return key_name(binding.key, ascii=ascii)


def _active(screen: Screen[Any]) -> dict[str, tuple[ActiveBinding, list[str]]]:
    """Each action that can be done, with all its keys."""
    actions: dict[str, tuple[ActiveBinding, list[str]]] = {}
    for key, active in screen.active_bindings.items():
        if active.enabled and (active.binding.description or active.tooltip):
            actions.setdefault(f"{id(active.node)}:{active.binding.action}", (active, []))[1].append(key)
    return actions


def groups(app: App[Any], screen: Screen[Any]) -> tuple[KeyGroup, ...]:
    """The keys of the focused pane first, then the screen's, then the program's."""
    ascii = bool(getattr(getattr(app, "glyphs", None), "ascii", False))
    found: dict[str, list[KeyLine]] = {}
    for active, keys in _active(screen).values():
        if active.node is app:
            title = "Everywhere"
        elif active.node is screen:
            title = "This screen"
        else:
            title = "Here"
        names = list(dict.fromkeys(key_name(key, ascii=ascii) for key in keys))
        found.setdefault(title, []).append(KeyLine(" ".join(names), active.tooltip or active.binding.description))
    order = ("Here", "This screen", "Everywhere")
    return tuple(KeyGroup(title, tuple(found[title])) for title in order if title in found)


def commands(app: App[Any], screen: Screen[Any]) -> Iterable[SystemCommand]:
    """Everything that can be done now, by name, for the command palette."""
    for active, _ in _active(screen).values():
        binding = active.binding
        if binding.action == "app.command_palette" or not active.tooltip:
            continue
        title = (binding.description or active.tooltip).capitalize()
        yield SystemCommand(title, active.tooltip, partial(_run, app, active))


def _run(app: App[Any], active: ActiveBinding) -> None:
    app.call_later(app.run_action, active.binding.action, active.node)
