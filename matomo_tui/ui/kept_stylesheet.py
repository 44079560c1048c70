"""The application's style sheet: parses each source once for each theme, sets only the rules that differ, and styles
parts of widgets when they are drawn."""

from __future__ import annotations

import re
import weakref
from contextlib import suppress
from functools import cache
from typing import Any, cast

from textual.css.model import RuleSet
from textual.css.styles import RenderStyles, RulesMap, Styles
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.layout import Layout

from matomo_tui.ui.terminal.drawn_lines import Releasable

# A rule set's hash is its identity, in Python. Each styling of a widget asks every rule set for it.
RuleSet.__hash__ = object.__hash__  # type: ignore[method-assign]

_SET = frozenset(
    {"display", "grid_columns", "grid_rows", "layout", "overflow_x", "overflow_y", "pointer", "transitions"}
)
"""Rules that are always set by Textual: some have an effect beyond their value, others a value that cannot be hashed or
that each node has a copy of."""

_converted: dict[tuple[str, object], object] = {}
"""The value that a node holds for a rule, by the rule's name and its value in a style sheet."""


# Also up to the end of a line, as in the style sheet of Textual's buttons: it has to go before the line breaks do.
_COMMENT = re.compile(r"/\*.*?\*/|# [^\n]*", re.DOTALL)
_BLANKS = re.compile(r"\s*([{};>])\s*|(?<=:)\s+")


@cache
def _compact(css: str) -> str:
    """``css`` without comments, and without blanks that mean nothing: Textual makes a token of each, two fifths of all,
    and reads and copies a token in Python."""
    return _BLANKS.sub(r"\1", _COMMENT.sub("", css))


def _set(styles: Styles, name: str, value: object) -> None:
    setattr(styles, name, value)
    held = styles._rules.get(name)
    if held is not None and name not in _SET:
        with suppress(TypeError):  # a value that cannot be hashed is set each time
            _converted[name, value] = held


def _conversion(name: str, value: object) -> object:
    """The value that a node holds for a rule; ``None`` if it is not known."""
    try:
        return None if name in _SET else _converted.get((name, value))
    except TypeError:
        return None


def _holds(held: RulesMap, name: str, value: object) -> bool:
    """Returns True if setting the rule would change nothing."""
    present = held.get(name)
    if value is None or present is None:
        return value is present
    if name == "layout" and isinstance(present, Layout):
        return present.name == getattr(value, "name", value)
    if name in _SET:
        return present == (tuple(value) if isinstance(value, list) else value)
    return present == value or present == _conversion(name, value)


class KeptStylesheet(Stylesheet):
    """A style sheet that keeps the parsed rules.

    Textual forgets them whenever the theme is set, even to the same one, and whenever a style sheet is read: all rules
    were parsed four times before the first frame.
    """

    def set_variables(self, variables: dict[str, str]) -> None:
        """Set the variables of a theme. The parsed rules are kept if these are the present variables."""
        if variables != self._variables:
            super().set_variables(variables)

    def _parse_rules(self, css: str, *args: Any, **options: Any) -> list[RuleSet]:
        return super()._parse_rules(_compact(css), *args, **options)

    def reparse(self) -> None:
        """Parse what was added or has other variables.

        Raises as ``parse``; the rules stay as they were then.
        """
        self.parse()

    @classmethod
    def replace_rules(cls, node: DOMNode, rules: RulesMap, animate: bool = False) -> None:
        """Set the rules of ``node`` to these: those that differ.

        Textual sets each of some forty, and validates and converts its value, whenever a node is styled: once or twice
        before the first frame, and with all nodes around it when the focus moves.
        """
        styles = node.styles.base
        held, values = styles._rules, cast(dict[str, object], rules)
        if held or animate or node._is_mounted:
            differing = [name for name in held.keys() | values.keys() if not _holds(held, name, values.get(name))]
        else:
            # Nothing depends on a new node yet, so that a value only has to be kept.
            found = ((name, _conversion(name, value)) for name, value in values.items())
            known = {name: value for name, value in found if value is not None}
            held.update(known)  # type: ignore[typeddict-item]
            styles._updates += len(known)
            differing = [name for name in values if name not in known]
        if animate:
            if differing:
                super().replace_rules(node, rules, animate=True)
            return
        for name in differing:
            _set(styles, name, values.get(name))
        node.notify_style_update()

    def _process_component_classes(self, node: DOMNode) -> None:
        """Style the component classes of ``node`` again that were used, and draw it again if they have changed.

        Textual styles all of them: a node each, of 6 kB, in each widget, most of which are never drawn.
        """
        names = node._get_component_classes()
        held = node._component_styles
        if not names:
            return
        if not isinstance(held, ComponentStyles):
            node._component_styles = ComponentStyles(self, node, names)
            _draw_parts(node)
        elif held.has_changed():
            _draw_parts(node)


def _draw_parts(node: DOMNode) -> None:
    """Draw ``node`` again, or those of its parts that have styles of their own if it knows them."""
    getattr(node, "refresh_parts", node.refresh)()


class ComponentStyles(Releasable, dict[str, RenderStyles]):
    """The styles of the component classes of one widget by name, each computed when it is first asked for."""

    def __init__(self, stylesheet: Stylesheet, node: DOMNode, names: frozenset[str]) -> None:
        super().__init__()
        self._stylesheet = stylesheet
        self._node = weakref.ref(node)
        self._names = names
        self._released: dict[str, Any] = {}
        """The rules of those that were used and released since."""

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __missing__(self, name: str) -> RenderStyles:
        node = self._node()
        if name not in self._names or node is None:
            raise KeyError(name)
        part = DOMNode(classes=name)
        part._attach(node)
        self._stylesheet.apply(part, animate=False)
        self[name] = part.styles
        return part.styles

    def has_changed(self) -> bool:
        """Compute those again that were used. Returns True if one of them looks different now."""
        before = self.used
        self.clear()
        self._released.clear()
        for name in before:
            self[name]
        return self.used != before

    def release(self) -> None:
        """Give back those that were computed: the widget is not on the screen."""
        self._released = self.used
        self.clear()

    @property
    def used(self) -> dict[str, Any]:
        """The rules of those that the widget was drawn with, by name."""
        return {**self._released, **{name: styles.base.get_rules() for name, styles in self.items()}}
