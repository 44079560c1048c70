"""Counts the rejections of each token and holds back further requests that would send a rejected one.

Matomo locks out an IP address after 20 failed logins in an hour, and then refuses valid tokens from there too. One
program that repeats a request with a wrong token would lock out everyone behind the same address.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from matomo_tui.api.errors import LockedOut, TokenRejected
from matomo_tui.api.transport import MOST_IN_FLIGHT

if TYPE_CHECKING:
    import asyncio

MOST_REJECTIONS = 2
"""Rejections after which a token is not sent again: the first one, and one more when the user retries. A request that
ended in an outage is not counted, since nobody knows whether it was rejected, and may be sent again."""
LOCKOUT_LASTS = 3600.0
"""Seconds after which an address that was locked out may be let in again: Matomo's default."""
LOCKOUT_PAUSE = 10.0
"""Seconds after a lockout in which nothing is sent: several parts of a screen would be refused one after the other."""


class Rejections:
    """Rejection count of one token at one Matomo, shared by all clients that send this token.

    ``at`` is the Matomo's address for error messages, or ``""`` if unknown.
    """

    def __init__(self, at: str = "") -> None:
        self.count = 0
        """Rejections since the last accepted request."""
        self._at = at
        self._turn = 0
        self._sentence = ""
        self._lockout: LockedOut | None = None
        self._locked_out_at = 0.0
        self._lockouts = 0
        self.proven = False
        """True once a request with the token was accepted."""
        self._lock: asyncio.Lock | None = None
        self._slots: asyncio.Semaphore | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @asynccontextmanager
    async def sending(self, now: Callable[[], float]) -> AsyncIterator[int]:
        """Wrap one request with the token; yields its turn for :meth:`slot` and :meth:`accepted`. ``now`` returns the
        local time in seconds.

        A ``TokenRejected`` raised inside is counted. A turn is the time between two rejections: a rejection ends it for
        all requests that began in it. While the token is unproven (no request was accepted since the last rejection),
        requests are sent one at a time, so that the first rejection stops the others. Raises ``TokenRejected`` if the
        token must not be sent again, or was rejected while this request waited; ``LockedOut`` for ``LOCKOUT_PAUSE``
        seconds after a lockout.
        """
        turn = self._turn
        async with AsyncExitStack() as held:
            if not self._is_trusted:
                await held.enter_async_context(self._for_this_loop()[0])
                if self._is_trusted:
                    await held.aclose()
            if self.count >= MOST_REJECTIONS:
                raise TokenRejected.held_back(
                    f"Not sent again: {self._at or 'the Matomo'} rejected this token {self.count} times, and would "
                    "lock this computer's address out. Use another token, or restart matomo-tui."
                )
            self._check(turn)
            if (lockout := self.lockout(now(), LOCKOUT_PAUSE)) is not None:
                raise LockedOut(str(lockout))
            lockouts = self._lockouts
            try:
                yield turn
                if lockouts == self._lockouts:  # a request that was sent before a lockout shows nothing
                    self._lockout = None
            except TokenRejected as error:
                if error.was_sent:
                    self.count += 1
                    self._turn += 1
                    self._sentence = str(error)
                raise
            except LockedOut as error:
                self._lockout, self._locked_out_at, self._lockouts = error, now(), self._lockouts + 1
                raise

    @asynccontextmanager
    async def slot(self, turn: int) -> AsyncIterator[None]:
        """Wrap the sending of one request: wait until fewer than ``MOST_IN_FLIGHT`` are under way.

        The wait is here and not in the transport, because a request that waited must not go out with a token that was
        rejected in the meantime. Raises ``TokenRejected`` in that case.
        """
        async with self._for_this_loop()[1]:
            self._check(turn)
            yield

    def accepted(self, turn: int) -> None:
        """Record that a request of ``turn`` was accepted.

        An answer to a request that was sent before a rejection proves nothing, so an ended turn is ignored.
        """
        if turn == self._turn:
            self.count = 0
            self.proven = True

    def lockout(self, now: float, seconds: float = LOCKOUT_LASTS) -> LockedOut | None:
        """Return the lockout of the last ``seconds``, if no request sent after it was accepted; ``now`` as in
        :meth:`sending`."""
        return self._lockout if 0 <= now - self._locked_out_at < seconds else None

    @property
    def _is_trusted(self) -> bool:
        return self.proven and self.count == 0

    def _check(self, turn: int) -> None:
        """Raise ``TokenRejected`` if the token was rejected since ``turn`` began."""
        if turn != self._turn:
            raise TokenRejected.held_back(self._sentence)

    def _for_this_loop(self) -> tuple[asyncio.Lock, asyncio.Semaphore]:
        """The lock of unproven tokens and the slots; a program may run several event loops one after the other."""
        import asyncio

        loop = asyncio.get_running_loop()
        if self._lock is None or self._slots is None or self._loop is not loop:
            self._lock, self._slots, self._loop = asyncio.Lock(), asyncio.Semaphore(MOST_IN_FLIGHT), loop
        return self._lock, self._slots
