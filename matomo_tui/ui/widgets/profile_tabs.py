"""A line of tabs, one for each Matomo, with its state and its visitors of now."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from msgspec import Struct
from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from matomo_tui.config.validation import TAB_COLORS
from matomo_tui.live.snapshot import Phase, PollState
from matomo_tui.ui.drawing.formatting import number, pad_or_truncate
from matomo_tui.ui.drawing.glyphs import Glyphs, glyphs_of
from matomo_tui.ui.widgets.status import state_sign

COLORS = ("accent", "text-success", "text-secondary", "text-warning", "text-primary", "text-error")
"""The theme's colours of the tabs, those of ``TAB_COLORS``; further tabs begin with the first one again."""
_LONGEST_NAME, _SHORTEST_NAME = 24, 4


class ProfileTab(Struct, frozen=True):
    """One Matomo in the line."""

    name: str
    """The profile's name, sanitized."""
    poll: PollState
    visitors: float | None
    """Visitors of the last three minutes on its site; ``None``: unknown."""
    is_shown: bool = False
    color: str = ""
    """The theme's colour that the profile chose; ``""`` for one by its place."""


def tab_color(index: int, chosen: str = "") -> int:
    """The number of the colour of the tab at ``index``, or of the ``chosen`` one."""
    return TAB_COLORS.index(chosen) if chosen in TAB_COLORS else index % len(COLORS)


class ProfileTabs(Widget):
    """One line at the top of a screen. It is hidden as long as there is a single Matomo; a click shows another one."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"profile-tabs--color-{number}" for number in range(len(COLORS))),
        *(f"profile-tabs--shown-{number}" for number in range(len(COLORS))),
        "profile-tabs--figure",
        "profile-tabs--good",
        "profile-tabs--warn",
        "profile-tabs--bad",
    }
    DEFAULT_CSS = """
    ProfileTabs {
        display: none; dock: top; height: 1; width: 1fr; background: $surface;
        & > .profile-tabs--figure { color: $text-muted; }
        & > .profile-tabs--good { color: $text-success; }
        & > .profile-tabs--warn { color: $text-warning; text-style: bold; }
        & > .profile-tabs--bad { color: $text-error; text-style: bold; }
    }
    """ + "".join(
        f"""
    ProfileTabs > .profile-tabs--color-{number} {{ color: ${color}; }}
    ProfileTabs > .profile-tabs--shown-{number} {{ color: $background; background: ${color}; text-style: bold; }}
    ProfileTabs:ansi > .profile-tabs--shown-{number} {{
        color: ${color}; background: $surface; text-style: bold reverse;
    }}
    ProfileTabs:nocolor > .profile-tabs--shown-{number} {{ text-style: bold reverse; }}
    """
        for number, color in enumerate(COLORS)
    )
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._tabs: tuple[ProfileTab, ...] = ()
        self._drawn: tuple[object, ...] = ()

    def on_mount(self) -> None:
        self.show(getattr(self.app, "profile_tabs", ()))

    def show(self, tabs: tuple[ProfileTab, ...]) -> None:
        """Draw ``tabs`` if anything that is visible has changed."""
        glyphs = glyphs_of(self)
        drawn = tuple((tab.name, tab.color, tab.is_shown, state_sign(tab.poll, glyphs), tab.visitors) for tab in tabs)
        if drawn == self._drawn:
            return
        self._tabs, self._drawn = tabs, drawn
        if self.display is not bool(tabs):
            self.display = bool(tabs)
        self.refresh()

    def _texts(self, glyphs: Glyphs) -> list[tuple[str, str, str]]:
        """The name, the sign of the state and the figure of each tab, names cut so that all have room."""
        figures = [
            (state_sign(tab.poll, glyphs), number(tab.visitors, "") if tab.poll.phase is Phase.LIVE else "")
            for tab in self._tabs
        ]
        taken = sum(cell_len(sign) + cell_len(figure) + (1 if figure else 0) + 3 for sign, figure in figures)
        longest = _LONGEST_NAME
        names = [tab.name for tab in self._tabs]
        while longest > _SHORTEST_NAME and taken + sum(min(cell_len(n), longest) for n in names) > self.size.width:
            longest -= 1
        return [
            (pad_or_truncate(name, min(cell_len(name), longest), ellipsis=glyphs.ellipsis), sign, figure)
            for name, (sign, figure) in zip(names, figures, strict=True)
        ]

    def render_line(self, y: int) -> Strip:  # noqa: ARG002
        def look(name: str) -> Callable[[str], Segment]:
            style = self.get_component_rich_style(f"profile-tabs--{name}")
            return lambda text: Segment(text, style)

        segments: list[Segment] = []
        for index, (tab, (name, sign, figure)) in enumerate(zip(self._tabs, self._texts(glyphs_of(self)), strict=True)):
            text = f" {figure}" if figure else ""
            if tab.is_shown:
                segments.append(look(f"shown-{tab_color(index, tab.color)}")(f" {sign} {name}{text} "))
                continue
            state = {Phase.LIVE: "good", Phase.STOPPED: "bad"}.get(tab.poll.phase, "warn")
            segments += [look(state)(f" {sign}"), look(f"color-{tab_color(index, tab.color)}")(f" {name}")]
            segments.append(look("figure")(f"{text} "))
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style)

    def on_click(self, event: events.Click) -> None:
        """Show the Matomo under the pointer."""
        at = 0
        for index, (name, sign, figure) in enumerate(self._texts(glyphs_of(self))):
            at += cell_len(f" {sign} {name}{' ' if figure else ''}{figure} ")
            if event.x < at:
                show = getattr(self.app, "show_tab", None)
                if show is not None:
                    self.call_later(show, index)
                return
