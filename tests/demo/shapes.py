"""The shape of JSON: which keys, and which types of values, whatever the values are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

# Keys that are values in disguise: dates and ranges, numbers of sites, goals.
_DISGUISED = (
    (re.compile(r"\d{4}(-\d{2}){0,2}(,\d{4}-\d{2}-\d{2})?"), "<period>"),
    (re.compile(r"\d{1,3}"), "<site>"),
    (re.compile(r"idgoal=.+"), "<goal>"),
)


@dataclass
class Shape:
    """What was seen at one place: types of plain values, and the shapes below."""

    types: set[str] = field(default_factory=set)
    keys: dict[str, Shape] = field(default_factory=dict)
    rows: dict[str, Shape] = field(default_factory=dict)

    def see(self, value: Any) -> Shape:
        """Take a value in; returns the shape itself."""
        if isinstance(value, dict):
            self.types.add("object")
            for key, inner in value.items():
                self.keys.setdefault(_plain(key), Shape()).see(inner)
        elif isinstance(value, list):
            self.types.add("list" if value else "nothing")
            for row in value:
                self.rows.setdefault(_kind(row), Shape()).see(row)
        else:
            self.types.add(_type(value))
        return self

    def walk(self, path: str = "") -> Iterator[tuple[str, Shape]]:
        """Every place with its path."""
        yield path, self
        for key, inner in self.keys.items():
            yield from inner.walk(f"{path}.{key}")
        for kind, inner in self.rows.items():
            yield from inner.walk(f"{path}[{kind}]")


def _plain(key: str) -> str:
    return next((name for pattern, name in _DISGUISED if pattern.fullmatch(key)), key)


def _kind(row: Any) -> str:
    """Actions of a visit are told apart by their type."""
    return str(row["type"]) if isinstance(row, Mapping) and {"type", "timestamp"} <= row.keys() else ""


def _type(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    return "string"


def shape_of(values: Iterable[Any]) -> Shape:
    """The shape of all of them together."""
    shape = Shape()
    for value in values:
        shape.see(value)
    return shape


def differences(real: Shape, ours: Shape, allowed: Mapping[str, set[str]]) -> list[str]:
    """In what ``ours`` differs from ``real``: keys too many or too few, types that were never seen.

    ``allowed`` names types that may be there besides, by the last key of the path. A list that is empty on one
    side tells nothing about its rows.
    """
    found: list[str] = []
    places = dict(real.walk())
    for path, here in ours.walk():
        seen = places.get(path)
        if seen is None:
            if _told(places, path):
                found.append(f"{path}: only in the demo")
            continue
        extra = here.types - seen.types - allowed.get(path.rpartition(".")[2], set()) - {"nothing"}
        if extra and seen.types != {"nothing"}:
            found.append(f"{path}: {sorted(extra)} and never {sorted(seen.types)} as on a real Matomo")
    mine = dict(ours.walk())
    found.extend(f"{path}: missing in the demo" for path in places if path not in mine and _told(mine, path))
    return found


def _told(places: Mapping[str, Shape], path: str) -> bool:
    """Whether the place above ``path`` was seen with something in it."""
    above = path.rpartition(".")[0] if path.rpartition(".")[2].count("[") == 0 else path[: path.rindex("[")]
    return above in places and bool(places[above].types & {"object", "list"})
