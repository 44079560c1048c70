"""Matomo's own escaping of what is typed: entities are decoded, markup is stored escaped, answers are decoded.

What a client sends and what it reads back are the same but for what looks like an entity, for NULs, and for what is
longer than the database has room for: Matomo lets that be cut without a word, and counts the escaped characters.
"""

from __future__ import annotations

import html
import re
from html.entities import name2codepoint
from typing import Any
from urllib.parse import unquote_plus

_ENTITY = re.compile(r"&(?:#([0-9]{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{1,31}));")
_SPECIAL = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "#039": "'", "#39": "'"}
_SPECIALS = re.compile(r"&(amp|lt|gt|quot|#0?39);")


def decoded(text: str) -> str:
    """``text`` with the entities of HTML 4 decoded, once."""
    return _ENTITY.sub(_character, text) if "&" in text else text


def _character(found: re.Match[str]) -> str:
    decimal, hexadecimal, name = found.groups()
    number = name2codepoint.get(name) if name else int(decimal) if decimal else int(hexadecimal, 16)
    if number is None or not _is_text(number):
        return found[0]
    return chr(number)


def _is_text(number: int) -> bool:
    return number in (9, 10, 13) or 0x20 <= number < 0x7F or 0xA0 <= number < 0xD800 or 0xE000 <= number <= 0x10FFFF


def entities_decoded(value: Any) -> Any:
    """An answer with the entities of every text in it decoded, once; keys stay as they are."""
    if isinstance(value, str):
        return decoded(value)
    if isinstance(value, dict):
        return {name: entities_decoded(inner) for name, inner in value.items()}
    return [entities_decoded(inner) for inner in value] if isinstance(value, list) else value


def escaped(text: str) -> str:
    """``text`` as it is stored: as it is read from a request and escaped."""
    return html.escape(decoded(text).replace("\0", "")).replace("&#x27;", "&#039;")


def without_specials(text: str) -> str:
    """``text`` with only the five escapes that :func:`escaped` makes undone."""
    return _SPECIALS.sub(lambda found: _SPECIAL[found[1]], text) if "&" in text else text


def as_stored(text: str, most: int) -> str:
    """What reads back when ``text`` was sent and ``most`` characters of it, escaped, have room."""
    return decoded(escaped(text)[:most])


def url_decoded(text: str, most: int) -> str:
    """The same for a goal's texts, which Matomo URL-decodes after they were escaped; as its tracker has them.

    What is answered is :func:`decoded` once more, so that a text that looks like an entity does not read back.
    """
    return without_specials(unquote_plus(escaped(text), errors="replace")[:most])
