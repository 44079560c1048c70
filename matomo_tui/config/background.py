"""Runs blocking work for a coroutine without delaying the program's exit."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

T = TypeVar("T")


async def in_daemon_thread(work: Callable[[], T]) -> T:
    """Return the result of ``work``, or raise its error.

    Threads of the event loop's executor would be waited for at the program's exit; this one ends with the program.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def deliver(hand_over: Callable[[], None]) -> None:
        if not answer.done():
            hand_over()

    def run() -> None:
        hand_over: Callable[[], None]
        try:
            hand_over = partial(answer.set_result, work())
        except Exception as error:  # noqa: BLE001 (raised again where it is awaited)
            hand_over = partial(answer.set_exception, error)
        with suppress(RuntimeError):  # the loop is closed, so nothing waits for the result
            loop.call_soon_threadsafe(deliver, hand_over)

    threading.Thread(target=run, name="token", daemon=True).start()
    return await answer
