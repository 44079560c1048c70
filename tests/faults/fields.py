"""Wrong values in every field that the program reads, generated from the models of ``matomo_tui.api``."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Iterable, Iterator
from itertools import cycle
from typing import Any

import msgspec

from matomo_tui import api
from tests.faults.table import Change, Fault, restated

WRONG: tuple[object, ...] = (
    None, True, False, -1, 0, 0.5, 1e308, -1e308, 10**30, "", "x", "12", "-7", "1e999", "NaN", "\0", "\ud800",
    "a" * 5000, [], [1], [[]], [None], {}, {"0": 1}, {"a": {"b": [1]}},
)  # fmt: skip
"""Values of every type. The first occurrence of a field gets the first, the next one the second, and so on."""

MODELS = "models"
LIVE = ("Counters", "Visit", "Action", "ItemDetail", "VisitsSummary", "GoalsSummary")
"""Models of the live screen's answers."""


def models() -> dict[str, type[msgspec.Struct]]:
    """All models of answers, by name."""
    modules = [importlib.import_module(module.name) for module in pkgutil.iter_modules(api.__path__, "matomo_tui.api.")]
    each = (pair for module in modules for pair in vars(module).items())
    return {name: value for name, value in each if _is_model(value) and not name.startswith("_")}


def _is_model(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, msgspec.Struct) and value is not msgspec.Struct


def spoiled(names: frozenset[str]) -> Change:
    """Replace the fields called ``names``, each occurrence by another wrong value."""

    def change(answer: Any) -> Any:
        values = cycle(WRONG)

        def walk(node: Any) -> Any:
            if isinstance(node, dict):
                return {name: next(values) if name in names else walk(inner) for name, inner in node.items()}
            return [walk(inner) for inner in node] if isinstance(node, list) else node

        return walk(answer)

    return change


def field_faults(chosen: tuple[str, ...] = LIVE) -> Iterator[Fault]:
    """One fault for each field of the models called ``chosen``."""
    every = models()
    for model in chosen:
        for field in msgspec.structs.fields(every[model]):
            name = field.encode_name
            yield Fault("fields", f"{model}.{name}", restated(spoiled(frozenset((name,)))), "")


def model_faults() -> Iterator[Fault]:
    """One fault for each model: all of its fields are wrong."""
    for name, model in sorted(models().items()):
        fields = frozenset(field.encode_name for field in msgspec.structs.fields(model))
        yield Fault(MODELS, name, restated(spoiled(fields)), "")


def changes(fault: Fault, answers: Iterable[Any]) -> bool:
    """False if ``fault`` is one of :func:`model_faults`, and none of ``answers`` has a field of the model."""
    if fault.group != MODELS:
        return True
    names = {field.encode_name for field in msgspec.structs.fields(models()[fault.name])}
    return any(names & names_in(answer) for answer in answers)


def names_in(answer: Any) -> set[str]:
    """The names of all fields, at any depth."""
    if isinstance(answer, dict):
        return set(answer) | names_in(list(answer.values()))
    return set().union(*map(names_in, answer)) if isinstance(answer, list) else set()


def wrong_answers() -> Iterator[Fault]:
    """Every answer, and each part of a bulk answer, is the same wrong value."""
    for value in WRONG:

        def change(answer: Any, value: object = value) -> Any:
            return [value] * len(answer) if isinstance(answer, list) else value

        yield Fault("answers", json.dumps(value)[:40], restated(change), "")
