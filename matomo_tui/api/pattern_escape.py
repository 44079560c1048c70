"""Escapes text for parameters that Matomo interprets as regular expressions."""

from __future__ import annotations

import re

from matomo_tui.late_pattern import late_pattern

_SPECIAL = late_pattern(r"""([\\.+*?\[^\]$(){}|#])|[&"'<>]""")


def literal(text: str) -> str:
    r"""Return a regular expression that matches exactly ``text``.

    Matomo turns ``&``, quotes and angle brackets of a parameter into entities. Labels have entities in some reports
    (page titles) and the characters themselves in others (campaigns, ``&`` in page addresses): ``(&|\x26)`` finds both.
    """
    return _SPECIAL.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    sign = found[0]
    return f"\\{sign}" if found[1] else f"({sign}|\\x{ord(sign):02x})"
