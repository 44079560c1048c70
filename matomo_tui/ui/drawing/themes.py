"""The themes: dark and light, well-known ones, those of theme files, and the terminal's own colours.

One accent marks focus and motion; green and red always come with an arrow or a word. A theme is built when it is
chosen, from a palette for the terminal's number of colours.

Widgets use Textual's own variables, with these meanings: ``$foreground`` figures, ``$text`` text, ``$text-muted``
labels and units, ``$text-disabled`` stale content, ``$border-blurred`` rules, ``$accent-muted`` bars behind text,
``$secondary`` small charts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from textual.theme import BUILTIN_THEMES, Theme

from matomo_tui.ui.drawing import schemes
from matomo_tui.ui.drawing.palette import Palette, derive, theme_of

Depth = Literal["none", "16", "256", "truecolor"]
"""The number of colours available."""


def _ansi(name: str, *, dark: bool) -> Theme:
    """The terminal's own sixteen colours; bold carries the hierarchy, so it also works without colour."""
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
"""The values of ``theme = …``, in the order of the list."""
RESERVED = frozenset({"dark", "light", *ANSI})
"""The names that a theme file cannot have."""
_PREFIX = "matomo-"


class ThemeList:
    """The available themes.

    ``depth`` is the number of colours of the terminal; with 16 or none, only the terminal's own are available. ``own``
    has the colours of the user's theme files by name, as read by ``config.theme_files``.
    """

    def __init__(self, depth: Depth, own: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self._depth = depth
        self._own = own or {}

    @property
    def names(self) -> Sequence[str]:
        """The names in the order of the list."""
        if self._depth in ("16", "none"):
            return tuple(ANSI)
        return (*BUILT_IN[:2], *self._own, *(name for name in BUILT_IN[2:] if name not in self._own))

    def known(self, name: str) -> bool:
        """Returns True if a theme of that name exists, even if the terminal lacks the colours for it."""
        return self._plain(name) in (*BUILT_IN, *self._own)

    def initial(self, wanted: str) -> str:
        """The name of the first theme: ``wanted`` if it is available, otherwise one of the same brightness."""
        name = self._plain(wanted)
        if name in self.names:
            return name
        light = self.known(name) and not self._is_dark(name)
        return next(other for other in self.names if self._is_dark(other) is not light)

    def load(self, name: str) -> Theme:
        """Return the theme ``name``, one of :attr:`names`."""
        if name in ANSI:
            return _ansi(_PREFIX + name, dark=ANSI[name])
        return theme_of(_PREFIX + name, self._palette(name))

    def _palette(self, name: str) -> Palette:
        if self._depth != "256":
            own = {"dark": schemes.DARK, "light": schemes.LIGHT}
            return own[name] if name in own else derive(self._colors(name))
        from matomo_tui.ui.drawing import schemes_256
        from matomo_tui.ui.drawing.xterm256 import nearest_where

        own = {"dark": schemes_256.DARK, "light": schemes_256.LIGHT}
        return own[name] if name in own else derive(self._colors(name), nearest_where)

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
        """Accept Textual's name of one of these themes as well."""
        plain = name.removeprefix(_PREFIX)
        return plain if plain in self._own or plain in BUILT_IN else name


def name_of(theme: str) -> str:
    """The name in the list for a theme registered with Textual."""
    return theme.removeprefix(_PREFIX)


def _of_textual(theme: Theme) -> Mapping[str, str]:
    """The colours defined by one of Textual's themes."""
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
