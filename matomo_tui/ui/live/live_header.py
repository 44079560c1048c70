"""The header and the error banner of the live screen: site, freshness, user, problems."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct
from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from matomo_tui.api.errors import (
    LockedOut,
    MatomoError,
    NoAccess,
    NoSite,
    NotRecorded,
    SiteNotFound,
    TokenRejected,
)
from matomo_tui.instants import apart
from matomo_tui.live.snapshot import LiveSnapshot, Pace, Phase, PollState
from matomo_tui.ui.available_actions import with_keys
from matomo_tui.ui.drawing.formatting import clock_time, format_age, format_interval, zone_label
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.widgets.line_fitter import Cut, LinePart, LineSpacing, cells_of, changed_spans, fit_line, line_length
from matomo_tui.ui.widgets.plain_lines import PlainLines
from matomo_tui.ui.widgets.status import lacking, state_word
from matomo_tui.ui.widgets.tooltips import show_tooltip

_BRIEF_PACES = {
    Pace.SLOW_SERVER: "slow server",
    Pace.QUIET: "quiet",
    Pace.UNSEEN: "unseen",
    Pace.ERRORS: "errors",
    Pace.RETRY_AFTER: "asked to wait",
}
CLOCKS_BRIEF_BELOW = 140
"""Cells below which the clock that the server's is compared with is not named."""
BRIEF_BELOW = 100
"""Cells below which the pace is a word or two."""
DISAGREE = 60.0
"""Seconds that two clocks may differ before the header mentions it."""
ASKING_AFTER = 0.5
"""Seconds that a request takes before the header mentions it: most answers come sooner."""
PATIENCE = 5.0
"""Seconds that an answer may take before the header says that it is overdue, even if the interval is shorter."""
_SPACING = LineSpacing(between=2, reserved=4)


class HeaderContext(Struct, frozen=True):
    """What the header shows besides the snapshot."""

    section: str = "live"
    role: str = ""
    """The token's role on the site."""
    profile: str = ""
    demo: bool = False
    badge: str = ""
    """A word that marks figures which are not of a Matomo now, such as ``REPLAY``."""
    recording: bool = False
    """True if every answer is recorded to a file."""
    past: str = ""
    """Words in place of the connection's state while the screen shows the past."""
    stands: bool = False
    """True while a replay is paused or at its end, when no poll follows."""
    read_only: bool = False
    editing: bool = False
    """True while editing is unlocked."""
    alerts: str = ""
    """How many alerts last: ``! 2 alerts``."""
    has_rules: bool = False
    """True if alert rules are followed, which need polls."""
    crumbs: tuple[str, ...] = ()
    """The segments that all figures are narrowed to, in words."""


def clocks(poll: PollState, *, brief: bool = False) -> str:
    """Name the clocks that differ by more than a minute: ``tracker 10 min ahead``, ``server 3 h behind this computer``.

    A tracker whose clock is behind looks the same as a queue in front of it: ``hits come 10 min late``.
    """
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
    """Return the seconds since an overdue request was sent; ``None`` if no request is overdue at ``now`` (epoch)."""
    if not poll.in_flight or poll.asked_at is None:
        return None
    passed = now - poll.asked_at
    return passed if passed > max(poll.interval, PATIENCE) else None


def freshness(poll: PollState, now: float, *, follows: bool = True) -> str:
    """Age of the figures and time to the next poll, if one ``follows``: ``2 s ago, next in 3 s``."""
    old = f"{format_age(now - poll.last_success_at):>4} ago" if poll.last_success_at is not None else ""
    late = waiting(poll, now)
    if late is None and not follows:
        return old
    if late is None and (poll.phase in (Phase.PAUSED, Phase.STOPPED) or isinstance(poll.error, NotRecorded)):
        return old
    since = poll.asked_at if poll.in_flight else poll.next_poll_at
    left = 0.0 if poll.next_poll_at is None or poll.in_flight else max(0.0, poll.next_poll_at - now)
    # All variants have the same width, so that a poll moves nothing in the header.
    following = f"next in {format_age(left + 0.999 if left else 0.0):<4}"
    if since is None or now - since > ASKING_AFTER:
        following = "asking now  "
    if late is not None:
        following = f"waiting {format_age(late):<4}"
    return f"{old}, {following}" if old else following


def pace(poll: PollState, *, brief: bool = False) -> str:
    """Interval and reason if it is not the configured one: ``every 25 s: slow server``; ``brief``: the reason."""
    if poll.pace is Pace.NORMAL or poll.phase is not Phase.LIVE:
        return ""
    if format_interval(poll.effective) == format_interval(poll.interval):
        return ""  # it is stretched by less than is written
    return _BRIEF_PACES[poll.pace] if brief else f"every {format_interval(poll.effective)}: {poll.pace.value}"


def recovery_hint(widget: Widget, error: MatomoError, *, connected: bool) -> str:
    """Name the keys of the live screen that help after an error that stopped polling."""
    if isinstance(error, TokenRejected):
        hint = "No more requests are sent. Press {live.reconnect} to use another token."
    elif isinstance(error, LockedOut):
        hint = "No more requests are sent. Press {live.retry} when that is done."
    elif isinstance(error, NoSite):
        hint = "Add one in Matomo, then press {live.retry}, or {live.reconnect} for another address or token."
    elif isinstance(error, NoAccess) and connected:
        hint = "Press {live.switch_site} for another site, or {live.reconnect} for another token."
    elif isinstance(error, SiteNotFound):
        hint = "Press {live.switch_site} to choose a site, or {live.reconnect} for another address or token."
    else:
        hint = "Press {live.retry} to try again, or {live.reconnect} for another address or token."
    return with_keys(widget, hint)


def recovery_actions(poll: PollState) -> tuple[str, ...]:
    """Return the actions that resume polling, the most likely to help first. They come first in the footer."""
    if poll.phase is Phase.PAUSED:
        return ("resume",)
    if poll.phase is Phase.STALE and poll.last_success_at is None:
        return ("retry", "reconnect")
    if poll.phase is not Phase.STOPPED:
        return ()
    if isinstance(poll.error, NoAccess) and not isinstance(poll.error, NoSite):
        return ("switch_site", "reconnect", "retry")
    if isinstance(poll.error, SiteNotFound):
        return ("switch_site", "retry", "reconnect")
    if isinstance(poll.error, TokenRejected):
        return ("reconnect", "retry")
    return ("retry", "reconnect")


class Freshness(Widget):
    """Age of the figures and time to the next poll: the only text on the screen that changes every second.

    It is a widget of its own because Textual sends a line from the left edge of the widget that changed.
    """

    DEFAULT_CSS = """
    Freshness { position: absolute; height: 1; width: 1; background: $surface; color: $text-muted; }
    Freshness.-late { color: $text-warning; text-style: bold; }
    """
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._styles_cache = PlainLines()
        self.text = ""

    def set_text(self, text: str, *, late: bool = False) -> None:
        """Draw ``text`` if it changed; ``late`` draws it as a warning."""
        self.set_class(late, "-late")
        if text != self.text:
            self.text = text
            self.refresh()

    def render_line(self, y: int) -> Strip:  # noqa: ARG002
        style = self.rich_style
        return Strip([Segment(self.text, style)]).adjust_cell_length(self.size.width, style)


class Header(Widget):
    """The first line of the live screen. When the clock ticks, only the age is sent to the terminal."""

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
    Header:ansi > .header--demo { color: $warning; background: $background; text-style: bold reverse; }
    Header > .header--only { color: $accent; text-style: bold; }
    Header > .header--good { color: $text-success; text-style: bold; }
    Header > .header--warn { color: $text-warning; text-style: bold; }
    Header > .header--bad { color: $text-error; text-style: bold; }
    """
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.context = HeaderContext()
        self._snapshot: LiveSnapshot | None = None
        self._now = 0.0
        self._drawn: list[Segment] = []
        self._freshness = Freshness()
        self._place: tuple[int, int] | None = None
        self._places: list[tuple[int, int, str]] = []
        """The first cell, the cell after the last, and the action of the parts that are drawn."""

    def compose(self) -> ComposeResult:
        yield self._freshness

    def show(self, snapshot: LiveSnapshot, context: HeaderContext, now: float) -> None:
        """Draw the parts that changed. ``now`` is an epoch."""
        self._snapshot, self.context, self._now = snapshot, context, now
        before, after = self._drawn, self._line()
        self._freshness.set_text(self._age(snapshot.poll, now), late=waiting(snapshot.poll, now) is not None)
        if before == after:
            return
        self._place_freshness()
        self._drawn = after
        if not before or not self.size.width:
            self.refresh()
            return
        # Only the cells between the first and the last difference are sent, in several spans if long unchanged
        # pieces lie between them.
        old, new = cells_of(before), cells_of(after)
        for start, stop in changed_spans(old, new):
            self.refresh(Region(start, 0, stop - start, 1))

    def tick(self, now: float) -> None:
        """Draw the same snapshot at a later ``now`` (epoch)."""
        if self._snapshot is None:
            return
        poll = self._snapshot.poll
        late = waiting(poll, now) is not None
        is_same_minute = int(poll.corrected(now) // 60) == int(poll.corrected(self._now) // 60)
        if is_same_minute and late == (waiting(poll, self._now) is not None) and not self.context.past:
            self._now = now
            self._freshness.set_text(self._age(poll, now), late=late)
        else:
            self.show(self._snapshot, self.context, now)

    def _age(self, poll: PollState, now: float) -> str:
        return freshness(poll, now, follows=not self.context.stands)

    def on_resize(self) -> None:
        self._drawn = self._line()
        self._place_freshness()
        self.refresh()

    def _place_freshness(self) -> None:
        """Move the age to the blanks that the line left for it; hide it if there are none."""
        self._freshness.display = self._place is not None
        if self._place is not None:
            x, width = self._place
            self._freshness.styles.offset = (x, 0)
            self._freshness.styles.width = width

    def notify_style_update(self) -> None:
        """Forget the drawn segments: they carry the theme's styles."""
        super().notify_style_update()
        self._drawn = []

    def render_line(self, y: int) -> Strip:  # noqa: ARG002
        self._drawn = self._drawn or self._line()
        return Strip(self._drawn, self.size.width)

    def _line(self) -> list[Segment]:
        width, base = self.size.width, self.rich_style
        if self._snapshot is None or width < 4:
            return [Segment(" " * width, base)]
        ellipsis = glyphs_of(self).ellipsis
        left, right = fit_line(*self._parts(self._snapshot), width, _SPACING, ellipsis=ellipsis, restore=True)
        gap = max(0, width - line_length(left, _SPACING.between) - line_length(right, _SPACING.between) - 2)
        self._place, x = None, 1 + line_length(left, _SPACING.between) + gap
        for part in right:
            if part.name == "age":
                self._place = (x, cell_len(part.text))
            x += cell_len(part.text) + _SPACING.between
        self._find_places(left, 1, right, 1 + line_length(left, _SPACING.between) + gap)
        pieces = [Segment(" ", base), *self._segments(left), Segment(" " * gap, base)]
        pieces += [*self._segments(right), Segment(" ", base)]
        return list(Strip(pieces).adjust_cell_length(width, base))

    def _find_places(self, left: list[LinePart], at: int, right: list[LinePart], right_at: int) -> None:
        """Note where the parts are that a click acts on, and put the whole of the left side into the tooltip if some
        of it is cut."""
        self._places = []
        for side, x in ((left, at), (right, right_at)):
            for part in side:
                self._places.append((x, x + cell_len(part.text), part.name))
                x += cell_len(part.text) + _SPACING.between
        if self._snapshot is not None:
            whole = [part.text.strip() for part in self._parts(self._snapshot)[0]]
            show_tooltip(self, "  ".join(whole) if whole != [part.text.strip() for part in left] else "")

    def on_click(self, event: events.Click) -> None:
        """Do what the key for the part does."""
        for start, stop, action in self._places:
            if start <= event.x < stop and action not in ("", "age"):
                self.call_later(self.app.run_action, action, self.screen)

    def _parts(self, snapshot: LiveSnapshot) -> tuple[list[LinePart], list[LinePart]]:
        """The parts of the left and the right side.

        If there is too little room: read-only, user, section and zone are dropped; long names are cut to 24 cells;
        pace, editing, clock and age are dropped; names are cut to 8 cells. The rest always stays.
        """
        glyphs, poll, context = glyphs_of(self), snapshot.poll, self.context
        site = snapshot.site.name or (f"site {snapshot.site.id}" if snapshot.site.id else "matomo-tui")
        left = [
            LinePart(site, "site", cuts=(Cut(7, 24), Cut(2, 8)), name="switch_site"),
            LinePart(context.section, "muted", 8),
            LinePart(" DEMO " if context.demo else "", "demo"),
            LinePart(f" {context.badge} " if context.badge else "", "demo"),
            LinePart(
                f"only: {f' {glyphs.crumb} '.join(context.crumbs)}" if context.crumbs else "",
                "only",
                cuts=(Cut(6, 24), Cut(1, 8)),
                name="clear_segment",
            ),
            LinePart("read-only" if context.read_only else "", "muted", 10),
            LinePart("recording" if context.recording else "", "muted", 9),
            LinePart("editing" if context.editing else "", "warn", 4),
        ]
        look = {Phase.LIVE: "good", Phase.STOPPED: "bad"}.get(poll.phase, "warn")
        if waiting(poll, self._now) is not None or (poll.phase is Phase.LIVE and lacking(poll)):
            look = "warn"
        alerts = LinePart(context.alerts, "bad", name="app.show_alerts")
        shown = poll.corrected(self._now)
        if context.past:
            clock = LinePart(clock_time(shown, snapshot.site.timezone), "text", 1)
            right = [alerts, LinePart(f"{glyphs.stale} {context.past}", "warn"), clock]
            return [part for part in left if part.text], [part for part in right if part.text]
        right = [
            alerts,
            LinePart("alerts rest" if context.has_rules and poll.phase is Phase.PAUSED else "", "warn", 2),
            LinePart(pace(poll, brief=self.size.width < BRIEF_BELOW), "warn", 5),
            LinePart(clocks(poll, brief=self.size.width < CLOCKS_BRIEF_BELOW), "warn"),
            LinePart(state_word(poll, glyphs), look, name="resume" if poll.phase is Phase.PAUSED else "pause"),
            LinePart(self._age(poll, self._now), "muted", 3, name="age"),
            LinePart(" ".join(filter(None, (context.role, context.profile))), "muted", 9),
            LinePart(clock_time(shown, snapshot.site.timezone, seconds=False), "text", 4),
            LinePart(zone_label(snapshot.site.timezone), "muted", 8),
        ]
        return [part for part in left if part.text], [part for part in right if part.text]

    def _segments(self, parts: list[LinePart]) -> list[Segment]:
        base = self.rich_style
        segments: list[Segment] = []
        for n, part in enumerate(parts):
            if n:
                segments.append(Segment(" " * _SPACING.between, base))
            if part.name == "age":
                segments.append(Segment(" " * cell_len(part.text), base))
            else:
                segments.append(Segment(part.text, self.get_component_rich_style(f"header--{part.style}")))
        return segments


class Banner(Static):
    """A sentence under the header about an error or a warning; without one it takes no line."""

    DEFAULT_CSS = """
    Banner { display: none; height: auto; max-height: 6; width: 1fr; padding: 0 1; }
    Banner.-warn { display: block; color: $text-warning; }
    Banner.-bad { display: block; color: $text-error; text-style: bold; }
    """
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)
        self._shown = ("", "")

    def set_text(self, sentence: str, style: str) -> None:
        """Show ``sentence`` in the style ``warn`` or ``bad``; ``""`` hides the banner."""
        wanted = (sentence, style if sentence else "")
        if wanted == self._shown:
            return
        self._shown = wanted
        for name in ("warn", "bad"):
            self.set_class(wanted[1] == name, f"-{name}")
        self.update(sentence)
