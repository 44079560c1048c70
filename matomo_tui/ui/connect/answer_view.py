"""Where the answers of the connect screen are seen: below all fields, which low terminals have no room for."""

from __future__ import annotations

from textual.geometry import Region
from textual.widget import Widget

_ROWS_ABOVE = 2
"""The row of buttons and the blank one below it, which stay on the screen with an answer that is too long for it."""


def scroll_to_answer(frame: Widget, answer: Region, focused: Widget | None, *, is_part: bool) -> None:
    """Scroll ``frame`` to the ``answer``, and to what has the focus as well if both have room. Of one that is too long
    the beginning is shown, or the end where the focused widget ``is_part`` of it: a button that it offers."""
    window = frame.scrollable_content_region
    shown = answer if focused is None else answer.union(focused.region)
    if shown.height > window.height and answer.y - shown.y > _ROWS_ABOVE:
        shown = answer
    if shown.height > window.height and is_part:
        shown = shown.translate((0, shown.height - window.height))
    shown = shown.crop_size((shown.width, window.height))
    frame.scroll_to_region(shown.translate(frame.scroll_offset - window.offset), x_axis=False, animate=False)
