"""Base classes of all screens: styled once when created, not each time they are shown."""

from __future__ import annotations

from textual import events, on
from textual.geometry import Size
from textual.screen import ModalScreen as TextualModalScreen
from textual.screen import Screen as TextualScreen
from textual.screen import ScreenResultType

NEEDS = Size(80, 24)
"""The smallest terminal, in cells, that the screens are laid out for."""


class CachedStyleScreen(TextualScreen[ScreenResultType]):
    """Keeps its styles while the theme is the one that they were made with.

    Textual styles every widget of a screen anew when the screen comes to the top: right after each was styled as it was
    mounted, and at every return to a section, where it took two thirds of the time.
    """

    _styled_with = ""

    @on(events.ScreenResume)
    def _keep_styles(self, event: events.ScreenResume) -> None:
        """Before Textual's own handler. Only the screen itself is made before its own style sheet is read."""
        if not self._styled_with:
            self.app.stylesheet.apply(self)
        if self._styled_with in ("", self.app.theme):
            event.refresh_styles = False
        self._styled_with = self.app.theme


class ModalScreen(CachedStyleScreen[ScreenResultType], TextualModalScreen[ScreenResultType]):
    """The same for a dialog."""
