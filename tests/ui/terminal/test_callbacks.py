"""The quick count of parameters is that of the signature."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import pytest
from textual.app import App
from textual.screen import Screen
from textual.widget import Widget

from matomo_tui.ui.live.live_screen import LiveScreen
from matomo_tui.ui.terminal.callbacks import count_parameters


class Called:
    def __call__(self, one: int, two: int) -> None: ...


def plain(one: int, /, two: int = 0, *, three: int) -> None: ...


def variable(one: int, *more: int, **named: int) -> None: ...


@functools.wraps(plain)
def wrapped(*values: int) -> None: ...


@pytest.mark.parametrize("function", [plain, variable, wrapped, Called(), functools.partial(plain, 1), lambda: None])
def test_functions_of_all_kinds(function: Callable[..., Any]) -> None:
    assert count_parameters(function) == len(inspect.signature(function).parameters)


def test_all_methods_of_the_live_screen() -> None:
    counted = 0
    for kind in (LiveScreen, App, Screen, Widget):
        for name, function in inspect.getmembers(kind, inspect.isfunction):
            assert count_parameters(function) == len(inspect.signature(function).parameters), name
            counted += 1
    assert counted > 500
