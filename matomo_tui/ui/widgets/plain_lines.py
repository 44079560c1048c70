"""Lines of widgets that have neither border nor padding: what the widget draws is what is shown."""

from __future__ import annotations

from typing import Any

from textual._styles_cache import StylesCache
from textual.css.styles import StylesBase
from textual.geometry import Size
from textual.strip import Strip


class PlainLines(StylesCache):
    """Textual's cache of a widget's lines, for widgets that draw each line themselves and return the same ``Strip``
    for a line that only moved.

    Textual puts every line together again from its borders, padding and opacity. Where there are none, the widget's own
    line is taken, and is filtered only once, wherever it stands.
    """

    _is_plain = False

    def render(self, styles: StylesBase, size: Size, *args: Any, **options: Any) -> list[Strip]:
        self._is_plain = (
            options.get("opacity", 1.0) == 1.0
            and styles.text_opacity == 1.0
            and not styles.gutter
            and not styles.tint.a
            and not styles.has_rule("hatch")
            and not any(edge for edge, _ in styles.outline)
        )
        return super().render(styles, size, *args, **options)

    def render_line(self, styles: StylesBase, y: int, size: Size, content_size: Size, *args: Any) -> Strip:
        if not self._is_plain or y >= content_size.height:
            return super().render_line(styles, y, size, content_size, *args)
        _, base_background, background, render_content_line, *_ = args
        inner, _ = self.get_inner_outer(base_background, background)
        line: Strip = render_content_line(y).adjust_cell_length(size.width, inner.rich_style)
        return line
