"""Ends the application on a bug with a sentence and a crash file, instead of Textual's traceback with all locals."""

from __future__ import annotations

import sys

from rich.console import RenderableType
from rich.text import Text
from textual.worker import WorkerFailed

from matomo_tui.config.crash_file import EXIT_CODE, crash_message, write_crash_file
from matomo_tui.ui.terminal.pacing import PacedApp


class CrashReportMixin(PacedApp):
    """Ends the application on an unhandled exception, also of a worker, with ``EXIT_CODE``, a sentence and a crash
    file."""

    def panic(self, *renderables: RenderableType) -> None:
        """End as after any other bug. Textual calls this where keys can no longer be read, which would print a
        traceback and exit with 0, and for exceptions that draw themselves."""
        if self._exception is None:
            self._exception = RuntimeError(next(map(_reason, renderables), "unknown"))
            self._return_code = EXIT_CODE
        self._fatal_error()

    def _fatal_error(self) -> None:
        # A private hook of Textual's: there is no public one for another crash screen.
        error: BaseException = self._exception or sys.exception() or RuntimeError("unknown")
        while isinstance(error, WorkerFailed):
            error = error.error
        self.bell()
        if not self._exit_renderables:
            self._exit_renderables.append(Text(crash_message(error, write_crash_file(error))))
        self._close_messages_no_wait()


def _reason(renderable: RenderableType) -> str:
    """The error in Textual's traceback of its thread that reads keys."""
    from rich.traceback import Traceback  # only for a bug: it imports pygments, which costs start-up time

    if not isinstance(renderable, Traceback) or not renderable.trace.stacks:
        return "unknown"
    first = renderable.trace.stacks[0]
    return f"the keys cannot be read: {first.exc_type}: {first.exc_value}"
