"""A report screen: its keys and the messages of its panes."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual.binding import BindingType

from matomo_tui.api.calls import PeriodKind
from matomo_tui.api.errors import MatomoError
from matomo_tui.live.snapshot import LiveSnapshot
from matomo_tui.page_url import shown
from matomo_tui.reports import event_dimensions, segments
from matomo_tui.reports.catalogue import Report
from matomo_tui.reports.periods import KINDS, Period
from matomo_tui.reports.query import Comparison, ReportRequest
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.available_actions import bound_key
from matomo_tui.ui.messages import SwitchSite
from matomo_tui.ui.reports.remembered_columns import remember_columns, request_at
from matomo_tui.ui.reports.report_context import ReportContext
from matomo_tui.ui.reports.report_list import ReportList
from matomo_tui.ui.reports.report_pane import ReportPane
from matomo_tui.ui.reports.section_view import SectionView
from matomo_tui.ui.reports.sections import BY_NAME, SECTIONS, Section, SectionContent
from matomo_tui.ui.widgets.async_pane import AsyncPane
from matomo_tui.ui.widgets.pane import Pane, PaneState
from matomo_tui.ui.widgets.retries import Retries, RetryingScreen
from matomo_tui.ui.widgets.screens import TINY
from matomo_tui.ui.widgets.visibility import is_displayed
from matomo_tui.ui.widgets.workers import deferred

_OF_CONTENT = ("show_list", "compare", "export", "explain", "whole_pane")
"""Actions on what a terminal that is too small does not show."""

__all__ = ["BY_NAME", "SECTIONS", "Section", "SectionContent", "SectionScreen"]


class SectionScreen(SectionView, RetryingScreen):
    """One section with its keys and the messages of its panes."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("section")

    def __init__(self, section: Section, context: ReportContext) -> None:
        super().__init__(section, context)
        self.retries = Retries(
            self._what_failed,
            lambda: any(pane.is_waiting for pane in self._displayed_panes),
            self.retry_failed,
            context.clock.monotonic,
        )

    # What failed

    @property
    def _displayed_panes(self) -> list[AsyncPane]:
        return [pane for pane in self.query(AsyncPane) if is_displayed(pane)]

    @property
    def failed_panes(self) -> list[AsyncPane]:
        """The visible panes of which something could not be loaded."""
        return [pane for pane in self._displayed_panes if pane.has_failed]

    def _what_failed(self) -> object:
        failed = [pane.id for pane in self.failed_panes]
        return (self.context.query, self.request, failed) if failed else None

    def retry_failed(self) -> None:
        """Load again what failed, and nothing else."""
        if not self.has_catalogue:
            self.show_location(self.context.location)
            return
        for pane in self.failed_panes:
            pane.retry()

    def show_live(self, snapshot: LiveSnapshot) -> None:
        """Show the state of the live connection; once that is good again, load what failed meanwhile."""
        super().show_live(snapshot)
        self.follow_phase(snapshot.poll.phase)

    # Messages of the panes

    def on_report_list_opened(self, message: ReportList.Opened) -> None:
        """Open the report chosen in the list."""
        message.stop()
        self.open_report(message.report)

    async def on_report_list_section_opened(self, message: ReportList.SectionOpened) -> None:
        """Open the section chosen in the list."""
        message.stop()
        await self.app.run_action(f"app.section('{message.section}')")

    def open_report(self, report: Report) -> None:
        """Show ``report`` with its last sort order, columns and search, under the current query."""
        last = self._last_requests.get(report.id)
        query = self.context.query
        request = request_at(self.app, last, query, report) if last is not None else self.new_request(report)
        self.maximized = None
        self.focus_report()
        self._go(request)

    def _go(self, request: ReportRequest) -> None:
        """Show ``request`` as a new step of the history."""
        if self._carry_over(request):
            return
        self._choose(request)
        self.context.record(self.section.name, request)
        self._draw(request)

    def on_report_pane_drilled(self, message: ReportPane.Drilled) -> None:
        """Show the level below or above."""
        message.stop()
        self._go(message.request)

    def on_report_pane_request_changed(self, message: ReportPane.RequestChanged) -> None:
        """Show the same report with other columns, order or search."""
        message.stop()
        self._apply_request(message.request)

    def on_report_pane_row_action_requested(self, message: ReportPane.RowActionRequested) -> None:
        """Open the dialog or screen for a row."""
        from matomo_tui.ui.reports.dialogs.row_dialog import RowDialog
        from matomo_tui.ui.reports.row_evolution import RowEvolutionScreen
        from matomo_tui.ui.reports.transitions import PageName, TransitionsScreen

        message.stop()
        row, request = message.line.row, message.request
        if message.action == "details":
            level = message.level or request
            self.app.push_screen(RowDialog(level, message.line, message.path, self.context.loader))
        elif message.action == "visits":
            self.context.on_show_visits(segments.without_tokens(row.segment), message.line.label.strip())
        elif message.action == "third" and self.catalogue is not None:
            found = event_dimensions.third(self.catalogue, request, message.path)
            if found is not None:
                third = replace(found, origin=request)
                self.run_worker(deferred(self._open_third, third, message.path[-1]), group="third", exclusive=True)
        elif message.action == "evolution":
            paths = message.marked or (message.path,)
            self.app.push_screen(RowEvolutionScreen(self.context, request, paths, self.poll))
        elif message.action == "transitions":
            by_title = "Title" in request.report.action
            page = PageName("title", row.label) if by_title else PageName("url", row.url)
            self.app.push_screen(TransitionsScreen(self.context, page, self.poll))

    async def _open_third(self, request: ReportRequest, name: str) -> None:
        """Open the report of an event's inner name at the row ``name``."""
        query = self.context.query
        try:
            found = await self.context.loader.find_level(request, (name,))
        except MatomoError as error:
            self.notify(f"{error} {bound_key(self, 'report.zoom')} tries again.", severity="error", markup=False)
            return
        if not found.path:
            self.notify(f"{request.report.name} has no row {shown(name, 60)}.", severity="warning", markup=False)
        elif self.context.query == query and self.is_current:
            self.context.open_request(self.section.name, found)

    def on_report_pane_columns_requested(self, message: ReportPane.ColumnsRequested) -> None:
        """Open the dialog for the columns, or for the column to sort by."""
        from matomo_tui.ui.reports.dialogs.column_choices import choose_columns, sort_column_dialog

        message.stop()
        request = message.request

        def sort_by(column: str | None) -> None:
            if column is not None:
                self.report_pane.sort_by(column)

        def show(columns: tuple[str, ...]) -> None:
            if columns != request.columns:
                remember_columns(self.app, request.report, columns)
                self._apply_request(replace(request, columns=columns))

        if message.sort:
            self.app.push_screen(sort_column_dialog(request), sort_by)
        else:
            choose_columns(self.app, request, show)

    def on_report_pane_narrow(self, message: ReportPane.Narrow) -> None:
        """Add the row's segment to the query of all sections and of the live screen."""
        message.stop()
        self.context.add_segment(message.segment)

    # Keys

    def go_back(self) -> bool:
        """``esc``: leave the list, the search, the row, or the report for where it was opened. Returns False if only
        the section is left to leave."""
        if not self.has_class(TINY) and self._leave_part():
            return True
        if self.request is not None and self.request.path:
            self._go(self.request.above())
            return True
        return self.context.leave_report() or self.show_start()

    def _leave_part(self) -> bool:
        """Leave the pane that is shown alone, the list or the search. Returns False if there is none of them."""
        is_start = self.begins_with_list and not self._list_leads_back
        if self.maximized is not None:
            self.maximized = None
        elif self.has_class("-list") and not is_start:
            self.focus_report()
            self.keep_focus()
        elif ((self._is_in_list or not is_start) and self.list_pane.clear()) or self.report_pane.clear_search():
            return True
        elif self.list_pane.table.has_focus and self.shown_pane.table.focusable and not is_start:
            self._list_leads_back = False
            self.set_focus(self.shown_pane.table)
        else:
            return False
        return True

    @property
    def _is_in_list(self) -> bool:
        return self.has_class("-list") or self.list_pane.has_focus_within

    def show_start(self) -> bool:
        """Show what the section begins with: its list of reports, if it has that to choose from. Returns False if that
        is shown already."""
        if not self.begins_with_list or self._is_in_list or self.has_class(TINY):
            return False
        self.action_show_list()
        self._list_leads_back = False
        return True

    def action_go_back(self) -> None:
        """Back to the previous location."""
        self.context.back()

    def token_replaced(self) -> None:
        """The connection has another token: what stopped for the one before may go on."""

    def action_go_forward(self) -> None:
        """Forward to the next location."""
        self.context.forward()

    def action_go_up(self, levels: int) -> None:
        """Show the report or row so many levels above."""
        request = self.request
        for _ in range(levels):
            request = request.above() if request is not None and request.path else request
        if request is not None and request != self.request:
            self._go(request)

    def action_reload(self) -> None:
        """Load everything that is visible again from Matomo, also after an error that stopped polling."""
        self.context.loader.resume()
        if not self.has_catalogue:
            self.show_location(self.context.location)
            return
        self.reload_shown()
        for chart in self.charts:
            chart.reload()
        self.load_catalogue()

    def action_step(self, by: int) -> None:
        """Show the previous or the next period."""
        if not self.context.step_period(by):
            edge = "No period after today." if by > 0 else "Matomo has no earlier data."
            self.notify(edge, timeout=2, markup=False)

    def action_kind(self, kind: str) -> None:
        """Show the day, week, month or year around the current period."""
        wanted: PeriodKind = next(one for one in KINDS if one == kind)
        self.context.set_period_kind(wanted)

    def action_pick_period(self) -> None:
        """Choose a period on the calendar or type it."""
        from matomo_tui.ui.reports.dialogs.period_dialog import PeriodDialog

        query = self.context.query

        def picked(period: Period | None) -> None:
            if period is not None:
                self.context.set_query(self.context.query.at(period))

        self.app.push_screen(PeriodDialog(query.period, self.context.today(query.site)), picked)

    def action_segment(self) -> None:
        """Choose or write a segment."""
        from matomo_tui.ui.reports.dialogs.segment_dialog import SegmentDialog

        def chosen(segment: tuple[str, str] | None) -> None:
            if segment is not None:
                self.context.set_query(self.context.query.segmented(*segment))

        self.app.push_screen(SegmentDialog(self.context), chosen)

    def action_explain(self) -> None:
        """Show what the report and its columns mean."""
        from matomo_tui.ui.reports.dialogs.meaning_dialog import MeaningDialog

        if self.request is not None:
            self.app.push_screen(MeaningDialog(self.request))

    def action_export(self) -> None:
        """Export the visible rows, or all rows, to a file."""
        from matomo_tui.ui.reports.dialogs.export_dialog import ExportDialog

        table = self.shown_pane.data
        if table is not None:
            single = self.request is not None and self.request.report.is_single
            self.app.push_screen(ExportDialog(table, self.context.loader, whole=not single))
        else:
            self.notify(self._why_no_table, severity="warning", markup=False, timeout=4)

    @property
    def _why_no_table(self) -> str:
        pane: object = self.shown_pane
        waits = isinstance(pane, AsyncPane) and (pane.is_waiting or pane.state is PaneState.LOADING)
        return "The report is still loading." if waits else "There is no table to export."

    def action_compare(self) -> None:
        """Choose what the period is compared with."""
        from matomo_tui.ui.reports.dialogs.comparison_dialog import comparison_dialog

        query = self.context.query

        def chosen(key: str | None) -> None:
            if key is None:
                return
            comparison = Comparison[key]
            if comparison is Comparison.OWN:
                self._pick_comparison_period()
            else:
                self.context.set_query(query.compared(comparison))

        self.app.push_screen(comparison_dialog(query), chosen)

    def _pick_comparison_period(self) -> None:
        """Choose the period to compare with on the calendar."""
        from matomo_tui.ui.reports.dialogs.period_dialog import PeriodDialog

        query = self.context.query

        def picked(period: Period | None) -> None:
            if period is not None:
                self.context.set_query(query.compared(Comparison.OWN, period))

        start = query.before or query.period.previous()
        self.app.push_screen(PeriodDialog(start, self.context.today(query.site), title="Compare with"), picked)

    def action_clear_segment(self) -> None:
        """Drop the segment."""
        self.context.set_query(self.context.query.segmented(""))

    def action_switch_site(self) -> None:
        """Choose another site."""
        self.post_message(SwitchSite())

    def action_whole_pane(self) -> None:
        """Show only the pane with the focus, or all panes again."""
        within = [node for node in self.focused.ancestors if isinstance(node, Pane)] if self.focused else []
        self.maximized = within[0] if within and self.maximized is None else None

    def action_show_list(self) -> None:
        """Move the focus to the list of reports; ``esc`` leads back."""
        self.maximized = None
        self._list_leads_back = self._list_leads_back or not self._is_in_list
        if not self.has_class("-wide"):
            self.add_class("-list")
            self._wants_focus = True
            self.call_after_refresh(self.keep_focus)
        else:
            self.set_focus(self.list_pane.table)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Disable the keys that would do nothing, or nothing that is to be seen."""
        if action in _OF_CONTENT and self.has_class(TINY):
            return False
        possible = {
            "go_back": self.context.may_go_back,
            "go_forward": self.context.may_go_forward,
            "clear_segment": bool(self.context.query.segment),
            "export": self.request is not None,
            "explain": self.request is not None,
        }
        return possible.get(action, True)

    def refusal(self, action: str) -> str | None:
        """Why the action is not possible now; ``None`` if there is no particular reason."""
        if action in _OF_CONTENT and self.has_class(TINY):
            return "The terminal is too small for the report."
        return {
            "go_back": "This is the first report that was opened.",
            "go_forward": "This is the last report that was opened.",
            "clear_segment": "No segment is set: the figures are of all visits.",
            "export": self._why_no_table,
        }.get(action)
