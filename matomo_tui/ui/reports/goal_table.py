"""The table of all goals, orders and abandoned carts, each with a sparkline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import msgspec
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message

from matomo_tui.api.errors import MatomoError
from matomo_tui.api.reports import ReportRow
from matomo_tui.reports import computed_metrics, values
from matomo_tui.reports.catalogue import Report
from matomo_tui.reports.loader import REBUILT_EVERY, Page, ReportLoader, Series
from matomo_tui.reports.query import Comparison, Query, ReportRequest
from matomo_tui.reports.table import ReportTable
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing.formatting import percent
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.drawing.plotting import squeeze
from matomo_tui.ui.reports.metrics import table_of
from matomo_tui.ui.reports.report_columns import change_cell, figure
from matomo_tui.ui.widgets.async_pane import AsyncPane, age_words
from matomo_tui.ui.widgets.debouncer import Debouncer
from matomo_tui.ui.widgets.pane import PaneState
from matomo_tui.ui.widgets.table.columns import Cell, Column, Plain
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from matomo_tui.ui.widgets.visibility import is_visible
from matomo_tui.ui.widgets.workers import deferred

COLUMNS = (
    Column("name", "Goal", 16, flex=3, most=40),
    Column("conversions", "Conversions", 11, align="right"),
    Column("change", "Change", 15, align="right", hides=2),
    Column("rate", "Rate", 7, align="right"),
    Column("revenue", "Revenue", 11, align="right"),
    Column("course", "", 10, flex=2, most=40, hides=1),
)
CONVERSIONS, RATE, REVENUE = "nb_conversions", "conversion_rate", "revenue"
ABANDONED = "ecommerceAbandonedCart"
"""The goal that one wants fewer of."""
REST = 0.25
"""Seconds that the cursor rests on a goal before all about it is asked for."""
MOST_COURSES = 40
LEAST_SPAN = 0.2
"""The part of the highest value that a small chart shows at least."""


@dataclass(frozen=True, slots=True)
class GoalHistory:
    """The conversions of a goal, oldest first; equal ones draw the same cell.

    The highest sign is never used, as those of the next line would touch it; ground and top are those of the line, so
    that a course is seen, but what changes little does not look like much.
    """

    line: tuple[float | None, ...]
    signs: str

    def __call__(self, width: int) -> Plain:
        """As wide as there is room."""
        line = squeeze(self.line, width)
        known = [value for value in line if value is not None]
        top = max(known, default=0.0)
        ground = max(0.0, top - max(2 * (top - min(known, default=0.0)), top * LEAST_SPAN))
        return (("".join(self._sign(value, ground, top) for value in line), "accent"),)

    def _sign(self, value: float | None, ground: float, top: float) -> str:
        if value is None or not top:
            return " " if value is None else self.signs[0]
        return self.signs[max(1 if value else 0, round((value - ground) / (top - ground) * (len(self.signs) - 2)))]


class GoalTable(AsyncPane):
    """A line a goal: conversions with their change, rate, revenue, and how it went."""

    TITLE = "Goals"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("goal list")]

    class Rested(Message):
        """The cursor rests on a goal."""

        def __init__(self, report: Report) -> None:
            super().__init__()
            self.report = report

    class Opened(Message):
        """A person wants to see the goal by itself."""

        def __init__(self, report: Report) -> None:
            super().__init__()
            self.report = report

    def __init__(self, loader: ReportLoader, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._loader = loader
        self._table: VirtualTable[str] = VirtualTable(COLUMNS, header=True, spacing=2)
        self._reports: tuple[Report, ...] = ()
        self._query: Query | None = None
        self._pages: dict[str, Page | MatomoError] = {}
        self._courses: dict[str, Series] = {}
        self._resting = Debouncer(self, REST, self._tell)

    def compose_content(self) -> ComposeResult:
        yield self._table

    @property
    def table(self) -> VirtualTable[str]:
        """What takes the focus."""
        return self._table

    @property
    def goal(self) -> Report | None:
        """The report of the goal under the cursor."""
        key = self._table.cursor_key
        return next((report for report in self._reports if report.id == key), None)

    @property
    def page(self) -> Page | None:
        """The totals, if they came."""
        first = self._pages.get(self._reports[0].id) if self._reports else None
        return first if isinstance(first, Page) else None

    @property
    def data(self) -> ReportTable | None:
        """The goals as they are listed, a row each: what an export writes."""
        totals = self.page
        if totals is None:
            return None
        rows: list[ReportRow] = []
        before: dict[str, ReportRow] = {}
        for report in self._reports:
            page, name = self._pages.get(report.id), self._called(report)
            if isinstance(page, Page) and page.only is not None:
                rows.append(msgspec.structs.replace(page.only, label=name))
                earlier = next(iter(page.before.values()), None) if page.before else None
                if earlier is not None:
                    before[name] = msgspec.structs.replace(earlier, label=name)
        request = replace(totals.request, report=replace(totals.request.report, dimension="Goal"))
        return table_of(replace(totals, request=request, rows=tuple(rows), before=before, single=False))

    def grow_older(self) -> None:
        """A moment later: the age, and new figures where the server can have any by now."""
        page = self.page
        if page is None or self.is_asking or self.state is not PaneState.CONTENT:
            return
        self._entitle(page)
        if page.growing and self._loader.age(page.asked_at) >= REBUILT_EVERY:
            self.reload()

    def show(self, reports: Sequence[Report], query: Query) -> None:
        """These goals under ``query``; where they are shown already, only the courses that are still missing."""
        if (tuple(reports), query) != (self._reports, self._query):
            self._reports, self._query = tuple(reports), query
            self._ask()
        elif self._pages and not self.is_asking:
            self.run_worker(deferred(self._load_courses, query), group="goals", exclusive=True)

    def forget_asked(self) -> None:
        """Ask when it is shown again."""
        self._query = None

    def reload(self) -> None:
        """Reload from Matomo."""
        self._ask(reload=True)

    def _ask(self, *, reload: bool = False) -> None:
        query = self._query
        if query is not None:
            self.ask_began(quietly=reload and self.state is PaneState.CONTENT)
            self.run_worker(deferred(self._load, self._reports, query, reload), group="goals", exclusive=True)

    async def _load(self, reports: Sequence[Report], query: Query, reload: bool) -> None:
        compared = query if query.before is not None else query.compared(Comparison.PREVIOUS)
        requests = [ReportRequest(compared, report) for report in reports]
        try:
            pages = await self._loader.pages(requests, reload=reload)
        except MatomoError as error:
            self.fail(error)
            return
        self.ask_ended()
        failed = [page for page in pages if isinstance(page, MatomoError)]
        if failed and len(failed) == len(pages):
            self.fail(failed[0])
            return
        self._pages = {report.id: page for report, page in zip(reports, pages, strict=True)}
        self._courses = {}
        self.set_state(PaneState.CONTENT)
        self._draw()
        self._tell()
        await self._load_courses(query, reload=reload)

    async def _load_courses(self, query: Query, reload: bool = False) -> None:
        """One goal after another, as long as the list is seen: they are many requests, and others wait."""
        for report in self._reports[:MOST_COURSES]:
            if report.id in self._courses:
                continue
            if not is_visible(self.screen):
                return
            request = ReportRequest(replace(query, comparison=Comparison.NONE), report)
            try:
                self._courses[report.id] = await self._loader.evolution(request, reload=reload)
            except MatomoError:
                continue  # the figures of the line stand; its chart says what is wrong
            self._draw()

    def draw_bare_title(self) -> None:
        """Nothing of the goals that were shown."""
        self.set_title()

    def _draw(self) -> None:
        self._table.set_rows(ListRows([self._row(report) for report in self._reports]))
        self._entitle(self.page)

    def _entitle(self, page: Page | None) -> None:
        before = page.request.query.before if page is not None else None
        growing = "not over yet" if page is not None and page.growing else ""
        against = f"against {before.label()}" if before is not None else ""
        age = age_words(self._loader.age(page.asked_at)) if page is not None else ""
        said = (str(max(0, len(self._reports) - 1)), growing, against)
        self.set_title(tuple(filter(None, said)), headings=age)

    def _called(self, report: Report) -> str:
        """What the goal is called in the list."""
        return "All goals" if report is self._reports[0] else report.name.removeprefix("Goal ")

    def _row(self, report: Report) -> Row[str]:
        glyphs, page = glyphs_of(self), self._pages.get(report.id)
        first, name = report is self._reports[0], self._called(report)
        if not isinstance(page, Page):
            said = str(page) if page is not None else ""
            return Row(report.id, (name, "", "", "", "", ((said, "bad"),)))
        row, currency = page.only, page.request.query.site.currency
        earlier = next(iter(page.before.values()), None) if page.before else None
        line = {
            key: computed_metrics.value(row, key) if row is not None else None for key in (CONVERSIONS, RATE, REVENUE)
        }
        before = computed_metrics.value(earlier, CONVERSIONS) if earlier is not None else None
        change = values.change(CONVERSIONS, line[CONVERSIONS], before)
        if change is not None and report.goal_id == ABANDONED:
            change = replace(change, good=-change.good)
        rate = line[RATE]
        series = self._courses.get(report.id)
        cells: tuple[Cell, ...] = (
            ((name, "strong" if first else ""),),
            ((figure(line[CONVERSIONS], "number", "") or glyphs.dash, "strong"),),
            change_cell(change, is_new=False, kind="number", glyphs=glyphs, growing=page.growing),
            percent(rate, 1) if isinstance(rate, int | float) else glyphs.dash,
            figure(line[REVENUE], "money", currency) or glyphs.dash,
            GoalHistory(_figures(series), glyphs.sparks) if series is not None else "",
        )
        return Row(report.id, cells)

    # The cursor

    def on_virtual_table_highlighted(self, event: VirtualTable.Highlighted[str]) -> None:
        """When it rests, all about the goal is wanted."""
        event.stop()
        self._resting.restart()
        self.refresh_bindings()

    def _tell(self) -> None:
        self._resting.cancel()
        goal = self.goal
        if goal is not None and self.state is PaneState.CONTENT:
            self.post_message(self.Rested(goal))

    def on_virtual_table_selected(self, event: VirtualTable.Selected[str]) -> None:
        event.stop()
        self.action_open()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """The totals are what is open already."""
        goal = self.goal
        return goal is not None and goal is not self._reports[0] if action == "open" else True

    def action_open(self) -> None:
        """The goal by itself."""
        goal = self.goal
        if goal is not None and goal is not self._reports[0]:
            self.post_message(self.Opened(goal))


def _figures(series: Series) -> tuple[float | None, ...]:
    return tuple(value if isinstance(value, int | float) else None for value in series.values(CONVERSIONS))
