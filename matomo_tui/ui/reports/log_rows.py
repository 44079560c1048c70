"""Rows of the visit log: the visits loaded so far, and a placeholder while there are more."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from matomo_tui.api.site import Site
from matomo_tui.instants import local_time
from matomo_tui.live.snapshot import VisitRow
from matomo_tui.live.timezones import zone
from matomo_tui.ui.drawing import formatting
from matomo_tui.ui.drawing.glyphs import Glyphs
from matomo_tui.ui.widgets.table.columns import Cell, Column
from matomo_tui.ui.widgets.table.rows import Row
from matomo_tui.ui.widgets.visit_cells import BadgesCell, device_text, nth_visit, page_cell, short_count, source_cell

COLUMNS = (
    Column("when", "Last action", 15),
    Column("country", "", 2),
    Column("who", "Visitor", 15, flex=1, most=28),
    Column("ip", "IP", 15, hides=7),
    Column("returning", "Nth", 4, align="right", hides=4),
    Column("source", "Source", 10, flex=2, most=26, hides=2),
    Column("device", "Device", 7, hides=5),
    Column("actions", "Act.", 4, align="right"),
    Column("spent", "Spent", 7, align="right"),
    Column("page", "Last page", 16, flex=4),
    Column("place", "Place", 18, flex=1, most=24, hides=6),
    Column("badges", "", 11, flex=2, most=30, hides=1),
)

PLACEHOLDER = -1
"""The key of the row that stands for the visits that are not loaded yet."""


class LogRows:
    """Visits as table rows. ``wanted`` is called when the placeholder comes into view."""

    def __init__(self, site: Site, glyphs: Glyphs, wanted: Callable[[], None]) -> None:
        self._site = site
        self._zone = zone(site.timezone)
        self._glyphs = glyphs
        self._wanted = wanted
        self._complete = True
        self.visits: list[VisitRow] = []
        self._indexes: dict[int, int] = {}

    def add(self, visits: Sequence[VisitRow], *, complete: bool) -> None:
        """Append visits; ``complete`` if there are no more after them."""
        for visit in visits:
            self._indexes[visit.id_visit] = len(self.visits)
            self.visits.append(visit)
        self._complete = complete

    def __len__(self) -> int:
        return len(self.visits) + (not self._complete)

    def row(self, index: int) -> Row[int] | None:
        if index >= len(self.visits):
            return None
        visit, glyphs = self.visits[index], self._glyphs
        when = local_time(visit.last_action_at, self._zone)
        cells: dict[str, Cell] = {
            "when": ((f"{when:%d %b} ".lstrip("0").rjust(7), "muted"), (f"{when:%H:%M:%S}", "")),
            "country": ((visit.country_code.upper() or glyphs.dash, "muted"),),
            "who": visit.user_id or visit.ip or ((visit.visitor_id or glyphs.dash, "muted"),),
            "ip": ((visit.ip if visit.user_id else "", "muted"),),
            "returning": ((nth_visit(visit, glyphs), "muted"),),
            "source": source_cell(visit),
            "device": ((device_text(visit.device), "muted"),),
            "actions": ((short_count(visit.actions, 4), "" if visit.actions > 1 else "muted"),),
            "spent": formatting.duration(visit.duration) if visit.duration else ((glyphs.between, "placeholder"),),
            "page": page_cell(visit, "", glyphs),
            "place": ((visit.place, "muted"),),
            "badges": BadgesCell(visit.badges, visit.currency or self._site.currency, glyphs),
        }
        return Row(visit.id_visit, tuple(cells[column.key] for column in COLUMNS))

    def index_of(self, key: int) -> int | None:
        return self._indexes.get(key)

    def want(self, start: int, stop: int) -> None:  # noqa: ARG002
        """Ask for more visits if the view reaches beyond the loaded ones."""
        if not self._complete and stop > len(self.visits):
            self._wanted()
