"""Turns an answer of any API method into rows: of nested JSON for NDJSON, or flat ones for tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from matomo_tui.api.errors import NotMatomo

Row = dict[str, Any]
"""A flat row: its values are texts, numbers, booleans or ``None``."""

_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2}(?:,\d{4}-\d{2}-\d{2})?)?)?")
_DEEPEST = 32
_SUBTABLE = "subtable"
TOO_DEEP = "The answer is nested too deeply to be printed."
"""The sentence for an answer that no Matomo sends."""


@dataclass(frozen=True, slots=True)
class RowGroup:
    """The part of an answer for one site, one date, or both."""

    keys: tuple[tuple[str, str], ...]
    """Pairs of a column (``idSite`` or ``date``) and the answer's key; empty if the answer has one part."""
    answer: Any

    @property
    def entries(self) -> list[Any]:
        """The rows of the part, as they are in the answer."""
        return entries_of(self.answer)


def groups_of(answer: Any, *, by_site: bool = False, by_date: bool = False) -> Iterator[RowGroup]:
    """Split an answer for several sites or dates into its parts; ``by_site`` and ``by_date`` tell what the request may
    have asked for."""
    yield from _split(answer, (), by_site, by_date)


def _split(answer: Any, keys: tuple[tuple[str, str], ...], by_site: bool, by_date: bool) -> Iterator[RowGroup]:
    found = answer if type(answer) is dict and answer else {}
    if by_site and found and all(key.isdecimal() for key in found):
        for key, part in found.items():
            yield from _split(part, (*keys, ("idSite", key)), False, by_date)
    elif by_date and found and all(_DATE.fullmatch(key) for key in found):
        for key, part in found.items():
            yield RowGroup((*keys, ("date", key)), part)
    else:
        yield RowGroup(keys, answer)


def entries_of(answer: Any) -> list[Any]:
    """The rows of one part of an answer: the entries of a list, or of an object that PHP made of one; else the answer
    itself as the only row. ``[]``, ``false`` and ``null`` have none."""
    if type(answer) is list:
        return answer
    if answer is None or answer is False or answer == {}:
        return []
    if type(answer) is dict and all(key.isdecimal() and type(value) is dict for key, value in answer.items()):
        return list(answer.values())
    return [answer]


def flat_rows(group: RowGroup, *, levels: bool = False, brief: bool = False) -> Iterator[Row]:
    """Yield the rows of a part as flat rows, with the part's keys as first columns.

    Objects within a row become columns with dotted names (``goals.idgoal=1.revenue``), lists of plain values a text
    with commas, and other lists JSON. With ``levels`` the rows below a row (``expanded=1``) follow it, and each row
    has its ``level``, from 1. ``brief`` shows only the length of those other lists.
    """
    keys: Row = dict(group.keys)
    for entry in group.entries:
        yield from _flat(entry, keys, 1 if levels else 0, brief)


def _flat(entry: Any, keys: Row, level: int, brief: bool) -> Iterator[Row]:
    if type(entry) is not dict:
        yield {**keys, "value": _plain(entry, brief) if type(entry) is list else entry}
        return
    row = dict(keys)
    if level:
        row["level"] = level
    below = entry.get(_SUBTABLE) if level else None
    nested = type(below) is list and level < _DEEPEST
    _flatten({key: value for key, value in entry.items() if not (nested and key == _SUBTABLE)}, "", row, brief)
    yield row
    if nested and isinstance(below, list):
        for each in below:
            yield from _flat(each, keys, level + 1, brief)


def _flatten(value: Mapping[str, Any], prefix: str, row: Row, brief: bool) -> None:
    for key, inner in value.items():
        name = prefix + key
        if type(inner) is dict and inner and prefix.count(".") < _DEEPEST:
            _flatten(inner, f"{name}.", row, brief)
        elif type(inner) in (dict, list):
            row[name] = _plain(inner, brief)
        else:
            row[name] = inner


def _plain(value: Any, brief: bool) -> str:
    if not value:
        return ""
    if type(value) is list and all(type(each) in (str, int, float, bool) for each in value):
        return ", ".join(each if type(each) is str else encoded(each) for each in value)
    if brief and type(value) is list:
        return "1 entry" if len(value) == 1 else f"{len(value):,} entries"
    return encoded(value)


def encoded(value: Any) -> str:
    """``value`` as JSON in one line, unsanitized. Raises ``NotMatomo`` if it is nested too deeply."""
    try:
        return msgspec.json.encode(value).decode()
    except RecursionError:
        raise NotMatomo(TOO_DEEP) from None


def columns_of(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names of all columns of ``rows``, in the order of their first occurrence."""
    found: dict[str, None] = {}
    for row in rows:
        if row.keys() - found.keys():
            found |= dict.fromkeys(row)
    return list(found)
