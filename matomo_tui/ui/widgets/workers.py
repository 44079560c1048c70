"""Textual workers whose coroutine is created only when the worker starts."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, ParamSpec

from textual.widget import Widget

P = ParamSpec("P")


def deferred(function: Callable[P, Coroutine[Any, Any, Any]], *args: P.args, **kwargs: P.kwargs) -> Callable[[], Any]:
    """``function`` with its arguments, for ``run_worker``. A worker cancelled before its start then leaves no coroutine
    that was never awaited."""
    return partial(function, *args, **kwargs)


def is_working(widget: Widget, group: str) -> bool:
    """Whether a worker of this ``group`` of the widget is to start or runs."""
    return any(one.group == group and one.node is widget and not one.is_finished for one in widget.workers)
