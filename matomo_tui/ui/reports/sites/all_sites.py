"""The all-sites pane: its keys and the messages of its table and cards."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from matomo_tui.api.errors import MatomoError
from matomo_tui.reports.query import Query
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.messages import FieldMessage
from matomo_tui.ui.reports.remembered_columns import remembered_of
from matomo_tui.ui.reports.sites.all_sites_view import TABLE, TOPIC, AllSitesView
from matomo_tui.ui.reports.sites.marked_sites import MOST
from matomo_tui.ui.reports.sites.site_cards import SiteCards
from matomo_tui.ui.reports.sites.site_rows import SiteKey
from matomo_tui.ui.widgets.filter_input import FilterLine
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from matomo_tui.ui.widgets.workers import deferred


class AllSitesPane(AllSitesView):
    """All sites with their keys."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("all sites")

    class Opened(FieldMessage):
        """The user opened a site."""

        site_id: int

    class WallRequested(FieldMessage):
        """The user asked for the wall of these ``sites``: id and name of each."""

        sites: list[tuple[int, str]]

    def clear_search(self) -> bool:
        """Clear the search. Returns True if there was one."""
        there = self._filter.is_open or bool(self._filter.text)
        if there:
            self._filter.clear()
        return there

    def on_filter_line_changed(self, event: FilterLine.Changed) -> None:
        """Search the list at once, or on the server after a pause."""
        event.stop()
        self._searching.cancel()
        self._list.arrangement.text = self._filter.text
        if self._list.is_paged:
            self._searching.restart()
        else:
            self._list.arrange()
            self._draw(keep=False)

    def on_filter_line_left(self, event: FilterLine.Left) -> None:
        event.stop()
        self.focus_target.focus()

    def on_site_cards_moved(self, event: SiteCards.Moved) -> None:
        event.stop()
        self._table.move_cursor(event.index)
        if event.opened:
            self.action_open()

    def on_virtual_table_highlighted(self, event: VirtualTable.Highlighted[SiteKey]) -> None:
        event.stop()
        self._cards.set_cursor(self._table.cursor)
        self.refresh_bindings()

    def on_virtual_table_selected(self, event: VirtualTable.Selected[SiteKey]) -> None:
        event.stop()
        self.action_open()

    def on_virtual_table_header_clicked(self, event: VirtualTable.HeaderClicked) -> None:
        """Sort by the column clicked; a second click reverses the order."""
        event.stop()
        how = self._list.arrangement
        if event.column in self._list.sortable:
            how.descending = not how.descending if event.column == how.column else event.column != "label"
            how.column = event.column
            self._apply_order()

    # Keys

    def _apply_order(self) -> None:
        if self._list.is_paged:
            self._request_quietly()
        else:
            self._list.arrange()
            self._draw()

    def action_open(self) -> None:
        """Open the site under the cursor; fold or unfold the group."""
        key = self._table.cursor_key
        if isinstance(key, int):
            self.post_message(self.Opened(key))
        elif key is not None:
            self._fold(key, folded=key not in self._list.folded)

    def action_collapse(self) -> None:
        """Fold the group under the cursor, or the one of the site."""
        key = self._table.cursor_key
        row = self._list.row_of(key)
        name = key if isinstance(key, str) else str(row.values.get("group") or "") if row is not None else ""
        if name:
            place = self._table.rows.index_of(name)
            if place is not None:
                self._table.move_cursor(place)
            self._fold(name, folded=True)

    def action_expand(self) -> None:
        """Show the sites of the group under the cursor."""
        key = self._table.cursor_key
        if isinstance(key, str):
            self._fold(key, folded=False)

    def action_fold_all(self, folded: bool) -> None:
        """Fold all groups, or unfold them."""
        self._list.fold_all(folded=folded)
        self._draw()

    def _fold(self, name: str, *, folded: bool) -> None:
        if folded is (name in self._list.folded) or self._query is None:
            return
        if folded:
            self.run_worker(deferred(self._fold_after_loading, name, self._query), group="fold", exclusive=True)
        else:
            self._list.unfold(name)
            self._draw()

    async def _fold_after_loading(self, name: str, query: Query) -> None:
        try:
            if not await self._list.fold(name, query):
                self.notify("This group is too long to be folded.", severity="warning", markup=False)
        except MatomoError as error:
            self.notify(str(error), severity="error", markup=False)
        self._draw()

    def action_mark(self) -> None:
        """Put the site under the cursor on the wall, or take it off."""
        key = self._table.cursor_key
        row = self._list.row_of(key)
        if not isinstance(key, int) or row is None:
            return
        if not self.marks.turn(key, row.label):
            self.notify(f"The wall has {MOST} sites, which is the most.", severity="warning", markup=False)
        self._table.action_cursor_down()
        self._draw(look=False)

    def action_wall(self) -> None:
        """Show the marked sites as tiles; without any the first ones of the list."""
        self.post_message(self.WallRequested(self.wall_sites()))

    def action_find(self) -> None:
        """Open the search line."""
        self._filter.open()

    def action_sort(self) -> None:
        """Sort by the next column."""
        columns, how = self._list.sortable, self._list.arrangement
        at = columns.index(how.column) if how.column in columns else -1
        how.column = columns[(at + 1) % len(columns)]
        how.descending = how.column != "label"
        self._apply_order()

    def action_reverse(self) -> None:
        """Reverse the order."""
        self._list.arrangement.descending = not self._list.arrangement.descending
        self._apply_order()

    def action_cards(self) -> None:
        """Switch between cards and the table, and remember it."""
        self._prefers_table = not self._prefers_table
        if (remembered := remembered_of(self.app)) is not None:
            remembered.put(TOPIC, TABLE, self._prefers_table or None)
        self._show_shape()
        self._looking.restart()

    def action_groups(self) -> None:
        """Switch between groups and one list."""
        how = self._list.arrangement
        how.grouped = not how.grouped
        if how.column not in self._list.sortable:
            how.column, how.descending = self._list.sortable[0], True
        self._apply_order()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable keys without sites to apply to."""
        has_content, how, key = self.has_content, self._list.arrangement, self._table.cursor_key
        if action == "open":
            return has_content and key is not None
        if action == "mark":
            return has_content and isinstance(key, int)
        if action in ("collapse", "expand"):
            return has_content and how.grouped
        if action == "fold_all":
            return has_content and how.grouped and not self._list.is_paged
        if action == "groups":
            return has_content and self._list.has_groups
        if action == "cards":
            return has_content and self._fits_cards
        if action in ("find", "sort", "reverse", "wall"):
            return has_content
        return super().check_action(action, parameters)

    def refusal(self, action: str) -> str | None:
        """Why the action is not possible now; ``None`` if there is no particular reason."""
        if not self.has_content:
            return "There are no sites here yet."
        reasons = {
            "mark": "This is a group, not a site.",
            "groups": "No site is in a group.",
            "cards": "Cards need fewer than a dozen sites, and room for them.",
            "collapse": "{all_sites.groups} lists the sites by groups.",
            "expand": "{all_sites.groups} lists the sites by groups.",
        }
        if action == "cards" and self._list.arrangement.grouped:
            return "Cards show no groups; {all_sites.groups} leaves them."
        if action.startswith("fold_all"):
            return "So many sites are folded group by group."
        return reasons.get(action)
