"""All Matomos on one screen: a line each with its state, role, sites, visitors now, visits of today and last hit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from msgspec import Struct
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from matomo_tui.api.errors import MatomoError
from matomo_tui.live.clock import Clock
from matomo_tui.live.matomo_summary import MOST_VISITORS, MatomoSummary
from matomo_tui.live.snapshot import Phase, PollState
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing.formatting import format_age, number
from matomo_tui.ui.drawing.glyphs import Glyphs, glyphs_of
from matomo_tui.ui.widgets.breadcrumbs import BreadcrumbHeader, Crumb
from matomo_tui.ui.widgets.key_footer import KeyFooter
from matomo_tui.ui.widgets.screens import TabbedScreen
from matomo_tui.ui.widgets.section_tabs import SectionTabs
from matomo_tui.ui.widgets.status import state_word
from matomo_tui.ui.widgets.table.columns import Cell, Column, StyleName
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable

COLUMNS = (
    Column("name", "Matomo", 14, flex=1, most=30),
    Column("state", "State", 13),
    Column("role", "Role", 10, hides=2),
    Column("sites", "Sites", 7, align="right"),
    Column("now", "Now", 6, align="right"),
    Column("today", "Today UTC", 9, align="right"),
    Column("hit", "Last hit", 8, align="right"),
    Column("more", "", 24, flex=3, hides=1),
)


class MatomoLine(Struct, frozen=True):
    """One Matomo. All texts are sanitized."""

    name: str
    about: str
    """Its address and version."""
    role: str
    """The token's highest role; ``""`` before the first connection."""
    sites: int | None
    """The number of sites that the token sees."""
    poll: PollState
    """The state of its connection."""
    summary: MatomoSummary
    is_shown: bool
    """Returns True for the tab below this screen."""

    @property
    def error(self) -> MatomoError | None:
        """Why its figures are unknown or old."""
        return self.poll.error or self.summary.error


class OverviewScreen(TabbedScreen[int]):
    """``lines`` returns the Matomos in the order of their tabs; ``refresh_due`` asks those whose figures are old.

    Returns the index of the tab to show, or ``None``. While the screen is covered nothing is asked.
    """

    DEFAULT_CSS = """
    OverviewScreen { layout: vertical; overflow: hidden; }
    OverviewScreen > VirtualTable { height: 1fr; padding: 1 1 0 1; }
    OverviewScreen > #why { height: auto; max-height: 4; padding: 0 3; color: $text-warning; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings("matomos")
    AUTO_FOCUS = "VirtualTable"

    def __init__(
        self, lines: Callable[[], Sequence[MatomoLine]], refresh_due: Callable[[], None], clock: Clock
    ) -> None:
        super().__init__()
        self._lines = lines
        self._refresh_due = refresh_due
        self._clock = clock
        self._table: VirtualTable[int] = VirtualTable(COLUMNS, header=True, spacing=2)
        self._why = Static("", id="why", markup=False)

    def compose(self) -> ComposeResult:
        yield BreadcrumbHeader(id="crumbs")
        yield self._table
        yield self._why
        yield SectionTabs("")
        yield KeyFooter(id="keys")

    def on_mount(self) -> None:
        self.set_interval(1.0, self.draw)
        self.draw()
        shown = next((index for index, line in enumerate(self._lines()) if line.is_shown), 0)
        self._table.move_cursor(shown)

    def draw(self) -> None:
        """Draw the Matomos as they are now, and ask those whose figures are old."""
        if not self.is_active:
            return
        self._refresh_due()
        lines, glyphs = self._lines(), glyphs_of(self)
        self._table.set_rows(ListRows([self._row(index, line, glyphs) for index, line in enumerate(lines)]))
        self._explain(lines)
        now = _total(line.summary.visitors for line in lines)
        today = _total(line.summary.today for line in lines)
        crumbs = [
            Crumb("All Matomos", "site", 0),
            Crumb(f"{len(lines)} Matomos", "text", 3),
            Crumb(f"{number(now, glyphs.dash)} visitors now", "text", 2),
            Crumb(f"{number(today, glyphs.dash)} visits today (UTC)", "text", 1),
        ]
        shown = next((line.poll for line in lines if line.is_shown), PollState())
        self.query_one(BreadcrumbHeader).show(crumbs, shown, demo=False)

    def on_virtual_table_highlighted(self, event: VirtualTable.Highlighted[int]) -> None:
        event.stop()
        self._explain(self._lines())

    def _explain(self, lines: Sequence[MatomoLine]) -> None:
        """Write the error of the Matomo under the cursor in full."""
        at = self._table.cursor
        error = lines[at].error if at < len(lines) else None
        self._why.update("" if error is None else f"{lines[at].name}: {error}")

    def _row(self, index: int, line: MatomoLine, glyphs: Glyphs) -> Row[int]:
        summary, poll = line.summary, line.poll
        state: StyleName = "good" if poll.phase is Phase.LIVE else "bad" if poll.phase is Phase.STOPPED else "warn"
        is_old = summary.phase is not Phase.LIVE or poll.phase is not Phase.LIVE
        look: StyleName = "muted" if is_old else "strong"
        visitors = number(summary.visitors, glyphs.dash)
        if summary.visitors is not None and summary.visitors >= MOST_VISITORS:
            visitors = f"{visitors}+"
        error = line.error
        cells: tuple[Cell, ...] = (
            ((line.name, "strong"),),
            ((state_word(poll, glyphs), state),),
            line.role or glyphs.dash,
            number(line.sites, glyphs.dash),
            ((visitors, "muted" if is_old else "good" if summary.visitors else "muted"),),
            ((number(summary.today, glyphs.dash), look),),
            ((self._hit_age(summary, glyphs), look),),
            ((str(error), "warn" if poll.phase is not Phase.STOPPED else "bad"),)
            if error is not None
            else ((line.about, "muted"),),
        )
        return Row(index, cells, mark=(glyphs.live, "good") if line.is_shown else ("", ""))

    def _hit_age(self, summary: MatomoSummary, glyphs: Glyphs) -> str:
        if summary.last_hit_at is None:
            return glyphs.dash if summary.asked_at is None or summary.error is not None else "none"
        return format_age(self._clock.now() + summary.server_ahead - summary.last_hit_at)

    def on_virtual_table_selected(self, event: VirtualTable.Selected[int]) -> None:
        """Show the Matomo clicked."""
        event.stop()
        self.dismiss(event.key)

    def action_open(self) -> None:
        """Show the Matomo under the cursor."""
        self.dismiss(self._table.cursor_key)


def _total(figures: Iterable[int | None]) -> int | None:
    """The sum of the known figures; ``None`` if none is known."""
    known = [figure for figure in figures if figure is not None]
    return sum(known) if known else None
