"""The movers-and-shakers pane: largest changes against the previous period (Matomo's Insights)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from msgspec import Struct
from textual.app import ComposeResult
from textual.binding import BindingType

from matomo_tui.api import insights
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.insights import Insight
from matomo_tui.reports.lines import label_text
from matomo_tui.reports.loader import ReportLoader
from matomo_tui.reports.query import Query
from matomo_tui.reports.values import Change
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing.formatting import number
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.messages import FieldMessage
from matomo_tui.ui.reports.report_columns import CHANGE_WIDTH, change_cell
from matomo_tui.ui.reports.single_pane import SinglePane
from matomo_tui.ui.widgets.pane import PaneState
from matomo_tui.ui.widgets.table.columns import Cell, Column
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.tinted_table import OverBar, TintedTable
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from matomo_tui.ui.widgets.workers import deferred

COLUMNS = (
    Column("label", "", 20, flex=1),
    Column("before", "Before", 9, align="right", hides=1),
    Column("now", "Now", 9, align="right"),
    Column("change", "Change", CHANGE_WIDTH, align="right"),
    Column("what", "", 4),
)

_AROUND_ROWS = 3


class Mover(Struct, frozen=True):
    """A line of the table."""

    report: str
    """The name of the row's report."""
    insight: Insight | None = None
    """The changed row; ``None`` for the heading of its report."""


def lines_of(found: Mapping[str, Sequence[Insight]]) -> list[Mover]:
    """The lines of an answer: the reports in Matomo's order, without empty ones, each with its largest changes
    first."""
    lines: list[Mover] = []
    for report, rows in found.items():
        if rows:
            lines.append(Mover(report))
            lines += [Mover(report, row) for row in sorted(rows, key=lambda row: -abs(row.difference))]
    return lines


class ChangedPane(SinglePane):
    """Movers and shakers: rows that changed more than the whole site did. A key shows all larger changes instead."""

    TITLE = "Movers and shakers"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("changed")]

    class Opened(FieldMessage):
        """The user opened the report with the name ``report``."""

        report: str

    class Narrow(FieldMessage):
        """The user wants only the visits of a row."""

        segment: str

    class Drawn(FieldMessage):
        """Other changes were drawn."""

    def __init__(self, loader: ReportLoader, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._loader = loader
        self._table: VirtualTable[int] = TintedTable(COLUMNS, header=True, spacing=2)
        self._query: Query | None = None
        self._answered: tuple[Query, bool] | None = None
        """The query of the last answer, with True if its period was not over then."""
        self._shows_all = False
        self._lines: list[Mover] = []
        self._largest = 0.0
        """The largest change, which has the longest bar."""

    def compose_content(self) -> ComposeResult:
        yield self._table

    @property
    def table(self) -> VirtualTable[int]:
        """The widget that takes the focus."""
        return self._table

    @property
    def wanted_height(self) -> int | None:
        """The lines that the title, the headings and all rows take; ``None`` as long as the rows are unknown."""
        return len(self._lines) + _AROUND_ROWS if self._lines and self.has_content else None

    @property
    def choices(self) -> bool:
        """Whether all larger changes are shown."""
        return self._shows_all

    def resume(self, choices: object) -> None:
        self._shows_all = choices is True

    def show_query(self, query: Query) -> None:
        """Load the changes of the query's period, unless they are shown already."""
        if query != self._query:
            self._query = query
            self._request()

    def forget_request(self) -> None:
        """Load again in :meth:`show_query`."""
        self._query = None

    def reload(self) -> None:
        """Load the changes again from Matomo."""
        self._request(reload=True)

    def update_age(self) -> None:
        """The title has no age: it names the period."""

    def _request(self, *, reload: bool = False) -> None:
        query = self._query
        if query is not None:
            self._draw_period(query)
            self.ask((query, self._shows_all), again=reload)
            self.run_worker(deferred(self._load, query, self._shows_all, reload), group="changed", exclusive=True)

    def _is_growing(self, query: Query) -> bool:
        """Returns True if the period was not over when the shown figures were requested, or is not if there are none
        of this query yet."""
        if self._answered is not None and self._answered[0] == query:
            return self._answered[1]
        return query.period.contains(self._loader.today(query))

    def _draw_period(self, query: Query) -> None:
        title = "All larger changes" if self._shows_all else self.TITLE
        growing = ", which is not over" if self._is_growing(query) else ""
        self.set_title(f"{query.period.label()}{growing}, vs {query.period.previous().label()}", title=title)

    def fail(self, error: MatomoError) -> None:
        """Show the error in place of the changes."""
        super().fail(error)
        self.post_message(self.Drawn())

    async def _load(self, query: Query, everything: bool, reload: bool) -> None:
        method = insights.get_insights_overview if everything else insights.get_movers_and_shakers_overview
        try:
            found, growing = await self._loader.request_dated(method(**query.where), query, reload=reload)
        except MatomoError as error:
            self.failed(error)
            return
        keep = self._is_answered
        self.answered()
        self._answered = query, growing
        self._draw_period(query)
        self._lines = lines_of(found)
        self._largest = max((abs(one.insight.difference) for one in self._lines if one.insight), default=0.0)
        if not self._lines:
            more = "" if everything else "\nm shows all larger changes."
            self.set_state(PaneState.EMPTY, f"Nothing changed more than usual in this period.{more}")
        else:
            self.set_state(PaneState.CONTENT)
        self._table.set_rows(
            ListRows([self._row(n, line, growing) for n, line in enumerate(self._lines)]), keep_cursor=keep
        )
        if not keep:
            self._table.move_cursor(1)
        self.refresh_bindings()
        self.post_message(self.Drawn())

    def _row(self, key: int, line: Mover, growing: bool) -> Row[int]:
        insight, glyphs = line.insight, glyphs_of(self)
        if insight is None:
            return Row(key, (((sanitize(line.report, 80), "strong"),), "", "", "", ""))
        direction: Literal[-1, 0, 1] = 1 if insight.difference > 0 else -1 if insight.difference < 0 else 0
        change = Change(insight.value_old, insight.value_new, direction)
        what = "new" if insight.is_new else "gone" if insight.is_disappeared else ""
        share = abs(insight.difference) / self._largest if self._largest else 0.0
        cells: tuple[Cell, ...] = (
            OverBar(f"  {label_text(insight.label, 300)}", share, glyphs.ellipsis),
            ((number(insight.value_old, glyphs.dash), "muted"),),
            ((number(insight.value_new, glyphs.dash), "strong"),),
            change_cell(change, is_new=False, kind="number", glyphs=glyphs, growing=growing),
            ((what, "accent"),),
        )
        return Row(key, cells)

    @property
    def _line(self) -> Mover | None:
        key = self._table.cursor_key
        return self._lines[key] if key is not None and key < len(self._lines) else None

    def on_virtual_table_highlighted(self, event: VirtualTable.Highlighted[int]) -> None:
        event.stop()
        self.refresh_bindings()

    def on_virtual_table_selected(self, event: VirtualTable.Selected[int]) -> None:
        event.stop()
        self.action_open()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Disable the keys without a row that they apply to."""
        line = self._line if self.has_content else None
        if action == "narrow":
            return line is not None and line.insight is not None and bool(line.insight.segment)
        return line is not None if action == "open" else True

    def refusal(self, action: str) -> str | None:
        """Why the action is not possible now; ``None`` if there is no particular reason."""
        if self._line is None or not self.has_content:
            return "There is no row here."
        return "Matomo has no segment for this row." if action == "narrow" else None

    def action_open(self) -> None:
        """Open the row's report."""
        line = self._line
        if line is not None:
            self.post_message(self.Opened(line.report))

    def action_narrow(self) -> None:
        """Add the row's segment to the query."""
        line = self._line
        if line is not None and line.insight is not None and line.insight.segment:
            self.post_message(self.Narrow(line.insight.segment))

    def action_everything(self) -> None:
        """Switch between movers and shakers and all larger changes."""
        self._shows_all = not self._shows_all
        self._request()
