"""Encodes texts for writes so that Matomo stores them as typed, and decodes the answers to writes.

Matomo decodes HTML entities in text parameters, stores the text escaped, and unescapes it in answers. A text that
itself contains an entity (``&amp;``) would be changed, so its ampersands are escaped once more here. Matomo drops line
breaks and NUL characters.
"""

from __future__ import annotations

from typing import Any

from matomo_tui.api import json_decoding
from matomo_tui.api.entities import unescape
from matomo_tui.late_pattern import late_pattern

_ENTITY = late_pattern(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def decoded(text: str) -> str:
    """Return ``text`` as it reads after Matomo has decoded its HTML entities once too often."""
    return _ENTITY.sub(lambda found: unescape(found[0]), text)


def as_typed(text: str) -> str:
    """Encode ``text`` so that Matomo stores exactly this text."""
    return text.replace("&", "&amp;") if unescape(text) != text else text


def as_typed_twice_decoded(text: str) -> str:
    """:func:`as_typed` for parameters that Matomo URL-decodes twice: a goal's name, description and pattern, and a
    site's URLs. Unencoded, ``+`` would become a space and ``%2B`` a plus."""
    return as_typed(text).replace("%", "%25").replace("+", "%2B")


def done(body: bytes) -> None:
    """A decoder for ``{"result": "success", …}``. Raises ``ValueError`` for anything else."""
    value = json_decoding.parse(body)
    if type(value) is dict and (value.get("result") == "success" or json_decoding.flag(value.get("value"))):
        return
    raise ValueError("not a success")


def as_number(value: float) -> str:
    """Format a number with a decimal point and without trailing zeros: ``19.9``, ``20``."""
    text = f"{value:.10f}".rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text


def is_success(value: Any) -> bool:
    """Return True if a parsed answer is Matomo's ``{"result": "success", …}``."""
    return type(value) is dict and value.get("result") == "success"
