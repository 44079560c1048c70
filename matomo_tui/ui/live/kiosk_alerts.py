"""The alerts that last, a line each, on a screen that is read from a distance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import events
from textual.widgets import Static

from matomo_tui.ui.drawing.formatting import pad_or_truncate
from matomo_tui.ui.drawing.glyphs import glyphs_of

if TYPE_CHECKING:
    from matomo_tui.alerts.monitor import LastingAlert

LEAST_LINES = 3
PART_OF_SCREEN = 8
"""An eighth of a taller screen is theirs at most."""


class KioskAlerts(Static):
    """Each alert with its age, the newest first; the last line counts those for which there is no room. Without any it
    takes no line."""

    DEFAULT_CSS = """
    KioskAlerts {
        display: none; height: auto; padding: 0 1; text-style: bold; color: $background; background: $error;
    }
    KioskAlerts:ansi { color: $error; background: $background; text-style: bold reverse; }
    KioskAlerts:nocolor { text-style: bold reverse; }
    """
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__("", markup=False)
        self._alerts: Sequence[LastingAlert] = ()
        self._now = 0.0
        self._drawn = ""

    def set_alerts(self, alerts: Sequence[LastingAlert], now: float) -> None:
        """Show ``alerts`` as they are at ``now`` (epoch)."""
        self._alerts = sorted(alerts, key=lambda alert: -alert.fired_at)
        self.tick(now)

    def tick(self, now: float) -> None:
        """Draw the ages at ``now`` (epoch)."""
        self._now = now
        text = "\n".join(self._lines())
        if text != self._drawn:
            self._drawn = text
            self.display = bool(text)
            self.update(text)

    def on_resize(self, event: events.Resize) -> None:  # noqa: ARG002
        self.tick(self._now)

    def _lines(self) -> list[str]:
        if not self._alerts:
            return []
        from matomo_tui.alerts.wording import span  # only for alerts: they cost start-up time

        width, height = self.app.size
        most = max(LEAST_LINES, height // PART_OF_SCREEN)
        shown = self._alerts if len(self._alerts) <= most else self._alerts[: most - 1]
        ages = [f"for {span(self._now - alert.fired_at)}" for alert in shown]
        room = max(map(len, ages))
        lines = [f"! {age:<{room}}  {alert.message}" for age, alert in zip(ages, shown, strict=True)]
        if len(shown) < len(self._alerts):
            lines.append(f"  and {len(self._alerts) - len(shown)} more")
        ellipsis = glyphs_of(self).ellipsis
        return [pad_or_truncate(line, width - 2, ellipsis=ellipsis).rstrip() for line in lines]
