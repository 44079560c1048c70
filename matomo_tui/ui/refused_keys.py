"""Keys that do nothing now say why, and keys of a Cyrillic or Greek layout act by their place on the keyboard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import _character_to_key, key_to_character
from textual.screen import Screen

from matomo_tui.ui.actions import ACTIONS
from matomo_tui.ui.available_actions import available_actions, bound_key, key_name, with_keys
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.key_action import Context
from matomo_tui.ui.terminal.app_part import AppPart

_ROWS = {
    "йцукенгшщзхъ": "qwertyuiop[]",
    "фывапролджэ": "asdfghjkl;'",
    "ячсмитьбю": "zxcvbnm,.",
    "іїє": "s]'",  # Ukrainian, where Russian has ы, ъ and э
    "ςερτυθιοπ": "wertyuiop",
    "ασδφγηξκλ": "asdfghjkl",
    "ζχψωβνμ": "zxcvbnm",
}
_LATIN = {foreign: latin for row, letters in _ROWS.items() for foreign, latin in zip(row, letters, strict=True)}


def latin_key(key: str) -> str | None:
    """The key at the same place of a US keyboard, by Textual's name; ``None`` for a key of no such layout.

    ``key`` is a letter, as Textual names it: ``"ф"`` is ``"a"``, ``"Ф"`` is ``"A"``, ``"ctrl+й"`` is ``"ctrl+q"``.
    """
    *modifiers, letter = key.split("+")
    found = _LATIN.get(letter.lower())
    if found is None:
        return None
    if letter != letter.lower():
        found = found.upper()
    return "+".join([*modifiers, _character_to_key(found)])


_PLACES: Mapping[Context, str] = {
    "section": "In reports",
    "report": "In the rows of a report",
    "evolution": "In a chart over time",
    "live": "On the live screen",
    "feed": "In the feed of visits",
    "ranking": "In a live ranking",
    "visit": "In an open visit",
    "all sites": "In all sites",
}
"""The places whose keys are tried on other screens, the likeliest first, as the beginning of a sentence."""


def _bound_on(screen: Screen[Any]) -> set[str | None]:
    """The ids of the actions that ``screen`` or a widget on it has, whether or not they are possible now."""
    return {binding.id for node in screen.walk_children(with_self=True) for _, binding in node._bindings}


def named_elsewhere(screen: Screen[Any], text: str) -> str:
    """The first action whose footer or help has every word of ``text``, as ``In reports, e: Export the visible rows, or
    all rows, to a file``; ``""`` if there is none.

    The palette lists the actions of ``screen`` itself by their help: one of it that is found only here has the words in
    the footer, or is not possible now, which is said then."""
    words = text.casefold().split()
    for place, where in _PLACES.items():
        for action in ACTIONS:
            if place in action.contexts and all(word in f"{action.label} {action.help}".casefold() for word in words):
                return f"{_availability(screen, action.id) or where}, {bound_key(screen, action.id)}: {action.help}"
    return ""


def _availability(screen: Screen[Any], action: str) -> str:
    """Whether ``action`` is possible on ``screen``, as the beginning of a sentence; ``""`` if it belongs elsewhere."""
    if any(one.active.binding.id == action for one in available_actions(screen)):
        return "Here"
    return "Not possible here now" if action in _bound_on(screen) else ""


class RefusedKeysMixin(AppPart):
    """Looks at the keys that no binding handled.

    A screen or widget may say why it refuses an action by a method ``refusal(action)``, which returns a sentence or
    ``None``, with ids of actions in braces for their keys; ``action`` is Textual's, with its parameters. A key of
    another screen says where it belongs.
    """

    key_map: Mapping[str, str]
    """The keys of the configuration by action; other actions have the registry's."""

    async def _check_bindings(self, key: str, priority: bool = False) -> bool:
        """Textual's look-up. Where the bindings of a key all refuse, the reason is shown."""
        if priority and self._is_typed(key):
            return False
        if await super()._check_bindings(key, priority):
            return True
        latin = latin_key(key)
        if latin is not None and not self._bound(key):
            return await self._check_bindings(latin, priority)
        if not priority and (refused := self._bound(key)):
            node, binding = refused
            self._explain(node, binding)
        elif not priority and not self.screen.is_modal and (sentence := self._elsewhere(key)):
            self.notify(sentence, markup=False, timeout=4)
        return False

    def _is_typed(self, key: str) -> bool:
        """Returns True if the focused field takes the key as text. Textual spares its fields only the keys that are
        bound by default, not those of a key map."""
        return self.focused is not None and self.focused.check_consume_key(key, key_to_character(key))

    def _elsewhere(self, key: str) -> str:
        """What the key does elsewhere, on this screen before others; ``""`` if it does nothing there."""
        here = _bound_on(self.screen)
        near = {place for action in ACTIONS if action.id in here for place in action.contexts}
        for place, words in sorted(_PLACES.items(), key=lambda one: one[0] not in near):
            for action in ACTIONS:
                if place in action.contexts and key in action.keys_in(self.key_map):
                    name = key_name(key, ascii=glyphs_of(self.screen).ascii)
                    return f"{name} does nothing here. {words}: {action.help}."
        return ""

    def _bound(self, key: str) -> tuple[DOMNode, Binding] | None:
        """The innermost binding of a key, whether or not its action can be done now."""
        for node, bindings in self.screen._modal_binding_chain:
            for binding in bindings.key_to_bindings.get(key, ()):
                if not binding.system and binding.tooltip:
                    return node, binding
        return None

    def _explain(self, node: DOMNode, binding: Binding) -> None:
        namespace, _, action = binding.action.rpartition(".")
        target = {"app": self, "screen": self.screen}.get(namespace, node)
        refusal: Callable[[str], str | None] | Any = getattr(target, "refusal", None)
        sentence = refusal(action) if callable(refusal) else None
        self.notify(
            with_keys(self.screen, sentence)
            if sentence
            else f"{binding.tooltip.partition(';')[0]}: not possible here now.",
            severity="warning",
            markup=False,
            timeout=4,
        )
