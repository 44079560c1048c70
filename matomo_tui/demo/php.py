"""How PHP reads a form, which is how Matomo reads its requests, and the entries of a bulk request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias
from urllib.parse import unquote_plus

Nested: TypeAlias = "dict[str, str | Nested]"

MOST_NAMES = 1000  # PHP's max_input_vars: what comes behind is dropped without a word
_INDEX = re.compile(r"\[(?:[ \t\r\n\v\f]?(?=\]))?([^\]]*)\]")
_NOT_IN_NAMES = re.compile(r"[ .\[]")
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")


def parse_str(text: str) -> Nested:
    """A form-encoded text as PHP's ``parse_str`` takes it apart, once.

    ``a[]=1&a[]=2`` and ``a[x]=1`` make arrays (a ``dict`` in the order sent, keys counted from 0); of a name sent twice
    the last value counts; a name keeps its place; a dot, a space or a lone ``[`` in a name becomes ``_``.
    """
    found: Nested = {}
    for pair in [pair for pair in text.split("&") if pair][:MOST_NAMES]:
        name, _, value = pair.partition("=")
        _put(found, unquote_plus(name, errors="replace"), unquote_plus(value, errors="replace"))
    return found


def entry(text: str) -> Nested:
    """One entry of a bulk request's ``urls``: taken apart once (Matomo's ``Request::fromQueryString``).

    An entry encoded as a whole comes out as one name with an empty value; only then it is decoded first. A ``?`` in
    front belongs to the first name.
    """
    found = parse_str(text)
    if len(found) == 1 and next(iter(found.values())) == "":
        found = parse_str(unquote_plus(text, errors="replace"))
    return found


def flat(nested: Mapping[str, str | Nested]) -> dict[str, str]:
    """Arrays as ``name[key]`` for each of their values."""
    return dict(_flat(nested, ""))


def _flat(nested: Mapping[str, str | Nested], above: str) -> Iterator[tuple[str, str]]:
    for key, value in nested.items():
        name = f"{above}[{key}]" if above else key
        if isinstance(value, dict):
            yield from _flat(value, name)
        else:
            yield name, value


def _put(found: Nested, name: str, value: str) -> None:
    """Register ``value`` under ``name`` as PHP does (``php_register_variable_ex``)."""
    name = name.lstrip(" ").partition("\0")[0]
    base, bracket, _ = name.partition("[")
    if not base:
        return
    keys: list[str] = []
    position = len(base)
    while (index := _INDEX.match(name, position)) is not None:
        keys.append(index[1])
        position = index.end()
    if bracket and not keys:
        base = name  # no bracket closes: it is part of a plain name
    base = _NOT_IN_NAMES.sub("_", base)
    here = found
    path = [base, *keys]
    for key in path[:-1]:
        key = key or _next(here)
        inner = here.get(key)
        if not isinstance(inner, dict):
            inner = {}
            here[key] = inner
        here = inner
    here[path[-1] or _next(here)] = value


def _next(array: Nested) -> str:
    """The key of what is added to the end of an array."""
    return str(max((int(key) for key in array if _WHOLE.fullmatch(key)), default=-1) + 1)
