"""The view of a report screen: report list, open report and breadcrumbs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from matomo_tui.api.errors import MatomoError
from matomo_tui.live.snapshot import LiveSnapshot, PollState
from matomo_tui.page_url import shown
from matomo_tui.reports.catalogue import Catalogue, Report
from matomo_tui.reports.query import Query, ReportRequest
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.reports.empty_section import EmptySectionPane
from matomo_tui.ui.reports.evolution import EvolutionPane
from matomo_tui.ui.reports.metrics import MetricsPane
from matomo_tui.ui.reports.report_context import Location, ReportContext
from matomo_tui.ui.reports.report_list import ReportList
from matomo_tui.ui.reports.report_pane import ReportPane
from matomo_tui.ui.reports.sections import PARENT_REPORTS, Section, SectionContent, disabled_reason
from matomo_tui.ui.widgets.async_pane import AsyncPane
from matomo_tui.ui.widgets.breadcrumbs import BreadcrumbHeader, Crumb, beside, path_crumbs
from matomo_tui.ui.widgets.key_footer import KeyFooter
from matomo_tui.ui.widgets.pane import PaneState
from matomo_tui.ui.widgets.screens import NEEDS, TINY, Breakpoints, ResponsiveScreen, SizeNotice
from matomo_tui.ui.widgets.visibility import is_visible
from matomo_tui.ui.widgets.workers import deferred

WIDTHS: Breakpoints = [(0, TINY), (NEEDS.width, "-narrow"), (100, "-wide")]
"""Wide: the list of reports stands beside the report."""
HEIGHTS: Breakpoints = [(0, TINY), (NEEDS.height, "-short"), (30, "-tall"), (50, "-large")]
"""Tall: there is room for a chart above rows. Large: for a higher one."""
OLDER_EVERY = 20.0
"""Seconds between two looks at how old the figures are."""


class SectionView(ResponsiveScreen[None]):
    """One section. It asks for nothing while it is not seen, and shows what it showed when it is seen again.

    Sections that show something else above their reports override ``compose_above``, ``ask_shown``, ``report_shown``.
    """

    CSS_PATH = "section.tcss"
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS
    AUTO_FOCUS = ""

    def __init__(self, section: Section, desk: ReportContext) -> None:
        super().__init__()
        self.section = section
        self.desk = desk
        self.catalogue: Catalogue | None = None
        self.request: ReportRequest | None = None
        self.snapshot: LiveSnapshot | None = None
        self._site_id = 0
        self._seen: dict[str, ReportRequest] = {}
        self._query: Query | None = None
        self._waited = False
        self._wants_focus = True

    # What it is made of

    def compose(self) -> ComposeResult:
        yield BreadcrumbHeader(id="crumbs")
        with Horizontal(id="section"):
            yield ReportList(tree=self.section.pane is None, id="reports")
            with Vertical(id="shown"):
                yield from self.compose_above()
                yield ReportPane(self.desk.loader, id="report")
                yield MetricsPane(self.desk.loader, id="metrics")
                yield EmptySectionPane(id="nothing")
        yield SizeNotice()
        yield KeyFooter(id="keys")

    def compose_above(self) -> ComposeResult:
        """What stands above the report: how it went over time."""
        yield EvolutionPane(self.desk.loader, self.desk.notebook, id="chart")

    def ask_shown(self, request: ReportRequest) -> None:
        """Ask for what the screen is about: before anything else, as that is what a person waits for."""
        self.open_pane.show(request)

    def report_shown(self, request: ReportRequest) -> None:
        """Another report or another query is shown from now on. Charts what belongs to it, if there is room."""
        for chart in self.query(EvolutionPane):
            subject = self.charted(request)
            has_room = request.report.is_single or bool(self.classes & {"-tall", "-large"})
            chart.display = subject is not None and has_room
            if chart.display and subject is not None:
                chart.show(*subject)

    def charted(self, request: ReportRequest) -> tuple[ReportRequest, str] | None:
        """What stands above ``request`` over time, and which metric of it: the report itself where it is a single
        row, else the whole that its rows are parts of."""
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
        """The charts that stand on the screen."""
        return [chart for chart in self.query(EvolutionPane) if chart.display]

    @property
    def list_pane(self) -> ReportList:
        return self.query_one(ReportList)

    @property
    def nothing_pane(self) -> EmptySectionPane:
        """What stands there on a site that has none of the section's reports."""
        return self.query_one(EmptySectionPane)

    @property
    def shown_pane(self) -> SectionContent:
        """What the screen is about: the pane of the open report."""
        return self.nothing_pane if self.nothing_pane.display else self.open_pane

    @property
    def open_pane(self) -> ReportPane | MetricsPane:
        """The pane of the open report."""
        single = self.request is not None and self.request.report.is_single
        return self.metrics_pane if single else self.report_pane

    def on_mount(self) -> None:
        """Look how old the figures are from time to time."""
        self.set_interval(OLDER_EVERY, self._grow_older)
        self.prepare()

    def prepare(self) -> None:
        """Nothing is known yet: hide what is not needed."""
        self.metrics_pane.display = self.nothing_pane.display = False
        self.set_class(self.section.name == "all", "-list")  # of all reports one is looked for first
        for chart in self.query(EvolutionPane):
            chart.display = False
        self.report_pane.set_state(PaneState.LOADING)

    def on_screen_resume(self) -> None:
        """Seen (again): follow whatever was asked meanwhile."""
        if self.is_mounted:
            self.follow(self.desk.place)

    def on_screen_suspend(self) -> None:
        """Left, not only behind a dialog: nothing that is under way for it may hold up what is looked at next."""
        if self not in self.app.screen_stack:
            self.give_up()

    def give_up(self) -> None:
        """What is waited for is asked for again when this is seen again."""
        for group in ("catalogue", "again", "overview"):
            self.workers.cancel_group(self, group)
        for pane in self.query(AsyncPane):
            pane.give_up()

    # Following the desk

    def follow(self, place: Location) -> None:
        """Show what the desk asks: its query, and the report of ``place`` where that is one of this section."""
        if place.section == self.section.name and place.request is not None:
            self.request = place.request
        site_id = self.desk.query.site.id
        held = self.desk.catalogues.held(site_id)
        if held is not None and held is not self.catalogue:
            self._take_catalogue(held, site_id)
        elif self.is_known:
            if self._waited:  # for another site: what was shown before is to be shown again
                self.shown_pane.ask_began()
                self.give_up()
                self._waited = False
            self._show()
        else:
            self._waited = True
            self.shown_pane.ask_began()
            self._draw_crumbs()
        if self.desk.catalogues.is_due(site_id):
            self.ask_catalogue()

    @property
    def is_known(self) -> bool:
        """Whether it is known which reports the site has."""
        return self.catalogue is not None and self._site_id == self.desk.query.site.id

    def ask_catalogue(self) -> None:
        """Look which reports the site has: quietly, where some are known."""
        site_id = self.desk.query.site.id
        self.run_worker(deferred(self._fetch_catalogue, site_id), group="catalogue", exclusive=True)

    async def _fetch_catalogue(self, site_id: int) -> None:
        known = self.desk.catalogues.held(site_id)
        try:
            found = await (self.desk.catalogues.refresh(site_id) if known else self.desk.catalogue(site_id))
        except MatomoError as error:
            if self.desk.query.site.id == site_id and not self.is_known:
                self.shown_pane.fail(error)
            return
        if found is not None and self.desk.query.site.id == site_id:
            self._take_catalogue(found, site_id)

    def _take_catalogue(self, catalogue: Catalogue, site_id: int) -> None:
        if site_id != self._site_id:
            self.report_pane.marked.clear()  # they are rows of the other site
        self.catalogue, self._site_id, self._waited = catalogue, site_id, False
        reports = self.reports_of(catalogue)
        self.list_pane.show(catalogue, reports, disabled_reason(self.section, self.desk, reports))
        self._show()

    def reports_of(self, catalogue: Catalogue) -> Sequence[Report]:
        """The reports that this section has."""
        return catalogue.pane(self.section.pane) if self.section.pane is not None else catalogue.reports

    def _show(self) -> None:
        """Show the section's request under the desk's query."""
        catalogue, query = self.catalogue, self.desk.query
        if catalogue is None:
            return
        report = catalogue.get(self.request.report.id) if self.request is not None else None
        if report is None:
            reports = self.reports_of(catalogue)
            if not reports:
                self._show_nothing()
                return
            # What stands first in the whole catalogue is about all sites.
            report = next((one for one in reports if one.module != "MultiSites"), reports[0])
        before = self.request if self.request is not None and self.request.report.id == report.id else None
        request = before.asked_by(query) if before is not None else ReportRequest(query, report)
        if request.report is not report:
            request = replace(request, report=report)
        if before is not None and before.path and not request.path:
            labels = tuple(step.label for step in before.path)
            self.run_worker(deferred(self._open_again, request, labels), group="again", exclusive=True)
        else:
            self.workers.cancel_group(self, "again")
        self._put(request)

    def nothing_words(self) -> str:
        """Why the section has no reports, as a sentence or two."""
        return f"This Matomo has no reports about {self.section.title}."

    def _show_nothing(self) -> None:
        """The site has none of the section's reports: one is here nevertheless, and can go on from here."""
        for pane in self.query(AsyncPane):
            pane.give_up()
        self.request = None
        for one in (self.report_pane, self.metrics_pane, *self.query(EvolutionPane)):
            one.display = False
        self.set_class(False, "-overview", "-single", "-list")
        self.nothing_pane.display = True
        self.nothing_pane.say(self.section.title, self.nothing_words())
        if self.desk.place.section != self.section.name:
            self.desk.visit(self.section.name, None)
        self._draw_crumbs()
        self.refresh_bindings()
        self.call_after_refresh(self.keep_focus)

    async def _open_again(self, request: ReportRequest, labels: tuple[str, ...]) -> None:
        """Into the same rows in another period."""
        try:
            found = await self.desk.loader.follow(request, labels)
        except MatomoError:
            return  # the first level says what is wrong
        if self.request == request and found.path:
            self._put(found)

    def _put(self, request: ReportRequest) -> None:
        """Show ``request``, and have the desk know."""
        self.request = self._seen[request.report.id] = request
        if self.desk.place.section == self.section.name and self.desk.place.request is not None:
            self.desk.adjust(request)
        else:
            self.desk.visit(self.section.name, request)
        self._draw(request)

    def _draw(self, request: ReportRequest) -> None:
        pane = self.open_pane
        if self.report_pane.has_focus_within or self.metrics_pane.has_focus_within:
            self._wants_focus = True  # the keys stay with what is shown, whichever pane that is
        for one in (self.report_pane, self.metrics_pane):
            one.display = one is pane
        self.nothing_pane.display = False
        if self.snapshot is not None:
            pane.live_visits = int(self.snapshot.counters.visits_30.value or 0)
        self.ask_shown(request)
        self.set_class(request.report.is_single, "-single")
        self.list_pane.mark(request.report.id)
        self._draw_crumbs()
        self.report_shown(request)
        self.run_worker(deferred(self._learn_names), group="names", exclusive=True)
        self.refresh_bindings()
        self.call_after_refresh(self.keep_focus)

    async def _learn_names(self) -> None:
        if await self.desk.learn_names():
            self._draw_crumbs()

    # What stands on top

    def show_live(self, snapshot: LiveSnapshot) -> None:
        """The live connection, small at the right."""
        drawn = self.snapshot is not None and self.snapshot.poll.phase is snapshot.poll.phase
        self.snapshot = snapshot
        if not drawn:
            self._draw_crumbs()

    @property
    def poll(self) -> PollState:
        """What the live connection does."""
        return self.snapshot.poll if self.snapshot is not None else PollState()

    def _draw_crumbs(self) -> None:
        if not self.is_mounted:
            return
        for header in self.query(BreadcrumbHeader):  # gone already while the program ends
            header.show(self.crumbs(), self.poll, demo=self.desk.session.settings.demo)

    def crumbs(self) -> list[Crumb]:
        """Where one is and which visits count."""
        query, request = self.desk.query, self.request
        names = [sanitize(query.site.name) or f"site {query.site.id}", self.section.title]
        if request is not None:
            report = () if request.report.name == self.section.title else (request.report.name,)
            names += [*report, *(shown(step.label).strip() for step in request.path)]
        found = path_crumbs(names)
        found.append(Crumb(query.period.label(), "text", 3, least=10))
        if query.before is not None:
            found.append(Crumb(f"vs {beside(query.before, query.period)}", "muted", 5, least=10))
        if query.segment:
            found.append(Crumb(self.desk.segment_words(), "only", 2, least=10))
        return found

    def _grow_older(self) -> None:
        if is_visible(self):
            self.grow_shown_older()
            for chart in self.charts:
                chart.grow_older()

    def grow_shown_older(self) -> None:
        """A moment later, for what the screen is about."""
        if self.request is not None:
            self.open_pane.grow_older()

    def reload_shown(self) -> None:
        """Reload from Matomo for what the screen is about."""
        if self.request is not None:
            self.open_pane.reload()

    # Layout and focus

    def resized(self) -> None:
        """The charts that this size has room for."""
        if not self.has_class(TINY) and self.request is not None and self.catalogue is not None:
            self.report_shown(self.request)
        self.call_after_refresh(self.keep_focus)

    def on_async_pane_emptied(self, message: AsyncPane.Emptied) -> None:
        """Keep the keys going somewhere: to a pane that is waiting, too, for Textual gives them to the next one."""
        message.stop()
        self._wants_focus = self._wants_focus or message.had_focus
        self.call_after_refresh(self.keep_focus)

    def keep_focus(self) -> None:
        """The keys go to the report where they would go nowhere."""
        if not self.is_current or (self.focused is not None and not self._wants_focus):
            return
        for table in self._focusable():
            if table.focusable:
                self._wants_focus = False
                self.set_focus(table, scroll_visible=False)
                return

    def _focusable(self) -> list[Widget]:
        tables: list[Widget] = [self.shown_pane.table, self.list_pane.table]
        return tables if not self.has_class("-list") else tables[::-1]
