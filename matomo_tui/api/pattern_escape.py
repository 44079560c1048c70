"""Escapes text for parameters that Matomo interprets as regular expressions."""

from __future__ import annotations

import re
from urllib.parse import quote

from matomo_tui.late_pattern import late_pattern

_SPECIAL = late_pattern(r"""([\\.+*?\[^\]$(){}|#])|[&"'<>]|[^\x00-\x7f]""")


def literal(text: str) -> str:
    r"""Return a regular expression that matches exactly ``text``.

    Matomo turns ``&``, quotes and angle brackets of a parameter into entities. Labels have entities in some reports
    (page titles) and the characters themselves in others (campaigns, ``&`` in page addresses): ``(&|\x26)`` finds both.
    Page addresses are stored percent-encoded and decoded after the search, which ignores the case of ASCII letters
    only: other characters are looked for as they stand and as UTF-8 bytes, ``(π|%CF%80|Π|%CE%A0)``.
    """
    return _SPECIAL.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    sign = found[0]
    if found[1]:
        return f"\\{sign}"
    if sign.isascii():
        return f"({sign}|\\x{ord(sign):02x})"
    cases = dict.fromkeys((sign, sign.lower(), sign.upper()))
    return f"({'|'.join(form for case in cases for form in (case, quote(case, safe='', errors='replace')))})"
