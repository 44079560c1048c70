"""The line with a pane's title."""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from matomo_tui.ui.drawing.formatting import pad_or_truncate
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.terminal.char_widths import roomy


class PaneTitle:
    """The rule above a pane: title, detail, and column headings at the right. While loading, a short bright piece moves
    along it.

    It is no widget: the pane draws it into its upper padding, as a dashboard has a dozen of them.
    """

    def __init__(self, pane: Widget, name: str) -> None:
        self._pane = pane
        self.text = name
        self.details: tuple[str, ...] = ()
        self.headings = ""
        self.word = ""
        """The pane's state, such as ``stale``."""
        self.step: int | None = None
        """The position of the moving piece, ``None`` while not loading."""
        self.whole = ""
        """The title with all details if the line lacks some."""
        self._line: Strip | None = None

    def show(self, text: str, details: tuple[str, ...], headings: str, word: str) -> None:
        """Draw the title if it has changed."""
        if (text, details, headings, word) != (self.text, self.details, self.headings, self.word):
            self.text, self.details, self.headings, self.word = text, details, headings, word
            self.refresh()

    def refresh(self) -> None:
        """Draw the line again."""
        self.forget()
        # Regions count from the first line of the pane's content.
        self._pane.refresh(Region(0, -1, self._pane.size.width, 1))

    def forget(self) -> None:
        """Put the line together again when it is next drawn."""
        self._line = None

    def line(self, width: int) -> Strip:
        """Return the line in ``width`` cells."""
        if self._line is None or self._line.cell_length != width:
            self._line = self._put_together(width)
        return self._line

    def _put_together(self, width: int) -> Strip:
        rule = self._style("rule")
        glyphs = glyphs_of(self._pane)
        line, title = glyphs.rule, roomy(self.text)
        # The rule, the title and one piece of rule always stay; the headings go before the title is cut.
        headings = f" {self.headings}" if self.headings else ""
        if cell_len(title) + cell_len(headings) + 3 > width:
            headings = ""
        room = width - 3 - cell_len(headings)
        name = pad_or_truncate(title, min(cell_len(title), room), ellipsis=glyphs.ellipsis)
        room -= cell_len(name)
        parts = [Segment(line, rule), Segment(f" {name}", self._style("name"))]
        for text, style in ((self.word, "word"), (self._detail(room), "detail")):
            # A few cells are enough for a count, not for what would be cut to them.
            if text and room >= min(cell_len(text) + 1, 9):
                shown = f" {pad_or_truncate(text, min(cell_len(text), room - 1), ellipsis=glyphs.ellipsis)}"
                parts.append(Segment(shown, self._style(style)))
                room -= cell_len(shown)
        whole = [self.text, *filter(None, (self.word, ", ".join(self.details)))]
        drawn = "".join(segment.text for segment in parts)
        self.whole = "" if all(text in drawn for text in whole) else "  ".join(whole)
        used = sum(segment.cell_length for segment in parts)
        fill = max(0, width - used - 1 - cell_len(headings))
        parts += [Segment(" ", rule), *self._fill(fill)]
        if headings:
            parts.append(Segment(headings, self._style("detail")))
        return Strip(parts).adjust_cell_length(width, self._pane.rich_style)

    def _style(self, part: str) -> Style:
        return self._pane.get_component_rich_style(f"pane-title--{part}")

    def _detail(self, room: int) -> str:
        """The details that fit; the first one may be cut."""
        room -= cell_len(self.word) + 1 if self.word else 0
        texts = [roomy(", ".join(self.details[:count])) for count in range(len(self.details), 0, -1)]
        return next((text for text in texts if cell_len(text) < room), texts[-1] if texts else "")

    def _fill(self, width: int) -> list[Segment]:
        rule = self._style("rule")
        glyphs = glyphs_of(self._pane)
        if self.step is None or width < 12:
            return [Segment(glyphs.rule * width, rule)]
        at = self.step % (width - 6)
        return [
            Segment(glyphs.rule * at, rule),
            Segment(glyphs.rule_heavy * 6, self._style("name")),
            Segment(glyphs.rule * (width - 6 - at), rule),
        ]
