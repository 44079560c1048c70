"""Columns and cells of the feed table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len

from matomo_tui.api.sites import Site
from matomo_tui.live.snapshot import Badge, Kind, Presence, VisitRow
from matomo_tui.ui.drawing import formatting
from matomo_tui.ui.drawing.glyphs import Glyphs
from matomo_tui.ui.live.feed_columns import COLUMNS
from matomo_tui.ui.widgets.table.columns import Cell, Column, Plain, Span, StyleName
from matomo_tui.ui.widgets.table.rows import Row

LOOKS: dict[Kind, StyleName] = {
    Kind.ORDER: "good",
    Kind.GOAL: "accent",
    Kind.CART: "warn",
    Kind.SEARCH: "bar",
    Kind.EVENT: "muted",
}
"""The colour of each kind that is worth one."""
_KEYWORD_WITHHELD = "Keyword not defined"
"""Matomo's English text for a keyword that the search engine does not send, as most do."""


def badge_text(badge: Badge, currency: str, glyphs: Glyphs, *, short: bool = False) -> str:
    """Return ``★ Newsletter € 2.50``, ``$ € 59.90`` or ``⌕ warm lamp``.

    ``short``: the amount without cents; the name only if there is no amount.
    """
    amount = ""
    if badge.revenue:
        amount = (formatting.money_brief if short else formatting.money_short)(badge.revenue, currency)
    if glyphs.ascii:
        amount = formatting.ascii_money(amount)
    words = amount if amount and (short or badge.kind is Kind.ORDER) else " ".join(filter(None, (badge.text, amount)))
    return f"{glyphs.kinds[badge.kind]} {words}"


@dataclass(frozen=True)
class BadgesCell:
    """As many badges as there is room for, and the number of others. Amounts are never cut."""

    badges: tuple[Badge, ...]
    currency: str
    glyphs: Glyphs = field(compare=False)

    def __call__(self, width: int) -> Plain:
        for shown in range(len(self.badges), 0, -1):
            for short in (False, True):
                spans = self._spans(shown, short=short)
                if sum(cell_len(text) for text, _ in spans) <= width:
                    return spans
        if not self.badges:
            return ""
        best = self.badges[0]
        whole = self._text(best, short=True)
        return ((whole if cell_len(whole) <= width or not best.revenue else whole[:1], _look(best)),)

    def _spans(self, shown: int, *, short: bool) -> tuple[Span, ...]:
        spans: list[Span] = []
        for badge in self.badges[:shown]:
            spans.append(("  " if spans else "", ""))
            spans.append((self._text(badge, short=short), _look(badge)))
        if shown < len(self.badges):
            spans.append((f" +{len(self.badges) - shown}", "muted"))
        return tuple(spans)

    def _text(self, badge: Badge, *, short: bool) -> str:
        return badge_text(badge, self.currency, self.glyphs, short=short)


@dataclass(frozen=True)
class PageCell:
    """A page's path and, muted, its query and fragment. Both are cut in the middle, because their ends differ most."""

    path: str
    variant: str
    look: StyleName = ""
    ellipsis: str = "…"

    def __call__(self, width: int) -> Plain:
        path, variant = page_pieces(self.path, self.variant, width, ellipsis=self.ellipsis)
        return ((path, self.look), (variant, "muted"))


def page_pieces(path: str, variant: str, width: int, *, ellipsis: str = "…") -> tuple[str, str]:
    """Cut ``path`` and ``variant`` to ``width`` cells together; a long variant gets half of them at most."""
    room = max(width - cell_len(path), min(cell_len(variant), width // 2))
    shown = formatting.cut_middle(variant, room, ellipsis=ellipsis)
    return formatting.cut_middle(path, width - cell_len(shown), ellipsis=ellipsis), shown


def _look(badge: Badge) -> StyleName:
    return LOOKS.get(badge.kind, "muted")


def _count(number: int, digits: int) -> str:
    """Return a whole number in ``digits`` cells, in thousands if it needs more: figures are never cut."""
    return str(number) if number < 10**digits else f"{min(number // 1000, 10 ** (digits - 1) - 1)}k"


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
            "returning": ((self._nth(visit), "muted"),),
            "device": ((glyphs.device(visit.device), "muted"),),
            "source": self._source(visit),
            "actions": _count(visit.actions, 4) if visit.actions > 1 else ((glyphs.between, "placeholder"),),
            "spent": formatting.duration(visit.duration) if visit.duration else ((glyphs.between, "placeholder"),),
            "page": self._page(visit, self._tone(fresh, here)),
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
            "keyword": "" if visit.keyword == _KEYWORD_WITHHELD else visit.keyword,
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

    def _nth(self, visit: VisitRow) -> str:
        if not visit.returning:
            return self._glyphs.new
        return self._glyphs.returning + ("" if visit.visit_count is None else _count(visit.visit_count, 3))

    def _page(self, visit: VisitRow, tone: StyleName) -> Cell:
        """The last page, after the name of its site if that is not the current one."""
        words = visit.page or visit.page_title or self._glyphs.dash
        if visit.site_name:
            words = f"{visit.site_name} {self._glyphs.between} {words}"
        return (
            PageCell(words, visit.page_variant, tone, self._glyphs.ellipsis) if visit.page_variant else ((words, tone),)
        )

    def _source(self, visit: VisitRow) -> Cell:
        if visit.keyword in ("", _KEYWORD_WITHHELD):
            return visit.source
        return ((f"{visit.source} ", ""), (visit.keyword, "muted"))
