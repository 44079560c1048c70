"""The application's style sheet, which parses each source once for each theme and styles only what is drawn."""

from __future__ import annotations

from textual.css.styles import RenderStyles
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode


class _ComponentStyles(dict[str, RenderStyles]):
    """The styles of a node's component classes by their names, each worked out when it is first asked for."""

    def __init__(self, sheet: Stylesheet, node: DOMNode, names: frozenset[str]) -> None:
        super().__init__()
        self._sheet = sheet
        self._node = node
        self._names = names

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __missing__(self, name: str) -> RenderStyles:
        if name not in self._names:
            raise KeyError(name)
        component = DOMNode(classes=name)
        component._attach(self._node)
        self._sheet.apply(component)
        self[name] = component.styles
        return component.styles

    def clear(self) -> None:
        """Forget the styles and, as the node does when it is removed, that there are any."""
        super().clear()
        self._names = frozenset()


class KeptStylesheet(Stylesheet):
    """A style sheet that keeps the parsed rules and works out a component's style when it is drawn.

    Textual forgets the rules whenever the theme is set, even to the same one, and whenever a style sheet is read: all
    were parsed four times before the first frame. It styles all component classes of each node that it styles: half of
    that work was for components that are never drawn.
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
        """Style again the components that were drawn, and have the node drawn if one looks different or it is new."""
        names = node._get_component_classes()
        if not names:
            return
        before = node._component_styles
        styles = node._component_styles = _ComponentStyles(self, node, names)
        if not isinstance(before, _ComponentStyles) or any(
            styles[name] != old for name, old in before.items() if name in names
        ):
            node.refresh()
