"""The rankings panes: pages, sources, countries, devices, goals and events."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct
from textual.app import ComposeResult

from matomo_tui.live.snapshot import LiveSnapshot, Phase, Ranked, Ranking
from matomo_tui.ui.drawing.formatting import short_number
from matomo_tui.ui.live.live_layout import ranking_widths
from matomo_tui.ui.messages import FieldMessage
from matomo_tui.ui.widgets.pane import Pane, PaneState

if TYPE_CHECKING:
    from matomo_tui.live.feed_filter import RowFilter
    from matomo_tui.ui.live.ranking_table import RankingTable

ROOM_FOR_COUNT = 3
"""Cells reserved behind the title for the number of rows."""


class RankingKind(Struct, frozen=True):
    """A ranking and its texts."""

    part: str
    """The attribute of the snapshot."""
    title: str
    nothing: str
    """The beginning of the sentence for an empty ranking."""
    having: str
    """The preposition between a number of visits and a row's label: ``from`` (Google)."""


SUBJECTS: tuple[RankingKind, ...] = (
    RankingKind("pages", "Pages now", "No pages seen", "on"),
    RankingKind("sources", "Sources now", "No sources seen", "from"),
    RankingKind("countries", "Countries now", "No countries seen", "from"),
    RankingKind("devices", "Devices now", "No devices seen", "on"),
    RankingKind("happenings", "Goals & events now", "No goal, order, event or search", "with"),
)
BY_PART = {subject.part: subject for subject in SUBJECTS}
FOLDED = RankingKind("paths", "Paths now", "No pages seen", "on")
"""The pages with those of one path as one row: query and fragment are folded."""


class RankingPane(Pane):
    """One ranking of the snapshot. If the screen has no room for all rankings, the arrow keys switch between them."""

    class Narrow(FieldMessage):
        """Request to narrow all figures to ``segment``; ``label`` is its name on screen."""

        segment: str
        label: str

    class Filter(FieldMessage):
        """Request to show only the visits of a row in the feed."""

        row: RowFilter

    class Switch(FieldMessage):
        """Request to show the next (1) or previous (-1) subject in ``pane``."""

        pane: RankingPane
        step: int

    def __init__(self, part: str, *, id: str | None = None, classes: str | None = None) -> None:
        self.home = BY_PART[part]
        self.subject = self.home
        self._switchable = False
        self._folded = False
        self._restart = False
        self._shown: tuple[object, ...] = ()
        self._snapshot: LiveSnapshot | None = None
        super().__init__(id=id, classes=classes)
        self.set_title(title=self.subject.title)

    @cached_property
    def table(self) -> RankingTable:
        """The table of the rows. Imported here, as the first frame does not need it."""
        from matomo_tui.ui.live.ranking_table import RankingTable

        table = RankingTable()
        self._allow(table)
        return table

    def compose_content(self) -> ComposeResult:
        yield self.table

    def set_switchable(self, switchable: bool) -> None:
        """Let the arrow keys change the ranking, or go back to the pane's own ranking."""
        if switchable != self._switchable:
            self._switchable = switchable
            if not switchable:
                self.set_subject(self.home)
            self._keys_changed()

    def _keys_changed(self) -> None:
        if "table" in self.__dict__:
            self._allow(self.table)
            self.refresh_bindings()

    def _allow(self, table: RankingTable) -> None:
        """Let ``table`` take the keys that have an effect."""
        table.switchable, table.foldable = self._switchable, self.about.part == "pages"

    @property
    def about(self) -> RankingKind:
        """The ranking, ignoring if it is folded."""
        return BY_PART["pages"] if self.subject is FOLDED else self.subject

    def set_subject(self, subject: RankingKind) -> None:
        """Show another ranking."""
        if self._folded and subject.part == "pages":
            subject = FOLDED
        if subject is not self.subject:
            self.subject = subject
            self._keys_changed()
            self._restart = True
            if self._snapshot is not None:
                self.show(self._snapshot)

    def show(self, snapshot: LiveSnapshot) -> None:
        """Draw the ranking of ``snapshot`` if it changed."""
        self._snapshot = snapshot
        ranking: Ranking = getattr(snapshot, self.subject.part)
        poll = snapshot.poll
        seen = (ranking, self.subject, poll.phase, poll.error, snapshot.parts.visits, snapshot.feed.ready)
        if len(seen) == len(self._shown) and all(a is b for a, b in zip(seen, self._shown, strict=True)):
            return
        self._shown = seen
        if self.show_state(snapshot, snapshot.parts.visits, ready=snapshot.feed.ready):
            if not ranking.rows and poll.phase is not Phase.STALE:
                self.set_state(PaneState.EMPTY, f"{self.subject.nothing} in the last {ranking.recent_minutes} minutes.")
            self.table.show(ranking.rows, snapshot.site.currency, keep_cursor=not self._restart)
            self._restart = False
        self.set_title(self._detail(ranking), self._title_for_width(), self._headings(ranking))

    def _detail(self, ranking: Ranking) -> str:
        """The number of rows, and of visits if they were not all counted."""
        count = short_number(ranking.total) if ranking.total else ""
        if ranking.of_newest is None:
            return count
        visits = short_number(ranking.of_newest)
        whole = f"{count} of the newest {visits} visits"
        room = self.size.width - len(self.subject.title) - len(self._headings(ranking)) - 8
        return whole if len(whole) <= room else f"newest {visits}"

    def _headings(self, ranking: Ranking) -> str:
        columns = ranking_widths(self.size.width)
        return f"here{f'{ranking.recent_minutes} m':>{columns[1]}} "

    def _title_for_width(self) -> str:
        """The title, without 'now' if the headings need its room."""
        room = self.size.width - len(self._headings(Ranking())) - 4 - ROOM_FOR_COUNT
        if self.state is PaneState.LOADING or len(self.subject.title) <= room:
            return self.subject.title
        return self.subject.title.removesuffix(" now")

    def on_resize(self) -> None:
        """Redraw the title: its headings depend on the width."""
        if self._snapshot is not None:
            ranking: Ranking = getattr(self._snapshot, self.subject.part)
            self.set_title(self._detail(ranking), self._title_for_width(), self._headings(ranking))

    def on_ranking_table_turn(self, message: RankingTable.Turn) -> None:
        """Ask the screen for another ranking, because it knows which ones are not shown elsewhere."""
        message.stop()
        self.post_message(self.Switch(self, message.step))

    def on_ranking_table_fold(self, message: RankingTable.Fold) -> None:
        """Switch between pages and paths."""
        message.stop()
        self._folded = not self._folded
        self.set_subject(BY_PART["pages"])

    def on_virtual_table_selected(self, message: RankingTable.Selected[str]) -> None:
        """Request to show only the visits of the row. Those of a page are the visitors who are there now, or, if
        nobody is, those who saw it."""
        from matomo_tui.live.feed_filter import RowFilter

        message.stop()
        row = self.table.current
        if row is not None:
            words, of_page = self._words(row), self.about.part == "pages"
            saw, here = of_page and not row.here, of_page and row.here > 0
            label = f"that saw {words}" if saw else f"{self.subject.having} {words}{' now' if here else ''}"
            self.post_message(self.Filter(RowFilter(row.key, label, viewed=saw, here=here)))

    def on_ranking_table_narrow(self, message: RankingTable.Narrow) -> None:
        """Request to narrow all figures to the row."""
        message.stop()
        row = self.table.current
        if row is not None and row.segment:
            self.post_message(self.Narrow(row.segment, self._words(row)))

    def _words(self, row: Ranked) -> str:
        """The row's name outside of its ranking."""
        if self.subject is FOLDED:
            return f"{row.label}, any query"
        return row.label + row.variant if self.subject.part == "pages" else row.label
