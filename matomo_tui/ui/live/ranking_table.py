"""The table of a ranking: labels with bars, and two columns of figures."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from matomo_tui.live.snapshot import Ranked
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing.formatting import ascii_money, money_short, pad_or_truncate, short_number
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.live.feed_rows import page_pieces

NARROW = 34
"""Cells below which the columns stand closer, so that more of the label is seen."""


def column_widths(width: int) -> tuple[int, int]:
    """The cells of the two columns of figures in a table of ``width``, the space before each included."""
    return (6, 7) if width >= NARROW else (5, 5)


class RankingTable(Widget, can_focus=True):
    """The rows, drawn line by line; only lines that changed are sent to the terminal.

    The bar behind a label is its share of the first row's figure; where colours have no such tint, the figures
    alone say it.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "ranking--label",
        "ranking--share",
        "ranking--here",
        "ranking--recent",
        "ranking--none",
        "ranking--cursor",
        "ranking--kind",
        "ranking--variant",
    }
    DEFAULT_CSS = """
    RankingTable { height: 1fr; width: 1fr; }
    RankingTable > .ranking--label { color: $text; }
    RankingTable > .ranking--share { color: $text; background: $accent-muted; }
    RankingTable > .ranking--here { color: $foreground; text-style: bold; }
    RankingTable > .ranking--recent { color: $text-muted; }
    RankingTable > .ranking--none { color: $text-disabled; }
    RankingTable > .ranking--variant { color: $text-muted; }
    RankingTable > .ranking--kind { color: $text-accent; }
    RankingTable > .ranking--cursor {
        color: $block-cursor-foreground; background: $block-cursor-background; text-style: $block-cursor-text-style;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings("table", "ranking")
    ALLOW_SELECT = False

    class Turn(Message):
        """Another subject is wanted: the next (1) or previous (-1)."""

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    class Fold(Message):
        """Fold the variants of pages, or show them again."""

    class Chosen(Message):
        """Narrow to this row."""

        def __init__(self, row: Ranked) -> None:
            super().__init__()
            self.row = row

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[Ranked, ...] = ()
        self.currency = ""
        self.switchable = self.foldable = False
        self._cursor = 0
        self._key: str | None = None
        self._top = 0

    @property
    def current(self) -> Ranked | None:
        """The row under the cursor."""
        return self.rows[self._cursor] if self._cursor < len(self.rows) else None

    def show(self, rows: tuple[Ranked, ...], currency: str) -> None:
        """Draw ``rows``, the lines that changed."""
        before, first = self.rows, self._top
        highest = self._highest(before)
        self.rows, self.currency = rows, currency
        place = next((n for n, row in enumerate(rows) if row.key == self._key), None)
        self._cursor = place if place is not None else min(self._cursor, max(0, len(rows) - 1))
        self._scroll()
        if self._top != first or highest != self._highest(rows):
            self.refresh()
            return
        for y in range(self.size.height):
            n = y + self._top
            if (before[n] if n < len(before) else None) != (rows[n] if n < len(rows) else None) or n == self._cursor:
                self.refresh(Region(0, y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        width, n = self.size.width, y + self._top
        if n >= len(self.rows):
            return Strip.blank(width, self.rich_style)
        return self._line(self.rows[n], width, cursor=self.has_focus and n == self._cursor)

    def _line(self, row: Ranked, width: int, *, cursor: bool) -> Strip:
        glyphs = glyphs_of(self)
        columns = column_widths(width)
        label_width = max(1, width - sum(columns) - 2)
        text = row.label
        if row.revenue and label_width >= 24:
            amount = money_short(row.revenue, row.currency or self.currency)
            text = f"{text} {glyphs.between} {ascii_money(amount) if glyphs.ascii else amount}"
        mark = glyphs.cursor if cursor else " "
        kind = f"{glyphs.kinds[row.kind]} " if row.kind else ""
        shown, muted = kind + text, 0
        if row.variant:
            path, variant = page_pieces(kind + text, row.variant, label_width, ellipsis=glyphs.ellipsis)
            shown, muted = path + variant, cell_len(path)
        shown = pad_or_truncate(shown, label_width, ellipsis=glyphs.ellipsis)
        here = pad_or_truncate(short_number(row.here) if row.here else glyphs.between, columns[0], right=True)
        recent = pad_or_truncate(short_number(row.recent) if row.recent else glyphs.between, columns[1], right=True)
        if cursor:
            style = self.get_component_rich_style("ranking--cursor")
            bold = style + Style(bold=True)
            pieces = [Segment(mark, style), Segment(shown, style), Segment(here, bold), Segment(recent, style)]
            return Strip(pieces).adjust_cell_length(width, style)
        pieces = [Segment(mark, self.rich_style), *self._label(shown, row, label_width, muted)]
        pieces.append(Segment(here, self._style("ranking--here" if row.here else "ranking--none")))
        pieces.append(Segment(recent, self._style("ranking--recent" if row.recent else "ranking--none")))
        return Strip(pieces).adjust_cell_length(width, self.rich_style)

    def _label(self, shown: str, row: Ranked, width: int, muted: int) -> list[Segment]:
        """The label over its bar; of a page, from cell ``muted`` on, its query and fragment."""
        highest = self._highest(self.rows)
        value = max(row.here, 0) or 0
        cells = 0 if not highest else min(width, round(value / highest * width))
        plain, share = self._style("ranking--label"), self._style("ranking--share")
        whole = Strip([Segment(shown, plain)])
        if muted:
            path, variant = whole.divide([muted, width])
            dim = plain + Style(color=self._style("ranking--variant").color)
            whole = Strip([*path, *(Segment(segment.text, dim) for segment in variant)])
        if not 0 < cells < width:
            return [Segment(s.text, self._on_bar(s.style, share)) for s in whole] if cells else list(whole)
        bar, rest = whole.divide([cells, width])
        return [Segment(s.text, self._on_bar(s.style, share)) for s in bar] + list(rest)

    @staticmethod
    def _on_bar(style: Style | None, share: Style) -> Style:
        """``style`` over the bar: its colour stays, the ground is the bar's."""
        return share if style is None else share + Style(color=style.color)

    @staticmethod
    def _highest(rows: tuple[Ranked, ...]) -> int:
        return max((row.here for row in rows), default=0)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(name)

    def _scroll(self) -> None:
        """Keep the cursor inside what is seen, and no empty lines below the last row."""
        height = max(1, self.size.height)
        self._top = max(min(self._top, self._cursor), self._cursor - height + 1)
        self._top = max(0, min(self._top, len(self.rows) - height))

    def move(self, to: int) -> None:
        """Put the cursor on row ``to``; from then on it stays with that row wherever it moves."""
        if not self.rows:
            return
        before, first = self._cursor, self._top
        self._cursor = max(0, min(to, len(self.rows) - 1))
        self._key = self.rows[self._cursor].key
        self._scroll()
        if self._top != first:
            self.refresh()
        elif self._cursor != before:
            for n in (before, self._cursor):
                self.refresh(Region(0, n - self._top, self.size.width, 1))

    def action_cursor_up(self) -> None:
        """One row up."""
        self.move(self._cursor - 1)

    def action_cursor_down(self) -> None:
        """One row down."""
        self.move(self._cursor + 1)

    def action_page_up(self) -> None:
        """One page up."""
        self.move(self._cursor - max(1, self.size.height - 1))

    def action_page_down(self) -> None:
        """One page down."""
        self.move(self._cursor + max(1, self.size.height - 1))

    def action_first(self) -> None:
        """The first row; the cursor stays first when others come first."""
        self.move(0)
        self._key = None

    def action_last(self) -> None:
        """The last row."""
        self.move(len(self.rows) - 1)

    def action_previous_ranking(self) -> None:
        """The ranking before this one in this pane."""
        self.post_message(self.Turn(-1))

    def action_next_ranking(self) -> None:
        """The ranking after this one in this pane."""
        self.post_message(self.Turn(1))

    def action_fold(self) -> None:
        """Fold the variants of pages, or show them again."""
        self.post_message(self.Fold())

    def action_narrow(self) -> None:
        """Narrow everything to the row under the cursor."""
        if self.current is not None:
            self.post_message(self.Chosen(self.current))

    def action_copy(self) -> None:
        """Copy the label under the cursor."""
        if self.current is not None:
            text = self.current.label + self.current.variant
            self.app.copy_to_clipboard(text)
            self.app.notify(f"Copied: {text}", timeout=2, markup=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """No dead keys: other rankings only where this pane has them, narrowing only where a row has a segment."""
        if action in ("next_ranking", "previous_ranking"):
            return self.switchable
        if action == "fold":
            return self.foldable
        if action in ("narrow", "copy"):
            row = self.current
            return row is not None and (action == "copy" or bool(row.segment))
        return True

    def on_resize(self) -> None:
        """Another height moves what is seen."""
        self._scroll()

    def on_focus(self) -> None:
        """The cursor shows only where the keys go."""
        self.refresh(Region(0, self._cursor - self._top, self.size.width, 1))

    def on_blur(self) -> None:
        """The cursor shows only where the keys go."""
        self.refresh(Region(0, self._cursor - self._top, self.size.width, 1))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the row; a second click narrows to it."""
        n = event.y + self._top
        if n < len(self.rows):
            self.move(n)
            if event.chain == 2:
                self.action_narrow()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three rows down."""
        event.stop()
        self.move(self._cursor + 3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three rows up."""
        event.stop()
        self.move(self._cursor - 3)
