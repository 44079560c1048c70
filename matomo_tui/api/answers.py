"""Decodes answers, of one call or of each in a bulk request, and names the method in errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import msgspec

from matomo_tui.api import json_decoding, responses
from matomo_tui.api.calls import Call
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.transport import BIG

T = TypeVar("T")


@contextmanager
def named(method: str) -> Iterator[None]:
    """Set ``method`` on passing errors."""
    try:
        yield
    except MatomoError as error:
        error.method = error.method or method
        raise


def bulk_answers(body: bytes, calls: Sequence[Call[Any]]) -> list[Any | MatomoError]:
    """Decode the answer or error of each call. Raises ``NotMatomo`` unless ``body`` has one part for each."""
    try:
        parts: list[msgspec.Raw] = json_decoding.parse(body, list[msgspec.Raw])
    except (msgspec.MsgspecError, ValueError):
        parts = []
    if len(parts) != len(calls):
        raise responses.unreadable(responses.BULK)
    return [_part(call, part) for call, part in zip(calls, parts, strict=True)]


def _part(call: Call[T], raw: msgspec.Raw) -> T | MatomoError:
    try:
        with named(call.method):
            return decode(call, responses.part_of(bytes(raw)))
    except MatomoError as error:
        return error


async def elsewhere(size: int, work: Callable[[], T]) -> T:
    """Return the result of ``work``, run in a thread if ``size`` (bytes) is large, so that frames are not delayed."""
    if size <= BIG:
        return work()
    import asyncio

    return await asyncio.to_thread(work)


def decode(call: Call[T], body: bytes) -> T:
    try:
        return call.decode(body)
    except (msgspec.MsgspecError, ValueError):
        raise responses.unreadable(call.method) from None
