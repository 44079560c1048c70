"""The message of a section without reports: the reason and the remedy."""

from __future__ import annotations

from matomo_tui.reports.table import TableModel
from matomo_tui.ui.widgets.async_pane import AsyncPane
from matomo_tui.ui.widgets.pane import PaneState


class EmptySectionPane(AsyncPane):
    """A sentence in place of the reports that the site lacks. It can also wait for the catalogue of another site, and
    show its error."""

    @property
    def table(self) -> EmptySectionPane:
        """The pane itself: it has nothing to focus."""
        return self

    @property
    def data(self) -> TableModel | None:
        """There is no table to export."""
        return None

    def set_text(self, title: str, sentence: str) -> None:
        """Show ``sentence`` under the section's title."""
        self.end_request()
        self.set_title(title=title)
        self.set_state(PaneState.EMPTY, sentence)
