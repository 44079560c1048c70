"""The list of alerts: those that last, then the history, the newest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from matomo_tui.live.clock import Clock
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing.formatting import clock_time, day, format_age, zone_label
from matomo_tui.ui.shell import Shell
from matomo_tui.ui.widgets.dialog import Dialog
from matomo_tui.ui.widgets.table.columns import Column, StyleName
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable

if TYPE_CHECKING:
    from matomo_tui.alerts.history import AlertHistory
    from matomo_tui.alerts.monitor import AlertMonitor

COLUMNS = (
    Column("when", "When", 12),
    Column("state", "State", 9),
    Column("message", "Alert", 20, flex=1),
)
_STYLES: dict[str, StyleName] = {"fired": "warn", "ended": "good", "failed": "bad"}
NO_RULES = "There are no alert rules: they are [[profiles.NAME.alerts]] tables in config.toml."


class AlertsDialog(Dialog[None]):
    """Alerts that last are marked and come first. The whole text of the row under the cursor is below the list."""

    DEFAULT_CSS = """
    AlertsDialog > .dialog--box { width: 110; height: 22; }
    AlertsDialog .alerts--full { height: auto; min-height: 2; max-height: 5; padding: 0 2; color: $text; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("alerts")]

    def __init__(
        self,
        history: AlertHistory,
        monitors: Sequence[AlertMonitor],
        clock: Clock,
        zone_name: str,
        corrected: Callable[[float], float],
    ) -> None:
        """``monitors`` are those of all tabs; ``zone_name`` is the time zone that times are shown in, after
        ``corrected`` put them on the server's clock."""
        super().__init__("Alerts")
        self._zone = zone_name
        self._corrected = corrected
        self._history = history
        self._monitors = monitors
        self._clock = clock
        self._table: VirtualTable[str] = VirtualTable(COLUMNS, header=True, spacing=2)
        self._full = Static("", classes="alerts--full", markup=False)
        self._texts: dict[str, str] = {}
        self._today = ""
        self._rows: list[Row[str]] = []

    def compose_body(self) -> ComposeResult:
        yield self._table
        yield self._full

    def on_mount(self) -> None:
        self.load()
        self._table.focus()
        self.set_interval(1.0, self.tick)

    def load(self) -> None:
        """Read the alerts again."""
        monitors = self._monitors
        lasting = sum(len(monitor.lasting) for monitor in monitors)
        rules = sum(len(monitor.rules) for monitor in monitors)
        self.set_title(f"Alerts, {lasting} now" if lasting else "Alerts")
        problems = [problem for monitor in monitors for problem in monitor.problems] if monitors else [NO_RULES]
        self.set_status("\n".join(problems[:3]), error=bool(monitors))
        self.set_subtitle(f"{rules} rule{'' if rules == 1 else 's'}, times in {zone_label(self._zone)}")
        self._table.set_empty_text("No alert has fired yet")
        now = self._clock.now()
        self._texts = {}
        self._today = self._day(now)
        self._rows = [*self._lasting_rows(now), *self._past_rows(now)]
        self._table.set_rows(ListRows(self._rows))
        self._draw_full(self._table.cursor_key)

    def tick(self) -> None:
        """Draw how long the alerts last by now. Nothing is scrolled, and the cursor stays."""
        now = self._clock.now()
        lasting = list(self._lasting_rows(now))
        before = self._rows[: len(lasting)]
        if self._day(now) != self._today or [row.key for row in lasting] != [row.key for row in before]:
            self.load()
        elif lasting != before:
            self._rows[: len(lasting)] = lasting
            self._table.rows_changed()

    def _lasting_rows(self, now: float) -> Iterator[Row[str]]:
        for monitor, alert in ((one, alert) for one in self._monitors for alert in one.lasting):
            key = f"now:{monitor.profile}:{alert.rule}:{alert.site}"
            self._texts[key] = alert.message + (f"\nprofile {monitor.profile}" if monitor.profile else "")
            lasts = f"for {format_age(now - alert.fired_at)}"
            yield Row(key, (self._when(alert.fired_at, now), ((lasts, "bad"),), alert.message), mark=("!", "bad"))

    def _past_rows(self, now: float) -> Iterator[Row[str]]:
        for number, record in sorted(enumerate(self._history.records()), reverse=True):
            key = f"{number}:{record.at}"
            quiet = "" if record.delivered or record.state == "failed" else " (quiet hours: not delivered)"
            self._texts[key] = record.message + quiet + (f"\nprofile {record.profile}" if record.profile else "")
            state = ((record.state, _STYLES.get(record.state, "muted")),)
            yield Row(key, (((self._when(record.at, now), "muted"),), state, record.message))

    def on_virtual_table_highlighted(self, event: VirtualTable.Highlighted[str]) -> None:
        """Show the whole text of the alert under the cursor."""
        event.stop()
        self._draw_full(event.key)

    def _draw_full(self, key: str | None) -> None:
        self._full.update(self._texts.get(key or "", ""))

    def action_copy(self) -> None:
        """Copy the alert under the cursor."""
        text = self._texts.get(self._table.cursor_key or "")
        if text and isinstance(self.app, Shell):
            self.app.copy(text)

    def _when(self, at: float, now: float) -> str:
        """The time of day, with the date if it is not today's."""
        if self._day(at) == self._day(now):
            return clock_time(self._corrected(at), self._zone)
        return f"{self._day(at)[:6]} {clock_time(self._corrected(at), self._zone, seconds=False)}"

    def _day(self, at: float) -> str:
        return day(self._corrected(at), self._zone)
