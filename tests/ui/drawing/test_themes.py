"""Every text can be read: contrast computed from the themes themselves."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.theme import Theme

from matomo_tui.ui.drawing import themes

TEXTS = ("foreground", "text", "text-muted", "text-disabled", "accent", "text-success", "text-warning", "text-error")
OWN = [theme for theme in themes.THEMES if not theme.ansi]


def contrast(front: str, back: str) -> float:
    """The ratio of WCAG 2, from relative luminance."""

    def luminance(color: str) -> float:
        parts = [channel / 255 for channel in Color.parse(color).rgb]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(front), luminance(back)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", OWN, ids=lambda theme: theme.name)
@pytest.mark.parametrize("text", TEXTS)
def test_text_stands_out_from_what_it_stands_on(theme: Theme, text: str) -> None:
    colors = theme.to_color_system().generate()
    for ground in ("background", "surface", "panel"):
        assert contrast(colors[text], colors[ground]) >= 4.5, (text, ground)


@pytest.mark.parametrize("theme", OWN, ids=lambda theme: theme.name)
def test_the_cursor_and_the_bars_leave_the_text_legible(theme: Theme) -> None:
    colors = theme.to_color_system().generate()
    assert contrast(colors["block-cursor-foreground"], colors["block-cursor-background"]) >= 4.5
    assert contrast(colors["block-cursor-blurred-foreground"], colors["block-cursor-blurred-background"]) >= 4.5
    assert contrast(colors["text"], colors["accent-muted"]) >= 4.5
    assert contrast(colors["background"], colors["warning"]) >= 4.5


@pytest.mark.parametrize("theme", OWN, ids=lambda theme: theme.name)
def test_stale_figures_are_dimmed_and_still_legible(theme: Theme) -> None:
    colors = theme.to_color_system().generate()
    ground = Color.parse(colors["background"])
    figure = Color.parse(colors["foreground"])
    dimmed = ground.blend(figure, 0.75).hex
    assert contrast(dimmed, colors["background"]) >= 4.5
    assert contrast(dimmed, colors["background"]) < contrast(figure.hex, colors["background"]) * 0.8


@pytest.mark.parametrize("theme", [theme for theme in themes.THEMES if theme.ansi], ids=lambda theme: theme.name)
def test_sixteen_colour_themes_name_no_other_colour(theme: Theme) -> None:
    colors = theme.to_color_system().generate()
    used = ["primary", "accent", "error", "warning", "success", "text", "text-muted", "border-blurred", "background"]
    for name in used:
        assert Color.parse(colors[name]).ansi is not None, name


def test_going_through_the_themes_comes_back() -> None:
    for sixteen in (False, True):
        start = name = themes.initial("", sixteen=sixteen)
        seen = []
        for _ in themes.choices(sixteen=sixteen):
            seen.append(name)
            name = themes.following(name, sixteen=sixteen)
        assert name == start
        assert len(set(seen)) == len(seen) == (2 if sixteen else 4)


@pytest.mark.parametrize(
    ("wanted", "sixteen", "name"),
    [
        ("", False, "matomo-dark"),
        ("light", False, "matomo-light"),
        ("matomo-light", False, "matomo-light"),
        ("light", True, "matomo-ansi-light"),
        ("dark", True, "matomo-ansi-dark"),
        ("ansi-light", True, "matomo-ansi-light"),
        ("no such theme", False, "matomo-dark"),
    ],
)
def test_the_first_theme(wanted: str, sixteen: bool, name: str) -> None:
    assert themes.initial(wanted, sixteen=sixteen) == name
