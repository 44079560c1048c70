"""Encoding of written texts so that Matomo stores them as typed, and decoding of write results.

Matomo decodes HTML entities in each text parameter and stores it escaped; what it answers is unescaped again. A text
that itself looks like an entity (``&amp;``) would lose that on the way, so its ampersands are escaped once more. Line
breaks and NULs are dropped by Matomo.
"""

from __future__ import annotations

import html
import re
from typing import Any

from matomo_tui.api import json_decoding

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def decoded(text: str) -> str:
    """``text`` as it reads when Matomo decodes its HTML entities once more than it escaped it."""
    return _ENTITY.sub(lambda found: html.unescape(found[0]), text)


def as_typed(text: str) -> str:
    """``text`` as a parameter that Matomo stores as ``text``."""
    return text.replace("&", "&amp;") if html.unescape(text) != text else text


def as_typed_twice_decoded(text: str) -> str:
    """The same for what Matomo URL-decodes once more (a goal's name, description and pattern, a site's URLs), where
    ``+`` would become a space and ``%2B`` a plus."""
    return as_typed(text).replace("%", "%25").replace("+", "%2B")


def done(body: bytes) -> None:
    """A decoder for ``{"result": "success", …}``. Raises ``ValueError`` for anything else."""
    value = json_decoding.parse(body)
    if type(value) is dict and (value.get("result") == "success" or json_decoding.flag(value.get("value"))):
        return
    raise ValueError("not a success")


def as_number(value: float) -> str:
    """An amount with a decimal point and no trailing zeros: ``19.9``, ``20``."""
    text = f"{value:.10f}".rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text


def is_success(value: Any) -> bool:
    """Whether a decoded answer is the one that Matomo gives where it has nothing to say."""
    return type(value) is dict and value.get("result") == "success"
