"""Escapes text for parameters that Matomo interprets as regular expressions."""

from __future__ import annotations

from matomo_tui.late_pattern import late_pattern

_SPECIAL = late_pattern(r"([\\.+*?\[^\]$(){}|#])")


def literal(text: str) -> str:
    """Return a regular expression that matches exactly ``text``."""
    return _SPECIAL.sub(r"\\\1", text)
