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


async def test_the_same_sentence_is_shown_once_and_as_long_as_the_last_time() -> None:
    app = Host()
    async with app.run_test(notifications=True) as pilot:
        app.notify("Editing is locked.", timeout=5)
        await pilot.pause()
        (first,) = app._notifications
        app.notify("Editing is locked.", timeout=5)
        app.notify("Editing is locked.", timeout=5, severity="warning")
        app.notify("Another one.", timeout=5)
        await pilot.pause()
        assert [one.message for one in app._notifications] == ["Editing is locked."] * 2 + ["Another one."]
        assert first not in app._notifications
        assert len(app.screen.query(Toast)) == 3
        app.notify("Another one.", timeout=5)
        app.notify("Another one.", timeout=5)
        await pilot.pause()
        assert len(app.screen.query(Toast)) == 3
