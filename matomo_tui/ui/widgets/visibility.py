"""Whether a screen is seen. Textual's ``is_current`` also holds for one that lies hidden right below the top, and a
refresh down there has the whole screen on top sent again."""

from __future__ import annotations

from typing import Any

from textual.screen import Screen


def is_visible(screen: Screen[Any]) -> bool:
    """On top, or showing through the dialog on top."""
    return screen.is_active or is_behind_modal(screen)


def is_behind_modal(screen: Screen[Any]) -> bool:
    """Behind a dialog: what is drawn here costs a whole screen."""
    return not screen.is_active and screen.is_current and screen.app.screen.is_modal
