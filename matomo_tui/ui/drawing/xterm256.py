"""The 256 colours of xterm: the nearest one to a colour, and a line filter that draws with them.

Rich rounds a colour's channels one by one and greys by lightness, which turns dark blues into teal. Here the nearest
colour is the one with the smallest distance in Oklab, where equal distances look equally different
(https://bottosson.github.io/posts/oklab/). Colours 0 to 15 are left out: every terminal has its own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from rich.color import Color as RichColor
from rich.color import ColorType
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from matomo_tui.ui.drawing.palette import linear

_Entry = tuple[int, tuple[float, float, float]]
"""A colour's number and its place in Oklab: lightness, green to red, blue to yellow."""
_STEPS = (0, 95, 135, 175, 215, 255)


def rgb(number: int) -> tuple[int, int, int]:
    """The channels, 0 to 255, of colour ``number``, 16 to 255: a cube of 6 × 6 × 6, then 24 greys."""
    if number >= 232:
        level = 8 + 10 * (number - 232)
        return level, level, level
    cube = number - 16
    return _STEPS[cube // 36], _STEPS[cube // 6 % 6], _STEPS[cube % 6]


def hex_of(number: int) -> str:
    """Colour ``number`` as ``#rrggbb``."""
    return "#{:02x}{:02x}{:02x}".format(*rgb(number))


def _oklab(channels: tuple[int, int, int]) -> tuple[float, float, float]:
    r, g, b = linear(channels)
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    medium = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


@lru_cache(1)
def _table() -> tuple[_Entry, ...]:
    return tuple((number, _oklab(rgb(number))) for number in range(16, 256))


@lru_cache(4096)
def nearest(red: int, green: int, blue: int) -> int:
    """The number, 16 to 255, of the colour that looks most like the given channels (0 to 255 each)."""
    return min(_table(), key=_distance_from((red, green, blue)))[0]


def nearest_where(color: str, holds: Callable[[str], bool]) -> str:
    """The one of the 256 colours for which ``holds`` that looks most like ``color``, both as ``#rrggbb``."""
    by_likeness = sorted(_table(), key=_distance_from(Color.parse(color).rgb))
    return next((hex_of(number) for number, _ in by_likeness if holds(hex_of(number))), hex_of(by_likeness[0][0]))


def _distance_from(channels: tuple[int, int, int]) -> Callable[[_Entry], float]:
    """The square of the distance of a colour. Hue and saturation count twice, so that a dark blue does not become teal,
    and a text that has to become lighter does not become grey."""
    lightness, a, b = _oklab(channels)

    def distance(entry: _Entry) -> float:
        other = entry[1]
        return (lightness - other[0]) ** 2 + 4 * ((a - other[1]) ** 2 + (b - other[2]) ** 2)

    return distance


def _indexed(color: RichColor | None) -> RichColor | None:
    if color is None or color.type is not ColorType.TRUECOLOR or color.triplet is None:
        return None
    return RichColor.from_ansi(nearest(*color.triplet))


@lru_cache(4096)
def _style(style: Style) -> Style:
    color, background = _indexed(style.color), _indexed(style.bgcolor)
    if color is None and background is None:
        return style
    return style + Style.from_color(color, background)


class Xterm256Filter(LineFilter):
    """Replaces every 24-bit colour by the nearest of the 256."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """``segments`` in the 256 colours."""
        return [
            segment if segment.style is None else Segment(segment.text, _style(segment.style), segment.control)
            for segment in segments
        ]


XTERM256 = Xterm256Filter()
"""The one instance: Textual caches filtered lines by the filter's identity."""
