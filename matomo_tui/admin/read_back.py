"""Reads back what a write whose answer was lost has done: the server may finish it after the client gave up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from matomo_tui.api.errors import ConnectionLost, MatomoError, NotMatomo, Redirected, ServerError, TimedOut

T = TypeVar("T")

READ_BACK_PAUSES = (0.0, 2.0, 5.0)
"""Seconds before each read after a lost answer: a slow server may still be processing the write."""
LOST = (TimedOut, ConnectionLost, ServerError, NotMatomo, Redirected)
"""The request was sent, so the server may have carried it out."""


async def read_back(
    read: Callable[[], Awaitable[T]], shows: Callable[[T], bool], sleep: Callable[[float], Awaitable[None]]
) -> T:
    """Return what ``read`` returns as soon as it ``shows`` an effect, or else at last; ``sleep`` takes seconds. Raises
    the ``MatomoError`` of the last read."""
    for pause in READ_BACK_PAUSES:
        await sleep(pause)
        failure: MatomoError | None = None
        try:
            found = await read()
        except MatomoError as error:
            failure = error
            continue
        if shows(found):
            break
    if failure is not None:
        raise failure
    return found
