"""The header of report screens: path, segment and live status."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from msgspec import Struct
from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from matomo_tui.live.snapshot import Phase, PollState
from matomo_tui.reports.periods import Period
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.widgets.line_fitter import Cut, LinePart, LineSpacing, fit_line, line_length
from matomo_tui.ui.widgets.status import state_word
from matomo_tui.ui.widgets.tooltips import show_tooltip

CrumbStyle = Literal["site", "path", "here", "text", "muted", "only", "demo", "good", "warn", "bad"]


class Crumb(Struct, frozen=True):
    """A piece of the line."""

    text: str
    look: CrumbStyle
    rank: int
    """If there is too little room, the highest rank is cut first and then dropped; 0 always stays."""
    joined: bool = False
    """True if this is one level below the crumb before it."""
    least: int = 8
    """Cells that remain of it when it is cut."""
    action: str = ""
    """The action of the screen that a click does; ``""`` for none."""


KEPT = 3
"""Crumbs up to this rank are all cut before one of them is dropped."""
_SPACING = LineSpacing(between=3, reserved=3)


def beside(period: Period, other: Period) -> str:
    """Return the label of ``period`` without its year if ``other`` ends in the same year."""
    return period.label() if period.kind == "year" else period.label().removesuffix(f" {other.last.year}")


def path_crumbs(names: Sequence[str], actions: Sequence[str] = ()) -> list[Crumb]:
    """Return the path from the site to the current report or row, which is the last of ``names``.

    ``actions`` has what a click on each of the first ones does."""
    last = len(names) - 1
    return [
        Crumb(
            name,
            "site" if n == 0 else "here" if n == last else "path",
            0 if n == 0 else 1 if n == last else 6 + (last - n),
            joined=n > 0,
            action=actions[n] if n < len(actions) else "",
        )
        for n, name in enumerate(names)
    ]


class BreadcrumbHeader(Widget):
    """The first line of report and admin screens: where the screen is, and the state of the live connection."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"breadcrumbs--{look}"
        for look in ("site", "path", "here", "text", "muted", "only", "demo", "good", "warn", "bad")
    }
    DEFAULT_CSS = """
    BreadcrumbHeader { height: 1; width: 1fr; background: $surface; }
    BreadcrumbHeader > .breadcrumbs--site { color: $foreground; text-style: bold; }
    BreadcrumbHeader > .breadcrumbs--path { color: $text; }
    BreadcrumbHeader > .breadcrumbs--here { color: $foreground; text-style: bold; }
    BreadcrumbHeader > .breadcrumbs--text { color: $text; }
    BreadcrumbHeader > .breadcrumbs--muted { color: $text-muted; }
    BreadcrumbHeader > .breadcrumbs--only { color: $accent; text-style: bold; }
    BreadcrumbHeader > .breadcrumbs--demo { color: $background; background: $warning; text-style: bold; }
    BreadcrumbHeader:ansi > .breadcrumbs--demo { color: $warning; background: $background; text-style: bold reverse; }
    BreadcrumbHeader > .breadcrumbs--good { color: $text-success; }
    BreadcrumbHeader > .breadcrumbs--warn { color: $text-warning; }
    BreadcrumbHeader > .breadcrumbs--bad { color: $text-error; text-style: bold; }
    """
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._left: tuple[Crumb, ...] = ()
        self._right: tuple[Crumb, ...] = ()
        self._places: list[tuple[int, int, Crumb]] = []
        """The first cell, the cell after the last, and the crumb, of those that are drawn at the left."""

    def show(self, left: Sequence[Crumb], poll: PollState, *, demo: bool) -> None:
        """Draw ``left``, and at the right the state of the live connection."""
        glyphs = glyphs_of(self)
        look: CrumbStyle = {Phase.LIVE: "good", Phase.STOPPED: "bad"}.get(poll.phase, "warn")  # type: ignore[assignment]
        right = [Crumb(state_word(poll, glyphs), look, 2)]
        if mark := getattr(self.app, "alert_mark", ""):
            right.insert(0, Crumb(mark, "bad", 0))
        if demo:
            right.insert(0, Crumb(" DEMO ", "demo", 0))
        wanted = tuple(crumb for crumb in left if crumb.text), tuple(right)
        if wanted != (self._left, self._right):
            self._left, self._right = wanted
            self.refresh()

    def render_line(self, y: int) -> Strip:  # noqa: ARG002
        width, base = self.size.width, self.rich_style
        cut_rank = max((crumb.rank for crumb in self._left if crumb.rank <= KEPT), default=0)
        left = [_part(crumb, cut_rank, name=str(n)) for n, crumb in enumerate(self._left)]
        right = [LinePart(crumb.text, crumb.look, crumb.rank) for crumb in self._right]
        left, right = fit_line(left, right, width, _SPACING, ellipsis=glyphs_of(self).ellipsis)
        gap = width - 2 - line_length(left, _SPACING.between) - line_length(right, _SPACING.between)
        self._places, at = [], 1
        for part in left:
            self._places.append((at, at + cell_len(part.text), self._left[int(part.name)]))
            at += cell_len(part.text) + _SPACING.between
        is_cut = [part.text for part in left] != [crumb.text for crumb in self._left]
        show_tooltip(self, f" {glyphs_of(self).crumb} ".join(crumb.text for crumb in self._left) if is_cut else "")
        pieces = [Segment(" ", base), *self._segments(left), Segment(" " * max(1, gap), base)]
        pieces += [*self._segments(right, dotted=False), Segment(" ", base)]
        return Strip(pieces).adjust_cell_length(width, base)

    def on_click(self, event: events.Click) -> None:
        """Do what the key for the crumb does."""
        for start, stop, crumb in self._places:
            if start <= event.x < stop and crumb.action:
                self.call_later(self.app.run_action, crumb.action, self.screen)

    def _segments(self, parts: Sequence[LinePart], *, dotted: bool = True) -> list[Segment]:
        glyphs = glyphs_of(self)
        muted = self.get_component_rich_style("breadcrumbs--muted")
        found: list[Segment] = []
        for n, part in enumerate(parts):
            if n:
                between = glyphs.crumb if part.joined else glyphs.between if dotted else " "
                found.append(Segment(f" {between} ", muted))
            found.append(Segment(part.text, self.get_component_rich_style(f"breadcrumbs--{part.style}")))
        return found


def _part(crumb: Crumb, cut_rank: int, *, name: str) -> LinePart:
    """``crumb`` for the fitter: one that is to be kept is cut with the others at ``cut_rank``, else at its own rank."""
    cuts = (Cut(cut_rank if crumb.rank <= KEPT else crumb.rank, crumb.least),) if crumb.rank else ()
    return LinePart(crumb.text, crumb.look, crumb.rank, cuts, name, joined=crumb.joined)
