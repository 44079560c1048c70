"""The band at the top of the kiosk: the state of the data, the site and the time, as large as there is room."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from matomo_tui.live.snapshot import LiveSnapshot
from matomo_tui.ui.drawing.big_text import big_height, big_rows, can_enlarge, fitting_scale
from matomo_tui.ui.drawing.formatting import clock_time, format_age, pad_or_truncate, zone_label
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.live.kiosk_state import Alarm, KioskState, kiosk_state

_LEAST_TEXT = 16
"""Cells for the texts beside the word."""


class KioskBand(Widget):
    """The word on the left, texts on the right.

    Three things tell the states apart, so that none depends on colour: the word; the ground, which is plain only while
    the data is live; and the edges, which are hatched if it is stale and solid if polling has stopped.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"band--word", "band--site", "band--text"}
    DEFAULT_CSS = """
    KioskBand {
        height: 7; width: 1fr;
        & > .band--word { color: $text-success; text-style: bold; }
        & > .band--site { color: $foreground; text-style: bold; }
        & > .band--text { color: $text-muted; }
        &.-wait > .band--word { color: $text-muted; }
    }
    KioskBand.-stale > .band--word, KioskBand.-stale > .band--site, KioskBand.-stale > .band--text {
        color: $background; background: $warning; text-style: bold;
    }
    KioskBand.-stopped > .band--word, KioskBand.-stopped > .band--site, KioskBand.-stopped > .band--text {
        color: $background; background: $error; text-style: bold;
    }
    KioskBand.-stale:ansi > .band--word, KioskBand.-stale:ansi > .band--site, KioskBand.-stale:ansi > .band--text {
        color: $warning; background: $background; text-style: bold reverse;
    }
    KioskBand.-stopped:ansi > .band--word, KioskBand.-stopped:ansi > .band--site,
    KioskBand.-stopped:ansi > .band--text {
        color: $error; background: $background; text-style: bold reverse;
    }
    KioskBand.-stale:nocolor > .band--word, KioskBand.-stale:nocolor > .band--site,
    KioskBand.-stale:nocolor > .band--text, KioskBand.-stopped:nocolor > .band--word,
    KioskBand.-stopped:nocolor > .band--site, KioskBand.-stopped:nocolor > .band--text {
        text-style: bold reverse;
    }
    """
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__(id="band")
        self.state = KioskState("wait", "WAIT")
        self._snapshot: LiveSnapshot | None = None
        self._texts: tuple[str, ...] = ()
        self._place = ""

    def show(self, snapshot: LiveSnapshot, now: float, place: str = "") -> None:
        """Draw the state at ``now`` (epoch); ``place`` tells where in the rotation the site is."""
        before = self.state, self._texts
        self._snapshot, self._place = snapshot, place
        self.state, self._texts = kiosk_state(snapshot, now), self._lines_of(snapshot, now)
        for alarm in ("wait", "stale", "stopped"):
            self.set_class(self.state.alarm == alarm, f"-{alarm}")
        if before != (self.state, self._texts):
            self.refresh()

    def _lines_of(self, snapshot: LiveSnapshot, now: float) -> tuple[str, ...]:
        state, poll, zone = kiosk_state(snapshot, now), snapshot.poll, snapshot.site.timezone
        shown = poll.corrected(now)
        clock = f"{clock_time(shown, zone)} {zone_label(zone)}" if snapshot.site.id else clock_time(shown, "UTC")
        fresh = "" if poll.last_success_at is None else f"{format_age(now - poll.last_success_at)} ago"
        named = snapshot.site.name or "matomo-tui"
        parts = [named, "  ".join(filter(None, (clock, "" if state.sentence else fresh, self._place)))]
        return (*parts, state.sentence) if state.sentence else tuple(parts)

    def render_line(self, y: int) -> Strip:
        width, height = self.size
        word_style = self.get_component_rich_style("band--word")
        plain = self.state.alarm in ("live", "wait")
        edge = 1 if plain else 3
        scale = self._scale(width - 2 * edge, height)
        word = big_rows(self.state.word, scale, ascii=glyphs_of(self).ascii) if scale else (self.state.word,)
        taken = max(map(cell_len, word), default=0)
        top = max(0, (height - len(word)) // 2)
        line = word[y - top] if 0 <= y - top < len(word) else " " * taken
        room = max(0, width - 2 * edge - taken - 3)
        text, style = self._text(y, height, room)
        ground = Style(color=word_style.color, bgcolor=word_style.bgcolor, reverse=word_style.reverse, bold=True)
        side = self._edge(edge)
        pieces = [Segment(side, ground), Segment(line, word_style), Segment("   ", ground if not plain else word_style)]
        pieces += [Segment(pad_or_truncate(text, room, ellipsis=glyphs_of(self).ellipsis, right=True), style)]
        return Strip([*pieces, Segment(side[::-1], ground)]).adjust_cell_length(width, self.rich_style)

    def _scale(self, width: int, height: int) -> int:
        """The largest scale that leaves room for the texts, if there is one, and otherwise any that fits."""
        word, ascii = self.state.word, glyphs_of(self).ascii
        roomy = fitting_scale(word, width - 3 - _LEAST_TEXT, height, ascii=ascii)
        return roomy or fitting_scale(word, width, height, ascii=ascii)

    def _edge(self, width: int) -> str:
        ascii = glyphs_of(self).ascii
        if self.state.alarm == "stale":
            return f"{('/' if ascii else '▒') * (width - 1)} "
        if self.state.alarm == "stopped":
            return f"{('X' if ascii else '▓') * (width - 1)} "
        return " " * width

    def _text(self, y: int, height: int, room: int) -> tuple[str, Style]:
        """The text beside the word in line ``y``."""
        lines = self._lines(room, height)
        number = y - max(0, (height - len(lines)) // 2)
        text, style = lines[number] if 0 <= number < len(lines) else ("", "text")
        return text, self.get_component_rich_style(f"band--{style}")

    def _lines(self, room: int, height: int) -> list[tuple[str, str]]:
        """The site, in large letters where they fit; time and age; the reason. Each line with its style."""
        if not self._texts or room < 4:
            return []
        import textwrap

        name, when, *sentences = self._texts
        reason = [line for sentence in sentences for line in textwrap.wrap(sentence, room)][: max(1, height - 3)]
        rest = [(line, "text") for line in (when, *reason)]
        large = name.upper()
        scale = fitting_scale(large, room, height - len(rest), ascii=glyphs_of(self).ascii, most=2)
        if scale and can_enlarge(large):
            return [*((row, "site") for row in big_rows(large, scale, ascii=glyphs_of(self).ascii)), *rest]
        return [(name, "site"), *rest]


def band_height(size: tuple[int, int], alarm: Alarm) -> int:
    """Return the lines of the band for a screen of ``size`` (width, height); more unless the data is live."""
    width, height = size
    shouts = alarm in ("stale", "stopped")
    most = height // 4 if shouts else height // 6
    scale = fitting_scale("STOPPED", width - 6 - _LEAST_TEXT, max(5, most)) or 1
    # Dark letters on a bright ground need some of it above and below.
    return big_height(scale) + (2 if shouts or height >= 30 else 0)
