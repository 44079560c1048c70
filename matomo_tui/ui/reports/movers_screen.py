"""The movers-and-shakers screen of the chosen period."""

from __future__ import annotations

from matomo_tui.api.errors import MatomoError
from matomo_tui.reports.query import ReportRequest
from matomo_tui.ui.reports.movers import ChangedPane
from matomo_tui.ui.reports.section_screen import SECTIONS
from matomo_tui.ui.reports.single_pane_screen import SinglePaneScreen
from matomo_tui.ui.widgets.workers import deferred


class ChangedScreen(SinglePaneScreen):
    """The changes under the period, segment and site of the other sections."""

    PANE = ChangedPane

    def make_pane(self) -> ChangedPane:
        """Create the pane."""
        return ChangedPane(self.context.loader)

    def on_changed_pane_narrow(self, message: ChangedPane.Narrow) -> None:
        """Add the row's segment to the query of all sections."""
        message.stop()
        self.context.add_segment(message.segment)

    def on_changed_pane_opened(self, message: ChangedPane.Opened) -> None:
        """Open the report in its section."""
        message.stop()
        self.run_worker(deferred(self._open, message.report), group="open", exclusive=True)

    async def _open(self, name: str) -> None:
        try:
            catalogue = await self.context.catalogue(self.context.query.site.id)
        except MatomoError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        report = next((one for one in catalogue if one.name.casefold() == name.casefold()), None)
        if report is None:
            self.notify(f"This Matomo has no report called {name}.", timeout=3, markup=False)
            return
        panes = [section for section in SECTIONS if section.pane is not None]
        home = next((one.name for one in panes if one.pane and report in catalogue.pane(one.pane)), "all")
        self.context.open_request(home, ReportRequest(self.context.query, report))
