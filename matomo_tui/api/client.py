"""Sends calls through a transport and turns whatever comes back into an answer or one of the errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from matomo_tui.api.access import Access
from matomo_tui.api.calls import Call
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.transport import Transport

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """What one bulk request at connection tells: the version (``""`` when refused) and the token's access."""

    version: str
    access: Access


class Client:
    """A typed Matomo API over any transport.

    ``bytes_received`` and ``requests_sent`` count for as long as the client lives, so that a caller can show and
    bound what it costs the server; ``last_elapsed`` is the seconds the last answer took; ``clock_offset`` is the
    server's clock minus ours in seconds, from the last ``Date`` header (``None`` before one was seen).
    """

    def __init__(self, transport: Transport, *, read_only: bool = False) -> None:
        self.transport = transport
        self.read_only = read_only
        self.requests_sent = 0
        self.bytes_received = 0
        self.last_elapsed = 0.0
        self.clock_offset: float | None = None

    async def call(self, call: Call[T]) -> T:
        """The answer of one call. Raises a ``MatomoError``."""
        raise NotImplementedError

    async def bulk(self, calls: Sequence[Call[Any]]) -> list[Any | MatomoError]:
        """Answers in the order asked, from one HTTP request; a part that failed is its error, returned.

        Raises a ``MatomoError`` only when the request as a whole failed.
        """
        raise NotImplementedError

    async def server_info(self) -> ServerInfo:
        """Version and access, in one bulk request. Raises a ``MatomoError``."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """Close the transport."""
        await self.transport.aclose()
