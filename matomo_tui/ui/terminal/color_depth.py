"""How many colours the terminal has: from COLORTERM, its name and its terminfo entry.

Over SSH, TERM arrives and COLORTERM usually does not, so a terminal that is known by name to draw 24-bit colours gets
them all the same.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Literal

Depth = Literal["16", "256", "truecolor"]

_TRUECOLOR = frozenset({"alacritty", "contour", "foot", "ghostty", "kitty", "rio", "wezterm", "st", "iterm2"})
"""Terminals that draw 24-bit colours, by the words of their TERM. ``st`` does since 0.6."""
_PROGRAMS = frozenset({"iTerm.app", "WezTerm", "ghostty", "vscode", "Hyper", "rio", "WarpTerminal"})
"""The same by TERM_PROGRAM, which is not sent over SSH either but stands on one's own machine. Apple's Terminal is not
among them."""


def color_depth(environ: Mapping[str, str]) -> Depth:
    """The colours to draw with.

    In order: COLORTERM; TERM ending in ``direct`` or ``truecolor``; a terminal known by name; the number of colours in
    the terminfo entry of TERM; ``256color`` in TERM; else 16. A multiplexer (``screen``, ``tmux``) passes on what its
    own TERM says, whatever is around it.
    """
    if environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return "truecolor"
    term = environ.get("TERM", "").strip().lower()
    words = set(term.replace(".", "-").split("-"))
    if words & {"direct", "truecolor", "24bit"}:
        return "truecolor"
    multiplexed = bool(words & {"screen", "tmux"})
    if not multiplexed and (words & _TRUECOLOR or environ.get("TERM_PROGRAM", "") in _PROGRAMS):
        return "truecolor"
    if os.name == "nt":
        return "truecolor"  # every Windows that runs a supported Python
    if "256color" in words:
        return "256"
    return _by_terminfo(term)


def _by_terminfo(term: str) -> Depth:
    """By the number of colours in the terminfo entry; 16 where there is no entry, or no curses."""
    try:
        import curses
    except ImportError:
        return "16"
    try:
        curses.setupterm(term, fd=1)
        colors = curses.tigetnum("colors")
    except curses.error:
        return "16"
    return "truecolor" if colors > 256 else "256" if colors == 256 else "16"
