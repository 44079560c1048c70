"""The header and the panes of a report screen, and the room that each has."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.geometry import Size

from matomo_tui.live.snapshot import LiveSnapshot, PollState
from matomo_tui.page_url import shown
from matomo_tui.reports.catalogue import Catalogue
from matomo_tui.reports.query import ReportRequest
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.reports.empty_section import EmptySectionPane
from matomo_tui.ui.reports.evolution import EvolutionPane
from matomo_tui.ui.reports.metrics import MetricsPane
from matomo_tui.ui.reports.report_context import ReportContext
from matomo_tui.ui.reports.report_list import ReportList
from matomo_tui.ui.reports.report_paging import PagedReport
from matomo_tui.ui.reports.report_pane import ReportPane
from matomo_tui.ui.reports.room import ROOM_FOR_ROW, explain_row, leaves_room, set_height, share_height
from matomo_tui.ui.reports.row_pane import RowPane
from matomo_tui.ui.reports.section_layout import FOLDING, HEIGHTS, KEPT_KEYS, WIDTHS, query_crumbs
from matomo_tui.ui.reports.sections import PARENT_REPORTS, Section, SectionContent
from matomo_tui.ui.widgets.bare import BareHorizontal, BareVertical
from matomo_tui.ui.widgets.breadcrumbs import BreadcrumbHeader, Crumb
from matomo_tui.ui.widgets.key_footer import QUIT_AND_HELP, KeyFooter
from matomo_tui.ui.widgets.screens import TINY, ResponsiveScreen
from matomo_tui.ui.widgets.section_tabs import SectionTabs, numbered, too_small


class SectionPanes(ResponsiveScreen[None]):
    """The header, the list of reports, the report, its chart above it and its row beside it. Subclasses load them."""

    CSS_PATH = "section.tcss"
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS
    AUTO_FOCUS = ""
    CONTENT = "#section"
    ALLOW_IN_MAXIMIZED_VIEW = "BreadcrumbHeader, SectionTabs, KeyFooter"

    def __init__(self, section: Section, context: ReportContext) -> None:
        super().__init__()
        self.section = section
        self.context = context
        self.catalogue: Catalogue | None = None
        self.request: ReportRequest | None = None
        self.snapshot: LiveSnapshot | None = None
        self._site_id = 0
        """The site of ``catalogue``; 0 before there is one."""

    @property
    def has_catalogue(self) -> bool:
        """Returns True if the catalogue of the current site is loaded."""
        return self.catalogue is not None and self._site_id == self.context.query.site.id

    def compose(self) -> ComposeResult:
        yield BreadcrumbHeader(id="crumbs")
        with BareHorizontal(id="section"):
            yield ReportList(tree=self.section.pane is None, id="reports")
            with BareVertical(id="shown"):
                yield from self.compose_above()
                yield ReportPane(self.context.loader, id="report")
                yield MetricsPane(self.context.loader, id="metrics")
                yield EmptySectionPane(id="nothing")
        yield SectionTabs(self.section.name)
        yield KeyFooter(keep=KEPT_KEYS, id="keys")

    def draw_notice(self, size: Size) -> None:
        """Name the section, and the way to the live screen."""
        self.size_notice.update(too_small(self, f"The section {self.section.title}", size))

    def compose_above(self) -> ComposeResult:
        """The widgets above the report: by default its chart over time."""
        yield EvolutionPane(self.context.loader, self.context.annotations, id="chart")

    def report_shown(self, request: ReportRequest) -> None:
        """Chart what belongs to a newly shown ``request``, if there is room for a chart."""
        if not self.has_catalogue:
            return  # it is of the site before
        for chart in self.query(EvolutionPane):
            subject = self.chart_subject(request)
            has_room = request.report.is_single or bool(self.classes & {"-tall", "-large"})
            if not has_room:
                height = self.query_one("#shown").size.height
                room = leaves_room(self.report_pane, height, is_large=False)
                has_room = chart.display if room is None else room  # nothing moves while the rows are on their way
            chart.display = subject is not None and has_room
            if chart.display and subject is not None:
                chart.show(*subject)
        self._share_height()
        self._explain_row()

    def on_paged_report_rows_changed(self, message: PagedReport.RowsChanged) -> None:
        message.stop()
        request = self.request
        if request is not None and not request.report.is_single and self.has_class("-short"):
            self.report_shown(request)
            return
        self._share_height()
        self._explain_row()

    def on_paged_report_cursor_moved(self, message: PagedReport.CursorMoved) -> None:
        message.stop()
        self._explain_row()

    def on_metrics_pane_rows_changed(self, message: MetricsPane.RowsChanged) -> None:
        message.stop()
        self._share_height()

    def watch_maximized(self) -> None:
        """Give the panes the heights that they have together, or alone."""
        if self.is_mounted:
            self._share_height()
            self.fit_list()

    def choose_keys(self) -> None:
        """Name the keys of this layout in the footer."""
        for keys in self.query(KeyFooter):
            keys.first = ("show_list",) if self.has_class(FOLDING) else ()  # where else the reports are not to be seen
            keys.keep = QUIT_AND_HELP if self.has_class(TINY) else KEPT_KEYS
        self.refresh_bindings()

    def fit_list(self) -> None:
        """Give the list of reports the width that it needs in this layout."""
        for pane in self.query(ReportList):
            pane.fit_texts()

    def _share_height(self) -> None:
        is_stacked = self.maximized is None and not self.has_class("-overview")
        height = self.query_one("#shown").size.height
        charts = self.charts if is_stacked else []
        for pane in (self.report_pane, self.metrics_pane):
            if pane.display or not charts:
                share_height(pane, charts, height, is_large=self.has_class("-large"))
        for chart in self.query(EvolutionPane):
            if chart not in charts:
                set_height(chart, None)

    def _explain_row(self) -> None:
        beside = self.query_one_optional("#row", RowPane)
        has_room = self.size.width >= ROOM_FOR_ROW and self.report_pane.display and not self.has_class("-overview")
        if beside is None and has_room:
            beside = RowPane(self.context.loader, id="row")
            self.query_one("#section").mount(beside)
        if beside is not None:
            explain_row(beside, self.report_pane, has_room=has_room)

    @property
    def live_visits(self) -> int:
        """The site's visits of the last 30 minutes by the live counters; 0 if they are not known."""
        return int(self.snapshot.counters.visits_30.value or 0) if self.snapshot is not None else 0

    def show_live(self, snapshot: LiveSnapshot) -> None:
        """Draw the state of the live connection at the right of the header."""
        drawn = self.snapshot is not None and self.snapshot.poll.phase is snapshot.poll.phase
        self.snapshot = snapshot
        if not drawn:
            self._draw_crumbs()

    @property
    def poll(self) -> PollState:
        """The state of the live connection."""
        return self.snapshot.poll if self.snapshot is not None else PollState()

    def _draw_crumbs(self) -> None:
        if not self.is_mounted:
            return
        for header in self.query(BreadcrumbHeader):  # it is gone while the program ends
            header.show(self.crumbs(), self.poll, demo=self.context.session.settings.demo)

    def crumbs(self) -> list[Crumb]:
        """Site, section, report, opened rows, and the query."""
        query, request = self.context.query, self.request
        title = numbered(self, self.section.name, self.section.title)
        names = [sanitize(query.site.name) or f"site {query.site.id}", title]
        if request is not None:
            report = () if request.report.name == self.section.title else (request.report.name,)
            names += [*report, *(shown(step.label).strip() for step in request.path)]
        deep = len(request.path) if request is not None else 0
        up = [f"go_up({levels})" for levels in range(deep, 0, -1)]
        actions = ["switch_site", "show_list", *up] if len(names) > 2 + deep else ["switch_site", *up]
        text = self.context.segment_text()
        return query_crumbs(names, query, text, shows_comparison=True, actions=actions)

    def chart_subject(self, request: ReportRequest) -> tuple[ReportRequest, str] | None:
        """The report to chart above ``request``, and the key of its metric: the report itself if it has a single row,
        else the total that its rows are parts of."""
        report = request.report
        if report.is_single:
            main = report.main_column
            return (request, main.key if main is not None else "")
        if self.catalogue is None:
            return None
        method, metric = PARENT_REPORTS.get(report.module, PARENT_REPORTS[""])
        whole = self.catalogue.find(method)
        return (ReportRequest(request.query, whole), metric) if whole is not None else None

    @property
    def report_pane(self) -> ReportPane:
        return self.query_one(ReportPane)

    @property
    def metrics_pane(self) -> MetricsPane:
        return self.query_one(MetricsPane)

    @property
    def charts(self) -> list[EvolutionPane]:
        """The visible charts."""
        return [chart for chart in self.query(EvolutionPane) if chart.display]

    @property
    def list_pane(self) -> ReportList:
        return self.query_one(ReportList)

    @property
    def empty_pane(self) -> EmptySectionPane:
        """The pane shown if the site has none of the section's reports."""
        return self.query_one(EmptySectionPane)

    @property
    def shown_pane(self) -> SectionContent:
        """The pane with the main content."""
        return self.empty_pane if self.empty_pane.display else self.open_pane

    @property
    def open_pane(self) -> ReportPane | MetricsPane:
        """The pane of the open report."""
        single = self.request is not None and self.request.report.is_single
        return self.metrics_pane if single else self.report_pane
