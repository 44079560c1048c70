"""Alerts of the application: follows the rules of a connection, shows what fires, rings the bell and sends it on."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from matomo_tui.sanitize import sanitize
from matomo_tui.ui.available_actions import bound_key
from matomo_tui.ui.live.live_screen import LiveScreen
from matomo_tui.ui.shell import Shell
from matomo_tui.ui.terminal.notifications import send_to_terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.notifications import SeverityLevel

    from matomo_tui.alerts.dispatcher import Dispatcher
    from matomo_tui.alerts.evaluation import AlertEvent
    from matomo_tui.alerts.history import AlertHistory
    from matomo_tui.alerts.monitor import AlertMonitor
    from matomo_tui.live.poller import Poller
    from matomo_tui.session import Session

TOAST = 15.0
"""Seconds that an alert stays in the corner of the screen."""
MOST_IN_TOAST = 3


class _Following(Struct):
    """The rules of one connection that are followed."""

    monitor: AlertMonitor
    dispatcher: Dispatcher
    unwatch: Callable[[], None]


class AlertsMixin(Shell):
    """Follows the alert rules of all connections, shown or not. Nothing of them is imported without rules."""

    alert_folder: Path | None
    """The state folder, for the history of alerts; ``None`` keeps it in memory."""
    alert_mark: str = ""
    """The text in the header while alerts last: ``! 2 alerts``."""
    _history: AlertHistory | None = None

    def start_alerts(self) -> None:
        """Follow nothing yet."""
        self._followed: dict[str, _Following] = {}
        self._alert_screens: dict[str, LiveScreen] = {}
        """The live screens of all connections, which show how many alerts last."""
        self._toasts: list[tuple[str, bool]] = []
        """Alerts that are about to be shown, and whether each fired."""

    def follow_alerts(self, connection: str, live: LiveScreen, session: Session, poller: Poller) -> None:
        """Follow the rules of ``session`` from now on, and no longer those that ``connection``, a name for it, had
        before."""
        self._stop_following(connection)
        self._alert_screens[connection] = live
        if session.settings.alerts:
            self._start_monitor(connection, session, poller)
        self._show_mark()

    def stop_alerts(self, connection: str) -> None:
        """Follow the rules of the connection no longer, because it is closed."""
        self._stop_following(connection)
        self._show_mark()

    def _stop_following(self, connection: str) -> None:
        followed = self._followed.pop(connection, None)
        self._alert_screens.pop(connection, None)
        if followed is not None:
            followed.unwatch()
            followed.dispatcher.close()
        self.workers.cancel_group(self, f"alerts {connection}")

    def _start_monitor(self, connection: str, session: Session, poller: Poller) -> None:
        from matomo_tui.alerts.dispatcher import Dispatcher
        from matomo_tui.alerts.monitor import AlertMonitor
        from matomo_tui.alerts.rule_check import check_rules
        from matomo_tui.config.validation import ConfigError

        try:
            rules = check_rules(session.settings.alerts)
        except ConfigError as error:  # the rules of a profile that was chosen while the program runs
            self.notify(sanitize(str(error)), title="Alerts are off", severity="error", markup=False, timeout=TOAST)
            return
        monitor = AlertMonitor(
            rules,
            session.client,
            session.site,
            clock=self.clock,
            history=self._alert_history(),
            sink=partial(self._alert, connection),
            profile=session.settings.profile,
        )
        dispatcher = Dispatcher(partial(self._delivery_failed, connection), clock=self.clock)
        self._followed[connection] = _Following(monitor, dispatcher, monitor.watch(poller))
        self.run_worker(monitor.run(), group=f"alerts {connection}", exclusive=True, exit_on_error=False)

    def stop_deliveries(self) -> None:
        """Stop what is being delivered, because the program ends."""
        for followed in self._followed.values():
            followed.dispatcher.close()

    def action_show_alerts(self) -> None:
        """Open the list of alerts: those that last, and the history."""
        from matomo_tui.ui.alerts_dialog import AlertsDialog

        if not isinstance(self.screen, AlertsDialog):
            monitors = [followed.monitor for followed in self._followed.values()]
            live = self.live_view.snapshot
            self.push_screen(
                AlertsDialog(self._alert_history(), monitors, self.clock, live.site.timezone, live.poll.corrected)
            )

    def _alert_history(self) -> AlertHistory:
        from matomo_tui.alerts.history import AlertHistory

        if self._history is None:
            self._history = AlertHistory(self.alert_folder)
        return self._history

    def _alert(self, connection: str, event: AlertEvent, message: str) -> None:
        """Show an alert that fired or ended, and deliver it unless these are its quiet hours."""
        from matomo_tui.alerts.evaluation import AlertChange

        fired = event.change is AlertChange.FIRED
        self._toasts.append((message, fired))
        self.call_later(self._toast)
        self._show_mark()
        followed = self._followed.get(connection)
        if event.deliver and followed is not None:
            if fired:
                self._ring(event, message)
            followed.dispatcher.deliver(event, message)
        self._refresh_list()

    def _toast(self) -> None:
        """Show the alerts of one poll in one box. The list of alerts shows them by itself."""
        from matomo_tui.ui.alerts_dialog import AlertsDialog

        toasts, self._toasts = self._toasts, []
        if not toasts or not self.screen_stack or isinstance(self.screen, AlertsDialog):
            return
        lines = [message for message, _ in toasts[:MOST_IN_TOAST]]
        if len(toasts) > MOST_IN_TOAST:
            lines.append(f"and {len(toasts) - MOST_IN_TOAST} more: {bound_key(self, 'app.show_alerts')} lists all")
        severity: SeverityLevel = "warning" if any(fired for _, fired in toasts) else "information"
        self.notify("\n".join(lines), severity=severity, markup=False, timeout=TOAST)

    def _ring(self, event: AlertEvent, message: str) -> None:
        from matomo_tui.alerts.terminal_notification import notification_code, notification_sequence

        deliveries = event.rule.deliveries
        if deliveries.bell:
            self.bell()
        code = notification_code(os.environ) if deliveries.terminal == "auto" else deliveries.terminal
        if code:
            inside_tmux = bool(os.environ.get("TMUX"))
            send_to_terminal(self, notification_sequence(code, "matomo-tui", message, through_tmux=inside_tmux))

    def _delivery_failed(self, connection: str, event: AlertEvent, problem: str) -> None:
        """Say that a delivery failed. The alert itself is on the screen."""
        if connection in self._followed:
            self._followed[connection].monitor.delivery_failed(event, problem)
        sentence = sanitize(f"{event.rule.name}: not delivered: {problem}.", 240)
        self.notify(sentence, severity="error", markup=False, timeout=TOAST)
        self._refresh_list()

    def _refresh_list(self) -> None:
        from matomo_tui.ui.alerts_dialog import AlertsDialog

        if self.screen_stack and isinstance(self.screen, AlertsDialog):
            self.screen.load()

    def _show_mark(self) -> None:
        """Show in the header how many alerts last."""
        count = sum(len(followed.monitor.lasting) for followed in self._followed.values())
        self.alert_mark = f"! {count} alert{'' if count == 1 else 's'}" if count else ""
        for connection, live in self._alert_screens.items():
            live.set_alerts(self.alert_mark, has_rules=connection in self._followed)
