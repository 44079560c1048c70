"""Matomo's segment expressions: parsed, built and described in words.

Conditions are joined by ``;`` (and) and ``,`` (or, which binds tighter). Matomo decodes the whole expression once and
each value once more. Values are therefore encoded twice, so that ``;``, ``,`` and ``%`` stay part of them. Rows of
events have values that are encoded once: where the decoded expression is none, it is taken as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Literal, get_args
from urllib.parse import quote, unquote_plus

from msgspec import Struct

from matomo_tui.page_url import before_token, shown
from matomo_tui.sanitize import sanitize

Operator = Literal["==", "!=", "=@", "!@", "=^", "=$", "<=", ">=", "<", ">"]
OPERATORS: tuple[Operator, ...] = get_args(Operator)

WORDS: Mapping[Operator, str] = {
    "==": "is",
    "!=": "is not",
    "=@": "contains",
    "!@": "does not contain",
    "=^": "starts with",
    "=$": "ends with",
    "<=": "is at most",
    ">=": "is at least",
    "<": "is less than",
    ">": "is greater than",
}
DIMENSION_OPERATORS: tuple[Operator, ...] = ("==", "!=", "=@", "!@", "=^", "=$")
METRIC_OPERATORS: tuple[Operator, ...] = ("==", "!=", "<=", ">=", "<", ">")

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")
_CONDITION = re.compile(r"([^=!<>]*?)(==|!=|=@|!@|=\^|=\$|<=|>=|<|>)(.*)", re.DOTALL)
_AND = re.compile(r"(?<!\\);")
_SEPARATORS = ";,"
_UNRESERVED = "-._~"
_LONGEST = 8_000


class Condition(Struct, frozen=True):
    """One condition of a segment: ``countryCode==de``."""

    dimension: str
    operator: Operator
    value: str
    """The value, not encoded. An empty one means "is not set" with ``==`` and "is set" with ``!=``."""

    def expression(self) -> str:
        """The condition as part of a segment expression."""
        once = quote(self.value.encode("utf-8", "replace"), safe=_UNRESERVED)
        return f"{self.dimension}{self.operator}{quote(once, safe=_UNRESERVED)}"

    def words(self, names: Mapping[str, str] | None = None) -> str:
        """The condition in words, sanitized: ``Country is de``. ``names`` are the names of dimensions from the
        server."""
        name = sanitize((names or {}).get(self.dimension, "") or self.dimension, 60)
        if not self.value and self.operator in ("==", "!="):
            return f"{name} is {'set' if self.operator == '!=' else 'not set'}"
        return f"{name} {WORDS[self.operator]} {shown(self.value, 80)}"


Clause = tuple[Condition, ...]
"""Conditions joined by or."""


def parse(expression: str) -> tuple[Clause, ...]:
    """The clauses of a segment, joined by and; ``()`` for ``""``, which selects all visits.

    Accepts what Matomo accepts: values encoded once, twice or not at all, and ``\\;`` and ``\\,`` within a value.
    Raises ``ValueError`` with a sentence for the user.
    """
    if not expression.strip():
        return ()
    if len(expression) > _LONGEST:
        raise ValueError(f"A segment has at most {_LONGEST:,} characters.")
    text = expression.strip()
    try:
        return _clauses(unquote_plus(text, errors="replace"))
    except ValueError:
        # A value that is encoded once may have a separator, as in the rows of events.
        with suppress(ValueError):
            return _clauses(text)
        raise


def build(clauses: Iterable[Clause]) -> str:
    """The expression of ``clauses``. Raises ``ValueError`` for an invalid dimension name or operator."""
    parts = []
    for clause in clauses:
        for condition in clause:
            if not _NAME.fullmatch(condition.dimension):
                raise ValueError(f"{sanitize(condition.dimension, 60)!r} is not a valid dimension name.")
            if condition.operator not in OPERATORS:
                raise ValueError(f"{sanitize(condition.operator, 10)!r} is not a segment operator.")
        if clause:
            parts.append(",".join(condition.expression() for condition in clause))
    return ";".join(parts)


def combine(*expressions: str) -> str:
    """The expressions joined by and, without repeated clauses. Each stays as it is written, because Matomo finds the
    archive of a saved segment by its exact text."""
    parts: list[str] = []
    for expression in expressions:
        for part in filter(None, _AND.split(expression.strip())):
            if part not in parts:
                parts.append(part)
    return ";".join(parts)


def without_tokens(expression: str) -> str:
    """``expression`` with every value that contains an authentication token cut off before the token; "is" becomes
    "starts with". Any other expression stays exactly as it is written, because Matomo finds archives by that text."""
    try:
        clauses = parse(expression)
    except ValueError:
        return expression
    kept = tuple(tuple(map(_without_token, clause)) for clause in clauses)
    return expression if kept == clauses else build(kept)


def _without_token(condition: Condition) -> Condition:
    beginning = before_token(condition.value)
    if beginning is None:
        return condition
    starts: dict[Operator, Operator] = {"==": "=^", "=$": "=@", "!=": "!@"}
    return Condition(condition.dimension, starts.get(condition.operator, condition.operator), beginning)


def describe(expression: str, names: Mapping[str, str] | None = None) -> str:
    """A segment in words, sanitized: ``Device type is smartphone and Country is de or at``. An invalid expression is
    returned as it is, sanitized."""
    try:
        clauses = parse(expression)
    except ValueError:
        return shown(expression, 200)
    several = len(clauses) > 1
    return " and ".join(_clause_words(clause, names, several) for clause in clauses)


def _clause_words(clause: Clause, names: Mapping[str, str] | None, bracketed: bool) -> str:
    first = clause[0]
    if all((each.dimension, each.operator) == (first.dimension, first.operator) and each.value for each in clause):
        values = " or ".join(shown(each.value, 80) for each in clause[1:])
        return first.words(names) + (f" or {values}" if values else "")
    words = " or ".join(condition.words(names) for condition in clause)
    return f"({words})" if bracketed and len(clause) > 1 else words


def _clauses(whole: str) -> tuple[Clause, ...]:
    """The clauses of an expression whose separators are not encoded. Raises ``ValueError`` as :func:`parse`."""
    clauses: list[list[Condition]] = [[]]
    part = ""
    for character in f"{whole};":
        if character not in _SEPARATORS:
            part += character
        elif part.endswith("\\"):
            part = part[:-1] + character
        else:
            clauses[-1].append(_condition(part))
            part = ""
            if character == ";":
                clauses.append([])
    if part:
        raise ValueError("A segment cannot end with a backslash.")
    return tuple(tuple(clause) for clause in clauses if clause)


def _condition(part: str) -> Condition:
    found = _CONDITION.fullmatch(part)
    if found is None:
        raise ValueError(
            f"{sanitize(part, 60)!r} is not a condition: write a dimension, an operator ({' '.join(OPERATORS)}) and a "
            "value, such as countryCode==de."
        )
    name = found[1].strip()
    if not _NAME.fullmatch(name):
        raise ValueError(f"{sanitize(name, 60)!r} is not a valid dimension name.")
    operator = next(each for each in OPERATORS if each == found[2])
    return Condition(name, operator, unquote_plus(found[3], errors="replace"))
