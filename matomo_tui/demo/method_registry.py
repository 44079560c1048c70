"""The registry of API methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.entities import Role

Answer = Callable[[ApiRequest], Json]
"""Answers a call; reports return an awaitable."""

SUCCESS: Json = {"result": "success", "message": "ok"}
"""Matomo's answer where there is no result."""


@dataclass(frozen=True, slots=True)
class Method:
    """A method of the API."""

    answer: Answer
    needs: Role | None = None
    """The role that the caller must have on some site, ``superuser`` a superuser's."""
    pages_itself: bool = False
    """It applies ``filter_limit`` and ``filter_offset`` itself."""
    writes: bool = False
    filters_itself: bool = False
    """It applies all filters of rows and columns itself."""
    is_table: bool = False
    """Its answer is filtered as a report, not as a plain list."""


_METHODS: dict[str, dict[str, Method]] = {}


def method(
    name: str,
    needs: Role | None = None,
    *,
    pages_itself: bool = False,
    writes: bool = False,
    filters_itself: bool = False,
    is_table: bool = False,
) -> Callable[[Answer], Answer]:
    """Register a function as the method ``Module.action``."""
    module, _, action = name.partition(".")

    def put(function: Answer) -> Answer:
        made = Method(function, needs, pages_itself, writes, filters_itself, is_table)
        _METHODS.setdefault(module, {})[action] = made
        return function

    return put


def methods_of(module: str) -> Mapping[str, Method]:
    """The methods of one Matomo plug-in among the imported modules."""
    return _METHODS.get(module, {})
