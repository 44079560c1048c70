"""A section with a single pane and no list of reports."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Container
from textual.widget import Widget

from matomo_tui.ui.reports.all_sites import AllSitesPane
from matomo_tui.ui.reports.movers import ChangedPane
from matomo_tui.ui.reports.report_context import Location
from matomo_tui.ui.reports.section_screen import SectionScreen
from matomo_tui.ui.reports.visit_log import VisitLogPane
from matomo_tui.ui.widgets.breadcrumbs import BreadcrumbHeader
from matomo_tui.ui.widgets.key_footer import KeyFooter
from matomo_tui.ui.widgets.screens import SizeNotice

SinglePane = AllSitesPane | ChangedPane | VisitLogPane


class SinglePaneScreen(SectionScreen):
    """Subclasses name their pane in ``PANE``, and handle its messages."""

    PANE: ClassVar[type[AllSitesPane] | type[ChangedPane] | type[VisitLogPane]]

    def compose(self) -> ComposeResult:
        yield BreadcrumbHeader(id="crumbs")
        with Container(id="section"):
            yield self.make_pane()
        yield SizeNotice()
        yield KeyFooter(id="keys")

    def make_pane(self) -> SinglePane:
        """The one pane there is, once."""
        return self.PANE(self.desk.loader)

    @property
    def shown_pane(self) -> SinglePane:
        """The one pane there is."""
        return self.query_one(self.PANE)

    def prepare(self) -> None:
        """There is nothing to hide."""

    def follow(self, place: Location) -> None:
        """Show the pane under the desk's query."""
        if place.section != self.section.name:
            self.desk.visit(self.section.name, None)
        self._draw_crumbs()
        self.shown_pane.show_query(self.desk.query)
        self.refresh_bindings()
        self.call_after_refresh(self.keep_focus)

    def _focusable(self) -> list[Widget]:
        return [self.shown_pane.table]

    def go_back(self) -> bool:
        """There is nothing to leave but the section."""
        return False

    def grow_shown_older(self) -> None:
        """A moment later."""
        self.shown_pane.grow_older()

    def action_reload(self) -> None:
        """Reload from Matomo."""
        self.shown_pane.reload()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What only reports have a use for."""
        if action in ("show_list", "export", "compare"):
            return False
        return super().check_action(action, parameters)
