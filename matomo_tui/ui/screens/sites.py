"""Search for a site as one types, among fifty thousand if need be: the server searches, only its answer is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.timer import Timer
from textual.widgets import Input, Static

from matomo_tui.api import sites
from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.sites import Site
from matomo_tui.text import clean
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.formats import zone_label
from matomo_tui.ui.glyphs import Glyphs, glyphs_of
from matomo_tui.ui.screens.base import ModalScreen
from matomo_tui.ui.widgets.table_columns import Column
from matomo_tui.ui.widgets.table_rows import ListRows, Row
from matomo_tui.ui.widgets.virtual_table import VirtualTable
from matomo_tui.ui.working import later

LIMIT = 50
"""Sites of one answer; whoever has more types another letter."""
PAUSE = 0.2
"""Seconds without a key after which the server is asked."""
SAY_AFTER = 0.3
"""Seconds after which waiting is said: what comes sooner needs no word."""

COLUMNS = (
    Column("name", "Site", 16, flex=3),
    Column("id", "Id", 6, align="right"),
    Column("url", "Address", 18, flex=3, hides=2),
    Column("zone", "Zone", 12, hides=1),
)


class SiteSwitcher(ModalScreen[Site | None]):
    """Dismisses with the site that was chosen, or with ``None``. Asks Matomo for what is typed, never for nothing.

    ``why`` is said above where the person did not ask for it.
    """

    DEFAULT_CSS = """
    SiteSwitcher { align: center top; }
    SiteSwitcher > Vertical {
        width: 84; max-width: 96%; height: 20; max-height: 90%; margin-top: 2;
        border: round $accent; border-title-color: $accent; border-title-style: bold; background: $background;
    }
    SiteSwitcher Input { background: transparent; margin: 0 2 1 2; }
    SiteSwitcher .sites--why { height: auto; padding: 0 2 1 2; color: $text-warning; }
    SiteSwitcher .sites--said { height: auto; padding: 0 2; color: $text-muted; }
    SiteSwitcher .sites--said.-error { color: $text-error; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("sites")]
    AUTO_FOCUS = "Input"

    def __init__(self, client: Client, current: Site, why: str = "") -> None:
        super().__init__()
        self._client = client
        self._current = current
        self._why = why
        self._sites: dict[int, Site] = {}
        self._input = Input(placeholder="Name, address or id of a site", compact=True)
        self._table: VirtualTable[int] = VirtualTable(COLUMNS)
        self._said = Static("", classes="sites--said", markup=False)
        self._pause: Timer | None = None
        self._waiting: Timer | None = None
        self._asked: str | None = None
        self._shown: str | None = None
        self._choose_it = False

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "Switch to a site"
            if self._why:
                yield Static(self._why, classes="sites--why", markup=False)
            yield self._input
            yield self._table
            yield self._said

    def on_mount(self) -> None:
        """The table is only looked at, typing goes on; ask for the first sites."""
        self._table.can_focus = False
        self._ask()

    # Asking

    def on_input_changed(self, event: Input.Changed) -> None:
        """Ask when the keys have rested; what was asked before is no longer wanted."""
        event.stop()
        self._choose_it = False
        if self._pause is not None:
            self._pause.stop()
        if self._pattern != self._asked:
            self._asked = None
            self.workers.cancel_group(self, "sites")
            self._pause = self.set_timer(PAUSE, self._ask)

    @property
    def _pattern(self) -> str:
        return self._input.value.strip()

    def _ask(self) -> None:
        pattern = self._asked = self._pattern
        if self._pause is not None:
            self._pause.stop()
        self._stop_waiting()
        self._waiting = self.set_timer(SAY_AFTER, self._say_waiting)
        self.run_worker(later(self._load, pattern), group="sites", exclusive=True)

    async def _load(self, pattern: str) -> None:
        call = (
            sites.get_pattern_match_sites(pattern, limit=LIMIT)
            if pattern
            else sites.get_sites_with_at_least_view_access(limit=LIMIT)
        )
        try:
            found = await self._client.call(call)
        except MatomoError as error:
            self._stop_waiting()
            self._asked = None
            self._say(f"{error} Enter asks again.", error=True)
            return
        self._stop_waiting()
        self._show(found, pattern)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.stop()
            self._waiting = None

    def _say_waiting(self) -> None:
        self._say(f"Asking Matomo{glyphs_of(self).ellipsis}")

    # Showing

    def _show(self, found: Sequence[Site], pattern: str) -> None:
        self._shown = pattern
        # Whoever types a number means the site with that id.
        ordered = sorted(found, key=lambda site: str(site.id) != pattern)
        self._sites = {site.id: site for site in ordered}
        rows = [_row(site, self._current, glyphs_of(self)) for site in ordered]
        self._table.set_rows(ListRows(rows), keep_cursor=False)
        current = [place for place, site in enumerate(ordered) if site.id == self._current.id]
        if current and not pattern:
            self._table.move_cursor(current[0])
        sentence = _sentence(len(found), pattern)
        self._table.set_empty_text(sentence)
        self._say(sentence if found else "")
        if self._choose_it and len(ordered) == 1:
            self.dismiss(ordered[0])

    def _say(self, text: str, *, error: bool = False) -> None:
        self._said.set_class(error, "-error")
        self._said.update(text)

    # Keys

    def on_virtual_table_selected(self, event: VirtualTable.Selected[int]) -> None:
        event.stop()
        self.dismiss(self._sites.get(event.key))

    def action_choose(self) -> None:
        """Switch to the site under the cursor. What was typed since that list came is asked first: it may be the
        only one, and then it is chosen."""
        if self._pattern != self._shown:
            self._choose_it = bool(self._pattern)
            if self._asked != self._pattern:
                self._ask()
            return
        key = self._table.cursor_key
        if key is not None and key in self._sites:
            self.dismiss(self._sites[key])

    def action_close(self) -> None:
        """Stay with the present site."""
        self.dismiss(None)

    def action_move(self, by: int) -> None:
        """Move the cursor in the list while typing."""
        self._table.move_cursor(self._table.cursor + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by a screenful."""
        self._table.move_cursor(self._table.cursor + by * self._table.page_size)


def _row(site: Site, current: Site, glyphs: Glyphs) -> Row[int]:
    here = site.id == current.id
    return Row(
        site.id,
        (
            ((clean(site.name), "strong" if here else ""), (" (current)" if here else "", "muted")),
            ((str(site.id), "muted"),),
            ((clean(site.main_url), "muted"),),
            ((zone_label(clean(site.timezone)), "muted"),),
        ),
        mark=(glyphs.live, "good") if here else ("", ""),
    )


def _sentence(count: int, pattern: str) -> str:
    if not count:
        return f'No site matches "{clean(pattern, 60)}"' if pattern else "This token sees no site"
    if count >= LIMIT:
        return f"The first {LIMIT}; type more to find others"
    return "1 site" if count == 1 else f"{count} sites"
