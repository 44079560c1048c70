"""Checks the theme files, and the themes that profiles name, for ``matomo-tui config check``."""

from __future__ import annotations

from collections.abc import Iterator

from matomo_tui.config.document import ConfigDocument, ConfigProblem
from matomo_tui.config.locations import nearest_word
from matomo_tui.config.profile_reader import valid_profiles
from matomo_tui.config.theme_files import read_theme_files, theme_file_problems
from matomo_tui.ui.drawing import themes
from matomo_tui.ui.drawing.palette import COLORS, REQUIRED


def theme_problems(document: ConfigDocument) -> Iterator[ConfigProblem]:
    """Yield every mistake in the theme files beside the configuration, and each theme of a profile that is none."""
    folder = document.file.parent
    own, _ = read_theme_files(folder, COLORS, REQUIRED)
    yield from theme_file_problems(folder, COLORS, REQUIRED)
    for name in own:
        if name in themes.RESERVED:
            file = folder / "themes" / f"{name}.toml"
            yield ConfigProblem(file, None, "", "this name belongs to the program; call the theme something else.")
    known = themes.ThemeList("truecolor", own)
    for profile, values in valid_profiles(document).items():
        theme = values.get("theme", "")
        if theme and not known.known(theme):
            sentence = f"there is no theme {theme!r}. {nearest_word(theme, known.names)}"
            yield document.problem(("profiles", profile, "theme"), sentence)
