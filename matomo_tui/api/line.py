"""What a client sends its requests through: a transport with its token, and the rejections of that token."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from matomo_tui.api.errors import TokenRejected
from matomo_tui.api.rejections import Rejections
from matomo_tui.api.transport import Transport


class Line:
    """A transport and the rejection count of its token, which belong together: a request keeps to one line from its
    beginning, so that its answer is counted for the token that was sent."""

    def __init__(self, transport: Transport, rejections: Rejections) -> None:
        self.transport = transport
        self.rejections = rejections
        self.is_replaced = False
        """True once later requests go through another line: nothing more is sent through this one."""
        self._under_way = 0

    def check(self) -> None:
        """Raise ``TokenRejected`` if another token has replaced this line's: this one was rejected."""
        if self.is_replaced:
            raise TokenRejected.held_back("Not sent: Matomo rejected this token, and another one replaced it.")

    @asynccontextmanager
    async def used(self) -> AsyncIterator[None]:
        """Wrap a request from its beginning to its answer."""
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            await self.close_if_unused()

    async def close_if_unused(self) -> None:
        """Close the transport of a line that was replaced; the last request under way does so at its end."""
        if self.is_replaced and not self._under_way:
            await self.transport.aclose()
