"""The drawn lines of a removed widget do not stay in memory."""

from __future__ import annotations

import gc
from weakref import ref

from textual._styles_cache import StylesCache
from textual.color import BLACK, WHITE

from matomo_tui.ui.terminal.drawn_lines import forget_removed_widgets


def test_the_lines_of_a_removed_widget_are_given_back() -> None:
    lines = StylesCache()
    lines.get_inner_outer(BLACK, WHITE)  # as the widget does when it draws a line
    gone = ref(lines)
    del lines
    forget_removed_widgets()
    gc.collect()
    assert gone() is None
