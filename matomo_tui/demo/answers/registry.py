"""Where the modules of answers put their methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from matomo_tui.demo.ask import Ask, Json

Answer = Callable[[Ask], Json]


@dataclass(frozen=True, slots=True)
class Method:
    """A method of the API. One that ``pages_itself`` has seen to ``filter_limit`` and its like already."""

    answer: Answer
    pages_itself: bool = False


_METHODS: dict[str, dict[str, Method]] = {}


def method(name: str, *, pages_itself: bool = False) -> Callable[[Answer], Answer]:
    """Makes a function the method ``Module.action``."""
    module, _, action = name.partition(".")

    def put(function: Answer) -> Answer:
        _METHODS.setdefault(module, {})[action] = Method(function, pages_itself)
        return function

    return put


def methods_of(module: str) -> Mapping[str, Method]:
    """The methods of one of Matomo's modules, as far as it was imported."""
    return _METHODS.get(module, {})
