"""Columns and cells of the feed table."""

from __future__ import annotations

from collections.abc import Sequence

from matomo_tui.api.site import Site
from matomo_tui.live.snapshot import Feed, Presence, VisitRow
from matomo_tui.ui.drawing import formatting
from matomo_tui.ui.drawing.glyphs import Glyphs
from matomo_tui.ui.live.feed_columns import COLUMNS
from matomo_tui.ui.widgets.table.columns import Cell, Column, Span, StyleName
from matomo_tui.ui.widgets.table.rows import Row
from matomo_tui.ui.widgets.visit_cells import (
    KEYWORD_WITHHELD,
    BadgesCell,
    nth_visit,
    page_cell,
    short_count,
    source_cell,
)


class VisitRows:
    """Visits as table rows, made when they come into view and kept until they change."""

    def __init__(self, site: Site, glyphs: Glyphs, columns: Sequence[Column] = COLUMNS) -> None:
        self._site = site
        self._columns = tuple(columns)
        self._glyphs = glyphs
        self._visits: tuple[VisitRow, ...] = ()
        self._fresh: frozenset[int] = frozenset()
        self._places: dict[int, int] | None = None
        self._made: dict[int, tuple[VisitRow, bool, Row[int]]] = {}

    def fill(self, visits: Sequence[VisitRow], fresh: frozenset[int]) -> None:
        """Set the visits; those in ``fresh`` (``id_visit``) are new or changed since the last poll."""
        self._visits = tuple(visits)
        self._fresh = fresh
        self._places = None
        if len(self._made) > 2 * len(self._visits) + 100:
            kept = {visit.id_visit for visit in self._visits}
            self._made = {key: made for key, made in self._made.items() if key in kept}

    @property
    def visits(self) -> tuple[VisitRow, ...]:
        """The visits, in the order of the rows."""
        return self._visits

    def __len__(self) -> int:
        return len(self._visits)

    def row(self, index: int) -> Row[int]:
        visit = self._visits[index]
        fresh = visit.id_visit in self._fresh
        made = self._made.get(visit.id_visit)
        if made is None or made[0] is not visit or made[1] is not fresh:
            made = (visit, fresh, self._make(visit, fresh))
            self._made[visit.id_visit] = made
        return made[2]

    def index_of(self, key: int) -> int | None:
        if self._places is None:
            self._places = {visit.id_visit: place for place, visit in enumerate(self._visits)}
        return self._places.get(key)

    def want(self, start: int, stop: int) -> None:
        """Do nothing: all rows are there."""

    def _make(self, visit: VisitRow, fresh: bool) -> Row[int]:
        glyphs, gone = self._glyphs, visit.presence is Presence.GONE
        here = visit.presence is Presence.ACTIVE
        mark: Span = (glyphs.bars[min(2, len(glyphs.bars) - 1)], "accent") if fresh else ("", "")
        currency = visit.currency or self._site.currency
        cells: dict[str, Cell] = {
            "time": ((formatting.clock_time(visit.last_action_at, self._site.timezone), self._tone(fresh, here)),),
            "here": ((glyphs.presence(visit.presence), "good" if here else "muted"),),
            "country": ((visit.country_code.upper() or glyphs.dash, "muted"),),
            "returning": ((nth_visit(visit, glyphs), "muted"),),
            "device": ((glyphs.device(visit.device), "muted"),),
            "source": source_cell(visit),
            "actions": ((short_count(visit.actions, 4), "" if visit.actions > 1 else "muted"),),
            "spent": formatting.duration(visit.duration) if visit.duration else ((glyphs.between, "placeholder"),),
            "page": page_cell(visit, self._tone(fresh, here), glyphs),
            "title": ((visit.page_title, "muted"),),
            "who": ((visit.user_id or visit.ip, "muted"),),
            "place": ((visit.place, "muted"),),
            "badges": BadgesCell(visit.badges, currency, glyphs),
            **self._more(visit, currency),
        }
        return Row(visit.id_visit, tuple(cells[column.key] for column in self._columns), "muted" if gone else "", mark)

    def _more(self, visit: VisitRow, currency: str) -> dict[str, Cell]:
        """The cells of the columns that are shown only if they are chosen."""
        revenue = formatting.money_short(visit.revenue, currency) if visit.revenue else self._glyphs.between
        return {
            "ip": ((visit.ip, "muted"),),
            "user": visit.user_id,
            "country_name": visit.country,
            "keyword": "" if visit.keyword == KEYWORD_WITHHELD else visit.keyword,
            "referrer": ((visit.referrer_url, "muted"),),
            "browser": ((visit.browser, "muted"),),
            "system": ((visit.operating_system, "muted"),),
            "device_name": ((visit.device, "muted"),),
            "revenue": (
                (
                    formatting.ascii_money(revenue) if self._glyphs.ascii else revenue,
                    "good" if visit.revenue else "placeholder",
                ),
            ),
            "visit": ((str(visit.id_visit), "muted"),),
        }

    def _tone(self, fresh: bool, here: bool) -> StyleName:
        return "fresh" if fresh else "" if here else "muted"


def changed_visits(before: Feed, now: Feed) -> frozenset[int]:
    """Return the ids of the visits that are new or changed since ``before``; none if ``before`` has no visits yet."""
    if not before.ready:
        return frozenset()
    known = {visit.id_visit: (visit.last_action_at, visit.actions) for visit in before.visits}
    return frozenset(
        visit.id_visit for visit in now.visits if known.get(visit.id_visit) != (visit.last_action_at, visit.actions)
    )
