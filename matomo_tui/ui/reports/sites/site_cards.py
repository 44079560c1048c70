"""A few sites as cards: each with its visits, those of now, its revenue and its last 30 days."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from msgspec import Struct
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.strip import Strip
from textual.widget import Widget

from matomo_tui.api.reports import ReportRow
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing.fading import FADE_ROWS
from matomo_tui.ui.drawing.formatting import ascii_money, number, pad_or_truncate
from matomo_tui.ui.drawing.glyphs import Glyphs, glyphs_of
from matomo_tui.ui.drawing.plotting import Run
from matomo_tui.ui.messages import FieldMessage
from matomo_tui.ui.reports.sites.grid_cursor import GridCursorMixin
from matomo_tui.ui.reports.sites.site_course import known_days, plot_course
from matomo_tui.ui.reports.sites.site_rows import SiteLook, evolution, figure, last_hit, money, site_of
from matomo_tui.ui.widgets.table.columns import StyleName

MOST_CARDS = 11
"""Number of sites up to which they are cards."""
LEAST_WIDTH = 96
"""Cells from which on there are cards: below, the table says more."""
GAP = 3
"""Cells from one card to the next."""
_LEAST_CARD, _MOST_CARD = 36, 100
_LEAST_HEIGHT, _GOOD_HEIGHT, _MOST_HEIGHT = 6, 11, 16
"""Lines of a card, with the blank one below it. Wider cards are preferred to more of them in a row if they are good."""
_ALL_FIGURES_FROM = 9
"""Lines from which on a card has the actions and conversions too."""

_LOOKS = ("rule", "cursor", "strong", "muted", "accent", "good", "warn", "bad", "line")
_Texts = tuple[tuple[str, StyleName], ...]
_Pair = tuple[_Texts, _Texts]
"""The texts at the left and at the right of a line."""


class Grid(NamedTuple):
    """Cards side by side, and the lines of each."""

    columns: int
    height: int


def grid_for(width: int, height: int, count: int) -> Grid | None:
    """The grid of ``count`` cards in ``width`` by ``height`` cells; ``None`` if they do not fit.

    As many cards as possible stand side by side, or fewer and wider ones where the height holds good ones.
    """
    if not 0 < count <= MOST_CARDS or width < LEAST_WIDTH:
        return None
    most = min(count, (width + GAP) // (_LEAST_CARD + GAP))
    wide = [beside for beside in range(1, most) if card_width(width, beside) <= _MOST_CARD]
    for beside in (*wide, most):
        lines = height // -(-count // beside)
        if lines >= (_LEAST_HEIGHT if beside == most else _GOOD_HEIGHT):
            return Grid(beside, min(lines, _MOST_HEIGHT))
    return None


def card_width(width: int, beside: int) -> int:
    """The width of each of ``beside`` cards."""
    return (width - GAP * (beside - 1)) // beside


class SiteSummary(Struct, frozen=True):
    """What a card shows."""

    name: str
    is_here: bool
    """True for the site on the live screen."""
    figures: tuple[_Pair, ...]
    """The lines below the name, the important ones first."""
    course: tuple[float | None, ...] = ()
    """Visits by day, oldest first; empty while unknown."""
    is_marked: bool = False
    """True for a site on the wall."""


def site_card(row: ReportRow, look: SiteLook, glyphs: Glyphs) -> SiteSummary:
    """The card of a site."""

    def counted(column: str, noun: str) -> _Texts:
        value = figure(row, column)
        return ((number(value, glyphs.dash), "strong" if column == "nb_visits" else ""), (f" {noun}", "muted"))

    def change(column: str) -> _Texts:
        found = evolution(figure(row, column), glyphs) if look.changes else ""
        return ((" ", ""), *found) if isinstance(found, tuple) else ()

    visits_now = look.now.visits_30
    now: _Texts = (
        (number(visits_now, glyphs.dash), "good" if visits_now and not look.is_old else "muted"),
        (" in 30 min", "muted"),
    )
    hit = last_hit(look.now, look.hit_age, glyphs, is_old=look.is_old)
    age: _Texts = (("last hit ", "muted"), *hit)
    if look.now.is_awaited:
        now, age = (("loading", "muted"),), ()
    revenue = money(row, glyphs)
    revenue = ascii_money(revenue) if glyphs.ascii else revenue
    money_change = change("revenue_evolution") if figure(row, "revenue") else ()
    return SiteSummary(
        sanitize(row.label, 100) or f"site {site_of(row)}",
        site_of(row) == look.here,
        (
            ((*counted("nb_visits", "visits"), *change("visits_evolution")), now),
            (((revenue, ""), (" revenue", "muted"), *money_change), age),
            ((*counted("nb_actions", "actions"), *change("actions_evolution")), counted("nb_conversions", "conv.")),
        ),
        look.now.course,
        look.marked,
    )


class SiteCards(GridCursorMixin, Widget, can_focus=True):
    """Cards in a grid, with a cursor on one of them.

    The owner keeps the cursor: :class:`Moved` asks it to put it on another card.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(
            f"site-cards--{name}"
            for name in ("rule", "cursor", "strong", "muted", "accent", "good", "warn", "bad", "line")
        ),
        *(f"site-cards--fill-{depth}" for depth in range(1, FADE_ROWS + 1)),
    }
    DEFAULT_CSS = """
    SiteCards {
        height: 1fr; width: 1fr; display: none;
        & > .site-cards--rule { color: $border-blurred; }
        & > .site-cards--strong { color: $foreground; text-style: bold; }
        & > .site-cards--muted { color: $text-muted; }
        & > .site-cards--accent { color: $accent; }
        & > .site-cards--good { color: $text-success; }
        & > .site-cards--warn { color: $text-warning; }
        & > .site-cards--bad { color: $text-error; }
        & > .site-cards--line { color: $accent; }
        & > .site-cards--fill-1 { color: $accent 45%; }
        & > .site-cards--fill-2 { color: $accent 35%; }
        & > .site-cards--fill-3 { color: $accent 25%; }
        &:ansi > .site-cards--fill-1, &:ansi > .site-cards--fill-2, &:ansi > .site-cards--fill-3 {
            color: $accent; text-style: dim;
        }
        &:ansi > .site-cards--muted { text-style: dim; }
        & > .site-cards--cursor { background: $block-cursor-blurred-background; text-style: bold; }
        &:focus > .site-cards--cursor { background: $block-cursor-background; }
        &:ansi:focus > .site-cards--cursor { background: ansi_default; text-style: bold reverse; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings("table", "site cards")
    ALLOW_SELECT = False

    class Moved(FieldMessage):
        """The user moved the cursor to the card ``index``; ``opened`` if a double click opens it too."""

        index: int
        opened: bool = False

    def __init__(self) -> None:
        super().__init__()
        self._cards: Sequence[SiteSummary] = ()
        self._total = 0
        self._cursor = 0
        self._plots: dict[tuple[tuple[float | None, ...], int, int], list[list[Run]]] = {}
        """The courses as drawn, by course, height and width: a plot takes milliseconds."""

    def set_cards(self, cards: Sequence[SiteSummary], total: int) -> None:
        """Draw ``cards``, in a grid for ``total`` of them: it stays the same while some are searched for."""
        if (cards, total) != (self._cards, self._total):
            self._cards, self._total = cards, total
            self._plots.clear()
            self.refresh()

    def set_cursor(self, index: int) -> None:
        """Put the cursor on the card ``index``."""
        if index != self._cursor:
            self._cursor = index
            self.refresh()

    @property
    def _grid(self) -> Grid:
        return grid_for(self.size.width, self.size.height, self._total) or Grid(1, _LEAST_HEIGHT)

    def render_line(self, y: int) -> Strip:
        beside, height = self._grid
        line, width, base = y % height, self.size.width, self.rich_style
        segments: list[Segment] = []
        room = card_width(width, beside)
        if not self._cards and y == 0:
            return Strip([Segment(" No site matches by name, address or group.", self._style("muted"))])
        for index in range(y // height * beside, y // height * beside + beside):
            if index < len(self._cards):
                card = Strip(self._card_line(index, line, room, height))
                segments += [*card.adjust_cell_length(room, base), Segment(" " * GAP, base)]
        return Strip(segments).adjust_cell_length(width, base)

    def _card_line(self, index: int, y: int, width: int, height: int) -> list[Segment]:
        card = self._cards[index]
        figures = card.figures if height >= _ALL_FIGURES_FROM else card.figures[:2]
        chart = height - len(figures) - 3
        if y == 0:
            return self._name_line(card, width, under_cursor=index == self._cursor)
        if y <= len(figures):
            return self._figure_line(figures[y - 1], width)
        if y <= len(figures) + chart:
            return self._course_line(card, y - len(figures) - 1, chart, width)
        return self._label_line(card, width) if y == height - 2 else []

    def _name_line(self, card: SiteSummary, width: int, *, under_cursor: bool) -> list[Segment]:
        glyphs = glyphs_of(self)
        mark = glyphs.cursor if under_cursor else glyphs.live if card.is_here else glyphs.rule
        mark = glyphs.chosen if card.is_marked and not under_cursor else mark
        name = pad_or_truncate(card.name, min(cell_len(card.name), width - 5), ellipsis=glyphs.ellipsis)
        line = glyphs.rule_heavy if under_cursor else glyphs.rule
        rest = line * (width - cell_len(name) - 3)
        if under_cursor:
            return [Segment(f"{mark} {name} {rest}", self._style("cursor"))]
        look = "good" if card.is_here else "accent" if card.is_marked else "rule"
        parts = ((f"{mark} ", look), (f"{name} ", "strong"), (rest, "rule"))
        return [Segment(text, self._style(one)) for text, one in parts]

    def _figure_line(self, pair: _Pair, width: int) -> list[Segment]:
        left, right = ([Segment(text, self._style(look)) for text, look in part] for part in pair)
        used = sum(segment.cell_length for segment in (*left, *right)) + 2
        if used >= width and right:
            return self._figure_line((pair[0], ()), width)
        return [Segment("  ", self.rich_style), *left, Segment(" " * (width - used), self.rich_style), *right]

    def _course_line(self, card: SiteSummary, y: int, height: int, width: int) -> list[Segment]:
        if not known_days(card.course):
            return []
        key = (card.course, height, width)
        if key not in self._plots:
            self._plots[key] = plot_course(*key, glyphs_of(self))
        runs = self._plots[key][y]
        looks = ("" if number is None else f"fill{number}" if number < 0 else "line" for _, number in runs)
        return [
            Segment("  ", self.rich_style),
            *(Segment(text, self._style(look)) for (text, _), look in zip(runs, looks, strict=True)),
        ]

    def _label_line(self, card: SiteSummary, width: int) -> list[Segment]:
        known = known_days(card.course)
        text = f"{len(card.course)} days" if known else ""
        if known:
            has_any = max(known) > 0
            text += f": {number(min(known))} to {number(max(known))} visits a day" if has_any else " without visits"
        return [
            Segment("  ", self.rich_style),
            Segment(pad_or_truncate(text, width - 2, ellipsis=""), self._style("muted")),
        ]

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"site-cards--{name}") if name else self.rich_style

    # Keys and mouse

    @property
    def grid_columns(self) -> int:
        return self._grid.columns

    @property
    def grid_length(self) -> int:
        return len(self._cards)

    @property
    def grid_cursor(self) -> int:
        return self._cursor

    def move_to(self, index: int) -> None:
        if 0 <= index < len(self._cards):
            self.post_message(self.Moved(index))

    def action_page_up(self) -> None:
        self.action_first()

    def action_page_down(self) -> None:
        self.action_last()

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the card; a double click opens it."""
        event.stop()
        beside, height = self._grid
        room = card_width(self.size.width, beside) + GAP
        index = event.y // height * beside + min(event.x // room, beside - 1)
        if index < len(self._cards):
            self.post_message(self.Moved(index, opened=event.chain == 2 and index == self._cursor))
