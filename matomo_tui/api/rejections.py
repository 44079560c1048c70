"""Counts the rejections of each token, so that no part of the program keeps sending a rejected one.

Matomo locks out an IP address after 20 failed logins in an hour, valid tokens included: everybody behind the same
address would be locked out by one program that asks again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from matomo_tui.api.errors import TokenRejected

if TYPE_CHECKING:
    import asyncio

MOST_REJECTIONS = 2
"""How often a token that Matomo rejects is ever sent: once, and once more because a person asks for it."""


class Rejections:
    """The count of one token at one Matomo, shared by every client that sends it.

    ``at`` is the Matomo's address for the sentence, ``""`` where it is not known.
    """

    def __init__(self, at: str = "") -> None:
        self.count = 0
        self._at = at
        self._turn = 0
        self._proven = False
        self._lock: asyncio.Lock | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @asynccontextmanager
    async def sending(self) -> AsyncIterator[int]:
        """Around a request with the token: its turn, for :meth:`accepted`. A ``TokenRejected`` that passes is counted.

        A token that may be a wrong one (none of its requests was accepted yet, or one was rejected since) is sent by
        one request at a time: the others wait for what comes of it. Raises ``TokenRejected`` where the token may not
        be sent again.
        """
        async with AsyncExitStack() as held:
            if not self._is_trusted:
                await held.enter_async_context(self._one_at_a_time())
                if self._is_trusted:
                    await held.aclose()
            if self.count >= MOST_REJECTIONS:
                raise TokenRejected(
                    f"Not sent again: {self._at or 'the Matomo'} rejected this token {self.count} times, and would "
                    "lock this computer's address out. Use another token, or restart matomo-tui."
                )
            try:
                yield self._turn
            except TokenRejected:
                self.count += 1
                self._turn += 1
                raise

    def accepted(self, turn: int) -> None:
        """A request of that ``turn`` was answered. One that was on its way before a rejection proves nothing."""
        if turn == self._turn:
            self.count = 0
            self._proven = True

    @property
    def _is_trusted(self) -> bool:
        return self._proven and self.count == 0

    def _one_at_a_time(self) -> asyncio.Lock:
        """The lock of the event loop that runs: a program may have one after the other."""
        import asyncio

        loop = asyncio.get_running_loop()
        if self._lock is None or self._loop is not loop:
            self._lock, self._loop = asyncio.Lock(), loop
        return self._lock
