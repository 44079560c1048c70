"""Transport protocols, implemented by the HTTP transport and by tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from msgspec import Struct, field

BIG = 1024 * 1024
"""Size in bytes above which an answer is processed in a thread: decoding a megabyte takes longer than a frame."""


MOST_IN_FLIGHT = 4
"""Requests that one client has under way at the same time; further ones wait."""


class Response(Struct, frozen=True):
    """An HTTP response."""

    status: int
    body: bytes
    """Decoded (decompressed) body."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers by lower-case name."""
    elapsed: float = 0.0
    """Duration of the exchange in seconds."""
    received: int = 0
    """Size of the body in bytes as transferred, before decoding; 0 if there was no network."""


class Transport(Protocol):
    """Sends form-encoded POST requests and returns the responses without interpreting them."""

    async def post(self, fields: Sequence[tuple[str, str]], *, timeout: float | None = None) -> Response:
        """POST ``fields`` to the entry point; ``timeout`` in seconds replaces the transport's own.

        The transport adds the credentials. Responses of any status except redirects are returned, 4xx and 5xx included.
        Raises ``Unreachable``, ``TimedOut``, ``TLSFailed``, ``Redirected``, or ``NotMatomo`` for an unreadable answer.
        """
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...


@runtime_checkable
class Bounding(Protocol):
    """A transport that can limit the size of an answer."""

    async def post_bounded(
        self, fields: Sequence[tuple[str, str]], most: int, *, timeout: float | None = None
    ) -> Response:
        """``Transport.post`` that raises ``AnswerTooLong`` as soon as the decoded body exceeds ``most`` bytes."""
        ...


@runtime_checkable
class Tracker(Protocol):
    """A transport that can also send hits to ``matomo.php``."""

    async def track(
        self,
        hits: Sequence[Mapping[str, str]],
        *,
        batch: bool = False,
        authenticated: bool = False,
        timeout: float | None = None,
    ) -> Response:
        """POST ``hits`` to the tracker: a single one form-encoded, or with ``batch`` all of them as JSON.

        The token is sent only if ``authenticated``, and always in the body, the only place where the tracker reads it.
        Raises as ``Transport.post``, and ``NotAllowed`` if the transport must not send the token in a body.
        """
        ...
