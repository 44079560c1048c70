"""The registry of actions as commands of the palette and as lines of the help."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from msgspec import Struct
from textual.app import App
from textual.binding import ActiveBinding, Binding
from textual.screen import Screen
from textual.widget import Widget

from matomo_tui.late_pattern import late_pattern
from matomo_tui.ui.actions import ACTIONS
from matomo_tui.ui.drawing.glyphs import UNICODE
from matomo_tui.ui.key_action import SIGNS
from matomo_tui.ui.palette_items import PaletteItem

_NAMES = {
    **SIGNS,
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "enter": "⏎",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
}
EVERYWHERE = {action.name: action.help for action in ACTIONS if "app" in action.contexts}
NOT_IN_PALETTE = {"app.command_palette", *(action.name for action in ACTIONS if "table" in action.contexts)}
_ASCII = {"↑": "Up", "↓": "Down", "←": "Left", "→": "Right", "⏎": "Enter"}
_BY_ID = {action.id: action for action in reversed(ACTIONS)}
_PLACE = late_pattern(r"\{([a-z_]+\.[a-z_.]+)\}")


class KeyLine(Struct, frozen=True):
    """One line of the help."""

    keys: str
    help: str


class KeyGroup(Struct, frozen=True):
    """The keys of a pane, of the screen or of the program."""

    title: str
    lines: tuple[KeyLine, ...]


def key_name(key: str, *, ascii: bool) -> str:
    """``question_mark`` as ``?``, ``ctrl+q`` as ``^q``."""
    if key.startswith("ctrl+"):
        return f"^{key.removeprefix('ctrl+')}"
    name = _NAMES.get(key, key)
    return _ASCII.get(name, name) if ascii else name


def key_display(binding: Binding, *, ascii: bool) -> str:
    """The name of a binding's key on the screen."""
    if binding.key_display:
        return _ASCII.get(binding.key_display, binding.key_display) if ascii else binding.key_display
    return key_name(binding.key, ascii=ascii)


def bound_keys(node: Widget | App[Any], action: str) -> tuple[str, ...]:
    """The keys of the registry's ``action`` (its id) as they are bound, by Textual's names."""
    return _BY_ID[action].keys_in(_key_map(node))


def bound_key(node: Widget | App[Any], action: str) -> str:
    """The first key of the registry's ``action`` (its id) as it is bound, spelled as in the footer."""
    app, keys = node.app, bound_keys(node, action)
    ascii = getattr(app, "glyphs", UNICODE).ascii
    display = _BY_ID[action].key_display if action not in _key_map(node) else ""
    return (_ASCII.get(display, display) if ascii else display) or key_name(keys[0], ascii=ascii)


def with_keys(node: Widget | App[Any], sentence: str) -> str:
    """``sentence`` with the keys of the actions whose ids are in braces: ``{section.reload} tries again.``"""
    return _PLACE.sub(lambda found: bound_key(node, found[1]) if found[1] in _BY_ID else found[0], sentence)


def _key_map(node: Widget | App[Any]) -> Mapping[str, str]:
    keys: Mapping[str, str] = getattr(node.app, "key_map", {})
    return keys


def can_do(screen: Screen[Any], action: str) -> bool:
    """Whether ``screen`` itself has the registry's ``action`` (its id) and can do it now."""
    bound = next((binding for _, binding in screen._bindings if binding.id == action), None)
    return bound is not None and screen.check_action(bound.action, ()) is True


class AvailableAction(Struct, frozen=True):
    """An action that is available now."""

    active: ActiveBinding
    """Where it is bound."""
    keys: tuple[str, ...]
    help: str
    """The registry's sentence for it."""


def available_actions(screen: Screen[Any]) -> list[AvailableAction]:
    """The registry's actions that are available now, the focused widget's first. Textual's own are left out."""
    found: dict[tuple[int, str], tuple[ActiveBinding, list[str]]] = {}
    for key, active in screen.active_bindings.items():
        if active.enabled:
            found.setdefault((id(active.node), active.binding.action), (active, []))[1].append(key)
    return [
        AvailableAction(active, tuple(keys), help)
        for active, keys in found.values()
        # Textual binds tab on every screen, without a tooltip.
        if (help := active.tooltip or EVERYWHERE.get(active.binding.action, ""))
    ]


def groups(app: App[Any], screen: Screen[Any]) -> tuple[KeyGroup, ...]:
    """The keys of the focused pane, of the screen, and of the program."""
    ascii = bool(getattr(getattr(app, "glyphs", None), "ascii", False))
    found: dict[str, list[KeyLine]] = {"Here": [], "This screen": [], "Everywhere": []}
    for one in available_actions(screen):
        everywhere, here = one.active.binding.action in EVERYWHERE, one.active.node is not screen
        title = "Everywhere" if everywhere else "Here" if here else "This screen"
        names = dict.fromkeys(key_name(key, ascii=ascii) for key in one.keys)
        found[title].append(KeyLine(" ".join(names), one.help))
    return tuple(KeyGroup(title, tuple(lines)) for title, lines in found.items() if lines)


def items(app: App[Any], screen: Screen[Any]) -> Iterable[PaletteItem]:
    """The available actions by name, for the command palette."""
    ascii = bool(getattr(getattr(app, "glyphs", None), "ascii", False))
    for one in available_actions(screen):
        binding = one.active.binding
        if binding.action not in NOT_IN_PALETTE:
            keys = " ".join(dict.fromkeys(key_name(key, ascii=ascii) for key in one.keys))
            yield PaletteItem(f"action:{binding.id}", one.help, partial(_run, app, one.active), keys=keys)


def _run(app: App[Any], active: ActiveBinding) -> None:
    app.call_later(app.run_action, active.binding.action, active.node)
