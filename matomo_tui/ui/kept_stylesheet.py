"""The application's style sheet: parses each source once for each theme, and styles parts of widgets when they are
drawn."""

from __future__ import annotations

import weakref
from typing import Any

from textual.css.styles import RenderStyles
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode

from matomo_tui.ui.terminal.drawn_lines import Releasable


class KeptStylesheet(Stylesheet):
    """A style sheet that keeps the parsed rules.

    Textual forgets them whenever the theme is set, even to the same one, and whenever a style sheet is read: all rules
    were parsed four times before the first frame.
    """

    def set_variables(self, variables: dict[str, str]) -> None:
        """Set the variables of a theme. The parsed rules are kept if these are the present variables."""
        if variables != self._variables:
            super().set_variables(variables)

    def reparse(self) -> None:
        """Parse what was added or has other variables.

        Raises as ``parse``; the rules stay as they were then.
        """
        self.parse()

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
