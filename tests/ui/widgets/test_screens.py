"""Screens with layouts by terminal size."""

from __future__ import annotations

import pytest
from textual import events
from textual.app import ComposeResult
from textual.geometry import Size
from textual.widgets import Static

from matomo_tui.ui.drawing.glyphs import ASCII
from matomo_tui.ui.widgets.screens import NEEDS, TINY, Breakpoints, ResponsiveScreen
from tests.ui.host import Host

WIDTHS: Breakpoints = [(0, TINY), (NEEDS.width, "-narrow"), (100, "-wide")]
HEIGHTS: Breakpoints = [(0, TINY), (NEEDS.height, "-short"), (30, "-tall")]


class Sized(ResponsiveScreen[None]):
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS

    def __init__(self) -> None:
        super().__init__()
        self.layouts: list[set[str]] = []

    def compose(self) -> ComposeResult:
        self.layouts.append(set(self.classes))
        yield Static("the figures")

    def resized(self) -> None:
        self.layouts.append(set(self.classes))


@pytest.mark.parametrize(
    ("size", "classes"),
    [
        ((80, 24), {"-narrow", "-short"}),
        ((79, 24), {"-narrow", "-short"}),
        ((99, 29), {"-narrow", "-short"}),
        ((100, 30), {"-wide", "-tall"}),
        ((71, 30), {TINY, "-tall"}),
        ((100, 19), {"-wide", TINY}),
        ((1, 1), {TINY}),
    ],
)
def test_the_last_breakpoints_reached_apply(size: tuple[int, int], classes: set[str]) -> None:
    found = Sized().layout_classes(Size(*size))
    assert {name for name, applies in found.items() if applies} == classes


async def test_the_layout_is_set_before_the_first_frame_and_before_a_new_size_is_laid_out() -> None:
    screen = Sized()
    host = Host(over=screen)
    async with host.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        assert {"-wide", "-tall"} <= screen.layouts[0]
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert {"-narrow", "-short"} <= screen.layouts[-1]
        assert not screen.layouts[-1] & {"-wide", "-tall"}


async def test_a_terminal_that_is_too_small_shows_the_sizes_alone() -> None:
    host = Host(over=Sized(), glyphs=ASCII)
    async with host.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "the figures" in host.text
        await pilot.resize_terminal(60, 20)
        await pilot.pause()
        assert "matomo-tui needs 72x20" in host.text
        assert "this is 60x20" in host.text
        assert "the figures" not in host.text
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "the figures" in host.text


async def test_a_click_on_a_widget_that_was_just_removed_selects_nothing() -> None:
    screen = Sized()
    host = Host(over=screen)
    async with host.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        with host.batch_update():  # no new layout until the click
            await screen.query_one(Static).remove()
            screen._forward_event(events.MouseDown(None, 3, 0, 0, 0, 1, shift=False, meta=False, ctrl=False))
        await pilot.pause()
        assert screen.get_selected_text() is None
