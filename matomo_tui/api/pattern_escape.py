"""Escapes texts for parameters that Matomo reads as regular expressions."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"([\\.+*?\[^\]$(){}|#])")


def literal(text: str) -> str:
    """``text`` as an expression that matches just that."""
    return _SPECIAL.sub(r"\\\1", text)
