"""A pane whose keys ask the server for what is then shown over it, or in its place."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from textual.screen import Screen
from textual.worker import Worker

from matomo_tui.api.errors import MatomoError
from matomo_tui.ui.widgets.pane import Pane
from matomo_tui.ui.widgets.workers import deferred, is_working

P = ParamSpec("P")
R = TypeVar("R")

REQUEST = "request"
"""The group of the workers."""


class RequestingPane(Pane):
    """Shows in its title that what a key asked for is awaited. Its screen drops the request when it is left."""

    def request(self, function: Callable[P, Coroutine[Any, Any, None]], *args: P.args, **kwargs: P.kwargs) -> None:
        """Run ``function``, which asks the server and shows the answer with ``open_screen``, in a worker. A
        ``MatomoError`` is passed to :meth:`notify_error`."""

        async def notify_errors() -> None:
            try:
                await function(*args, **kwargs)
            except MatomoError as error:
                self.notify_error(error)

        self.run_worker(deferred(notify_errors), group=REQUEST, exclusive=True, exit_on_error=False)

    def drop_request(self) -> bool:
        """Forget what was asked for: it would open over what is shown by now. Returns False if nothing was."""
        return bool(self.workers.cancel_group(self, REQUEST))

    def open_screen(self, screen: Screen[R], closed: Callable[[R | None], None] | None = None) -> None:
        """Show a dialog or a form over the pane, unless something else is shown there by now: it would take its
        keys."""
        if self.screen.is_active and self.display:
            self.app.push_screen(screen, closed)

    def notify_error(self, error: MatomoError) -> None:
        """Say why a request failed."""
        self.notify(str(error), severity="error", markup=False)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show that the answer is awaited."""
        if event.worker.group == REQUEST:
            self.set_waiting(is_working(self, REQUEST))
