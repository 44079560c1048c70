"""The handlers of a message are looked up once for each kind of widget and message, and the parameters of a callback
counted once for each piece of code.

Textual goes through all classes of a widget for each message that reaches it, and inspects each closure: a tenth of the
time of the tests of the screen. Classes with handlers that a selector chooses (``@on``) are looked through each time.
What it logs of each message is not put together: there is no console that listens. The value of a reactive attribute
that is not computed is read at once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from types import CodeType
from typing import Any

import textual._callback
import textual.message_pump
from textual import Logger
from textual.message import Message
from textual.message_pump import MessagePump
from textual.reactive import Reactive

_Handler = Callable[[Message], Awaitable[Any]]

_look_up = MessagePump._get_dispatch_methods
_known: dict[tuple[type, str, type[Message]], list[tuple[type, str]] | None] = {}
"""The classes that have a handler of a name and what it is called there, None where a selector chooses."""


def _handlers(kind: type, name: str, message: type[Message]) -> list[tuple[type, str]] | None:
    found = []
    for cls in kind.__mro__:
        if not set(message.__mro__).isdisjoint(cls.__dict__.get("_decorated_handlers") or ()):
            return None
        named = next((one for one in (f"_{name}", name) if cls.__dict__.get(one)), None)
        if named is not None and not getattr(cls.__dict__[named], "_textual_on", None):
            found.append((cls, named))
    return found


def _known_methods(self: MessagePump, method_name: str, message: Message) -> Iterable[tuple[type, _Handler]]:
    key = type(self), method_name, type(message)
    if key not in _known:
        _known[key] = _handlers(*key)
    handlers = _known[key]
    if handlers is None:
        yield from _look_up(self, method_name, message)
        return
    for cls, name in handlers:
        if message._no_default_action:
            break
        yield cls, cls.__dict__[name].__get__(self, cls)


_count = textual._callback._count_parameters
_counted: dict[CodeType, int] = {}


def _counted_parameters(func: Callable[..., Any]) -> int:
    code = getattr(func, "__code__", None)
    if code is None or hasattr(func, "__wrapped__") or hasattr(func, "__signature__"):
        return _count(func)
    if code not in _counted:
        _counted[code] = _count(func)
    return _counted[code]


class _Silence(Logger):
    """Logs nothing."""

    def __call__(self, *args: object, **kwargs: object) -> None:
        pass

    def verbosity(self, verbose: bool) -> Logger:
        return self

    @property
    def event(self) -> Logger:
        return self


_read = Reactive.__get__
_MISSING = object()
_computed: dict[tuple[type, str], bool] = {}
"""Whether a kind of widget computes a reactive attribute."""


def _read_at_once(self: Reactive[Any], obj: Any, obj_type: type) -> Any:
    if obj is not None and (value := obj.__dict__.get(self.internal_name, _MISSING)) is not _MISSING:
        key = type(obj), self.compute_name
        if key not in _computed:
            _computed[key] = hasattr(obj, self.compute_name)
        if not _computed[key]:
            return value
    return _read(self, obj, obj_type)


def install() -> None:
    """Have every application of this process look up its handlers and attributes like this."""
    textual.message_pump.__dict__["log"] = _Silence(None)
    setattr(Reactive, "__get__", _read_at_once)  # noqa: B010 (overloaded, in a generic class)
    textual._callback._count_parameters = _counted_parameters
    MessagePump._get_dispatch_methods = _known_methods  # type: ignore[method-assign]
