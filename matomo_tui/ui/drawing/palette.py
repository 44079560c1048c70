"""Palettes: the fifteen colours of a theme, completed from a few so that every text stays legible.

Colours are ``#rrggbb``. Contrast is the ratio of WCAG 2 from relative luminance, 1 to 21; texts keep at least
:data:`LEGIBLE` to every ground that they are drawn on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct
from textual.color import Color
from textual.theme import Theme

Nearest = Callable[[str, Callable[[str], bool]], str]

LEGIBLE = 4.6
"""The contrast that WCAG 2 level AA asks for is 4.5; Textual's way through another colour space may be one off."""


class Palette(Struct, frozen=True):
    """The colours of a theme."""

    dark: bool
    """Whether the background is darker than the text."""
    background: str
    """Behind everything."""
    surface: str
    """Behind what is raised: the blurred cursor, hovered rows."""
    panel: str
    """Behind titles and badges."""
    border: str
    """Rules and frames without the focus."""
    bar: str
    """Behind a text, as long as its share."""
    chart: str
    """Small charts and the fill of large ones."""
    cursor: str
    """Behind the row under the cursor."""
    stale: str
    """Text that is out of date or disabled."""
    muted: str
    """Labels and units."""
    text: str
    """Ordinary text."""
    foreground: str
    """Figures."""
    accent: str
    """The focus and what moves."""
    success: str
    """Good news, always beside an arrow or a word."""
    warning: str
    """What to look at, always beside a word."""
    error: str
    """Bad news, always beside an arrow or a word."""


COLORS = tuple(name for name in Palette.__struct_fields__ if name != "dark")
"""The names of the colours, as written in a theme file."""
REQUIRED = ("background", "foreground", "accent")
"""The colours from which the others can be derived."""
TEXTS = ("stale", "muted", "text", "foreground", "accent", "success", "warning", "error")
GROUNDS = ("background", "surface", "panel")

_SIGNALS = {
    True: {"success": "#8ccf5f", "warning": "#e8b04a", "error": "#ff8079"},
    False: {"success": "#2c6e12", "warning": "#8a5300", "error": "#b3261e"},
}


def linear(channels: tuple[int, int, int]) -> tuple[float, float, float]:
    """The linear light, 0 to 1, of the channels of sRGB, 0 to 255."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (channel / 255 for channel in channels)
    )
    return red, green, blue


def luminance(color: str) -> float:
    """The relative luminance of WCAG 2, 0 (black) to 1 (white)."""
    red, green, blue = linear(Color.parse(color).rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2 of two colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def derive(colors: Mapping[str, str], nearest: Nearest | None = None) -> Palette:
    """A whole palette from some of its colours; :data:`REQUIRED` must be among them.

    Missing colours are mixed from the given ones. Given colours stay, except that texts move towards black or white
    until they are legible on every ground, and grounds behind texts towards the background. Where the terminal has
    few colours, ``nearest`` picks the one of its colours that looks most like another and for which a test holds.
    """
    background, foreground, accent = (colors[name] for name in REQUIRED)
    dark = luminance(background) < luminance(foreground)

    def mixed(other: str, share: float) -> str:
        return Color.parse(background).blend(Color.parse(other), share).hex6.lower()

    whole = {
        "surface": mixed(foreground, 0.05),
        "panel": mixed(foreground, 0.09),
        "border": mixed(foreground, 0.22),
        "bar": mixed(accent, 0.20),
        "chart": mixed(accent, 0.50),
        "cursor": mixed(accent, 0.32),
        "stale": mixed(foreground, 0.55),
        "muted": mixed(foreground, 0.60),
        "text": mixed(foreground, 0.86),
        **_SIGNALS[dark],
        **colors,
    }
    extreme = "#ffffff" if dark else "#000000"

    def settle(name: str, goal: str, holds: Callable[[str], bool]) -> None:
        if nearest is not None:
            whole[name] = nearest(whole[name], holds)
            return
        start, end = Color.parse(whole[name]), Color.parse(goal)
        steps = (start.blend(end, step / 20).hex6.lower() for step in range(21))
        whole[name] = next(filter(holds, steps), goal)

    for name in ("background", "border", "chart"):
        settle(name, extreme, _anything)
    for name in ("surface", "panel"):
        settle(name, whole["background"], lambda color: contrast(color, extreme) >= LEGIBLE + 1.5)
    for name in TEXTS:
        settle(name, extreme, lambda color: all(contrast(color, whole[ground]) >= LEGIBLE for ground in GROUNDS))
    settle("bar", whole["background"], lambda color: contrast(color, whole["text"]) >= LEGIBLE)
    settle("cursor", whole["background"], lambda color: contrast(color, whole["foreground"]) >= LEGIBLE)
    return Palette(dark=dark, **whole)


def _anything(_color: str) -> bool:
    return True


def theme_of(name: str, palette: Palette) -> Theme:
    """A Textual theme where every text colour is stated, so that none is blended into illegibility."""
    p = palette
    return Theme(
        name=name,
        dark=p.dark,
        primary=p.accent,
        secondary=p.chart,
        accent=p.accent,
        success=p.success,
        warning=p.warning,
        error=p.error,
        foreground=p.foreground,
        background=p.background,
        surface=p.surface,
        panel=p.panel,
        variables={
            "text": p.text,
            "text-muted": p.muted,
            "text-disabled": p.stale,
            "text-primary": p.accent,
            "text-accent": p.accent,
            "text-success": p.success,
            "text-warning": p.warning,
            "text-error": p.error,
            "accent-muted": p.bar,
            "primary-muted": p.bar,
            "border": p.accent,
            "border-blurred": p.border,
            **_controls(p),
        },
    )


def _controls(p: Palette) -> dict[str, str]:
    """The variables of cursors, inputs, the footer and scrollbars."""
    return {
        "block-cursor-background": p.cursor,
        "block-cursor-foreground": p.foreground,
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": p.surface,
        "block-cursor-blurred-foreground": p.text,
        "block-cursor-blurred-text-style": "none",
        "block-hover-background": p.surface,
        "input-cursor-background": p.accent,
        "input-cursor-foreground": p.background,
        "input-selection-background": p.cursor,
        "footer-background": p.background,
        "footer-foreground": p.muted,
        "footer-key-foreground": p.accent,
        "footer-description-foreground": p.muted,
        "scrollbar": p.border,
        "scrollbar-hover": p.muted,
        "scrollbar-active": p.accent,
        "scrollbar-background": p.background,
        "scrollbar-background-hover": p.background,
        "scrollbar-background-active": p.background,
        "scrollbar-corner-color": p.background,
    }
