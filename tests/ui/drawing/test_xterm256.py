"""24-bit colours as the nearest of the 256."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from matomo_tui.ui.drawing.xterm256 import XTERM256, nearest, rgb

CHANNEL = st.integers(0, 255)


def drawn(style: Style) -> Style:
    (segment,) = XTERM256.apply([Segment("x", style)], Color(0, 0, 0))
    assert segment.style is not None
    return segment.style


def test_a_dark_blue_does_not_become_teal() -> None:
    _, green, blue = rgb(nearest(0x27, 0x47, 0x6B))
    assert blue >= green
    assert rgb(nearest(0x10, 0x14, 0x1A))[0] < 40


def test_colours_that_are_the_terminals_own_stay() -> None:
    for style in (
        Style(color="red"),
        Style(bgcolor="default"),
        Style(color=RichColor.from_ansi(200)),
        Style(bold=True),
    ):
        assert drawn(style) == style


def test_the_rest_of_a_style_stays() -> None:
    style = drawn(Style(color="#5fafff", bgcolor="#1c1c1c", bold=True, link="https://example.org"))
    assert (style.color and style.color.number, style.bgcolor and style.bgcolor.number) == (75, 234)
    assert style.bold
    assert style.link == "https://example.org"


@given(CHANNEL, CHANNEL, CHANNEL)
def test_what_is_drawn_is_one_of_the_240(red: int, green: int, blue: int) -> None:
    number = nearest(red, green, blue)
    assert 16 <= number <= 255
    assert nearest(*rgb(number)) == number or rgb(nearest(*rgb(number))) == rgb(number)
