"""A toast ends, however late it comes."""

from __future__ import annotations

from textual.app import App
from textual.widgets._toast import Toast

from matomo_tui.ui.toasts import ToastsMixin
from tests.ui import idle


class Host(ToastsMixin, App[int]):
    """An application without anything else."""


async def test_a_toast_whose_time_was_over_before_it_was_shown_ends() -> None:
    idle.install()
    app = Host()
    async with app.run_test(notifications=True) as pilot:
        app.notify("late", timeout=5)
        await pilot.pause()
        (notice,) = app._notifications
        assert 4 < notice.time_left <= 5
        notice.raised_at -= 6  # the computer slept while the toast was made
        assert notice.has_expired
        toast = Toast(notice)
        assert toast._timeout > 0, "Textual's timer would never end"
        await app.screen.mount(toast)
        while toast.is_attached:
            await idle.wait_for_more(pilot)
        assert not list(app._notifications)
