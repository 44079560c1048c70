"""Notifications whose toasts always end."""

from __future__ import annotations

from dataclasses import dataclass

from textual.notifications import Notification, Notify, SeverityLevel

from matomo_tui.ui.terminal.app_part import AppPart

SHORTEST = 0.1
"""Seconds that a toast is shown at least."""


@dataclass
class Notice(Notification):
    """Textual shows a notification unless it has expired, and sets a timer by what is left of its time then. If that is
    nothing any more, because the process or the computer was suspended in between, or another program had the
    processor, such a timer runs in a circle for ever, and the program with it."""

    @property
    def time_left(self) -> float:
        """The seconds that the toast is still shown."""
        return max(SHORTEST, super().time_left)

    @property
    def has_expired(self) -> bool:
        """Whether its time is over."""
        return super().time_left <= 0


class ToastsMixin(AppPart):
    """Shows notifications, each sentence once at a time."""

    def on_notify(self, event: Notify) -> None:
        """Show the toast in place of one that says the same: a key that is tried again does not fill the screen."""
        new = event.notification
        for old in list(self._notifications):
            if (old.message, old.title, old.severity) == (new.message, new.title, new.severity):
                self._unnotify(old, refresh=False)  # Textual adds the new one next, and draws

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Show a notification, as Textual does."""
        seconds = self.NOTIFICATION_TIMEOUT if timeout is None else timeout
        self.post_message(Notify(Notice(message, title, severity, seconds, markup=markup)))
