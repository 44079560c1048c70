"""The visit log pane: the visits of the period and segment, page by page, with a search on the server."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar

from msgspec import Struct
from textual.app import ComposeResult
from textual.binding import BindingType

from matomo_tui.api.errors import MatomoError
from matomo_tui.live.snapshot import VisitRow
from matomo_tui.live.timezones import zone
from matomo_tui.live.visit_rows import COLUMNS as VISIT_COLUMNS
from matomo_tui.live.visit_rows import HIDDEN, RowReader
from matomo_tui.page_url import mask_tokens
from matomo_tui.reports.loader import ReportLoader
from matomo_tui.reports.query import Query
from matomo_tui.reports.visit_log import VisitLog
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.available_actions import bound_key, with_keys
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.messages import FieldMessage
from matomo_tui.ui.reports.log_rows import COLUMNS, LogRows
from matomo_tui.ui.reports.single_pane import SinglePane
from matomo_tui.ui.widgets.debouncer import Debouncer
from matomo_tui.ui.widgets.filter_input import FilterLine
from matomo_tui.ui.widgets.pane import PaneState
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from matomo_tui.ui.widgets.workers import deferred

_Shown = tuple[VisitLog | None, LogRows | None, RowReader | None]
"""A log with its rows and the reader of its visits."""

PAUSE = 0.4
"""Seconds without a key before Matomo searches for the text typed."""

_WIDER = {
    "day": "{section.kind.week} looks in the week, {section.kind.month} in the month",
    "week": "{section.kind.month} looks in the month, {section.kind.year} in the year",
    "month": "{section.kind.year} looks in the year",
}
"""Where else to look if a period has no visit, with the ids of the actions in braces; others look like a week."""


class LogChoices(Struct, frozen=True):
    """What the visit log shows."""

    search: str
    row: tuple[str, str]
    """The segment and the label of a report's row; empty for all visits."""


class VisitLogPane(SinglePane):
    """Visits, newest action first. ``/`` searches for an IP address, a user ID, a visitor ID or a visit ID."""

    TITLE = "Visit log"
    BINDINGS: ClassVar[list[BindingType]] = bindings("log")

    class Opened(FieldMessage):
        """The user opened a visit."""

        visit: VisitRow

    def __init__(
        self, loader: ReportLoader, now: Callable[[], float] = time.time, search: str = "", *, id: str | None = None
    ) -> None:
        """``now`` is the server's time, ``search`` the text to begin with."""
        super().__init__(id=id)
        self._loader = loader
        self._now = now
        self._table: VirtualTable[int] = VirtualTable(COLUMNS, header=True)
        self._filter = FilterLine("IP address, its beginning, user id, visitor id or visit id", self._table)
        self._filter.show(search)
        self._row = ("", "")
        self._query: Query | None = None
        self._log: VisitLog | None = None
        self._rows: LogRows | None = None
        self._reader: RowReader | None = None
        self._pause = Debouncer(self, PAUSE, self._begin)
        self._open_first = False

    def compose_content(self) -> ComposeResult:
        yield self._table
        yield self._filter

    @property
    def table(self) -> VirtualTable[int]:
        """The widget that takes the focus."""
        return self._table

    @property
    def choices(self) -> LogChoices:
        """What is searched for, and the row whose visits are shown."""
        return LogChoices(self._filter.text, self._row)

    def show_query(self, query: Query) -> None:
        """Load the visits of the query's site, period and segment, unless they are shown already."""
        before, self._query = self._query, query
        if before is not None and before.site.id != query.site.id:
            self._row = ("", "")
        if before is None or before.where != query.where:
            self._begin()

    def forget_request(self) -> None:
        """Load again in :meth:`show_query`."""
        self._query = None

    def reload(self) -> None:
        """Load the visits again from Matomo."""
        self._begin()

    @property
    def has_failed(self) -> bool:
        """Returns True if the visits could not be loaded. Those of an earlier answer stay if the user has moved among
        them: they begin anew, with the first page."""
        return super().has_failed and not (self.has_content and self._table.cursor)

    def update_age(self) -> None:
        """The title has no age: each page is as new as its request."""

    def search(self, text: str) -> None:
        """Search for ``text``; ``""`` shows all visits."""
        text = mask_tokens(text.strip())
        if text != self._filter.text.strip():
            self._filter.show(text)
            self._begin()

    def show_row(self, segment: str, label: str) -> None:
        """Show only the visits of a report's row, by its segment and label; ``""`` shows all."""
        row = (segment, sanitize(label, 60))
        if row != self._row:
            self._row = row
            self._begin()

    @property
    def shows_row(self) -> bool:
        """Returns True if only the visits of a report's row are shown."""
        return bool(self._row[0])

    def clear_search(self) -> bool:
        """Clear the search. Returns True if there was one."""
        text, is_open = self._filter.text, self._filter.is_open
        if text or is_open:
            self._filter.clear()
        if text:
            self._begin()
        return bool(text) or is_open

    # Loading

    def _begin(self) -> None:
        """Load the first page of the query and the search."""
        self._pause.cancel()
        query = self._query
        if query is None:
            return
        shown = (self._log, self._rows, self._reader)
        log = self._log = VisitLog(
            self._loader,
            query,
            zone(query.site.timezone),
            self._filter.text,
            only=self._row[0],
            columns=VISIT_COLUMNS,
            params={"hideColumns": ",".join(HIDDEN)},
        )
        self._rows = LogRows(query.site, glyphs_of(self), self._want_more)
        self._reader = RowReader(query.site)
        self.begin_request(quietly=self.has_content)
        self.run_worker(deferred(self._reload, shown, log, self._rows), group="log", exclusive=True)

    async def _reload(self, shown: _Shown, log: VisitLog, rows: LogRows) -> None:
        """Load the first page. If the log that is ``shown`` was asked for again in vain, it stays."""
        before = shown[0]
        is_same = before is not None and (before.query, before.search, before.only) == (log.query, log.search, log.only)
        error = await self._load(log, rows)
        if error is not None and is_same and self.has_content:
            self._log, self._rows, self._reader = shown
            self.fail_reload(error)
        elif error is not None:
            self.fail(error)

    def _want_more(self) -> None:
        log, rows = self._log, self._rows
        if log is not None and rows is not None and not self.is_waiting:
            self.begin_request(quietly=True)
            self.run_worker(deferred(self._load, log, rows), group="log", exclusive=True)

    async def _load(self, log: VisitLog, rows: LogRows) -> MatomoError | None:
        """Load a page and show it. Returns the error of the first page; that of a further one is a notification."""
        is_first = not log.visits
        try:
            page = await log.load_more()
        except MatomoError as error:
            if is_first:
                return error
            self.end_request()
            rows.add((), complete=True)
            self._table.set_rows(rows)
            self.notify(
                f"{error} {bound_key(self, 'section.reload')} loads the log again.", severity="error", markup=False
            )
            return None
        self.end_request()
        reader = self._reader
        if reader is None or log is not self._log:
            return None
        now = self._now()
        rows.add([reader.read(visit, now=now, updated_at=now).row for visit in page.visits], complete=page.complete)
        self._show(log, rows, is_first=is_first)
        return None

    def _show(self, log: VisitLog, rows: LogRows, *, is_first: bool) -> None:
        typing = self._filter.has_focus_within
        self._table.set_empty_text(self._empty_text(log))
        self.set_state(PaneState.CONTENT)
        self._filter.display = bool(self._filter.text) or typing
        self._table.set_rows(rows, keep_cursor=not is_first)
        if is_first:
            self._table.move_cursor(0)
        count = f"{len(rows.visits):,}"
        found = count if log.complete else f"{count} and more"
        self._filter.show_count(found)
        only = f", only “{self._row[1]}”" if log.only else ""
        wanted = f", with “{sanitize(log.search, 40)}”" if log.search else ""
        self.set_title(f"{found}{only}{wanted}")
        if self._open_first:
            self._open_first = False
            self.action_open()
        self.refresh_bindings()

    def _empty_text(self, log: VisitLog) -> str:
        period = log.query.period
        where = f"{period.label()}{' in this segment' if log.query.segment else ''}"
        if log.only:
            where = f"{where}, only “{self._row[1]}”"
        more = with_keys(self, _WIDER.get(period.kind, _WIDER["week"]))
        if log.search:
            return f"No visit with “{sanitize(log.search, 60)}”: {where}. {more}."
        return f"No visits: {where}. {more}."

    def ways_out(self) -> tuple[str, ...]:
        """The search and the row are sent as a segment, too."""
        log, ways = self._log, super().ways_out()
        if log is not None and log.search:
            return ("{app.back} clears the search.", *ways)
        return ("{app.back} leaves the visits of the row.", *ways) if log is not None and log.only else ways

    def draw_bare_title(self) -> None:
        """Draw the title without a count."""
        self.set_title()

    # Search

    def on_filter_line_changed(self, event: FilterLine.Changed) -> None:
        """Search after a pause."""
        event.stop()
        self._open_first = False
        if self._log is not None and event.text.strip() == self._log.search:
            self._pause.cancel()
        else:
            self._pause.restart()

    def on_filter_line_left(self, event: FilterLine.Left) -> None:
        """Search at once."""
        event.stop()
        self._table.focus()
        if self._pause.is_pending:
            self._begin()

    def on_virtual_table_highlighted(self, event: VirtualTable.Highlighted[int]) -> None:
        event.stop()
        self.refresh_bindings()

    def on_virtual_table_selected(self, event: VirtualTable.Selected[int]) -> None:
        event.stop()
        self.action_open()

    # Keys

    @property
    def highlighted(self) -> VisitRow | None:
        """The visit under the cursor."""
        rows, index = self._rows, self._table.cursor
        return rows.visits[index] if rows is not None and 0 <= index < len(rows.visits) else None

    def action_open(self) -> None:
        """Open the visit under the cursor, or the first one as soon as the search has found it."""
        visit = self.highlighted
        if self.is_waiting and (self._log is None or not self._log.visits):
            self._open_first = True
        elif visit is not None:
            self.post_message(self.Opened(visit))

    def action_find(self) -> None:
        """Open the search line."""
        self._filter.open()

    def action_copy(self) -> None:
        """Copy the user ID or IP address of the visit."""
        visit = self.highlighted
        text = (visit.user_id or visit.ip or visit.visitor_id) if visit is not None else ""
        if text:
            self.app.copy_to_clipboard(text)
            self.notify(f"Copied: {text}", timeout=2, markup=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Disable keys without visits to apply to, and all of them while a text is typed."""
        if action == "find":
            return self._table.has_focus
        if action in ("open", "copy"):
            return self._table.has_focus and (self.highlighted is not None or (action == "open" and self.is_waiting))
        return True
