"""Texts in places where Matomo takes a regular expression."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"([\\.+*?\[^\]$(){}|#])")


def literal(text: str) -> str:
    """``text`` as an expression that matches just that."""
    return _SPECIAL.sub(r"\\\1", text)
