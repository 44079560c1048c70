"""The frame of every pane, with its states: loading, empty, stale, refused, broken.

The frame is one rule with the title in it: on 80 × 24 any further line would be taken from the figures.
"""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.events import Click
from textual.geometry import Region
from textual.strip import Strip
from textual.timer import Timer
from textual.visual import VisualType
from textual.widget import Widget
from textual.widgets import Static

from matomo_tui.api.errors import FeatureDisabled, MatomoError, NoAccess, NoSite, NotRecorded
from matomo_tui.live.snapshot import LiveSnapshot, Phase, PollState
from matomo_tui.ui.available_actions import bound_key
from matomo_tui.ui.widgets.bare import BareVertical
from matomo_tui.ui.widgets.pane_title import PaneTitle

LOADING_AFTER = 0.3
"""Seconds before a wait is shown."""
LOADING_STEP = 0.2
BUILD_AFTER = 0.5
"""Seconds that a postponed pane waits for figures: most come sooner, and a wait is not shown sooner either."""
LOADING_MOST = 30.0
"""Seconds after which the moving line stops: by then the header names the problem."""
WORDS_AFTER = 3
"""Seconds after which a wait is told in words, too."""


class PaneState(StrEnum):
    """What a pane shows: its content, or why there is none. Each state has the class ``-<state>``."""

    CONTENT = "content"
    LOADING = "loading"
    EMPTY = "empty"
    REFUSED = "refused"
    UNRECORDED = "unrecorded"
    STALE = "stale"
    STOPPED = "stopped"
    BROKEN = "broken"


_WITH_CONTENT = (PaneState.CONTENT, PaneState.STALE)
FAILED = (PaneState.BROKEN, PaneState.STALE, PaneState.STOPPED)
"""The states of a pane whose last request failed, though the next one may succeed."""
_WORDS = {
    PaneState.REFUSED: "refused",
    PaneState.UNRECORDED: "not recorded",
    PaneState.STOPPED: "stopped",
    PaneState.BROKEN: "failed",
}


def state_of(error: MatomoError) -> PaneState:
    """The state of a pane that shows ``error`` in place of its content."""
    if isinstance(error, NotRecorded):
        return PaneState.UNRECORDED
    if isinstance(error, NoAccess | FeatureDisabled):
        return PaneState.REFUSED
    return PaneState.STOPPED if error.stops_polling else PaneState.BROKEN


def state_for(
    widget: Widget, snapshot: LiveSnapshot, part: MatomoError | None, *, ready: bool
) -> tuple[PaneState, str]:
    """The state of a pane, with its sentence. ``part`` is the error of its part of the snapshot; ``ready`` means that
    it has had figures."""
    poll = snapshot.poll
    if isinstance(part, NoAccess | FeatureDisabled):
        return state_of(part), str(part)
    if part is not None and not ready:
        return PaneState.BROKEN, f"{part}{_again(widget, poll)}"
    if ready:
        old = part is not None or poll.phase in (Phase.STALE, Phase.STOPPED)
        return (PaneState.STALE if old else PaneState.CONTENT), ""
    if isinstance(poll.error, NoSite):
        return PaneState.EMPTY, no_site(widget)
    if poll.phase is Phase.STOPPED:
        state = PaneState.REFUSED if isinstance(poll.error, NoAccess) else PaneState.STOPPED
        return state, str(poll.error or "Polling has stopped.")
    if poll.error is not None:
        if isinstance(poll.error, NotRecorded):
            return PaneState.UNRECORDED, str(poll.error)
        return PaneState.BROKEN, f"{poll.error}{'' if snapshot.is_segment_refused else _again(widget, poll)}"
    if poll.phase is Phase.PAUSED:
        resume = "" if is_in_kiosk(widget) else f" {bound_key(widget, 'live.resume')} resumes."
        return PaneState.EMPTY, f"Paused before the first figures came.{resume}"
    return PaneState.LOADING, ""


def no_site(widget: Widget) -> str:
    """What to do where a Matomo has no site yet."""
    again = "" if is_in_kiosk(widget) else f", then {bound_key(widget, 'live.retry')} tries again"
    return f"This Matomo has no site yet: add one in Matomo{again}."


def asking_action(poll: PollState) -> str | None:
    """The id of the live screen's action that has Matomo asked again in this phase; ``None`` if a request is due or
    under way anyhow."""
    if poll.phase is Phase.LIVE:
        return "live.poll_now"
    if poll.phase is Phase.PAUSED:
        return "live.resume"
    return "live.retry" if poll.phase is Phase.STOPPED or poll.error is not None else None


def _again(widget: Widget, poll: PollState, before: str = "\n") -> str:
    """The key that tries again, ``before`` it a line break or a space; nothing in a replay or a kiosk, which have no
    such key."""
    is_replay, action = getattr(widget.app, "player", None) is not None, asking_action(poll)
    if action is None or is_replay or is_in_kiosk(widget):
        return ""
    return f"{before}{bound_key(widget, action)} tries again."


def is_in_kiosk(widget: Widget) -> bool:
    """Whether nobody can press a key that a sentence names."""
    return getattr(widget.app, "kiosk", None) is not None


def _brief(widget: Widget, state: PaneState, error: MatomoError | None, poll: PollState) -> str:
    if isinstance(error, NotRecorded):
        return "Not recorded."
    if isinstance(error, FeatureDisabled):
        return "Switched off on the server."
    if isinstance(error, NoSite):
        return no_site(widget)
    if isinstance(error, NoAccess):
        return "This token has no access."
    if state is PaneState.BROKEN and error is not None and is_in_kiosk(widget):
        return str(error)
    if state is PaneState.BROKEN:
        return f"No answer yet.{_again(widget, poll, ' ')}"
    return "Stopped before any figures came." if state is PaneState.STOPPED else "Paused before any figures came."


class ShowsItself:
    """A part of a pane that is shown and hidden by itself, whatever the state of the pane."""


class Pane(BareVertical):
    """A part of a screen under a rule with its title.

    Subclasses yield their widgets in ``compose_content``. ``STALE`` dims the content; every other state but ``CONTENT``
    replaces it by a sentence.
    """

    TITLE: ClassVar[str] = ""
    TELLS_WAIT: ClassVar[bool] = False
    """True for the main content of a screen, which says how long Matomo has not answered. Several panes would say the
    same."""
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "pane-title--rule",
        "pane-title--name",
        "pane-title--detail",
        "pane-title--word",
    }
    DEFAULT_CSS = """
    Pane { height: 1fr; padding: 1 0 0 0; }
    Pane > .pane-title--rule { color: $border-blurred; }
    Pane > .pane-title--name { color: $text; text-style: bold; }
    Pane > .pane-title--detail { color: $text-muted; }
    Pane > .pane-title--word { color: $text-warning; text-style: bold; }
    Pane > .pane--message { display: none; width: 1fr; height: 1fr; padding: 0 1; color: $text-muted; }
    Pane.-empty > .pane--message { display: block; content-align: center middle; text-align: center; }
    Pane.-loading > .pane--message { display: block; }
    Pane.-refused > .pane--message, Pane.-unrecorded > .pane--message { display: block; color: $text-warning; }
    Pane.-stopped > .pane--message { display: block; color: $text-error; text-style: bold; }
    Pane.-broken > .pane--message { display: block; color: $text-error; }
    /* Textual looks at what the focus changes only where the rule is about the pane itself. */
    Pane:focus-within { opacity: 100%; }
    Pane:focus-within > .pane-title--rule { color: $accent; }
    Pane:focus-within > .pane-title--name { color: $accent; text-style: bold; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.state = PaneState.CONTENT
        self.title_bar = PaneTitle(self, self.TITLE)
        self._message = Static("", classes="pane--message", markup=False)
        self._title: tuple[str, tuple[str, ...], str] = (self.TITLE, (), "")
        self._said = ""
        self._loading: Timer | None = None
        self._postponed = self._was_visible = False
        self._awaits = False
        self._waits_since = 0.0

    @property
    def has_title(self) -> bool:
        """Returns True if there is a line for the title."""
        return self.styles.padding.top > 0

    def render_lines(self, crop: Region) -> list[Strip]:
        lines = super().render_lines(crop)
        if crop.y or not lines or not self.has_title:
            return lines
        title, padding = self.title_bar.line(self.size.width), self.styles.padding
        if padding.left or padding.right:
            title = Strip.join([Strip.blank(padding.left), title, Strip.blank(padding.right)])
            title = title.apply_style(self.rich_style)
        for line_filter in self.get_line_filters():
            title = title.apply_filter(line_filter, self.background_colors[1])
        return [title.crop(crop.x, crop.right), *lines[1:]]

    def refresh_parts(self) -> None:
        """Draw the title again, the only part that has styles of its own, and not what lies below it."""
        self.title_bar.refresh()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self.title_bar.forget()

    @property
    def tooltip(self) -> VisualType | None:
        """The whole title while the pointer is on it: Textual shows a tooltip also for what is inside of the widget."""
        whole = self.title_bar.whole
        return Content(whole) if whole and self.app.mouse_over is self else None

    @tooltip.setter
    def tooltip(self, tooltip: VisualType | None) -> None:
        raise NotImplementedError("a pane's tooltip is its title")

    def on_click(self, event: Click) -> None:
        """Focus the content after a click on the title."""
        if self.screen.get_widget_at(event.screen_x, event.screen_y)[0] is self:
            for widget in self.query("*"):
                if isinstance(widget, Widget) and widget.focusable:
                    self.screen.set_focus(widget, scroll_visible=False)
                    return

    def compose(self) -> ComposeResult:
        if not self._postponed:
            yield from self.compose_rest()

    def compose_rest(self) -> ComposeResult:
        """The content and the sentence in its place."""
        for widget in self.compose_content():
            if self.state not in _WITH_CONTENT:
                widget.display = False
            yield widget
        yield self._message

    def postpone(self) -> None:
        """Show only the title, and compose the rest when there is something to show, at the latest after
        ``BUILD_AFTER``, but not before it is visible.

        For panes without figures at first: the first frame does not wait for them, they are laid out and drawn once if
        the figures come soon, and a pane that is never visible is never built."""
        self._postponed = True

    @property
    def is_postponed(self) -> bool:
        """True until the rest of a postponed pane is built."""
        return self._postponed

    def on_show(self) -> None:
        """Build the rest of a postponed pane, soon or at once."""
        self._was_visible = True
        if self._postponed and self.state is PaneState.LOADING:
            self.set_timer(BUILD_AFTER, self.build)
        elif self._postponed:
            self.app.call_after_refresh(self.build)  # The application's messages wait until it has started.

    def build(self) -> None:
        """Build the rest of a postponed pane now, if it was visible once."""
        if self._postponed and self._was_visible and self.is_attached:
            self._postponed = False
            self.mount_all(self.compose_rest())

    def compose_content(self) -> ComposeResult:
        """The pane's own widgets."""
        yield from ()

    def set_title(self, detail: str | tuple[str, ...] = "", title: str | None = None, headings: str = "") -> None:
        """Set the title in the rule, its details and the column headings, all plain text. The last details give way to
        a narrow pane."""
        details = (detail,) if isinstance(detail, str) and detail else tuple(detail)
        self._title = (self.TITLE if title is None else title, details, headings)
        self._draw_title()

    def _draw_title(self) -> None:
        name, details, headings = self._title
        self.title_bar.show(name, details, headings if self.state in _WITH_CONTENT else "", _WORDS.get(self.state, ""))

    def set_state(self, state: PaneState, message: str = "") -> None:
        """Show the content, or ``message`` in its place."""
        if state is not self.state:
            self._restyle(self.state, state)
            self.state = state
            for child in self.children:
                if child is not self._message and not isinstance(child, ShowsItself):
                    child.display = state in _WITH_CONTENT
            self._draw_title()
            self._wait(self._shows_wait)
            if state is not PaneState.LOADING:
                self.build()
        if message != self._said:
            self._said = message
            self._message.update(message, layout=False)

    def _restyle(self, old: PaneState, new: PaneState) -> None:
        """Restyle the whole pane if it becomes dimmed or stops being so, else only the sentence: a table has a dozen
        styles, and every pane changes its state with the first figures."""
        all_of_it = PaneState.STALE in (old, new)
        self.update_classes({f"-{old}": False, f"-{new}": True}, update=all_of_it and self.is_attached, animate=False)
        if self._message.is_attached and not all_of_it:
            self.app.stylesheet.update_nodes((self._message,))

    @property
    def has_content(self) -> bool:
        """Returns True while the content is visible, dimmed or not."""
        return self.state in _WITH_CONTENT

    def show_state(self, snapshot: LiveSnapshot, part: MatomoError | None, *, ready: bool) -> bool:
        """Set the state of ``state_for``, with a short sentence, as the feed or the banner has the full one. Returns
        True if there is content to draw."""
        state, message = state_for(self, snapshot, part, ready=ready)
        if message and snapshot.is_segment_refused:
            message = "Matomo refused the segment."
        elif message:
            message = _brief(self, state, part if part is not None else snapshot.poll.error, snapshot.poll)
        self.set_state(state, message)
        return state in _WITH_CONTENT

    def _wait(self, waiting: bool) -> None:
        if self._loading is not None:
            self._loading.stop()
            self._loading = None
        if self.title_bar.step is not None:
            self.title_bar.step = None
            self.title_bar.refresh()
        if waiting and self.is_attached:
            self._waits_since = asyncio.get_running_loop().time()
            self._loading = self.set_timer(LOADING_AFTER, self._start_moving)

    def on_mount(self) -> None:
        """Start the wait of a pane whose state was set before it was mounted."""
        if self._shows_wait:
            self._wait(True)

    @property
    def _shows_wait(self) -> bool:
        return self._awaits or self.state is PaneState.LOADING

    def set_waiting(self, waiting: bool) -> None:
        """Show in the title of a pane with content that the answer to a key is awaited."""
        if waiting != self._awaits:
            self._awaits = waiting
            self._wait(self._shows_wait)

    def _start_moving(self) -> None:
        # A timer that was stopped may have rung already.
        if self._shows_wait:
            self._loading = self.set_interval(LOADING_STEP, self._move, repeat=int(LOADING_MOST / LOADING_STEP))

    def _move(self) -> None:
        if self._shows_wait and self.screen.is_active:
            self.title_bar.step = (self.title_bar.step or 0) + 2
            self.title_bar.refresh()
            self.tell_wait()

    def tell_wait(self) -> None:
        """Say for how long Matomo has not answered, in place of the content that is not there yet."""
        seconds = int(asyncio.get_running_loop().time() - self._waits_since)
        if self.TELLS_WAIT and self.state is PaneState.LOADING and seconds >= WORDS_AFTER:
            # The line stops, and nothing counts on, shortly before that.
            time = f"{seconds} s" if seconds < LOADING_MOST - 1 else "half a minute or longer"
            self.set_state(
                PaneState.LOADING,
                f"Matomo has not answered for {time}. It computes figures when they are first asked for.",
            )
