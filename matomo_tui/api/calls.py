"""A call of the Matomo API as a value: what to ask, and how to read the answer.

Calls are made by the functions of the Matomo modules (``live.get_counters(…)``) and sent by
:class:`~matomo_tui.api.client.Client`, alone or many in one request. Because a call is a value, a bulk request
is nothing but a list of calls, and each part keeps its type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from matomo_tui.api import loose

T_co = TypeVar("T_co", covariant=True)

Params = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Call(Generic[T_co]):
    """One API method with its parameters.

    ``method`` is Matomo's own name (``Live.getCounters``); ``params`` go out form-encoded; ``decode`` turns the
    JSON bytes of a successful answer into ``T_co`` and raises ``msgspec.MsgspecError`` or ``ValueError`` when they
    have another shape; ``writes`` marks what changes anything on the server; ``timeout`` (seconds) replaces the
    connection's own where a call is known to be slow.
    """

    method: str
    params: Params
    decode: Callable[[bytes], T_co]
    writes: bool = False
    timeout: float | None = field(default=None, compare=False)


def with_segment(params: Params, segment: str) -> Params:
    """``params`` narrowed to a Matomo segment expression; ``""`` is everybody."""
    return {**params, "segment": segment} if segment else params


def untyped(method: str, params: Params, *, writes: bool = False) -> Call[Any]:
    """Any method that the server has, answered as plain JSON."""
    return Call(method, params, loose.parse, writes=writes)
