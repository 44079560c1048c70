"""Gives back the screens of a connection that were not shown for ten minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from textual.screen import Screen

from matomo_tui.ui.shell import UNSEEN_FOR, Shell

if TYPE_CHECKING:
    from matomo_tui.ui.admin_navigation import AdminNavigator
    from matomo_tui.ui.navigation import SectionNavigator


class Stack(Protocol):
    """The part of a connection that has its screens."""

    mode: str
    sections: SectionNavigator | None
    administration: AdminNavigator | None

    @property
    def live(self) -> Screen[Any]:
        """The lowest screen, which always stays."""

    @property
    def screens(self) -> list[Screen[Any]]:
        """The stack of screens."""

    def open_sections(self) -> SectionNavigator | None:
        """The report screens, created if needed."""

    def open_administration(self) -> AdminNavigator | None:
        """The administration, created if needed."""


class UnseenScreens:
    """Looks after the screens of one connection, which is on the screen or not."""

    def __init__(self, app: Shell, stack: Stack) -> None:
        self._app = app
        self._stack = stack
        self._seen_at = app.clock.monotonic()
        """When the connection was shown last."""
        self._left = ""
        """The section that was on top when the screens above the live screen were closed; ``""`` if none was."""

    def hidden(self) -> None:
        """Another connection came to the screen."""
        self._seen_at = self._app.clock.monotonic()

    def release(self, *, is_shown: bool) -> None:
        """Give back the report screens and the administration that were not shown for ten minutes."""
        now = self._app.clock.monotonic()
        if is_shown:
            self._seen_at = now
        elif now - self._seen_at >= UNSEEN_FOR:
            self._close()
        for navigator in (self._stack.sections, self._stack.administration):
            if navigator is not None:
                navigator.release_unseen(self._stack.screens, is_shown=is_shown)

    def reopen(self) -> None:
        """Open the section that was closed while the connection was not shown."""
        name, self._left = self._left, ""
        if name == "admin" and (administration := self._stack.open_administration()) is not None:
            administration.go()
        elif name and (sections := self._stack.open_sections()) is not None:
            sections.go(name)

    def forget(self) -> None:
        """Stay on the live screen: the session has ended that the section belonged to."""
        self._left = ""

    def _close(self) -> None:
        """Close a section or the administration that is above the live screen. Dialogs and forms stay open."""
        stack, app = self._stack, self._app
        if len(stack.screens) != 2:
            return
        top = stack.screens[1]
        name = stack.sections.name_of(top) if stack.sections is not None else ""
        if not name and stack.administration is not None and stack.administration.may_close(top):
            name = "admin"
        if name:
            self._left = name
            if not app.is_screen_installed(stack.live):  # a mode removes the other screens of its stack
                app.install_screen(stack.live, f"live {stack.mode}")
            app.remove_mode(stack.mode)
            app.add_mode(stack.mode, lambda: stack.live)
