"""Which buttons of the mouse act, and giving the mouse to the terminal and taking it back while the program runs."""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.events import Event, MouseDown, MouseUp

from matomo_tui.ui.terminal.app_part import AppPart

_LEFT = 1


def uses_mouse(app: App[Any]) -> bool:
    """Whether mouse events come to the program."""
    return bool(getattr(app._driver, "_mouse", False))


def set_mouse(app: App[Any], on: bool) -> None:
    """Turn mouse events on or off. Without them the terminal selects text as usual. Drivers without a mouse, as in
    tests, only note it."""
    driver = app._driver
    if driver is None or uses_mouse(app) == on:
        return
    driver._mouse = True  # Textual's own methods do nothing without it.
    name = "_enable_mouse_support" if on else "_disable_mouse_support"
    change = getattr(driver, name, None)
    if change is not None:
        change()
    driver._mouse = on


class LeftButtonMixin(AppPart):
    """Lets only the left button act: Textual makes a click of any, and no widget looks which one it was."""

    async def on_event(self, event: Event) -> None:
        """Drop what another button does."""
        if not (isinstance(event, MouseDown | MouseUp) and event.button > _LEFT):
            await super().on_event(event)
