"""The four themes: dark and light in own colours, and two in the terminal's sixteen colours.

One accent says where the focus is and what moves; green and red only ever stand beside an arrow or a word. Every
text colour has a contrast of at least 4.5 to its background in the two own themes.

Widgets use Textual's own variables, with these meanings: ``$foreground`` figures, ``$text`` text, ``$text-muted``
labels and units, ``$text-disabled`` what is stale, ``$border-blurred`` rules, ``$accent-muted`` bars behind a text,
``$secondary`` small charts.
"""

from __future__ import annotations

from textual.theme import Theme


def _own(name: str, *, dark: bool, colors: dict[str, str]) -> Theme:
    """A theme where every text colour is stated, so that none is blended into illegibility."""
    c = colors
    return Theme(
        name=name,
        dark=dark,
        primary=c["accent"],
        secondary=c["course"],
        accent=c["accent"],
        success=c["good"],
        warning=c["warn"],
        error=c["bad"],
        foreground=c["figure"],
        background=c["ground"],
        surface=c["raised"],
        panel=c["panel"],
        variables={
            "text": c["text"],
            "text-muted": c["muted"],
            "text-disabled": c["stale"],
            "text-primary": c["accent"],
            "text-accent": c["accent"],
            "text-success": c["good"],
            "text-warning": c["warn"],
            "text-error": c["bad"],
            "accent-muted": c["share"],
            "primary-muted": c["share"],
            "border": c["accent"],
            "border-blurred": c["rule"],
            "block-cursor-background": c["cursor"],
            "block-cursor-foreground": c["figure"],
            "block-cursor-text-style": "none",
            "block-cursor-blurred-background": c["raised"],
            "block-cursor-blurred-foreground": c["text"],
            "block-cursor-blurred-text-style": "none",
            "block-hover-background": c["raised"],
            "input-cursor-background": c["accent"],
            "input-cursor-foreground": c["ground"],
            "input-selection-background": c["cursor"],
            "footer-background": c["ground"],
            "footer-foreground": c["muted"],
            "footer-key-foreground": c["accent"],
            "footer-description-foreground": c["muted"],
            "scrollbar": c["rule"],
            "scrollbar-hover": c["muted"],
            "scrollbar-active": c["accent"],
            "scrollbar-background": c["ground"],
            "scrollbar-background-hover": c["ground"],
            "scrollbar-background-active": c["ground"],
            "scrollbar-corner-color": c["ground"],
        },
    )


DARK = _own(
    "matomo-dark",
    dark=True,
    colors={
        "ground": "#10141a",
        "raised": "#1a2029",
        "panel": "#1f2731",
        "rule": "#323d4a",
        "share": "#1c3047",
        "course": "#35618f",
        "cursor": "#27476b",
        "stale": "#8d98a5",
        "muted": "#8d9aa8",
        "text": "#c6ced8",
        "figure": "#f3f6f9",
        "accent": "#62b0ff",
        "good": "#8ccf5f",
        "warn": "#e8b04a",
        "bad": "#ff8079",
    },
)

LIGHT = _own(
    "matomo-light",
    dark=False,
    colors={
        "ground": "#fcfcfa",
        "raised": "#f0f1ee",
        "panel": "#e8eae6",
        "rule": "#c9cec8",
        "share": "#dbe8f8",
        "course": "#8fb4dd",
        "cursor": "#b9d6f7",
        "stale": "#5f6871",
        "muted": "#5a646e",
        "text": "#2a323a",
        "figure": "#0b1015",
        "accent": "#0b5cad",
        "good": "#2c6e12",
        "warn": "#8a5300",
        "bad": "#b3261e",
    },
)


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


ANSI_DARK = _ansi("matomo-ansi-dark", dark=True)
ANSI_LIGHT = _ansi("matomo-ansi-light", dark=False)

THEMES: tuple[Theme, ...] = (DARK, LIGHT, ANSI_DARK, ANSI_LIGHT)
_ALIASES = {"dark": DARK.name, "light": LIGHT.name, "ansi-dark": ANSI_DARK.name, "ansi-light": ANSI_LIGHT.name}
NAMES: tuple[str, ...] = tuple(_ALIASES)
"""What a person writes in ``theme = …``."""


def choices(*, sixteen: bool) -> tuple[Theme, ...]:
    """The themes to go through; only the terminal's own colours where ``sixteen`` (or none) are wanted."""
    return tuple(theme for theme in THEMES if theme.ansi or not sixteen)


def initial(wanted: str, *, sixteen: bool) -> str:
    """The theme to begin with: the one asked for where it exists and may be used, else the first choice."""
    possible = [theme.name for theme in choices(sixteen=sixteen)]
    name = _ALIASES.get(wanted, wanted)
    if name in possible:
        return name
    return ANSI_LIGHT.name if sixteen and name == LIGHT.name else possible[0]


def following(name: str, *, sixteen: bool) -> str:
    """The theme after ``name``."""
    possible = [theme.name for theme in choices(sixteen=sixteen)]
    return possible[(possible.index(name) + 1) % len(possible)] if name in possible else possible[0]
