"""The last sanitizer: checks every segment before it is encoded for the terminal.

Textual passes ESC, OSC and C1 sequences in ordinary strings on, and does not inspect what a widget returns from
``render_line``. ``matomo_tui.sanitize`` cleans the server's text; this filter catches what was missed.
"""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from matomo_tui.sanitize import drop_unprintable


def _guarded_style(style: Style) -> Style:
    """``style``, without a link that could end the sequence that it is written into."""
    link = style.link
    if link is None or (link.isascii() and link.isprintable()):
        return style
    return style.update_link(None)


def _guarded(segment: Segment) -> Segment:
    """``segment`` without anything that a terminal interprets, in the same width."""
    text, style, control = segment
    if style is not None and style.link is not None:
        style = _guarded_style(style)
    if control is None and text.isascii() and text.isprintable():
        return segment if style is segment.style else Segment(text, style)
    printable = drop_unprintable(text)
    if control is None and printable == text and style is segment.style:
        return segment
    return Segment(set_cell_size(printable, 0 if control else cell_len(text)), style)


class SanitizingFilter(LineFilter):
    """The last of ``App.get_line_filters``: removes control characters, escape sequences, direction overrides and
    unsafe links of every widget, and keeps the width of each line."""

    def apply(self, segments: list[Segment], _background: Color) -> list[Segment]:
        """The sanitized segments; ``segments`` itself if all are clean."""
        guarded = [_guarded(segment) for segment in segments]
        if all(new is old for new, old in zip(guarded, segments, strict=True)):
            return segments
        return guarded


SANITIZER = SanitizingFilter()
"""The one instance: Textual caches filtered lines by the filter's identity."""
