"""Parsing of typed amounts, lists and addresses."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

_AMOUNT = re.compile(r"[+-]?(\d{1,15}([.,]\d{0,10})?|[.,]\d{1,10})", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
_ATOM = r"[^\s@.,;<>()\[\]\"\\]"
_LABEL = rf"(?!-){_ATOM}{{1,63}}(?<!-)"
# The last label may have digits, as those of domains in other scripts do (xn--p1ai), but is no number.
_EMAIL = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}+(?:\.{_ATOM}+)*@(?:{_LABEL}\.)+(?!\d+$)(?!.$){_LABEL}")
_LOGIN = re.compile(r"[A-Za-zÄäÖöÜüß0-9_.@+-]+")


def amount(text: str) -> float | None:
    """The number in ``text``, with a decimal point or comma; 0 for no text, None for anything else."""
    text = text.strip()
    if not text:
        return 0.0
    return float(text.replace(",", ".")) if _AMOUNT.fullmatch(text) else None


def thousands_warning(text: str) -> str:
    """A sentence about an amount whose separator may be meant as one of thousands: ``1,000``; ``""`` for others."""
    text = text.strip()
    if not _THOUSANDS.fullmatch(text):
        return ""
    whole = re.sub(r"[.,]", "", text)
    return f"This is read as {amount(text):g}: write {whole} without a separator if you mean that."


def items(text: str) -> tuple[str, ...]:
    """The entries of a list that is separated by commas or line breaks, without duplicates."""
    found = (entry.strip() for entry in re.split(r"[,\r\n]", text))
    return tuple(dict.fromkeys(entry for entry in found if entry))


def as_list(entries: Iterable[str]) -> str:
    """A list in the form in which Matomo stores it."""
    return ",".join(entries)


def trimmed(text: str) -> str:
    """``text`` without the characters at its ends that Matomo removes from every parameter; others stay."""
    return text.strip(" \t\n\r\0\v")


def stored_length(text: str) -> int:
    """The number of characters that Matomo stores for ``text``: it escapes ``& < > "``, and ``'`` as ``&#039;``."""
    return len(html.escape(text, quote=True))


def is_email(text: str) -> bool:
    """True if ``text`` has the form of an e-mail address."""
    return len(text) <= 100 and _EMAIL.fullmatch(text) is not None


def is_login(text: str) -> bool:
    """True if Matomo accepts ``text`` as a login: 2 to 100 bytes of letters, digits and ``_.@+-``."""
    return 2 <= len(text.encode("utf-8", "replace")) <= 100 and _LOGIN.fullmatch(text) is not None


def same_name(one: str, other: str) -> bool:
    """True if two names are equal apart from spaces at their ends."""
    return one.strip() == other.strip()
