"""Counts the parameters of callbacks as Textual needs them, without ``inspect.signature``."""

from __future__ import annotations

from collections.abc import Callable
from inspect import CO_VARARGS, CO_VARKEYWORDS
from typing import Any

from textual import _callback

_by_signature = _callback._count_parameters


def count_parameters(func: Callable[..., Any]) -> int:
    """Return the number of parameters of ``func``. Textual asks for it once for each handler, sixty times before
    the first frame, and a signature takes 20 µs."""
    code = getattr(func, "__code__", None)
    if code is None or code.co_flags & (CO_VARARGS | CO_VARKEYWORDS) or hasattr(func, "__wrapped__"):
        return _by_signature(func)
    count: int = code.co_argcount + code.co_kwonlyargcount
    return count


def count_parameters_quickly() -> None:
    """Let Textual count by :func:`count_parameters` from now on."""
    _callback._count_parameters = count_parameters
