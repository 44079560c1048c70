"""The header and the error banner of the live screen: site, freshness, user, problems."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from matomo_tui.api.errors import LockedOut, MatomoError, NoAccess, TokenRejected
from matomo_tui.instants import apart
from matomo_tui.live.snapshot import LiveSnapshot, Pace, Phase, PollState
from matomo_tui.ui.drawing.formatting import clock_time, format_age, format_interval, pad_or_truncate, zone_label
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.widgets.status import lacking, state_word

_BRIEF_PACES = {
    Pace.SLOW_SERVER: "slow server",
    Pace.QUIET: "quiet",
    Pace.ERRORS: "errors",
    Pace.RETRY_AFTER: "asked to wait",
}
CLOCKS_BRIEF_BELOW = 140
"""Cells below which it is not said whose clock the server's is compared with."""
BRIEF_BELOW = 100
"""Cells below which the pace is a word or two."""
DISAGREE = 60.0
"""Seconds that two clocks may be apart without a word."""
PATIENCE = 5.0
"""Seconds that an answer may take before the header says that it is awaited, whatever the interval."""


@dataclass(frozen=True, slots=True)
class HeaderContext:
    """What the header says beside the snapshot: ``section``, the token's ``role`` on the site, ``profile``, ``demo``,
    ``read_only``, whether ``editing`` is unlocked, and the ``crumbs`` of what everything is narrowed to."""

    section: str = "live"
    role: str = ""
    profile: str = ""
    demo: bool = False
    read_only: bool = False
    editing: bool = False
    crumbs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HeaderPart:
    """A piece of the header; ``rank`` says what goes first where there is no room: the highest; 0 stays."""

    name: str
    text: str
    look: str
    rank: int


def clocks(poll: PollState, *, brief: bool = False) -> str:
    """Which clocks disagree by more than a minute: ``tracker 10 min ahead``, ``server 3 h behind this computer``. A
    tracker that is behind cannot be told from a queue: ``hits come 10 min late``."""
    if poll.tracker_ahead > DISAGREE:
        return f"tracker {apart(poll.tracker_ahead)} ahead"
    if poll.tracker_ahead < -DISAGREE:
        return f"hits come {apart(poll.tracker_ahead)} late"
    offset = poll.clock_offset
    if offset is None or abs(offset) <= DISAGREE:
        return ""
    words = ("ahead", " of this computer") if offset > 0 else ("behind", " this computer")
    return f"server {apart(offset)} {words[0]}{'' if brief else words[1]}"


def waiting(poll: PollState, now: float) -> float | None:
    """Seconds that an answer is overdue for longer than a poll should take; ``None`` where none is."""
    if not poll.in_flight or poll.asked_at is None:
        return None
    passed = now - poll.asked_at
    return passed if passed > max(poll.interval, PATIENCE) else None


def freshness(poll: PollState, now: float) -> str:
    """The age of the figures and when the next come: ``2 s ago, next in 3 s``, in steady columns."""
    old = f"{format_age(now - poll.last_success_at):>4} ago" if poll.last_success_at is not None else ""
    late = waiting(poll, now)
    if late is None and poll.phase in (Phase.PAUSED, Phase.STOPPED):
        return old
    left = 0.0 if poll.next_poll_at is None or poll.in_flight else poll.next_poll_at - now
    # All are equally wide, so that a poll moves nothing in the header.
    following = f"next in {format_age(left + 0.999):<4}" if left > 0 else "asking now  "
    if late is not None:
        following = f"waiting {format_age(late):<4}"
    return f"{old}, {following}" if old else following


def pace(poll: PollState, *, brief: bool = False) -> str:
    """The interval where it is not the person's own, and why: ``every 25 s: slow server``; ``brief`` why alone."""
    if poll.pace is Pace.NORMAL or poll.phase is not Phase.LIVE:
        return ""
    return _BRIEF_PACES[poll.pace] if brief else f"every {format_interval(poll.effective)}: {poll.pace.value}"


def recovery_hint(error: MatomoError, *, connected: bool) -> str:
    """What a person can do about an error that stopped the polling, in the keys of the live screen."""
    if isinstance(error, TokenRejected):
        return "No more requests are sent. Press c to use another token."
    if isinstance(error, LockedOut):
        return "No more requests are sent. Press r when that is done."
    if isinstance(error, NoAccess) and connected:
        return "Press s for another site, or c for another token."
    return "Press r to try again, or c for another address or token."


def recovery_actions(poll: PollState) -> tuple[str, ...]:
    """The actions that get a screen going again that has stopped: first in the footer, the best one at the front."""
    if poll.phase is Phase.PAUSED:
        return ("resume",)
    if poll.phase is Phase.STALE and poll.last_success_at is None:
        return ("retry", "reconnect")
    if poll.phase is not Phase.STOPPED:
        return ()
    if isinstance(poll.error, NoAccess):
        return ("switch_site", "reconnect", "retry")
    if isinstance(poll.error, TokenRejected):
        return ("reconnect", "retry")
    return ("retry", "reconnect")


class Freshness(Widget):
    """The age of the figures and the next poll, the one thing on the screen that changes each second.

    A widget of its own because Textual sends a line from the left edge of the widget in which something changed.
    """

    DEFAULT_CSS = """
    Freshness { position: absolute; height: 1; width: 1; background: $surface; color: $text-muted; }
    Freshness.-late { color: $text-warning; text-style: bold; }
    """
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def show(self, text: str, *, late: bool = False) -> None:
        """Draw ``text``; nothing where it is there already. ``late``: as a warning."""
        self.set_class(late, "-late")
        if text != self.text:
            self.text = text
            self.refresh()

    def render_line(self, y: int) -> Strip:  # noqa: ARG002
        return Strip([Segment(self.text, self.rich_style)]).adjust_cell_length(self.size.width, self.rich_style)


class Header(Widget):
    """One line, drawn by parts; a tick of the clock sends the age alone."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "header--site",
        "header--text",
        "header--muted",
        "header--demo",
        "header--only",
        "header--good",
        "header--warn",
        "header--bad",
    }
    DEFAULT_CSS = """
    Header { height: 1; width: 1fr; background: $surface; }
    Header > .header--site { color: $foreground; text-style: bold; }
    Header > .header--text { color: $text; }
    Header > .header--muted { color: $text-muted; }
    Header > .header--demo { color: $background; background: $warning; text-style: bold; }
    Header > .header--demo:ansi { color: $warning; background: $background; text-style: bold reverse; }
    Header > .header--only { color: $accent; text-style: bold; }
    Header > .header--good { color: $text-success; text-style: bold; }
    Header > .header--warn { color: $text-warning; text-style: bold; }
    Header > .header--bad { color: $text-error; text-style: bold; }
    """
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.standing = HeaderContext()
        self._snapshot: LiveSnapshot | None = None
        self._now = 0.0
        self._drawn: list[Segment] = []
        self._freshness = Freshness()
        self._place: tuple[int, int] | None = None

    def compose(self) -> ComposeResult:
        """The part that ticks."""
        yield self._freshness

    def show(self, snapshot: LiveSnapshot, standing: HeaderContext, now: float) -> None:
        """Draw what changed; also called each second, with a new ``now`` (epoch) only."""
        self._snapshot, self.standing, self._now = snapshot, standing, now
        before, after = self._drawn, self._line()
        self._freshness.show(freshness(snapshot.poll, now), late=waiting(snapshot.poll, now) is not None)
        if before == after:
            return
        self._put_freshness()
        self._drawn = after
        if not before or not self.size.width:
            self.refresh()
            return
        # Each cell with its style: only the span between the first and the last difference is sent, split where a
        # long unchanged piece lies between two changes.
        old, new = _cells(before), _cells(after)
        for start, stop in _spans(old, new):
            self.refresh(Region(start, 0, stop - start, 1))

    def tick(self, now: float) -> None:
        """The same snapshot a moment later."""
        if self._snapshot is not None:
            self.show(self._snapshot, self.standing, now)

    def on_resize(self) -> None:
        """Another width, other parts."""
        self._drawn = self._line()
        self._put_freshness()
        self.refresh()

    def _put_freshness(self) -> None:
        """Where the line has left room for it, if it has."""
        self._freshness.display = self._place is not None
        if self._place is not None:
            x, width = self._place
            self._freshness.styles.offset = (x, 0)
            self._freshness.styles.width = width

    def notify_style_update(self) -> None:
        """Another theme: the drawn segments carry its styles."""
        super().notify_style_update()
        self._drawn = []

    def render_line(self, y: int) -> Strip:  # noqa: ARG002
        self._drawn = self._line()
        return Strip(self._drawn, self.size.width)

    def _line(self) -> list[Segment]:
        width, base = self.size.width, self.rich_style
        if self._snapshot is None or width < 4:
            return [Segment(" " * width, base)]
        left, right = self._fit(*self._parts(self._snapshot), width)
        gap = width - _length(left) - _length(right) - 2
        self._place, x = None, 1 + _length(left) + max(0, gap)
        for part in right:
            if part.name == "age":
                self._place = (x, cell_len(part.text))
            x += cell_len(part.text) + 2
        pieces = [Segment(" ", base), *self._segments(left), Segment(" " * max(0, gap), base)]
        pieces += [*self._segments(right), Segment(" ", base)]
        return list(Strip(pieces).adjust_cell_length(width, base))

    def _parts(self, snapshot: LiveSnapshot) -> tuple[list[HeaderPart], list[HeaderPart]]:
        glyphs, poll, standing = glyphs_of(self), snapshot.poll, self.standing
        site = snapshot.site.name or (f"site {snapshot.site.id}" if snapshot.site.id else "matomo-tui")
        left = [HeaderPart("site", site, "site", 0), HeaderPart("section", standing.section, "muted", 5)]
        if standing.demo:
            left.append(HeaderPart("demo", " DEMO ", "demo", 0))
        if standing.crumbs:
            left.append(HeaderPart("only", f"only: {f' {glyphs.crumb} '.join(standing.crumbs)}", "only", 1))
        if standing.read_only:
            left.append(HeaderPart("read-only", "read-only", "muted", 7))
        if standing.editing:
            left.append(HeaderPart("editing", "editing", "warn", 3))
        look = {Phase.LIVE: "good", Phase.STOPPED: "bad"}.get(poll.phase, "warn")
        if waiting(poll, self._now) is not None or (poll.phase is Phase.LIVE and lacking(poll)):
            look = "warn"
        right = [
            HeaderPart("pace", pace(poll, brief=self.size.width < BRIEF_BELOW), "warn", 4),
            HeaderPart("clocks", clocks(poll, brief=self.size.width < CLOCKS_BRIEF_BELOW), "warn", 1),
            HeaderPart("state", state_word(poll, glyphs), look, 0),
            HeaderPart("age", freshness(poll, self._now), "muted", 2),
            HeaderPart("who", " ".join(filter(None, (standing.role, standing.profile))), "muted", 6),
            HeaderPart("clock", clock_time(self._now, snapshot.site.timezone, seconds=False), "text", 3),
            HeaderPart("zone", zone_label(snapshot.site.timezone), "muted", 5),
        ]
        return left, [part for part in right if part.text]

    def _fit(
        self, left: list[HeaderPart], right: list[HeaderPart], width: int
    ) -> tuple[list[HeaderPart], list[HeaderPart]]:
        """Drop parts until the rest fits; what must stay is cut instead. What fits after all comes back."""
        whole = left, right
        left, right = self._drop(left, right, width, above=4)
        left = self._cut(left, right, width, {"only": 24, "site": 24})
        left, right = self._drop(left, right, width, above=1)
        left = self._cut(left, right, width, {"only": 8, "site": 8})
        return self._return(left, right, whole, width)

    @staticmethod
    def _return(
        left: list[HeaderPart], right: list[HeaderPart], whole: tuple[list[HeaderPart], list[HeaderPart]], width: int
    ) -> tuple[list[HeaderPart], list[HeaderPart]]:
        """With what was dropped or cut of the ``whole`` for a part that did not fit either, in the order of ranks."""
        kept = {part.name: part for part in left + right}
        for part in sorted(whole[0] + whole[1], key=lambda part: part.rank):
            wanted = {**kept, part.name: part}
            tried = [[wanted[one.name] for one in side if one.name in wanted] for side in whole]
            if _length(tried[0]) + _length(tried[1]) + 4 <= width:
                kept = wanted
        return [kept[one.name] for one in whole[0] if one.name in kept], [
            kept[one.name] for one in whole[1] if one.name in kept
        ]

    @staticmethod
    def _drop(
        left: list[HeaderPart], right: list[HeaderPart], width: int, *, above: int
    ) -> tuple[list[HeaderPart], list[HeaderPart]]:
        """Without parts of a rank higher than ``above``, the highest first, as long as there is too much."""
        while _length(left) + _length(right) + 4 > width:
            droppable = [part for part in left + right if part.rank > above]
            if not droppable:
                break
            first = max(droppable, key=lambda part: part.rank)
            left, right = [p for p in left if p is not first], [p for p in right if p is not first]
        return left, right

    def _cut(
        self, left: list[HeaderPart], right: list[HeaderPart], width: int, least: dict[str, int]
    ) -> list[HeaderPart]:
        """Names cut as far as there is too much, down to ``least`` cells each."""
        for n, part in enumerate(left):
            over = _length(left) + _length(right) + 4 - width
            if over > 0 and part.name in least:
                room = min(cell_len(part.text), max(least[part.name], cell_len(part.text) - over))
                left = [
                    *left[:n],
                    replace(part, text=pad_or_truncate(part.text, room, ellipsis=glyphs_of(self).ellipsis)),
                    *left[n + 1 :],
                ]
        return left

    def _segments(self, parts: list[HeaderPart]) -> list[Segment]:
        base, segments = self.rich_style, []
        for n, part in enumerate(parts):
            if n:
                segments.append(Segment("  ", base))
            if part.name == "age":
                segments.append(Segment(" " * cell_len(part.text), base))
            else:
                segments.append(Segment(part.text, self.get_component_rich_style(f"header--{part.look}")))
        return segments


class Banner(Static):
    """The sentence under the header when something is wrong or must be said loudly; else it takes no line."""

    DEFAULT_CSS = """
    Banner { display: none; height: auto; max-height: 6; width: 1fr; padding: 0 1; }
    Banner.-warn { display: block; color: $text-warning; }
    Banner.-bad { display: block; color: $text-error; text-style: bold; }
    """
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)
        self._said = ("", "")

    def say(self, sentence: str, look: str) -> None:
        """Show ``sentence`` as ``warn`` or ``bad``; ``""`` takes the line away."""
        wanted = (sentence, look if sentence else "")
        if wanted == self._said:
            return
        self._said = wanted
        for name in ("warn", "bad"):
            self.set_class(wanted[1] == name, f"-{name}")
        self.update(sentence)


def _length(parts: list[HeaderPart]) -> int:
    return sum(cell_len(part.text) for part in parts) + 2 * max(0, len(parts) - 1)


def _cells(segments: list[Segment]) -> list[tuple[str, Style | None]]:
    """One entry for each cell; the second cell of a wide character is empty."""
    cells: list[tuple[str, Style | None]] = []
    for text, style, _ in segments:
        for character in text:
            cells.append((character, style))
            cells.extend([("", style)] * (cell_len(character) - 1))
    return cells


def _spans(old: list[tuple[str, Style | None]], new: list[tuple[str, Style | None]]) -> list[tuple[int, int]]:
    """Where ``new`` differs, as column ranges; differences less than 12 cells apart are one range, as each costs
    about as many bytes to begin."""
    spans: list[tuple[int, int]] = []
    for n in range(max(len(old), len(new))):
        if n < len(old) and n < len(new) and old[n] == new[n]:
            continue
        if spans and n - spans[-1][1] < 12:
            spans[-1] = (spans[-1][0], n + 1)
        else:
            spans.append((n, n + 1))
    return spans
