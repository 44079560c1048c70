"""The state of a server object as fields and values, the difference of two states, and their display."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

import msgspec

from matomo_tui import page_url
from matomo_tui.api.write_encoding import as_number

FieldValue = str | bool | int | float | tuple[str, ...]
S = TypeVar("S")

State = Mapping[str, FieldValue]
"""The fields of an entity, by the names of its API struct. Texts are raw, as typed."""

HIDDEN = "•••"
"""Shown in place of a password."""

_NOTHING = "–"


class Labels(dict[str, str]):
    """Labels by field name, in the order of the form, with labels for the values of some fields."""

    def __init__(self, labels: Mapping[str, str], codes: Mapping[str, Mapping[Any, str]]) -> None:
        """``codes`` maps a field name to the labels of its values."""
        super().__init__(labels)
        self.codes = codes


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that changes. The values are sanitized for display: ``–`` for none, ``•••`` for a password."""

    field: str
    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Problem:
    """An invalid field of a draft, or a warning about one."""

    field: str
    sentence: str
    is_warning: bool = False
    """True if the draft can be saved nevertheless."""
    given: tuple[str, ...] = ()
    """Other fields that decide what the value means."""


def errors(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems without the warnings."""
    return tuple(problem for problem in problems if not problem.is_warning)


def excused(problems: Iterable[Problem], draft: object, before: Iterable[Problem], opened: object) -> list[Problem]:
    """The problems of ``draft``, those of fields that are as ``opened``, a draft with the problems ``before``, as
    warnings: Matomo stored these values, and an unchanged one must not keep others from being changed. One whose
    meaning has changed with another field counts as changed."""
    known = set(before)

    def is_old(problem: Problem) -> bool:
        names = (problem.field, *problem.given)
        return problem in known and all(getattr(draft, name) == getattr(opened, name) for name in names)

    return [replace(problem, is_warning=True) if is_old(problem) else problem for problem in problems]


def shown(value: FieldValue | None) -> str:
    """A value for display: sanitized, on one line."""
    if value is None or value in ("", ()):
        return _NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return page_url.shown(", ".join(value))
    return as_number(value) if isinstance(value, int | float) else page_url.shown(value)


def shown_as(labels: Mapping[str, str], name: str, value: FieldValue | None) -> str:
    """The value of a field for display; a code is replaced by its label."""
    words = labels.codes.get(name, {}).get(value) if isinstance(labels, Labels) else None
    return words or shown(value)


def equal_once_stored(one: FieldValue | None, other: FieldValue | None) -> bool:
    """True if Matomo would return the same for both values.

    Numbers are equal within rounding. Of several URLs only the first has a fixed place, because Matomo returns alias
    URLs in an order of its own. Everything else is compared exactly.
    """
    if isinstance(one, tuple) and isinstance(other, tuple):
        return one[:1] == other[:1] and sorted(one) == sorted(other)
    if isinstance(one, float) or isinstance(other, float):
        if isinstance(one, int | float) and isinstance(other, int | float):
            return abs(one - other) <= 1e-6 * max(1.0, abs(one), abs(other))
        return False
    return one == other


def changed(old: State, new: State, labels: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the fields that both states have and that differ, in the order of ``labels``."""
    return tuple(name for name in labels if name in old and name in new and not equal_once_stored(old[name], new[name]))


def differences(old: State | None, new: State | None, labels: Mapping[str, str]) -> tuple[Difference, ...]:
    """The fields that change; for something new or deleted (None) all fields that have a value."""
    if old is not None and new is not None:
        names: Iterable[str] = changed(old, new, labels)
    else:
        there = (old if new is None else new) or {}
        names = (name for name in labels if name in there and there[name] not in ("", ()))

    def of(state: State | None, name: str) -> str:
        return shown_as(labels, name, None if state is None else state[name])

    return tuple(Difference(name, labels[name], of(old, name), of(new, name)) for name in names)


def with_state(item: S, state: State) -> S:
    """``item``, an API struct, with the fields of ``state``."""
    return cast("S", msgspec.structs.replace(cast("msgspec.Struct", item), **state))


def fields_shown(state: State | None, names: Iterable[str]) -> dict[str, str]:
    """Some fields of a state for the audit log, sanitized."""
    return {} if state is None else {name: shown(state[name]) for name in names if name in state}
