"""The message of a section without reports: the reason and the remedy."""

from __future__ import annotations

from matomo_tui.reports.table import TableModel
from matomo_tui.ui.widgets.async_pane import AsyncPane
from matomo_tui.ui.widgets.pane import PaneState


class EmptySectionPane(AsyncPane):
    """A sentence. It waits, and fails, as any pane does while it is found out what another site has."""

    @property
    def table(self) -> EmptySectionPane:
        """Nothing here takes the focus."""
        return self

    @property
    def data(self) -> TableModel | None:
        """There is nothing to write."""
        return None

    def set_text(self, title: str, sentence: str) -> None:
        """Under the section's title, why there is nothing."""
        self.ask_ended()
        self.set_title(title=title)
        self.set_state(PaneState.EMPTY, sentence)
