"""The feed pane: visits sorted by newest action."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.geometry import Size

from matomo_tui.api.site import Site
from matomo_tui.live.snapshot import Feed, LiveSnapshot, Presence, VisitRow
from matomo_tui.page_url import mask_tokens
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.available_actions import bound_key, with_keys
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.messages import FieldMessage
from matomo_tui.ui.widgets.pane import Pane, PaneState, is_in_kiosk, state_for

if TYPE_CHECKING:
    from matomo_tui.live.feed_filter import RowFilter
    from matomo_tui.ui.live.feed_rows import VisitRows
    from matomo_tui.ui.widgets.filter_input import FilterLine
    from matomo_tui.ui.widgets.table.columns import Column
    from matomo_tui.ui.widgets.table.virtual_table import VirtualTable

WIDE = 140
"""Cells from which on the columns have two blanks between them."""
REMEMBERED = ("live", "feed columns")
"""Topic and key of the remembered choice of columns."""
ROOMY, TALL = 100, 14
"""Cells and lines from which on the table has a header."""


class FeedPane(Pane):
    """The visit feed.

    A new or changed visit has a bar before it and bright text until the next poll. While the cursor is not on the
    first row, its row stays in place, and the title shows the number of new visits above.
    """

    TITLE = "Visits"
    DEFAULT_CSS = """
    FeedPane.-empty > .pane--message, FeedPane.-loading > .pane--message { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("feed")]

    class Opened(FieldMessage):
        """Request to show this visit."""

        visit: VisitRow

    class Highlighted(FieldMessage):
        """The cursor moved to this visit (``None``: to none), or the visit under it changed."""

        visit: VisitRow | None

    class Narrow(FieldMessage):
        """Request to narrow all figures to ``segment``; ``label`` is the segment in words."""

        segment: str
        label: str

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._snapshot: LiveSnapshot | None = None
        self._chosen: tuple[str, ...] = ()
        self._rows: VisitRows | None = None
        self._words: tuple[str, ...] = ()
        self._row: RowFilter | None = None
        self._fresh: frozenset[int] = frozenset()
        self._polled: Feed | None = None
        """What the last poll brought."""
        self._seen: frozenset[int] = frozenset()
        self._reported: VisitRow | None = None

    # What the first frame does not need is imported when the rest of the pane is built.

    @cached_property
    def _table(self) -> VirtualTable[int]:
        from matomo_tui.ui.widgets.table.virtual_table import VirtualTable

        return VirtualTable(self._columns, follow="start")

    @cached_property
    def _filter(self) -> FilterLine:
        from matomo_tui.ui.widgets.filter_input import FilterLine

        return FilterLine("IP, country, page, source, user id", self._table)

    @property
    def _columns(self) -> tuple[Column, ...]:
        from matomo_tui.ui.live.feed_columns import columns_of

        return columns_of(self._chosen)

    def compose(self) -> ComposeResult:
        self._chosen = _remembered_columns(self.app)
        yield from super().compose()

    def compose_content(self) -> ComposeResult:
        self._fit(self.outer_size)
        if self._snapshot is not None and self._rows is None:
            self._start(self._snapshot.site)
            self._table.set_empty_text(self._state_of(self._snapshot)[1])
        yield self._table
        yield self._filter

    def compose_rest(self) -> ComposeResult:
        for widget in super().compose_rest():
            if widget in (self._table, self._filter):
                self._set_display()
            yield widget

    @property
    def highlighted(self) -> VisitRow | None:
        """The visit under the cursor."""
        rows = self._rows
        if rows is None or self._table.cursor_key is None or not len(rows):
            return None
        return rows.visits[self._table.cursor]

    def show(self, snapshot: LiveSnapshot) -> None:
        """Draw the visits of ``snapshot`` that changed."""
        before, self._snapshot = self._snapshot, snapshot
        if self.is_postponed and not snapshot.feed.ready:
            self.set_state(*self._state_of(snapshot))
            return
        if before is not None and before.site.id != snapshot.site.id:
            self._row = None
        if self._rows is None or before is None or before.site != snapshot.site or before.segment != snapshot.segment:
            self._start(snapshot.site)
            before = None
        polled = before is None or before.poll.polls != snapshot.poll.polls
        changes = before is None or before.feed is not snapshot.feed or (polled and self._fresh)
        if polled:
            self._fresh = self._news(snapshot.feed)
        if changes:
            self._fill()
        self._show_state(snapshot)
        self._show_title()

    def _news(self, feed: Feed) -> frozenset[int]:
        """The visits that are new or changed since the poll before; none of the first poll, also of its later pages."""
        if feed.pending or not feed.ready:
            return frozenset()
        from matomo_tui.ui.live.feed_rows import changed_visits

        before, self._polled = self._polled, feed
        return frozenset() if before is None else changed_visits(before, feed)

    def _start(self, site: Site) -> None:
        self._rows = self._new_rows(site)
        self._fresh = self._seen = frozenset()
        self._polled = None
        self._table.set_rows(self._rows, keep_cursor=False)

    def _new_rows(self, site: Site) -> VisitRows:
        from matomo_tui.ui.live.feed_rows import VisitRows

        return VisitRows(site, glyphs_of(self), self._columns)

    def _fill(self) -> None:
        """Put the visits that match the filter into the table."""
        snapshot, rows = self._snapshot, self._rows
        if snapshot is None or rows is None:
            return
        from matomo_tui.live.feed_filter import matches

        visits = snapshot.feed.visits
        if self._row is not None:
            visits = tuple(filter(self._row.matches, visits))
        shown = tuple(visit for visit in visits if matches(visit, self._words)) if self._words else visits
        stays = self._goes_out_of_view(shown)
        if stays:
            self._table.move_cursor(self._table.cursor + 1)
        rows.fill(shown, self._fresh)
        self._table.set_rows(rows)
        if stays:
            self._table.move_cursor(self._table.cursor - 1)
        if self._words:
            self._filter.show_count(f"{len(shown)} of {len(visits)}" if snapshot.feed.ready else "")
        self._report_cursor()

    def _goes_out_of_view(self, visits: Sequence[VisitRow]) -> bool:
        """Returns True if the visit under the cursor acted again and goes up out of the view. Then the rows in view
        stay, and the cursor its line: the user reads on."""
        key, table = self._table.cursor_key, self._table
        if key not in self._fresh or table.following or table.cursor + 1 >= len(table.rows):
            return False
        place = next((place for place, visit in enumerate(visits) if visit.id_visit == key), table.top)
        return place < table.top

    def _report_cursor(self) -> None:
        if (visit := self.highlighted) is not self._reported:
            self._reported = visit
            self.post_message(self.Highlighted(visit))

    def _show_state(self, snapshot: LiveSnapshot) -> None:
        state, message = self._state_of(snapshot)
        if self._row is not None and snapshot.feed.visits and not self._words:
            message = f"No visits {self._row.label} any more; {bound_key(self, 'feed.clear_filter')} shows all"
        elif self._words and snapshot.feed.visits:
            log = bound_key(self, "app.section.log")
            text = sanitize(self._filter.text.strip())
            message = f'No visit matches "{text}"; enter, then {log} searches the visit log'
        self._table.set_empty_text(message)
        self.set_state(state, message)

    def _state_of(self, snapshot: LiveSnapshot) -> tuple[PaneState, str]:
        """The state of the feed, and the sentence to show if there are no visits."""
        feed = snapshot.feed
        state, message = state_for(self, snapshot, snapshot.parts.visits, ready=feed.ready)
        if state is PaneState.CONTENT and not feed.visits:
            here = " in this segment" if snapshot.segment else ""
            drop = "; {live.clear_segment} drops it" if here else ""
            keys = "" if is_in_kiosk(self) else f"{drop}; {{app.section.log}} opens the visit log"
            sentence = f"Nobody in the last 30 minutes{here}{keys}"
            return PaneState.EMPTY, with_keys(self, sentence)
        return state, message

    def set_state(self, state: PaneState, message: str = "") -> None:
        """Show the sentence of an empty or loading feed inside the table, so that the table keeps the focus."""
        super().set_state(state, message)
        if not self.is_postponed:
            self._set_display()

    def _set_display(self) -> None:
        if self.state in (PaneState.EMPTY, PaneState.LOADING):
            self._table.display = True

    def _show_title(self) -> None:
        snapshot, rows = self._snapshot, self._rows
        if snapshot is None or rows is None:
            return
        self.set_title(", ".join(self._title_parts(snapshot, rows)) if snapshot.feed.visits else "")

    def _title_parts(self, snapshot: LiveSnapshot, rows: VisitRows) -> list[str]:
        feed = snapshot.feed
        recent = sum(visit.presence is not Presence.GONE for visit in feed.visits)
        is_full = recent == len(feed.visits) and feed.bound and recent >= feed.bound
        more = "+" if is_full or feed.pending else ""
        # Not the counter's figure: the server counts at another moment than it lists.
        parts = [f"{recent:,}{more} listed in 30 min"]
        if self._words or self._row is not None:
            by_row = self._row.label if self._row is not None else ""
            by_words = f'with "{sanitize(self._filter.text.strip())}"' if self._words else ""
            parts = [" ".join(filter(None, (f"{len(rows):,} of {len(feed.visits):,}", by_row, by_words)))]
        new = self._new_above()
        if new:
            parts.append(f"{glyphs_of(self).up} {new} new")
        if feed.truncated:
            parts.append("gap: more visits came than were fetched")
        return parts

    def _new_above(self) -> int:
        """The number of visits above the view that came since it left the top."""
        rows = self._rows
        if rows is None:
            return 0
        if self._table.top == 0:
            self._seen = frozenset(visit.id_visit for visit in rows.visits)
            return 0
        return sum(visit.id_visit not in self._seen for visit in rows.visits[: self._table.top])

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Hide the keys for visits while a filter is typed, and if there is no visit."""
        if action in ("open", "narrow", "copy"):
            return self.highlighted is not None and self._table.has_focus
        if action in ("filter", "columns"):
            return self._table.has_focus
        if action == "clear_filter":
            return bool(self._words or self._row) and self._table.has_focus
        return True

    def refusal(self, action: str) -> str | None:
        """Why the action is not possible now; ``None`` if there is no particular reason."""
        if action in ("open", "narrow", "copy"):
            return (
                "No visit matches the filter; {feed.clear_filter} drops it."
                if self._words
                else "There is no visit here."
            )
        return "There is no filter." if action == "clear_filter" else None

    def action_open(self) -> None:
        self._table.action_select()

    def action_filter(self) -> None:
        """Open the filter."""
        self._filter.open()

    @property
    def filter_text(self) -> str:
        """The filter as typed."""
        return self._filter.text.strip()

    def find(self, text: str) -> None:
        """Filter the visits by ``text``, in place of any other filter; access tokens in it are masked."""
        self._row = None
        text = mask_tokens(text)
        self._filter.show(text)
        self._filter_by(text)

    def filter_by_row(self, row: RowFilter) -> None:
        """Show only the visits of a ranking's ``row``, from the newest on, and focus the table."""
        self._row = row
        self._table.move_cursor(0)
        self.screen.set_focus(self._table)
        self._filter.show("")
        self._filter_by("")

    def action_clear_filter(self) -> None:
        """Remove the filter."""
        self._row = None
        if self._words:
            self._filter.clear()
        else:
            self._filter_by("")

    def action_columns(self) -> None:
        """Choose the columns and their order; the choice is remembered."""
        from matomo_tui.ui.live.feed_columns import DEFAULT, NAMES
        from matomo_tui.ui.widgets.ordered_choice_dialog import OrderedChoiceDialog

        self.app.push_screen(OrderedChoiceDialog("Columns of the feed", NAMES, self._chosen, DEFAULT), self._choose)

    def _choose(self, keys: tuple[str, ...] | None) -> None:
        if keys is None or keys == self._chosen:
            return
        self._chosen = keys
        if (remembered := getattr(self.app, "remembered", None)) is not None:
            remembered.put(*REMEMBERED, list(keys) or None)
        if self._snapshot is not None:
            at = self._table.cursor_key
            self._table.set_columns(self._columns)
            self._rows = self._new_rows(self._snapshot.site)
            self._fill()
            place = None if at is None else self._rows.index_of(at)
            self._table.move_cursor(place or 0)

    def action_narrow(self) -> None:
        """Choose the trait of the visit to narrow to."""
        from matomo_tui.ui.live.narrow_menu import NarrowMenu, choices_of

        if (visit := self.highlighted) is not None:
            self.app.push_screen(NarrowMenu(choices_of(visit)), self._narrow)

    def _narrow(self, choice: tuple[str, str] | None) -> None:
        if choice is not None:
            self.post_message(self.Narrow(*choice))

    def action_copy(self) -> None:
        """Copy the visit as one line of text."""
        from matomo_tui.ui.live.feed_text import visit_line

        visit, snapshot = self.highlighted, self._snapshot
        if visit is not None and snapshot is not None:
            self.app.copy_to_clipboard(visit_line(visit, snapshot.site))
            self.app.notify(f"Visit {visit.id_visit} copied", timeout=2, markup=False)

    def on_virtual_table_highlighted(self, event: VirtualTable.Highlighted[int]) -> None:
        event.stop()
        self._report_cursor()
        self.refresh_bindings()

    def on_virtual_table_selected(self, event: VirtualTable.Selected[int]) -> None:
        event.stop()
        if (visit := self.highlighted) is not None:
            self.post_message(self.Opened(visit))

    def on_virtual_table_header_clicked(self, event: VirtualTable.HeaderClicked) -> None:
        """Open the filter: the feed has one order, by time."""
        event.stop()
        self.action_filter()

    def on_virtual_table_scrolled(self, event: VirtualTable.Scrolled) -> None:
        event.stop()
        self._show_title()

    def on_filter_line_changed(self, event: FilterLine.Changed) -> None:
        event.stop()
        self._filter_by(event.text)

    def _filter_by(self, text: str) -> None:
        from matomo_tui.live.feed_filter import words_of

        self._words = words_of(text)
        if not self._words:
            self._filter.show_count("")
        self._fill()
        if self._snapshot is not None:
            self._show_state(self._snapshot)
        self._show_title()

    def on_filter_line_left(self, event: FilterLine.Left) -> None:
        event.stop()

    def on_resize(self, event: events.Resize) -> None:
        if not self.is_postponed:
            self._fit(event.size)

    def _fit(self, size: Size) -> None:
        """Lay the table out for a pane of ``size``."""
        self._table.set_columns(self._columns, spacing=2 if size.width >= WIDE else 1)
        self._table.set_header(size.width >= ROOMY and size.height >= TALL)


def _remembered_columns(app: object) -> tuple[str, ...]:
    """Return the keys that the user chose in this run or an earlier one; none for the usual columns."""
    remembered = getattr(app, "remembered", None)
    keys = remembered.get(*REMEMBERED) if remembered is not None else None
    return tuple(key for key in keys if isinstance(key, str)) if isinstance(keys, list) else ()
