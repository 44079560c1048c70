"""The list of themes; the screen behind it shows the one under the cursor."""

from __future__ import annotations

from typing import Protocol

from matomo_tui.ui.drawing.themes import ThemeList
from matomo_tui.ui.widgets.choice_dialog import ChoiceDialog
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable


class ThemedApp(Protocol):
    """What the dialog needs of the application."""

    theme_list: ThemeList

    @property
    def theme_name(self) -> str:
        """The theme in use."""

    def use_theme(self, name: str) -> None:
        """Draw in a theme."""


class ThemeDialog(ChoiceDialog):
    """Dismisses with the name of the theme chosen, or with ``None`` and the theme that was there before."""

    DEFAULT_CSS = "ThemeDialog { background: $background 0%; }"

    def __init__(self, app: ThemedApp) -> None:
        self._before = app.theme_name
        self._themed = app
        super().__init__("Theme", [(name, name) for name in app.theme_list.names], self._before)

    def on_virtual_table_highlighted(self, event: VirtualTable.Highlighted[str]) -> None:
        """Show the theme under the cursor."""
        event.stop()
        if event.key is not None and event.key != self._themed.theme_name:
            self._themed.use_theme(event.key)

    def action_close(self) -> None:
        """Return to the theme that was there before."""
        self._themed.use_theme(self._before)
        super().action_close()
