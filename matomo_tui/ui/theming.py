"""Themes of the application: configured, chosen with ``t`` (with a preview), and remembered for the next start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from textual.filter import LineFilter, NoColor
from textual.theme import Theme

from matomo_tui.config.settings import Settings
from matomo_tui.ui.available_actions import bound_key
from matomo_tui.ui.drawing import themes
from matomo_tui.ui.terminal.app_part import AppPart

if TYPE_CHECKING:
    from matomo_tui.config.remembered import Remembered

_NO_COLOR = NoColor()
_TOPIC = "theme"


class ThemeMixin(AppPart):
    """The themes of the application.

    A theme chosen by key is remembered for its profile until the ``theme`` of the profile is changed in the
    configuration.
    """

    settings: Settings
    remembered: Remembered
    theme_list: themes.ThemeList
    """The themes available on this terminal."""
    theme_problems: tuple[str, ...] = ()
    """A sentence for each configured theme that cannot be used."""

    _variables_of: Theme | None = None

    def get_css_variables(self) -> dict[str, str]:
        """The colours of the theme, computed once for each: Textual asks for them three times before the first
        frame."""
        theme = self.current_theme
        if self._variables_of is not theme:
            super().get_css_variables()
            self._variables_of = theme
        return self.theme_variables

    @property
    def color_depth(self) -> themes.Depth:
        """The number of colours to draw with."""
        if self.no_color or self.settings.color == "none":
            return "none"
        return "truecolor" if self.settings.color == "auto" else self.settings.color

    def start_theme(self) -> None:
        """Use the theme that was chosen last, otherwise the configured one."""
        own, problems = self._theme_files()
        self.theme_list = themes.ThemeList(self.color_depth, own)
        wanted = self._chosen_before() or self.settings.theme
        if wanted and not self.theme_list.known(wanted):
            problems = (
                *problems,
                f"There is no theme called {wanted!r}; {bound_key(self, 'app.choose_theme')} lists them.",
            )
        self.theme_problems = problems
        self.use_theme(self.theme_list.initial(wanted))

    def _theme_files(self) -> tuple[dict[str, Any], tuple[str, ...]]:
        from matomo_tui.config.paths import config_dir

        folder = config_dir()
        if not (folder / "themes").is_dir():
            return {}, ()
        from matomo_tui.config.theme_files import read_theme_files
        from matomo_tui.ui.drawing.palette import COLORS, REQUIRED

        own, problems = read_theme_files(folder, COLORS, REQUIRED)
        taken = [name for name in own if name in themes.RESERVED]
        sentences = [f"{name}.toml: this name belongs to the program; call the theme something else." for name in taken]
        return {name: colors for name, colors in own.items() if name not in taken}, (*problems, *sentences)

    def _chosen_before(self) -> str:
        """The theme chosen by key, unless the configuration has changed since."""
        entry = self.remembered.get(_TOPIC, self.settings.profile)
        if not isinstance(entry, dict) or entry.get("configured") != self.settings.theme:
            return ""
        chosen = entry.get("chosen")
        return chosen if isinstance(chosen, str) and self.theme_list.known(chosen) else ""

    @property
    def theme_name(self) -> str:
        """The name of the current theme in the list."""
        return themes.name_of(self.theme)

    def use_theme(self, name: str) -> None:
        """Switch to the theme ``name``, one of ``theme_list.names``."""
        theme = self.theme_list.load(name)
        self.register_theme(theme)
        self.theme = theme.name

    def choose_theme(self, name: str) -> None:
        """Switch to a theme, and remember it for the next start."""
        self.use_theme(name)
        entry = {"chosen": name, "configured": self.settings.theme}
        self.remembered.put(_TOPIC, self.settings.profile, entry)

    def action_choose_theme(self) -> None:
        """Open the list of themes, which previews the one under the cursor."""
        from matomo_tui.ui.theme_dialog import ThemeDialog

        def chosen(name: str | None) -> None:
            if name is not None:
                self.choose_theme(name)

        self.push_screen(ThemeDialog(self), chosen)

    def color_filters(self, filters: Sequence[LineFilter]) -> list[LineFilter]:
        """Textual's ``filters``, and those for the available colours."""
        if self.no_color:
            return [_NO_COLOR]
        if self.color_depth == "256":
            from matomo_tui.ui.drawing.xterm256 import XTERM256

            return [*filters, XTERM256]
        return list(filters)
