"""Dims the whole screen at night, whatever draws it."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from rich.color import Color as RichColor
from rich.color import ColorType
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from matomo_tui.config.settings import Night

BRIGHTNESS = 0.45
"""The share of a colour's light that is left."""


def is_night(night: Night | None, epoch: float) -> bool:
    """Return True if the local time of this computer at ``epoch`` is within ``night``, which may pass midnight."""
    if night is None:
        return False
    local = datetime.fromtimestamp(epoch)  # The room's time, not the site's.
    minute = local.hour * 60 + local.minute
    begin, end = night
    return begin <= minute < end if begin <= end else minute >= begin or minute < end


def _dimmed(color: RichColor | None) -> RichColor | None:
    if color is None or color.type is not ColorType.TRUECOLOR or color.triplet is None:
        return None
    red, green, blue = color.triplet
    return RichColor.from_rgb(red * BRIGHTNESS, green * BRIGHTNESS, blue * BRIGHTNESS)


@lru_cache(4096)
def _style(style: Style) -> Style:
    color, background = _dimmed(style.color), _dimmed(style.bgcolor)
    if color is None and background is None:
        return style + Style(dim=True)  # A terminal's own colours can only be drawn faint.
    return style + Style.from_color(color, background)


class NightFilter(LineFilter):
    """Takes light from every colour."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """``segments``, darker."""
        return [
            segment if segment.style is None else Segment(segment.text, _style(segment.style), segment.control)
            for segment in segments
        ]


NIGHT = NightFilter()
"""The one instance: Textual caches filtered lines by the filter's identity."""
