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


class _LogTable(Struct, frozen=True):
    """A log with its rows in the table, and the reader of its visits."""

    log: VisitLog
    rows: LogRows
    reader: RowReader


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
        """The log that was asked for last."""
        self._shown: _LogTable | None = None
        """What the keys act on; ``None`` while a log of other visits is awaited."""
        self._pause = Debouncer(self, PAUSE, self._begin)
        self._may_open_first = self._open_first = False

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
            self._open_first = False
            self._begin()

    def forget_request(self) -> None:
        """Load again in :meth:`show_query`."""
        self._query = None
        self._open_first = False

    def forget_answer(self) -> None:
        """Forget the visits: no key is about them any more."""
        super().forget_answer()
        self._shown = None
        self._filter.show_count("")
        self.refresh_bindings()

    def reload(self) -> None:
        """Load the visits again from Matomo."""
        self._begin()

    @property
    def has_failed(self) -> bool:
        """Returns True if the visits could not be loaded. Those of an earlier answer stay if the user has moved among
        them: several pages may be needed to come back to the visit under the cursor."""
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
        """Load the first page of the query and the search. The same log stays until it is answered."""
        self._pause.cancel()
        query, before = self._query, self._log
        if query is None:
            return
        log = self._log = VisitLog(
            self._loader,
            query,
            zone(query.site.timezone),
            self._filter.text,
            only=self._row[0],
            columns=VISIT_COLUMNS,
            params={"hideColumns": ",".join(HIDDEN)},
        )
        self._may_open_first = before is None or (_has_same_visits(before, log) and bool(log.search))
        table = _LogTable(log, LogRows(query.site, glyphs_of(self), self._want_more), RowReader(query.site))
        self.ask((query.where, log.only, log.search), again=True)
        self.run_worker(deferred(self._load, table), group="log", exclusive=True)

    async def _load(self, table: _LogTable) -> None:
        """Load the first page; of the log that is shown also the others down to the visit under the cursor. If that was
        asked for again in vain, it stays."""
        try:
            await self._add_page(table)
            while self._shown is not None and self._lacks_cursor(table):
                await self._add_page(table)
        except MatomoError as error:
            self.failed(error)
            self.refresh_bindings()
            if self._shown is not None:  # This load has stopped that of a further page, or refused it.
                self._shown.rows.want(*self._table.view)
            return
        self.answered()
        is_again, self._shown = self._shown is not None, table
        self._show(table, keep_cursor=is_again)

    def _lacks_cursor(self, table: _LogTable) -> bool:
        """Returns True if the visit under the cursor is not among those of ``table``, which ends above the cursor."""
        key, rows = self._table.cursor_key, table.rows
        is_above = len(rows.visits) <= self._table.cursor and not table.log.complete
        return is_above and (key is None or rows.index_of(key) is None)

    async def _add_page(self, table: _LogTable) -> None:
        """Load the next page of the log into its rows. Raises ``MatomoError``."""
        page = await table.log.load_more()
        now = self._now()
        read = [table.reader.read(visit, now=now, updated_at=now).row for visit in page.visits]
        table.rows.add(read, complete=page.complete)

    def _want_more(self) -> None:
        if self._shown is not None and not self.is_waiting:
            self.begin_request(quietly=True)
            self.run_worker(deferred(self._load_more, self._shown), group="log", exclusive=True)

    async def _load_more(self, table: _LogTable) -> None:
        """Load a further page and show it. Its error is a notification."""
        try:
            await self._add_page(table)
        except MatomoError as error:
            self.end_request()
            table.rows.add((), complete=True)
            self._table.set_rows(table.rows)
            self.notify(
                f"{error} {bound_key(self, 'section.reload')} loads the log again.", severity="error", markup=False
            )
            return
        self.end_request()
        self._show(table, keep_cursor=True)

    def _show(self, table: _LogTable, *, keep_cursor: bool) -> None:
        log, rows = table.log, table.rows
        typing = self._filter.has_focus_within
        self._table.set_empty_text(self._empty_text(log))
        self.set_state(PaneState.CONTENT)
        self._filter.display = bool(self._filter.text) or typing
        self._table.set_rows(rows, keep_cursor=keep_cursor)
        if not keep_cursor:
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
        """The visit under the cursor; ``None`` while other visits are awaited."""
        visits, index = self._shown.rows.visits if self._shown is not None else [], self._table.cursor
        return visits[index] if 0 <= index < len(visits) else None

    def action_open(self) -> None:
        """Open the visit under the cursor, or the first one as soon as the search has found it."""
        visit = self.highlighted
        if visit is not None:
            self.post_message(self.Opened(visit))
        elif self._awaits_first:
            self._open_first = True

    @property
    def _awaits_first(self) -> bool:
        """Returns True while a search, or the first log, is awaited: there is no other visit to be meant."""
        return self.is_waiting and self._shown is None and self._may_open_first

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
            is_possible = self.highlighted is not None or (action == "open" and self._awaits_first)
            return self._table.has_focus and is_possible
        return True

    def refusal(self, action: str) -> str | None:  # noqa: ARG002
        """That there is no visit to act on yet; ``None`` if there is no particular reason."""
        return "The visits are still loading." if self.is_waiting and self._shown is None else None


def _has_same_visits(one: VisitLog, other: VisitLog) -> bool:
    """Returns True if both are of the same visits, whatever is searched for among them."""
    return (one.query.where, one.only) == (other.query.where, other.only)
