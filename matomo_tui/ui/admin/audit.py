"""The audit log pane: writes sent or refused on this machine, and calls of AI agents."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from matomo_tui.admin.audit import AuditEntry, AuditError, AuditFilter, change_lines, who
from matomo_tui.api.errors import MatomoError
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.admin.admin_context import AdminContext
from matomo_tui.ui.admin.admin_pane import AdminPane
from matomo_tui.ui.shell import Shell
from matomo_tui.ui.widgets.filter_input import FilterLine
from matomo_tui.ui.widgets.pane import PaneState
from matomo_tui.ui.widgets.table.columns import Column, StyleName
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable

COLUMNS = (
    Column("when", "When (UTC)", 16),
    Column("what", "What", 20, flex=3),
    Column("outcome", "Outcome", 9),
    Column("site", "Site", 5, align="right", hides=2),
    Column("method", "Method", 24, hides=3),
    Column("profile", "Profile", 12, hides=4),
)
_LOOKS: dict[str, StyleName] = {
    "done": "good",
    "already": "good",
    "refused": "bad",
    "denied": "bad",
    "failed": "warn",
    "unknown": "warn",
    "sending": "warn",
}
MOST_LISTED = 10_000
"""Entries in the list."""


class AuditPane(AdminPane):
    """Lists the newest writes first. The entry under the cursor is shown below the list; a long one takes the focus by
    ``tab`` and is scrolled by the keys then."""

    TITLE = "Audit log"
    BINDINGS: ClassVar[list[BindingType]] = bindings("audit")
    DEFAULT_CSS = """
    AuditPane > .audit--entry {
        height: auto; max-height: 50%; padding: 0 1; border-top: solid $border-blurred; scrollbar-size: 1 1;
        &:focus { border-top: solid $accent; }
        & > Static { height: auto; }
    }
    """

    def __init__(self, context: AdminContext) -> None:
        super().__init__(context)
        self.table: VirtualTable[int] = VirtualTable(COLUMNS, header=True)
        self._filter = FilterLine("any word: name, method, outcome")
        self._text = Static("", markup=False)
        self._whole = VerticalScroll(self._text, classes="audit--entry")
        self._entries: Sequence[AuditEntry] = ()
        self._shown: list[int] = []
        self._open = False

    def compose_content(self) -> ComposeResult:
        yield self._filter
        yield self.table
        yield self._whole

    def on_mount(self) -> None:
        """Hide the entry until it is opened."""
        super().on_mount()
        self._whole.display = False

    def focus_target(self) -> Widget | None:
        return self.table

    def shown(self) -> None:
        """Read the log each time, because other screens write to it."""
        self.mark_outdated()
        super().shown()

    async def load(self) -> None:
        """Read the file in a thread."""
        try:
            entries, unreadable = await asyncio.to_thread(self.context.log.read)
        except AuditError as error:
            raise MatomoError(str(error)) from None
        self._entries = entries[::-1][:MOST_LISTED]
        if unreadable:
            self.notify(f"{unreadable} lines of the audit log cannot be read.", severity="warning", markup=False)
        if self._entries:
            self.set_state(PaneState.CONTENT)
            self._list()
        else:
            self.set_title("")
            self.set_state(
                PaneState.EMPTY, f"Nothing has been written from this computer yet.\n{self.context.log.file}"
            )

    def _list(self) -> None:
        wanted = AuditFilter(text=self._filter.text.strip())
        self._shown = [at for at, entry in enumerate(self._entries) if wanted.wants(entry)]
        self.table.set_rows(ListRows([_row(at, self._entries[at]) for at in self._shown]))
        every, some = len(self._entries), len(self._shown)
        self._filter.show_count(f"{some:,} of {every:,}")
        self.set_title(f"{some:,} of {every:,}" if some != every else f"{every:,}")
        self._draw_whole()

    def _draw_whole(self) -> None:
        key = self.table.cursor_key
        self._whole.display = self._open and key is not None
        if key is not None and self._open:
            self._text.update(entry_text(self._entries[key]))
            self._whole.scroll_home(animate=False)

    def on_filter_line_changed(self, event: FilterLine.Changed) -> None:
        event.stop()
        self._list()

    def on_filter_line_left(self, event: FilterLine.Left) -> None:
        event.stop()
        self.table.focus()

    def on_virtual_table_highlighted(self, event: VirtualTable.Highlighted[int]) -> None:
        event.stop()
        self._draw_whole()

    def on_virtual_table_selected(self, event: VirtualTable.Selected[int]) -> None:
        event.stop()
        self.action_open()

    def go_back(self) -> bool:
        """Close the entry, then the filter."""
        if self._open:
            self.action_open()
        elif self._filter.is_open:
            self._filter.clear()
        else:
            return False
        return True

    def action_find(self) -> None:
        """Open the filter."""
        self._filter.open()

    def action_open(self) -> None:
        """Show or hide the whole entry."""
        self._open = not self._open
        if self._whole.has_focus:
            self.table.focus()
        self._draw_whole()

    def action_copy(self) -> None:
        """Copy the entry."""
        key = self.table.cursor_key
        if key is not None and isinstance(self.app, Shell):
            self.app.copy(entry_text(self._entries[key]))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        return self.state is PaneState.CONTENT if action in ("find", "open", "copy") else True


def entry_text(entry: AuditEntry) -> str:
    """All fields of an entry as lines of text."""
    site = f", site {entry.site}" if entry.site is not None else ""
    profile = f", profile {entry.profile}" if entry.profile else ""
    outcome = f"{entry.outcome}: {entry.detail}" if entry.detail else entry.outcome
    lines = [entry.what, outcome, f"{entry.when}  {entry.method} at {entry.server}{site}{profile}"]
    if by := who(entry):
        lines.append(f"by {by}")
    if entry.created is not None:
        lines.append(f"made: id {entry.created}")
    lines += [f"  {line}" for line in change_lines(entry)]
    return "\n".join(lines)


def _row(at: int, entry: AuditEntry) -> Row[int]:
    look = _LOOKS.get(entry.outcome, "bad")
    site = "" if entry.site is None else str(entry.site)
    when = entry.when.replace("T", " ").removesuffix("Z")[:16]
    return Row(at, (((when, "muted"),), entry.what, ((entry.outcome, look),), site, entry.method, entry.profile))
