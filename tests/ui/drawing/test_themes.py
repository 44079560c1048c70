"""Every text can be read in every theme: contrast computed from the themes themselves."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.theme import Theme

from matomo_tui.ui.drawing.themes import ANSI, Depth, ThemeList, name_of
from matomo_tui.ui.drawing.xterm256 import nearest, rgb

TEXTS = ("foreground", "text", "text-muted", "text-disabled", "accent", "text-success", "text-warning", "text-error")
OWN = {"mine": {"background": "#203040", "foreground": "#8090a0", "accent": "#305070"}}
COLORED: list[tuple[Depth, str]] = [
    (depth, name) for depth in ("truecolor", "256") for name in ThemeList(depth, OWN).names if name not in ANSI
]


def contrast(front: str, back: str) -> float:
    """The ratio of WCAG 2, from relative luminance."""

    def luminance(color: str) -> float:
        parts = [channel / 255 for channel in Color.parse(color).rgb]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(front), luminance(back)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def variables(theme: Theme) -> dict[str, str]:
    """The colours by the names that style sheets use, put together as Textual's ``App`` does."""
    return {**theme.to_color_system().generate(), **theme.variables}


@pytest.fixture(params=COLORED, ids=lambda param: "-".join(param))
def theme(request: pytest.FixtureRequest) -> Theme:
    depth, name = request.param
    return ThemeList(depth, OWN).load(name)


def test_text_stands_out_from_what_it_stands_on(theme: Theme) -> None:
    colors = variables(theme)
    for text in TEXTS:
        for ground in ("background", "surface", "panel"):
            assert contrast(colors[text], colors[ground]) >= 4.5, (text, ground)


def test_the_cursor_and_the_bars_leave_the_text_legible(theme: Theme) -> None:
    colors = variables(theme)
    assert contrast(colors["block-cursor-foreground"], colors["block-cursor-background"]) >= 4.5
    assert contrast(colors["block-cursor-blurred-foreground"], colors["block-cursor-blurred-background"]) >= 4.5
    assert contrast(colors["text"], colors["accent-muted"]) >= 4.5
    assert contrast(colors["background"], colors["warning"]) >= 4.5


@pytest.mark.parametrize("name", [name for depth, name in COLORED if depth == "256"])
def test_a_theme_of_256_colours_has_no_other(name: str) -> None:
    colors = variables(ThemeList("256", OWN).load(name))
    for variable in (*TEXTS, "background", "surface", "panel", "accent-muted", "block-cursor-background", "secondary"):
        channels = Color.parse(colors[variable]).rgb
        indexed = rgb(nearest(*channels))
        # Textual's way through another colour space may be one off.
        assert max(abs(a - b) for a, b in zip(channels, indexed, strict=True)) <= 1, variable


@pytest.mark.parametrize("name", ["dark", "light"])
def test_stale_figures_are_dimmed_and_still_legible(name: str) -> None:
    colors = variables(ThemeList("truecolor").load(name))
    ground = Color.parse(colors["background"])
    figure = Color.parse(colors["foreground"])
    dimmed = ground.blend(figure, 0.75).hex
    assert contrast(dimmed, colors["background"]) >= 4.5
    assert contrast(dimmed, colors["background"]) < contrast(figure.hex, colors["background"]) * 0.8


@pytest.mark.parametrize("name", ANSI)
def test_sixteen_colour_themes_name_no_other_colour(name: str) -> None:
    colors = variables(ThemeList("16").load(name))
    used = ["primary", "accent", "error", "warning", "success", "text", "text-muted", "border-blurred", "background"]
    for variable in used:
        assert Color.parse(colors[variable]).ansi is not None, variable


@pytest.mark.parametrize("depth", ["none", "16", "256", "truecolor"])
def test_own_themes_are_offered_where_they_can_be_drawn(depth: Depth) -> None:
    themes = ThemeList(depth, OWN)
    assert themes.initial("") in themes.names
    assert ("mine" in themes.names) is (depth in ("256", "truecolor"))


@pytest.mark.parametrize(
    ("wanted", "depth", "name"),
    [
        ("", "truecolor", "dark"),
        ("light", "truecolor", "light"),
        ("matomo-light", "256", "light"),
        ("solarized-light", "256", "solarized-light"),
        ("light", "16", "ansi-light"),
        ("dark", "16", "ansi-dark"),
        ("solarized-light", "16", "ansi-light"),
        ("mine", "none", "ansi-dark"),
        ("ansi-light", "16", "ansi-light"),
        ("no such theme", "truecolor", "dark"),
    ],
)
def test_the_first_theme(wanted: str, depth: Depth, name: str) -> None:
    assert ThemeList(depth, OWN).initial(wanted) == name


def test_a_theme_file_called_as_a_built_in_theme_is_used_for_it() -> None:
    themes = ThemeList("truecolor", {"nord": {**OWN["mine"], "background": "#000000"}})
    assert themes.names.count("nord") == 1
    assert themes.load("nord").background == "#000000"
    assert name_of(themes.load("nord").name) == "nord"


@pytest.mark.parametrize(
    ("color", "number"),
    [((28, 28, 28), 234), ((208, 208, 208), 252), ((95, 175, 255), 75), ((0, 95, 175), 25), ((255, 255, 255), 231)],
)
def test_a_colour_of_the_256_is_itself(color: tuple[int, int, int], number: int) -> None:
    assert nearest(*color) == number
