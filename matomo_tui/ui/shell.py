"""The interface of the application that screens and navigation use."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Protocol

from textual.screen import Screen

from matomo_tui.admin.drafts import DraftStore
from matomo_tui.api.access import Access
from matomo_tui.api.sites import Site
from matomo_tui.live.clock import Clock
from matomo_tui.live.snapshot import LiveSnapshot
from matomo_tui.session import Session
from matomo_tui.ui.terminal.clipboard import CopyAndScreenshotMixin


class LiveView(Protocol):
    """The live screen as the other wings see it."""

    @property
    def snapshot(self) -> LiveSnapshot:
        """What it draws now."""


class ReportSections(Protocol):
    """The report screens as the administration sees them."""

    def describe(self, site: Site) -> None:
        """The site has other settings."""

    def make_due(self, site_id: int) -> None:
        """The site has other reports than before."""


class Shell(CopyAndScreenshotMixin):
    """The application, without knowing its screens: ``MatomoApp`` is one.

    ``session`` is the connection there is, ``None`` before the first; ``drafts`` keep what was typed in forms until the
    program ends.
    """

    session: Session | None
    clock: Clock
    drafts: DraftStore

    @property
    @abstractmethod
    def live_view(self) -> LiveView:
        """The live screen, which is below all others."""

    @property
    @abstractmethod
    def report_sections(self) -> ReportSections | None:
        """The report screens of this connection, ``None`` before one was opened."""

    @abstractmethod
    def uncover(self, screen: Screen[Any]) -> None:
        """Close what is above ``screen``."""

    @abstractmethod
    def access_changed(self, access: Access) -> None:
        """What the token may do turned out to be something else than at the beginning."""
