"""The view of a report screen: report list, open report and breadcrumbs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from matomo_tui.api.errors import MatomoError
from matomo_tui.reports.catalogue import Catalogue, Report
from matomo_tui.reports.query import ReportRequest
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.reports.evolution import EvolutionPane
from matomo_tui.ui.reports.remembered_columns import remembered_columns, request_at
from matomo_tui.ui.reports.report_context import Location, ReportContext
from matomo_tui.ui.reports.report_pane import ReportPane
from matomo_tui.ui.reports.row_pane import RowPane
from matomo_tui.ui.reports.section_focus import SectionFocus
from matomo_tui.ui.reports.section_place import SectionPlace
from matomo_tui.ui.reports.sections import Section, disabled_reason
from matomo_tui.ui.widgets.async_pane import AsyncPane
from matomo_tui.ui.widgets.pane import PaneState
from matomo_tui.ui.widgets.screens import TINY
from matomo_tui.ui.widgets.table.table_places import resume_tables, table_places
from matomo_tui.ui.widgets.visibility import is_displayed, is_visible
from matomo_tui.ui.widgets.workers import deferred

UPDATE_AGES_EVERY = 20.0
"""Seconds between updates of the ages in the titles."""


class SectionView(SectionFocus):
    """The view of one section. A hidden section loads nothing; when it is shown again it shows its last report.

    Sections with other content above their reports override ``compose_above``, ``load_shown`` and ``report_shown``.
    """

    def __init__(self, section: Section, context: ReportContext) -> None:
        super().__init__(section, context)
        self._chosen: ReportRequest | None = None
        """The request chosen last. Another one is shown while the catalogue lacks its report."""
        self._last_requests: dict[str, ReportRequest] = {}
        """The last request shown of each report, by the report's id."""
        self._reopening: tuple[ReportRequest, tuple[str, ...]] | None = None
        """The request chosen last and the labels of the rows to open in it, until it is known which exist."""
        self._resumed: SectionPlace | None = None
        """The place to begin at."""
        self._is_waiting = False
        """The catalogue of another site is being loaded."""
        self._covers_list = False
        """The error of the catalogue is shown in place of the list of reports."""

    def load_shown(self, request: ReportRequest) -> None:
        """Load the main content. It is requested first, because the user waits for it."""
        self.open_pane.show(request)

    def on_mount(self) -> None:
        """Keep the ages in the titles up to date."""
        self.set_interval(UPDATE_AGES_EVERY, self._update_ages)
        self.prepare()
        if self._resumed is not None:
            self.resume_widgets(self._resumed)
            self._resumed = None

    # The place of the user

    @property
    def place(self) -> SectionPlace:
        """What :meth:`resume` needs to show the same on another screen of the section."""
        report = next(iter(self.query(ReportPane)), None)
        return SectionPlace(
            self.request,
            self._chosen,
            self._last_requests,
            self.has_class("-list"),
            table_places(self),
            report.position if report is not None else None,
            tuple(report.marked) if report is not None else (),
        )

    def resume(self, place: SectionPlace) -> None:
        """Begin at ``place``; to be called before the screen is shown."""
        self.request, self._chosen, self._resumed = place.request, place.chosen, place
        self._last_requests = dict(place.last_requests)

    def resume_widgets(self, place: SectionPlace) -> None:
        """Show ``place`` in the widgets, which were just created."""
        resume_tables(self, place.tables)
        self.set_class(place.shows_list, "-list")
        request, table = place.request, place.table
        for pane in self.query(ReportPane):
            if request is not None:
                pane.marked.keep_for(request)
                pane.marked.update(dict.fromkeys(place.marked))
            if request is None or table is None or table.table.request != request:
                continue
            if request == request.asked_by(self.context.query):
                pane.resume(table)

    @property
    def begins_with_list(self) -> bool:
        """Returns True if the list is where the section begins, not a help on the way to another report."""
        return self.section.name == "all"

    @property
    def begins_with_rows(self) -> bool:
        """Returns True if the section begins with a report of rows: not with its list, an overview or a table of its
        own."""
        return not self.begins_with_list

    def prepare(self) -> None:
        """Hide the panes that are not needed until the catalogue is loaded."""
        self.metrics_pane.display = self.empty_pane.display = False
        self.set_class(self.begins_with_list, "-list")
        for chart in self.query(EvolutionPane):
            chart.display = False
        self.report_pane.is_expected = self.begins_with_rows
        self.report_pane.set_state(PaneState.LOADING)

    def on_screen_resume(self) -> None:
        """Show the current location, which may have changed while the screen was hidden."""
        if self.is_mounted:
            self.show_location(self.context.location)

    def on_screen_suspend(self) -> None:
        """Stop loading when the user leaves the section, so that the next one does not wait. A dialog above it does not
        stop anything."""
        if self not in self.app.screen_stack:
            self.cancel_requests()

    def cancel_requests(self) -> None:
        """Cancel all loading. It starts again when the section is shown."""
        for group in ("catalogue", "again", "overview"):
            self.workers.cancel_group(self, group)
        for pane in self.query(AsyncPane):
            pane.cancel_requests()

    # The report to show

    def show_location(self, location: Location) -> None:
        """Show the context's query, with the report of ``location`` if that is one of this section."""
        if location.section == self.section.name and location.request is not None:
            self._chosen = location.request
            if self.context.take_asked(location):
                self.focus_report()
        site_id = self.context.query.site.id
        held = self.context.catalogues.held(site_id)
        if held is not None and held is not self.catalogue:
            self._set_catalogue(held, site_id)
        elif self.has_catalogue:
            if self._is_waiting:  # the user came back before the other site's catalogue did
                self._forget_site()
                self._is_waiting = False
            self._show()
        else:
            self._await_site()
        if self.context.catalogues.is_due(site_id):
            self.load_catalogue()

    @property
    def _panes_of_site(self) -> list[AsyncPane]:
        """The panes with figures of the site: the main content, also while the list is in its place, and what else is
        displayed."""
        main: object = self.shown_pane
        return [pane for pane in self.query(AsyncPane) if pane is main or is_displayed(pane)]

    def _await_site(self) -> None:
        """Wait for the list of reports of another site. What the panes show or load is of the site before."""
        self._is_waiting = True
        self.cancel_requests()
        for pane in self.query(AsyncPane):
            pane.discard_answer()
        for beside in self.query(RowPane):
            beside.clear()
        for pane in self._panes_of_site:
            pane.begin_request()
        self._draw_crumbs()

    def _forget_site(self) -> None:
        """Have all panes load again whatever they are asked for next: they wait for another site, or failed to."""
        for pane in self.query(AsyncPane):
            pane.begin_request()
        self.cancel_requests()

    def load_catalogue(self) -> None:
        """Load or refresh the list of the site's reports; a refresh shows no waiting."""
        site_id = self.context.query.site.id
        self.run_worker(deferred(self._fetch_catalogue, site_id), group="catalogue", exclusive=True)

    async def _fetch_catalogue(self, site_id: int) -> None:
        is_refresh = self.context.catalogues.held(site_id) is not None
        try:
            found = await (self.context.catalogues.refresh(site_id) if is_refresh else self.context.catalogue(site_id))
        except MatomoError as error:
            if self.context.query.site.id == site_id and not self.has_catalogue:
                # The list of reports has nothing, and is on a small screen in the place of the error.
                self._covers_list = self._covers_list or self.has_class("-list")
                self.remove_class("-list")
                for pane in self._panes_of_site:
                    pane.fail(error)
                self.shown_pane.set_title("", self.section.title)
            return
        if found is not None and self.context.query.site.id == site_id:
            self._set_catalogue(found, site_id)

    def _set_catalogue(self, catalogue: Catalogue, site_id: int) -> None:
        self.catalogue, self._site_id, self._is_waiting = catalogue, site_id, False
        if self._covers_list:
            self._covers_list = False
            self.add_class("-list")
        reports = self.reports_of(catalogue)
        self.list_pane.show(
            catalogue, reports, disabled_reason(self.section, self.context, reports), self.section.links
        )
        self._show()

    def new_request(self, report: Report) -> ReportRequest:
        """The request for ``report`` under the context's query, with the columns chosen for it last."""
        request = ReportRequest(self.context.query, report)
        return replace(request, columns=remembered_columns(self.app, request))

    def reports_of(self, catalogue: Catalogue) -> Sequence[Report]:
        """The reports of this section."""
        return catalogue.pane(self.section.pane) if self.section.pane is not None else catalogue.reports

    def _show(self) -> None:
        """Show the report chosen last under the context's query; the section's first report if none was chosen, or as
        long as the site lacks it."""
        catalogue, query, wanted = self.catalogue, self.context.query, self._chosen
        if catalogue is None:
            return
        report = catalogue.get(wanted.report.id) if wanted is not None else None
        if report is None:
            reports = self.reports_of(catalogue)
            if not reports:
                self._show_empty()
                return
            # The first report of the whole catalogue is about all sites.
            report = next((one for one in reports if one.module != "MultiSites"), reports[0])
            if wanted is not None:
                self._stand_in(self.new_request(report), wanted.asked_by(query))
                return
        request = request_at(self.app, wanted, query, report) if wanted is not None else self.new_request(report)
        if wanted is not None and wanted.columns and not request.columns:
            name = sanitize(query.site.name, 60)
            self.notify(f"{name} lacks some of the chosen columns, so all are shown.", timeout=4, markup=False)
        labels = self._labels_to_open(wanted, request) if wanted is not None else ()
        self._reopening = (request, labels) if labels else None
        if labels:
            self.run_worker(deferred(self._reopen_rows, request, labels), group="again", exclusive=True)
        else:
            self.workers.cancel_group(self, "again")
        self._apply_request(request)

    def _labels_to_open(self, wanted: ReportRequest, request: ReportRequest) -> tuple[str, ...]:
        """The labels of the rows that were open in ``wanted``, or were to be, if they are closed in ``request`` or lack
        their rows of the comparison."""
        if request.path and (request.query.before is None or all(step.before is not None for step in request.path)):
            return ()
        if not wanted.path and self._reopening is not None and self._reopening[0] == wanted:
            return self._reopening[1]
        return tuple(step.label for step in wanted.path)

    def _stand_in(self, request: ReportRequest, wanted: ReportRequest) -> None:
        """Show ``request`` until the catalogue has the report of ``wanted``, which the context keeps."""
        self.workers.cancel_group(self, "again")
        if not self._has_location:
            self.context.record(self.section.name, wanted)
        self.request = request
        self._draw(request)

    def _show_empty(self) -> None:
        """Show that the site has none of the section's reports. The section stays open and its keys work."""
        for pane in self.query(AsyncPane):
            pane.cancel_requests()
        self.request = None
        for one in (self.report_pane, self.metrics_pane, *self.query(EvolutionPane)):
            one.display = False
        self.set_class(False, "-overview", "-single", "-list")
        self.empty_pane.display = True
        self._explain_row()
        title = self.section.title
        self.empty_pane.set_text(title, f"This Matomo has no reports about {title}.")
        if self.context.location.section != self.section.name:
            self.context.record(self.section.name, None)
        self._draw_crumbs()
        self.refresh_bindings()
        self.call_after_refresh(self.keep_focus)

    async def _reopen_rows(self, request: ReportRequest, labels: tuple[str, ...]) -> None:
        """Open the rows that were open in another period or without this comparison: their subtable ids differ, so they
        are found by label."""
        try:
            found = await self.context.loader.find_level(request, labels)
        except MatomoError:
            return  # the first level shows the error
        self._reopening = None
        if self.request == request and found.path and len(found.path) >= len(request.path):
            self._apply_request(found)

    def _apply_request(self, request: ReportRequest) -> None:
        """Show ``request`` in place of the current one, also in the context."""
        if self._carry_over(request):
            return
        self._choose(request)
        if self._has_location:
            self.context.replace_request(request)
        else:
            self.context.record(self.section.name, request)
        self._draw(request)

    def _carry_over(self, request: ReportRequest) -> bool:
        """Show a ``request`` of the site or period before under the query, which was chosen later; while its site is
        awaited, as soon as that has come. Returns False if it is under the query already."""
        if self.has_catalogue and request.query == self.context.query:
            return False
        self._choose(request)
        if self.has_catalogue:
            self._show()
        else:
            self._draw_crumbs()
        return True

    def _choose(self, request: ReportRequest) -> None:
        self.request = self._chosen = self._last_requests[request.report.id] = request

    @property
    def _has_location(self) -> bool:
        """Returns True if the context's location is a report of this section."""
        location = self.context.location
        return location.section == self.section.name and location.request is not None

    def _draw(self, request: ReportRequest) -> None:
        pane = self.open_pane
        focused = next((one for one in (self.report_pane, self.metrics_pane) if one.has_focus_within), pane)
        if self.empty_pane.display or focused is not pane or pane.content_has_focus:
            self._wants_focus = True  # the focus stays with the main content, whichever pane it is, or comes back to it
        for one in (self.report_pane, self.metrics_pane):
            one.display = one is pane
        self.empty_pane.display = False
        if self.maximized is not None and not self.maximized.display:
            self.maximized = None
        pane.live_visits = self.live_visits
        self.load_shown(request)
        self.set_class(request.report.is_single, "-single")
        self.list_pane.mark(request.report.id)
        self._draw_crumbs()
        self.report_shown(request)
        self.run_worker(deferred(self._load_dimension_names), group="names", exclusive=True)
        self.refresh_bindings()
        self.call_after_refresh(self.keep_focus)

    async def _load_dimension_names(self) -> None:
        if await self.context.load_dimension_names():
            self._draw_crumbs()

    def _update_ages(self) -> None:
        if is_visible(self):
            self.update_shown_age()
            for chart in self.charts:
                chart.update_age()

    def update_shown_age(self) -> None:
        """Update the age of the main content."""
        if self.request is not None:
            self.open_pane.update_age()

    def reload_shown(self) -> None:
        """Load the main content again from Matomo."""
        if self.request is not None:
            self.open_pane.reload()

    # Layout

    def resized(self) -> None:
        """The charts that this size has room for."""
        self._draw_crumbs()
        self.fit_list()
        self.choose_keys()
        if self.has_class(TINY):
            self.maximized = None
        if not self.has_class(TINY) and self.request is not None and self.catalogue is not None:
            self.report_shown(self.request)
        self.call_after_refresh(self.keep_focus)
