"""Whether a screen or a widget is visible.

Textual's ``is_current`` is also true for the hidden screen right below the top, and refreshing that one resends the
whole top screen.
"""

from __future__ import annotations

from typing import Any

from textual.screen import Screen
from textual.widget import Widget


def is_visible(screen: Screen[Any]) -> bool:
    """Whether the screen is on top, or visible behind a dialog."""
    return screen.is_active or is_behind_modal(screen)


def is_displayed(widget: Widget) -> bool:
    """Whether neither the widget nor one around it is hidden."""
    return all(node.display for node in widget.ancestors_with_self if isinstance(node, Widget))


def is_behind_modal(screen: Screen[Any]) -> bool:
    """Whether the screen is visible behind a dialog, where a refresh resends the whole screen."""
    return not screen.is_active and screen.is_current and screen.app.screen.is_modal
