"""The state of a server object as fields and values, the difference of two states, and their display."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from matomo_tui import page_url
from matomo_tui.api.write_encoding import as_number

Value = str | bool | int | float | tuple[str, ...]
State = Mapping[str, Value]
"""One thing's fields, by the names of its model. Texts are raw, as they were typed."""

HIDDEN = "•••"
"""What stands where a password would."""

_NOTHING = "–"


class Labels(dict[str, str]):
    """Fields with the words for them, in the order of a form. ``codes`` are words for values that are none themselves,
    by field."""

    def __init__(self, labels: Mapping[str, str], codes: Mapping[str, Mapping[Any, str]]) -> None:
        super().__init__(labels)
        self.codes = codes


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that changes. ``old`` and ``new`` are clean, to be shown; ``–`` is nothing, a password is ``•••``."""

    field: str
    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a draft cannot be saved, or (``is_warning``) what to think about; ``field`` is the one it is about."""

    field: str
    sentence: str
    is_warning: bool = False


def errors(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems without the warnings."""
    return tuple(problem for problem in problems if not problem.is_warning)


def shown(value: Value | None) -> str:
    """A value as it is shown: clean, on one line."""
    if value is None or value in ("", ()):
        return _NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return page_url.shown(", ".join(value))
    return as_number(value) if isinstance(value, int | float) else page_url.shown(value)


def shown_as(labels: Mapping[str, str], name: str, value: Value | None) -> str:
    """The value of a field as it is shown: a code in words, where there are some."""
    words = labels.codes.get(name, {}).get(value) if isinstance(labels, Labels) else None
    return words or shown(value)


def same(one: Value | None, other: Value | None) -> bool:
    """Whether two values are the same thing once stored: amounts within rounding; of several addresses the first, and
    the rest in any order, for Matomo gives alias URLs back in another order than it was sent; all else exactly."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return one[:1] == other[:1] and sorted(one) == sorted(other)
    if isinstance(one, float) or isinstance(other, float):
        if isinstance(one, int | float) and isinstance(other, int | float):
            return abs(one - other) <= 1e-6 * max(1.0, abs(one), abs(other))
        return False
    return one == other


def changed(old: State, new: State, labels: Mapping[str, str]) -> tuple[str, ...]:
    """The fields, in the order of ``labels``, that both have and that differ."""
    return tuple(name for name in labels if name in old and name in new and not same(old[name], new[name]))


def differences(old: State | None, new: State | None, labels: Mapping[str, str]) -> tuple[Difference, ...]:
    """What becomes of each field: all of them for something new or something that goes, else those that change."""
    if old is not None and new is not None:
        names: Iterable[str] = changed(old, new, labels)
    else:
        there = (old if new is None else new) or {}
        names = (name for name in labels if name in there and there[name] not in ("", ()))

    def of(state: State | None, name: str) -> str:
        return shown_as(labels, name, None if state is None else state[name])

    return tuple(Difference(name, labels[name], of(old, name), of(new, name)) for name in names)


def fields_shown(state: State | None, names: Iterable[str]) -> dict[str, str]:
    """Some fields of a state, clean, as they are kept in the audit log."""
    return {} if state is None else {name: shown(state[name]) for name in names if name in state}
