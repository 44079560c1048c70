"""The interface of the application that screens and navigation use."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from textual.screen import Screen

from matomo_tui.api.site import Site
from matomo_tui.live.clock import Clock
from matomo_tui.live.snapshot import LiveSnapshot, VisitRow
from matomo_tui.ui.terminal.clipboard import CopyAndScreenshotMixin

if TYPE_CHECKING:
    from matomo_tui.admin.drafts import DraftStore
    from matomo_tui.api.access import Access
    from matomo_tui.session import Session

UNSEEN_FOR = 600.0
"""Seconds after which a screen that is not shown gives back its widgets and its answers."""


class LiveView(Protocol):
    """The part of the live screen that other wings use."""

    @property
    def snapshot(self) -> LiveSnapshot:
        """The snapshot on the screen."""


class ReportSections(Protocol):
    """The part of the report screens that the administration uses."""

    def update_site(self, site: Site) -> None:
        """Replace the site's settings by those of ``site``."""

    def make_due(self, site_id: int) -> None:
        """Reload the site's list of reports when it is next needed."""


@runtime_checkable
class FollowsVisit(Protocol):
    """A screen that shows one visit. It need not be imported to be recognised."""

    def follow_visit(self, visits: Sequence[VisitRow]) -> None:
        """Show the visit as it is among ``visits``."""


@runtime_checkable
class FollowsLive(Protocol):
    """A screen that shows the state of the live connection. It need not be imported to be recognised."""

    def show_live(self, snapshot: LiveSnapshot) -> None:
        """Show ``snapshot``, the newest one."""


class Account(Protocol):
    """The part of a connection that its administration uses."""

    session: Session | None

    @property
    def drafts(self) -> DraftStore:
        """Unsaved input of the administration."""

    @property
    def sections(self) -> ReportSections | None:
        """The report screens, ``None`` before one was opened."""

    def site_deleted(self) -> None:
        """Drop the reports after the watched site was deleted."""

    def access_changed(self, access: Access) -> None:
        """Apply what the token may do after that has changed."""


class Shell(CopyAndScreenshotMixin):
    """The application without its screens. ``MatomoApp`` implements it."""

    clock: Clock

    @property
    @abstractmethod
    def live_view(self) -> LiveView:
        """The live screen, which is below all others."""

    @abstractmethod
    def uncover(self, screen: Screen[Any]) -> None:
        """Close all screens above ``screen``."""
