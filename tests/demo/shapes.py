"""The shape of JSON: keys and types of values, independent of the values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

# Keys that are data: dates and ranges, site ids, goal ids.
_DISGUISED = (
    (re.compile(r"\d{4}(-\d{2}){0,2}(,\d{4}-\d{2}-\d{2})?"), "<period>"),
    (re.compile(r"\d{1,3}"), "<site>"),
    (re.compile(r"idgoal=.+"), "<goal>"),
)


@dataclass
class Shape:
    """The types of plain values found in one place, and the shapes below it."""

    types: set[str] = field(default_factory=set)
    keys: dict[str, Shape] = field(default_factory=dict)
    rows: dict[str, Shape] = field(default_factory=dict)

    def see(self, value: Any) -> Shape:
        """Add a value; returns self."""
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
    """Actions of a visit are distinguished by their type."""
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
    """The common shape of several values."""
    shape = Shape()
    for value in values:
        shape.see(value)
    return shape


def differences(real: Shape, ours: Shape, allowed: Mapping[str, set[str]]) -> list[str]:
    """The differences of ``ours`` from ``real``: additional and missing keys, types that never occur there.

    ``allowed`` has additional types by the last key of the path. A list that is empty on either side is compatible with
    any.
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
    """Returns True if the place above ``path`` was not empty."""
    above = path.rpartition(".")[0] if path.rpartition(".")[2].count("[") == 0 else path[: path.rindex("[")]
    return above in places and bool(places[above].types & {"object", "list"})
