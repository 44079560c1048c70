"""A terminal that is behind: frames are held back, keys are not, and one frame shows all that changed."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterable

import pytest
from textual.app import App
from textual.screen import Screen
from textual.widgets import Input

from matomo_tui.ui.terminal import pacing
from matomo_tui.ui.terminal.pacing import PacedApp, PacedFile, WritePace
from matomo_tui.ui.widgets.screens import CachedStyleScreen


def test_a_terminal_is_behind_until_it_has_taken_what_was_queued(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "PATIENCE", -1.0)
    pace = WritePace()
    file = PacedFile(io.StringIO(), pace)
    assert not pace.is_behind
    pace.queue()
    pace.queue()
    assert pace.is_behind
    file.write("one")
    file.flush()
    assert pace.is_behind
    file.write("two")
    assert pace.is_behind
    file.flush()
    assert not pace.is_behind


def test_a_write_that_takes_a_moment_holds_nothing_back() -> None:
    pace = WritePace()
    pace.queue()
    assert not pace.is_behind


class _Stuck(WritePace):
    """A terminal that takes nothing as long as ``behind`` is set."""

    behind = False

    @property
    def is_behind(self) -> bool:
        return self.behind


class _Typing(CachedStyleScreen[None]):
    def compose(self) -> Iterable[Input]:
        yield Input()


class _App(PacedApp, App[int]):
    def __init__(self) -> None:
        super().__init__()
        self.frames = self.calls = 0
        self._pace = self.stuck = _Stuck()

    def get_default_screen(self) -> Screen[None]:
        return _Typing()

    def call_later(self, callback: Callable[..., object], *args: object, **options: object) -> bool:
        self.calls += 1
        assert self.calls < 1_000, "the application calls itself without end"
        return super().call_later(callback, *args, **options)

    def _display(self, screen: Screen[object], renderable: object) -> None:
        self.frames += renderable is not None
        super()._display(screen, renderable)  # type: ignore[arg-type]


@pytest.mark.usefixtures("painted")
async def test_frames_wait_for_the_terminal_and_keys_do_not() -> None:
    app = _App()
    async with app.run_test() as pilot:
        await pilot.pause()
        app.stuck.behind = True
        await pilot.pause(0.2)
        before = app.frames
        await pilot.press(*"matomo")
        assert app.screen.query_one(Input).value == "matomo"
        assert app.frames == before
        app.stuck.behind = False
        await pilot.pause(pacing.LOOK_AGAIN * 2)
        assert app.frames > before
        strips = app.screen._compositor.render_strips()
        assert any("matomo" in "".join(segment.text for segment in strip) for strip in strips)


@pytest.mark.usefixtures("painted")
async def test_a_screen_that_opens_within_a_batch_is_drawn_once_after_it() -> None:
    app = _App()
    async with app.run_test() as pilot:
        await pilot.pause()
        with app.batch_update():
            await app.push_screen(_Typing())
            before, called = app.frames, app.calls
            for _ in range(20):
                await asyncio.sleep(0.01)
            assert app.calls - called < 10
            assert app.frames == before
        await pilot.pause()
        assert app.frames > before
