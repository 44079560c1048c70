"""Escape sequences for desktop notifications: OSC 9, OSC 99 and OSC 777, as far as the terminal knows one."""

from __future__ import annotations

from collections.abc import Mapping

from matomo_tui.sanitize import sanitize

_LONGEST_TITLE, _LONGEST_BODY = 80, 240
_ESC, _BEL, _ST = "\x1b", "\x07", "\x1b\\"
_BY_PROGRAM = {"iterm.app": "9", "wezterm": "9", "ghostty": "9", "warpterminal": "9", "rio": "9"}
_BY_TERM = (("xterm-kitty", "99"), ("foot", "777"), ("rxvt-unicode", "777"), ("xterm-ghostty", "9"), ("wezterm", "9"))


def notification_code(environ: Mapping[str, str]) -> str:
    """Return ``9``, ``99`` or ``777``, the sequence that the terminal is known to show; ``""`` if none is known."""
    program = (environ.get("LC_TERMINAL") or environ.get("TERM_PROGRAM") or "").casefold()
    if program == "iterm2":
        return "9"
    if program in _BY_PROGRAM:
        return _BY_PROGRAM[program]
    if environ.get("KITTY_WINDOW_ID"):
        return "99"
    if environ.get("ConEmuPID"):
        return "9"
    term = environ.get("TERM", "").casefold()
    for name, code in _BY_TERM:
        if term.startswith(name):
            return code
    return "777" if environ.get("VTE_VERSION") else ""


def notification_sequence(code: str, title: str, body: str, *, through_tmux: bool = False) -> str:
    """Return the bytes that show a notification; ``""`` for an unknown ``code``.

    ``title`` and ``body`` are sanitized and bounded here, and lose what separates fields: no text can end the sequence.
    ``through_tmux`` wraps it for the terminal around tmux, which needs ``allow-passthrough``.
    """
    title, body = _plain(title, _LONGEST_TITLE), _plain(body, _LONGEST_BODY)
    if code == "9":
        # "4;…" is a progress bar of ConEmu and Windows Terminal: a text must not begin with a number and a semicolon.
        sequence = f"{_ESC}]9;{body.lstrip('0123456789;') or title}{_BEL}"
    elif code == "99":
        sequence = f"{_ESC}]99;i=matomo-tui:d=0:p=title;{title}{_ST}{_ESC}]99;i=matomo-tui:d=1:p=body;{body}{_ST}"
    elif code == "777":
        sequence = f"{_ESC}]777;notify;{title};{body}{_BEL}"
    else:
        return ""
    return f"{_ESC}Ptmux;{sequence.replace(_ESC, _ESC * 2)}{_ST}" if through_tmux else sequence


def _plain(text: str, limit: int) -> str:
    return sanitize(text, limit).replace(";", ",")
