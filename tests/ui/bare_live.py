"""The live screen without its panes, below the screens of other wings. Starting the whole application takes 370 ms with
them and 190 ms without, and the tests of the other wings never look at them."""

from __future__ import annotations

from textual.app import ComposeResult

from matomo_tui.ui.app import MatomoApp
from matomo_tui.ui.live.live_screen import LiveScreen


class BareLiveScreen(LiveScreen):
    """Follows the poller and the segment, and tells the application, as the whole one does; shows nothing."""

    def compose(self) -> ComposeResult:
        return iter(())

    def resized(self) -> None:
        pass

    def _draw_header(self) -> None:
        pass

    def _tick(self) -> None:
        pass


def strip(app: MatomoApp) -> None:
    """Have ``app``, which does not run yet, start without the live screen's panes."""
    app.live.__class__ = BareLiveScreen
