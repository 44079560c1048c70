"""The header of report screens: path, segment and live status."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from matomo_tui.live.snapshot import Phase, PollState
from matomo_tui.reports.periods import Period
from matomo_tui.ui.drawing.formatting import pad_or_truncate
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.widgets.status import state_word

CrumbStyle = Literal["site", "path", "here", "text", "muted", "only", "demo", "good", "warn", "bad"]


@dataclass(frozen=True, slots=True)
class Crumb:
    """A piece of the line. ``rank`` says what is cut, and then dropped, where there is no room: the highest first; 0
    stays. ``joined``: it follows the piece before it as a step down, not as another thing."""

    text: str
    look: CrumbStyle
    rank: int
    joined: bool = False
    least: int = 8


KEPT = 3
"""The highest rank of what is cut to its least before any of it is dropped."""


def beside(period: Period, other: Period) -> str:
    """A period as it is called beside another one: without the year where that is the same."""
    return period.label() if period.kind == "year" else period.label().removesuffix(f" {other.last.year}")


def _longest(crumbs: Sequence[Crumb]) -> Crumb | None:
    """Which of those that are to be kept can be cut most."""
    long = [crumb for crumb in crumbs if 0 < crumb.rank <= KEPT and cell_len(crumb.text) > crumb.least]
    return max(long, key=lambda crumb: cell_len(crumb.text) - crumb.least, default=None)


def path_crumbs(names: Sequence[str]) -> list[Crumb]:
    """Site, section, report and the rows opened below it; the last is where one is."""
    last = len(names) - 1
    return [
        Crumb(
            name,
            "site" if n == 0 else "here" if n == last else "path",
            0 if n == 0 else 1 if n == last else 6 + (last - n),
            joined=n > 0,
            least=6 if n == 0 else 8,
        )
        for n, name in enumerate(names)
    ]


class BreadcrumbHeader(Widget):
    """One line. Only drawn again when a piece of it is another one."""

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
    BreadcrumbHeader > .breadcrumbs--demo:ansi { color: $warning; background: $background; text-style: bold reverse; }
    BreadcrumbHeader > .breadcrumbs--good { color: $text-success; }
    BreadcrumbHeader > .breadcrumbs--warn { color: $text-warning; }
    BreadcrumbHeader > .breadcrumbs--bad { color: $text-error; text-style: bold; }
    """
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._left: tuple[Crumb, ...] = ()
        self._right: tuple[Crumb, ...] = ()

    def show(self, left: Sequence[Crumb], poll: PollState, *, demo: bool) -> None:
        """Draw these, with the live connection's state at the right."""
        glyphs = glyphs_of(self)
        look: CrumbStyle = {Phase.LIVE: "good", Phase.STOPPED: "bad"}.get(poll.phase, "warn")  # type: ignore[assignment]
        right = [Crumb(state_word(poll, glyphs), look, 2)]
        if demo:
            right.insert(0, Crumb(" DEMO ", "demo", 0))
        wanted = tuple(crumb for crumb in left if crumb.text), tuple(right)
        if wanted != (self._left, self._right):
            self._left, self._right = wanted
            self.refresh()

    def render_line(self, y: int) -> Strip:  # noqa: ARG002
        width, base = self.size.width, self.rich_style
        left, right = self._fit(list(self._left), list(self._right), width)
        gap = width - 2 - self._length(left) - self._length(right)
        pieces = [Segment(" ", base), *self._segments(left), Segment(" " * max(1, gap), base)]
        pieces += [*self._segments(right, dotted=False), Segment(" ", base)]
        return Strip(pieces).adjust_cell_length(width, base)

    def _fit(self, left: list[Crumb], right: list[Crumb], width: int) -> tuple[list[Crumb], list[Crumb]]:
        """Cut the crumbs of the highest rank, then drop them, until there is room; those to be kept are all cut before
        one of them is dropped."""
        ellipsis = glyphs_of(self).ellipsis
        while True:
            over = self._length(left) + self._length(right) + 3 - width
            shrinkable = [crumb for crumb in left + right if crumb.rank]
            if over <= 0 or not shrinkable:
                break
            crumb = max(shrinkable, key=lambda one: one.rank)
            length = cell_len(crumb.text)
            if crumb in left and length - over >= crumb.least:
                at = left.index(crumb)
                left[at] = replace(crumb, text=pad_or_truncate(crumb.text, length - over, ellipsis=ellipsis))
            elif crumb in left and crumb.rank <= KEPT and (long := _longest(left)) is not None:
                kept = max(long.least, cell_len(long.text) - over)
                left[left.index(long)] = replace(long, text=pad_or_truncate(long.text, kept, ellipsis=ellipsis))
            elif crumb in left:
                left.remove(crumb)
            else:
                right.remove(crumb)
        return left, right

    def _length(self, crumbs: Sequence[Crumb]) -> int:
        return sum(cell_len(crumb.text) for crumb in crumbs) + 3 * max(0, len(crumbs) - 1)

    def _segments(self, crumbs: Sequence[Crumb], *, dotted: bool = True) -> list[Segment]:
        glyphs = glyphs_of(self)
        muted = self.get_component_rich_style("breadcrumbs--muted")
        found: list[Segment] = []
        for n, crumb in enumerate(crumbs):
            if n:
                between = glyphs.crumb if crumb.joined else glyphs.between if dotted else " "
                found.append(Segment(f" {between} ", muted))
            found.append(Segment(crumb.text, self.get_component_rich_style(f"breadcrumbs--{crumb.look}")))
        return found
