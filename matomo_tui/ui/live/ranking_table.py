"""The table of a ranking: labels over bars, and two columns of figures."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct
from rich.cells import cell_len
from textual import events
from textual.binding import BindingType
from textual.message import Message

from matomo_tui.live.snapshot import Ranked
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing.formatting import ascii_money, money_short, pad_or_truncate, short_number, split_at
from matomo_tui.ui.drawing.glyphs import Glyphs, glyphs_of
from matomo_tui.ui.live.live_layout import NARROW_RANKING, ranking_widths
from matomo_tui.ui.messages import FieldMessage
from matomo_tui.ui.widgets.table.columns import Column, Plain, Span, StyleName
from matomo_tui.ui.widgets.table.rows import Row
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable
from matomo_tui.ui.widgets.visit_cells import LOOKS, page_pieces

ROOM_FOR_AMOUNT = 24
"""Cells of the label from which on the revenue stands behind it."""


def columns_for(width: int) -> tuple[Column, ...]:
    """Return the columns of a table of ``width`` cells, the last one being its right margin."""
    here, recent = ranking_widths(width)
    return (
        Column("label", flex=1),
        Column("here", width=here, align="right"),
        Column("recent", width=recent, align="right"),
        Column("margin"),
    )


class LabelOverBar(Struct, frozen=True):
    """A label over a bar whose length is ``share`` (0 to 1) of the cell."""

    text: str
    variant: str
    """Query and fragment of a page; drawn muted."""
    amount: str
    """Revenue in words, shown where the cell has room for it."""
    share: float
    ellipsis: str

    def __call__(self, width: int) -> Plain:
        path = self.text + (self.amount if width >= ROOM_FOR_AMOUNT else "")
        variant = ""
        if self.variant:
            path, variant = page_pieces(path, self.variant, width, ellipsis=self.ellipsis)
        shown = pad_or_truncate(path + variant, width, ellipsis=self.ellipsis)
        bar = min(width, round(self.share * width))
        if not variant:
            return _split(shown, bar, "tint", "")
        head, tail = split_at(shown, cell_len(path))
        return (*_split(head, bar, "tint", ""), *_split(tail, bar - cell_len(head), "tint-muted", "muted"))


def _split(text: str, cells: int, before: StyleName, after: StyleName) -> tuple[Span, ...]:
    """``text`` in the style ``before`` up to ``cells``, and in the style ``after`` from there on."""
    if cells <= 0 or cells >= cell_len(text):
        return ((text, after if cells <= 0 else before),)
    left, right = split_at(text, cells)
    return (left, before), (right, after)


class RankingRows:
    """The rows of a ranking, made when they come into view. Bars are relative to the highest ``here``."""

    def __init__(self, ranked: tuple[Ranked, ...], currency: str, glyphs: Glyphs) -> None:
        self._ranked = ranked
        self._currency = currency
        self._glyphs = glyphs
        self._highest = max((row.here for row in ranked), default=0)
        self._made: dict[int, Row[str]] = {}

    def __len__(self) -> int:
        return len(self._ranked)

    def row(self, index: int) -> Row[str]:
        row = self._made.get(index)
        if row is None:
            row = self._made[index] = self._make(self._ranked[index])
        return row

    def index_of(self, key: str) -> int | None:
        return next((n for n, row in enumerate(self._ranked) if row.key == key), None)

    def want(self, start: int, stop: int) -> None:
        """Do nothing: all rows are there."""

    def _make(self, row: Ranked) -> Row[str]:
        glyphs, amount = self._glyphs, ""
        if row.revenue:
            amount = money_short(row.revenue, row.currency or self._currency)
            amount = f" {glyphs.between} {ascii_money(amount) if glyphs.ascii else amount}"
        text = f"{glyphs.kinds[row.kind]} {row.label}" if row.kind else row.label
        share = max(row.here, 0) / self._highest if self._highest > 0 else 0.0
        label = LabelOverBar(text, row.variant, amount, share, glyphs.ellipsis)
        look: StyleName = LOOKS.get(row.kind, "") if row.kind else ""
        return Row(row.key, (label, self._figure(row.here, "strong"), self._figure(row.recent, "muted"), ""), look)

    def _figure(self, value: int, style: StyleName) -> Plain:
        return ((short_number(value), style) if value else (self._glyphs.between, "placeholder"),)


_STYLES: tuple[StyleName, ...] = ("muted", "strong", "placeholder", "tint", "tint-muted", "cursor")
_KIND_STYLES: tuple[StyleName, ...] = ("good", "accent", "warn", "bar")


class RankingTable(VirtualTable[str], inherit_bindings=False, inherit_css=False):
    """The rows of a ranking. The bar behind a label is its share of the highest figure; in themes without such a tint
    it is a line below the label. The cursor is drawn only while the table has the focus.

    Goals and events have the colour of their kind.

    It does not inherit styles: five rankings with those of every table would add about 50 ms to the start.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"virtual-table--{name}" for name in (*_STYLES, *_KIND_STYLES)}
    DEFAULT_CSS = """
    RankingTable { height: 1fr; width: 1fr; color: $text; overflow: hidden hidden; }
    RankingTable > .virtual-table--muted { color: $text-muted; }
    RankingTable > .virtual-table--strong { color: $foreground; text-style: bold; }
    RankingTable > .virtual-table--good { color: $success; }
    RankingTable > .virtual-table--accent { color: $accent; }
    RankingTable > .virtual-table--warn { color: $warning; }
    RankingTable > .virtual-table--bar { color: $secondary; }
    RankingTable > .virtual-table--placeholder { color: $text-disabled; }
    RankingTable > .virtual-table--tint { background: $accent-muted; }
    RankingTable > .virtual-table--tint-muted { color: $text-muted; background: $accent-muted; }
    RankingTable:ansi > .virtual-table--tint, RankingTable:ansi > .virtual-table--tint-muted { text-style: underline; }
    RankingTable > .virtual-table--cursor {
        color: $block-cursor-foreground; background: $block-cursor-background; text-style: $block-cursor-text-style;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings("table", "ranking")
    CURSOR_NEEDS_FOCUS = True
    CURSOR_SIGN: ClassVar[StyleName] = ""
    PLAIN_ON_CURSOR = VirtualTable.PLAIN_ON_CURSOR | {"placeholder"}

    class Turn(FieldMessage):
        """Request for the next (1) or previous (-1) ranking."""

        step: int

    class Narrow(Message):
        """Request to narrow all figures to the row under the cursor."""

    class Fold(Message):
        """Request to fold the variants of pages, or to unfold them."""

    def __init__(self) -> None:
        super().__init__(columns_for(NARROW_RANKING), follow="start", hold_line=False, spacing=0, mark_width=1)
        self.switchable = self.foldable = False
        self._ranked: tuple[Ranked, ...] = ()

    @property
    def current(self) -> Ranked | None:
        """The row under the cursor."""
        return self._ranked[self.cursor] if self.cursor < len(self._ranked) else None

    def show(self, ranked: tuple[Ranked, ...], currency: str, *, keep_cursor: bool = True) -> None:
        """Draw the lines of ``ranked`` that changed; amounts are in ``currency`` unless a row has its own."""
        self._ranked = ranked
        self.set_rows(RankingRows(ranked, currency, glyphs_of(self)), keep_cursor=keep_cursor)

    def action_previous_ranking(self) -> None:
        """Request the ranking before this one."""
        self.post_message(self.Turn(-1))

    def action_next_ranking(self) -> None:
        """Request the ranking after this one."""
        self.post_message(self.Turn(1))

    def action_fold(self) -> None:
        """Request that the variants of pages are folded or unfolded."""
        self.post_message(self.Fold())

    def action_narrow(self) -> None:
        """Request to narrow all figures to the row under the cursor."""
        self.post_message(self.Narrow())

    def action_copy(self) -> None:
        """Copy the label under the cursor."""
        if self.current is not None:
            text = self.current.label + self.current.variant
            self.app.copy_to_clipboard(text)
            self.app.notify(f"Copied: {text}", timeout=2, markup=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Hide keys without effect: other rankings if there are none, narrowing if the row has no segment."""
        if action in ("next_ranking", "previous_ranking"):
            return self.switchable
        if action == "fold":
            return self.foldable
        if action in ("select", "narrow", "copy"):
            row = self.current
            return row is not None and (action != "narrow" or bool(row.segment))
        return True

    def refusal(self, action: str) -> str | None:
        """Return the reason why ``action`` is not possible now; ``None`` if there is no particular reason."""
        if action in ("next_ranking", "previous_ranking"):
            return "Every ranking has a pane of its own at this size."
        if action == "fold":
            return "Only pages can be folded by their path."
        if self.current is None:
            return "There is no row here yet."
        return f"Matomo has no segment for {self.current.label}." if action == "narrow" else None

    def on_focus(self) -> None:
        """Draw the cursor."""
        self.rows_changed()

    def on_blur(self) -> None:
        """Remove the cursor from the screen."""
        self.rows_changed()

    def on_resize(self) -> None:
        self.set_columns(columns_for(self.size.width))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Move the cursor, because a table this small has no scrollbar."""
        event.stop()
        self.move_cursor(self.cursor + 3, pin=True)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.move_cursor(self.cursor - 3, pin=True)
