"""The themes: this program's own dark and light, well-known ones, those of theme files, and the terminal's own colours.

One accent says where the focus is and what moves; green and red only ever stand beside an arrow or a word. A theme is
made when it is chosen, from a palette for the number of colours that the terminal has.

Widgets use Textual's own variables, with these meanings: ``$foreground`` figures, ``$text`` text, ``$text-muted``
labels and units, ``$text-disabled`` what is stale, ``$border-blurred`` rules, ``$accent-muted`` bars behind a text,
``$secondary`` small charts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from textual.theme import BUILTIN_THEMES, Theme

from matomo_tui.ui.drawing import schemes
from matomo_tui.ui.drawing.palette import Palette, derive, theme_of

Depth = Literal["none", "16", "256", "truecolor"]
"""How many colours there are to draw with."""


def _ansi(name: str, *, dark: bool) -> Theme:
    """Sixteen colours, the terminal's own; the hierarchy rests on bold, so it holds without any colour."""
    grey = "ansi_bright_black"
    warn = "ansi_yellow" if dark else "ansi_red"
    accent = "ansi_cyan" if dark else "ansi_blue"
    return Theme(
        name=name,
        ansi=True,
        dark=dark,
        primary=accent,
        secondary=accent,
        accent=accent,
        success="ansi_green",
        warning=warn,
        error="ansi_red",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        variables={
            "ansi-background": "ansi_black" if dark else "ansi_white",
            "ansi-foreground": "ansi_white" if dark else "ansi_black",
            "text-muted": "ansi_default",
            "text-disabled": grey,
            "accent-muted": "ansi_default",
            "border": accent,
            "border-blurred": grey,
            "block-cursor-background": "ansi_blue",
            "block-cursor-foreground": "ansi_bright_white",
            "block-cursor-blurred-background": "ansi_default",
            "block-cursor-blurred-foreground": "ansi_default",
            "block-cursor-blurred-text-style": "bold",
            "block-hover-background": "ansi_default",
            "footer-key-foreground": accent,
            "scrollbar": grey,
            "scrollbar-hover": accent,
            "scrollbar-active": accent,
            "scrollbar-background": "ansi_default",
            "scrollbar-background-hover": "ansi_default",
            "scrollbar-background-active": "ansi_default",
            "scrollbar-corner-color": "ansi_default",
            "input-selection-background": "ansi_blue",
            "input-selection-foreground": "ansi_bright_white",
        },
    )


ANSI = {"ansi-dark": True, "ansi-light": False}
"""The themes in the terminal's own sixteen colours, and whether they are dark."""
BUILT_IN: tuple[str, ...] = ("dark", "light", *schemes.DERIVED, *schemes.TEXTUAL, *ANSI)
"""The names to write in ``theme = …``, in the order of the list."""
_PREFIX = "matomo-"


class ThemeList:
    """The themes to choose from.

    ``depth`` is the number of colours that the terminal has; with 16 or none, only the terminal's own are offered.
    ``own`` are the colours of the user's theme files by name, as ``config.theme_files`` reads them.
    """

    def __init__(self, depth: Depth, own: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self._depth = depth
        self._own = own or {}

    @property
    def names(self) -> Sequence[str]:
        """The names, in the order of the list."""
        if self._depth in ("16", "none"):
            return tuple(ANSI)
        return (*BUILT_IN[:2], *self._own, *(name for name in BUILT_IN[2:] if name not in self._own))

    def known(self, name: str) -> bool:
        """Returns True if there is a theme of that name, whether or not the terminal has the colours for it."""
        return self._plain(name) in (*BUILT_IN, *self._own)

    def initial(self, wanted: str) -> str:
        """The name of the theme to begin with: ``wanted`` if it can be shown, else one that is as dark or light."""
        name = self._plain(wanted)
        if name in self.names:
            return name
        light = self.known(name) and not self._is_dark(name)
        return next(other for other in self.names if self._is_dark(other) is not light)

    def following(self, name: str) -> str:
        """The name of the theme after ``name``."""
        names = self.names
        return names[(names.index(name) + 1) % len(names)] if name in names else names[0]

    def load(self, name: str) -> Theme:
        """The theme called ``name``, which must be one of :attr:`names`."""
        if name in ANSI:
            return _ansi(_PREFIX + name, dark=ANSI[name])
        return theme_of(_PREFIX + name, self._palette(name))

    def _palette(self, name: str) -> Palette:
        few = self._depth == "256"
        if name == "dark":
            return schemes.DARK_256 if few else schemes.DARK
        if name == "light":
            return schemes.LIGHT_256 if few else schemes.LIGHT
        if not few:
            return derive(self._colors(name))
        from matomo_tui.ui.drawing.xterm256 import nearest_where

        return derive(self._colors(name), nearest_where)

    def _colors(self, name: str) -> Mapping[str, str]:
        if name in self._own:
            return self._own[name]
        return (
            schemes.DERIVED[name]
            if name in schemes.DERIVED
            else {**_of_textual(BUILTIN_THEMES[name]), **schemes.ACCENTS.get(name, {})}
        )

    def _is_dark(self, name: str) -> bool:
        if name in ("dark", "light") or name in ANSI:
            return name.endswith("dark")
        return derive(self._colors(name)).dark

    def _plain(self, name: str) -> str:
        """Textual's name of a theme of ours is accepted as well."""
        plain = name.removeprefix(_PREFIX)
        return plain if plain in self._own or plain in BUILT_IN else name


def name_of(theme: str) -> str:
    """The name in the list of a theme that is registered with Textual."""
    return theme.removeprefix(_PREFIX)


def _of_textual(theme: Theme) -> Mapping[str, str]:
    """The colours that one of Textual's themes states."""
    stated = {
        "background": theme.background or ("#121212" if theme.dark else "#e0e0e0"),
        "foreground": theme.foreground or ("#e0e0e0" if theme.dark else "#1f1f1f"),
        "accent": theme.primary,
        "surface": theme.surface,
        "panel": theme.panel,
        "success": theme.success,
        "warning": theme.warning,
        "error": theme.error,
    }
    return {name: color for name, color in stated.items() if color is not None}
