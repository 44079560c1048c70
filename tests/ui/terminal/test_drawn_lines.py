"""The drawn lines of widgets that are removed, or on a screen that is covered, do not stay in memory."""

from __future__ import annotations

import gc
from weakref import ref

from textual._styles_cache import StylesCache
from textual.app import App
from textual.color import BLACK, WHITE
from textual.geometry import Region
from textual.widgets import Static

from matomo_tui.ui.terminal.drawn_lines import forget_removed_widgets
from matomo_tui.ui.widgets.screens import CachedStyleScreen, ModalScreen


def test_the_lines_of_a_removed_widget_are_given_back() -> None:
    lines = StylesCache()
    lines.get_inner_outer(BLACK, WHITE)  # as the widget does when it draws a line
    gone = ref(lines)
    del lines
    forget_removed_widgets()
    gc.collect()
    assert gone() is None


async def test_a_covered_screen_keeps_no_lines_and_is_drawn_again() -> None:
    app: App[None] = App()
    async with app.run_test(size=(20, 5)) as pilot:
        below = CachedStyleScreen[None]()
        await app.push_screen(below)
        widget = Static("here again")
        await below.mount(widget)
        await pilot.pause()
        widget.render_lines(Region(0, 0, 20, 1))
        await app.push_screen(ModalScreen[None]())
        await pilot.pause()
        assert widget._styles_cache._cache, "it is drawn below a dialog"
        await app.pop_screen()
        await app.push_screen(CachedStyleScreen[None]())
        await pilot.pause()
        assert not widget._styles_cache._cache
        await app.pop_screen()
        assert "here again" in widget.render_lines(Region(0, 0, 20, 1))[0].text
