"""A small application with the ways out, the crash report and the guard installed, for the tests in a real terminal.

Keys make it fail: ``x`` in a handler, ``w`` in a worker, ``b`` blocks the event loop for ever, ``l`` leaves with a
thread that goes on; ``q`` quits. It writes ``READY`` when it can be used.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.filter import LineFilter
from textual.widgets import Static

from matomo_tui.api.secret import Secret
from matomo_tui.ui.terminal import signals
from matomo_tui.ui.terminal.crash_report import CrashReportMixin
from matomo_tui.ui.terminal.sanitizer import SANITIZER

TOKEN = "5ecre7" * 6
HOSTILE = "\x1b]52;c;cHduZWQ=\x1b\\\x1b[2J\x1b]0;pwned\x07\u202e\x9b31mtitle"


class WaysOutApp(CrashReportMixin, App[int]):
    """Fails as it is told."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "fail"),
        Binding("w", "fail_in_worker"),
        Binding("b", "block"),
        Binding("l", "leave_thread"),
        Binding("ctrl+c,q", "quit", priority=True),
    ]

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), SANITIZER]

    def compose(self) -> ComposeResult:
        yield Static(HOSTILE, markup=False)
        yield Static("READY", markup=False)

    def on_mount(self) -> None:
        signals.install_signal_handlers(self)

    def action_fail(self) -> None:
        """Raise with a token in a local and in the message."""
        token = TOKEN
        held = Secret(token)
        raise RuntimeError(f"refused {held}: token_auth={token}&idSite=1")

    def action_fail_in_worker(self) -> None:
        """Raise in a worker."""
        self.run_worker(self._fail())

    async def _fail(self) -> None:
        self.action_fail()

    def action_block(self) -> None:
        """Never come back to the event loop."""
        while True:
            time.sleep(0.01)

    def action_leave_thread(self) -> None:
        """Leave while a thread that is no daemon goes on."""
        threading.Thread(target=time.sleep, args=(60,)).start()
        self.exit(return_code=7)


if __name__ == "__main__":
    app = WaysOutApp()
    app.run()
    signals.exit_now(app.return_code or 0)
