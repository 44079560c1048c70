"""The colours of the built-in themes, as ``#rrggbb``."""

from __future__ import annotations

from collections.abc import Mapping

from matomo_tui.ui.drawing.palette import Palette

DARK = Palette(
    dark=True,
    background="#10141a",
    surface="#1a2029",
    panel="#1f2731",
    border="#323d4a",
    bar="#1c3047",
    chart="#35618f",
    cursor="#27476b",
    stale="#8d98a5",
    muted="#8d9aa8",
    text="#c6ced8",
    foreground="#f3f6f9",
    accent="#62b0ff",
    success="#8ccf5f",
    warning="#e8b04a",
    error="#ff8079",
)

LIGHT = Palette(
    dark=False,
    background="#fcfcfa",
    surface="#f0f1ee",
    panel="#e8eae6",
    border="#c9cec8",
    bar="#dbe8f8",
    chart="#8fb4dd",
    cursor="#b9d6f7",
    stale="#5f6871",
    muted="#5a646e",
    text="#2a323a",
    foreground="#0b1015",
    accent="#0b5cad",
    success="#2c6e12",
    warning="#8a5300",
    error="#b3261e",
)

TEXTUAL = (
    "nord",
    "gruvbox",
    "catppuccin-mocha",
    "catppuccin-macchiato",
    "catppuccin-frappe",
    "catppuccin-latte",
    "solarized-dark",
    "solarized-light",
    "dracula",
    "tokyo-night",
    "monokai",
    "rose-pine",
    "rose-pine-moon",
    "rose-pine-dawn",
    "flexoki",
    "atom-one-dark",
    "atom-one-light",
    "textual-dark",
    "textual-light",
)
"""Themes of Textual's own, whose missing colours are derived."""

ACCENTS: Mapping[str, Mapping[str, str]] = {"gruvbox": {"accent": "#fabd2f"}}
"""Another accent where the theme's primary colour is hardly one."""

# Colour-blind safe: the colours of Okabe and Ito (https://jfly.uni-koeln.de/color/), darkened on light.
DERIVED: Mapping[str, Mapping[str, str]] = {
    "high-contrast-dark": {
        "background": "#000000",
        "foreground": "#ffffff",
        "accent": "#5fd7ff",
        "text": "#ffffff",
        "muted": "#d6d6d6",
        "stale": "#b8b8b8",
        "border": "#8a8a8a",
        "cursor": "#0a4f9e",
        "success": "#5fff87",
        "warning": "#ffd75f",
        "error": "#ff9d9d",
    },
    "high-contrast-light": {
        "background": "#ffffff",
        "foreground": "#000000",
        "accent": "#0000b3",
        "text": "#000000",
        "muted": "#262626",
        "stale": "#3f3f3f",
        "border": "#6a6a6a",
        "cursor": "#9ecbff",
        "success": "#004d00",
        "warning": "#5c3600",
        "error": "#8b0000",
    },
    "colour-blind-dark": {
        "background": "#11151a",
        "foreground": "#f2f4f6",
        "accent": "#56b4e9",
        "success": "#2fb98f",
        "warning": "#f0e442",
        "error": "#e98a4b",
    },
    "colour-blind-light": {
        "background": "#fcfcfc",
        "foreground": "#101418",
        "accent": "#0072b2",
        "success": "#006b4f",
        "warning": "#6b6400",
        "error": "#a84a00",
    },
}
"""Themes from a few colours; the others are derived."""
