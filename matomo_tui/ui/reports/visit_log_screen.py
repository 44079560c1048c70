"""The visit log screen: the visits behind the figures of the other sections."""

from __future__ import annotations

from matomo_tui.page_url import shown
from matomo_tui.ui.messages import OpenVisit
from matomo_tui.ui.reports.report_context import ReportContext
from matomo_tui.ui.reports.section_layout import query_crumbs
from matomo_tui.ui.reports.section_place import SectionPlace
from matomo_tui.ui.reports.sections import Section
from matomo_tui.ui.reports.single_pane_screen import SinglePaneScreen
from matomo_tui.ui.reports.visit_log import LogChoices, VisitLogPane
from matomo_tui.ui.widgets.breadcrumbs import Crumb
from matomo_tui.ui.widgets.section_tabs import numbered


class VisitLogScreen(SinglePaneScreen):
    """The visits under the period, segment and site of the other sections."""

    PANE = VisitLogPane

    def __init__(self, section: Section, context: ReportContext) -> None:
        super().__init__(section, context)
        self._wanted = ""
        self._row = ("", "")

    def make_pane(self) -> VisitLogPane:
        """Create the pane, with the search that the screen was opened for."""
        context = self.context
        client = context.session.client
        pane = VisitLogPane(context.loader, lambda: context.clock.now() + client.server_offset, self._wanted)
        pane.show_row(*self._row)
        return pane

    def resume(self, place: SectionPlace) -> None:
        super().resume(place)
        if isinstance(place.pane, LogChoices):
            self._wanted, self._row = place.pane.search, place.pane.row

    def crumbs(self) -> list[Crumb]:
        """Site, Visits, visit log, and the query."""
        query = self.context.query
        title = numbered(self, self.section.name, self.section.title)
        names = [shown(query.site.name), "Visits", title]
        return query_crumbs(names, query, self.context.segment_text(), actions=["switch_site"])

    def search(self, text: str) -> None:
        """Search for ``text``, now or when the screen is composed."""
        self._wanted = text
        for pane in self.query(VisitLogPane):
            pane.search(text)

    def show_row(self, segment: str, label: str) -> None:
        """Show only the visits of a report's row, now or when the screen is composed; with ``""`` all visits."""
        self._row = (segment, label)
        for pane in self.query(VisitLogPane):
            pane.show_row(segment, label)

    def go_back(self) -> bool:
        """Leave the search, then the visits of a row for its report. Returns True if there was one."""
        pane = self.query_one(VisitLogPane)
        if pane.clear_search():
            return True
        if not pane.shows_row:
            return False
        self.show_row("", "")
        self.context.leave(self.section.name)
        return True

    def on_visit_log_pane_opened(self, message: VisitLogPane.Opened) -> None:
        """Open the visit with its visitor."""
        message.stop()
        self.post_message(OpenVisit(message.visit, self.context.query.site))
