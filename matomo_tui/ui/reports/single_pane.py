"""The interface of a pane that is a section's only one."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from textual.widget import Widget

from matomo_tui.reports.query import Query
from matomo_tui.ui.widgets.async_pane import AsyncPane
from matomo_tui.ui.widgets.requesting_pane import RequestingPane


class SinglePane(AsyncPane, RequestingPane):
    """A pane that loads and draws everything of its section."""

    TELLS_WAIT = True
    data: ClassVar[None] = None
    """There is no table to export."""

    @property
    @abstractmethod
    def table(self) -> Widget:
        """The widget that takes the focus."""

    @property
    def choices(self) -> object:
        """The user's choices in the pane, for :meth:`resume`; ``None`` if there are none to keep."""
        return None

    def resume(self, choices: object) -> None:
        """Take over the ``choices`` of an earlier pane of the same class, before anything is loaded."""

    @abstractmethod
    def show_query(self, query: Query) -> None:
        """Show the section under ``query``."""

    @abstractmethod
    def reload(self) -> None:
        """Load everything again from Matomo."""

    def retry(self) -> None:
        self.reload()

    @abstractmethod
    def update_age(self) -> None:
        """Draw how old the figures are."""
