"""The sections by key and name, with the open one marked, in terminals of 120 columns and more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from msgspec import Struct
from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.app import App
from textual.geometry import Size
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from matomo_tui.ui.actions import ACTIONS
from matomo_tui.ui.available_actions import bound_key
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.widgets.screens import NEEDS, TABBED

_ACTION = "app.section('"
_SECTIONS = [
    (action, action.name.removeprefix(_ACTION).removesuffix("')"))
    for action in ACTIONS
    if action.name.startswith(_ACTION)
]
"""The action that opens each section, and the section's name."""


class SectionTab(Struct, frozen=True):
    """A section in the line."""

    name: str
    """Its name in the registry of actions."""
    key: str

    @property
    def width(self) -> int:
        """Cells, with a blank on both sides."""
        return cell_len(self.key) + cell_len(self.name) + 3


def section_tabs(app: App[Any]) -> list[SectionTab]:
    """The sections that can be opened now, in the registry's order, with their keys."""
    keys: Mapping[str, str] = getattr(app, "key_map", {})
    tabs = []
    for action, name in _SECTIONS:
        if app.check_action("section", (name,)) is not False:
            tabs.append(SectionTab(name, action.keys_in(keys)[0]))
    return tabs


def numbered(screen: Screen[Any], name: str, title: str) -> str:
    """A section's ``title`` with its key before it, on screens that have no room for the tabs."""
    if screen.has_class(TABBED):
        return title
    key = next((tab.key for tab in section_tabs(screen.app) if tab.name == name), "")
    return f"{key} {title}".strip()


def too_small(screen: Screen[Any], what: str, size: Size) -> str:
    """That ``what`` needs a larger terminal than ``size``, and the key of the live screen, which does with less."""
    times, key = glyphs_of(screen).times, bound_key(screen, "app.section.live")
    needed, there = (f"{cells.width}{times}{cells.height}" for cells in (NEEDS, size))
    return f"{what} needs {needed}; this is {there}.\n{key} shows Live."


class SectionTabs(Widget):
    """One line; a click opens a section."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"tabs--key", "tabs--name", "tabs--open"}
    DEFAULT_CSS = """
    SectionTabs { display: none; height: 1; width: 1fr; background: $surface; }
    SectionTabs > .tabs--key { color: $accent; text-style: bold; }
    SectionTabs > .tabs--name { color: $text-muted; }
    SectionTabs > .tabs--open { color: $background; background: $accent; text-style: bold; }
    SectionTabs:ansi > .tabs--open { color: $accent; background: $surface; text-style: bold reverse; }
    SectionTabs:nocolor > .tabs--open { text-style: bold reverse; }
    """
    ALLOW_SELECT = False

    def __init__(self, open: str) -> None:
        """``open`` is the name of the section that the screen belongs to; ``""``: that of the screen below."""
        super().__init__(id="tabs")
        self._open = open
        self._tabs: list[SectionTab] = []

    def on_mount(self) -> None:
        for screen in reversed(self.app.screen_stack):
            for tabs in screen.query(SectionTabs):
                self._open = self._open or tabs._open
        self.screen.bindings_updated_signal.subscribe(self, self._update)
        self._update(self.screen)

    def on_unmount(self) -> None:
        self.screen.bindings_updated_signal.unsubscribe(self)

    def _update(self, _screen: Screen[object]) -> None:
        tabs = section_tabs(self.app)
        if tabs != self._tabs:
            self._tabs = tabs
            self.refresh()

    def render_line(self, y: int) -> Strip:  # noqa: ARG002
        base = self.rich_style
        key, name, open = (self.get_component_rich_style(f"tabs--{part}") for part in ("key", "name", "open"))
        pieces = []
        for tab in self._tabs:
            if tab.name == self._open:
                pieces.append(Segment(f" {tab.key} {tab.name} ", open))
            else:
                pieces += [Segment(f" {tab.key}", key), Segment(f" {tab.name} ", name)]
        return Strip(pieces).adjust_cell_length(self.size.width, base)

    def on_click(self, event: events.Click) -> None:
        """Open the section under the pointer."""
        at = 0
        for tab in self._tabs:
            if at <= event.x < at + tab.width:
                self.call_later(self.app.run_action, f"app.section('{tab.name}')")
                return
            at += tab.width
