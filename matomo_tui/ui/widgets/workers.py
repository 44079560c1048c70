"""Textual workers whose coroutine is created only when the worker starts."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, ParamSpec

P = ParamSpec("P")


def deferred(function: Callable[P, Coroutine[Any, Any, Any]], *args: P.args, **kwargs: P.kwargs) -> Callable[[], Any]:
    """``function`` with its arguments, for ``run_worker``. A worker cancelled before its start then leaves no coroutine
    that was never awaited."""
    return partial(function, *args, **kwargs)
