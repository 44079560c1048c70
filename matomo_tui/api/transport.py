"""The transport interface, implemented by the HTTP transport, the demo and recordings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

BIG = 1024 * 1024
"""Bytes from which work on an answer leaves the event loop: reading a megabyte takes longer than a frame."""


MOST_IN_FLIGHT = 4
"""Requests that one client has under way at the same time; further ones wait."""


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP answer: ``status``, ``headers`` with lower-case names, ``body`` in bytes, ``elapsed`` in seconds.

    ``received`` is the size of the body as it came over the line, compressed or not; 0 where there was no line.
    """

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    elapsed: float = 0.0
    received: int = 0


class Transport(Protocol):
    """Sends one form-encoded POST and returns whatever came back, without judging it."""

    async def post(self, fields: Sequence[tuple[str, str]], *, timeout: float | None = None) -> Response:
        """POST ``fields`` to the entry point.

        The transport adds the credentials. Raises ``Unreachable``, ``TimedOut``, ``TLSFailed`` or ``Redirected``;
        any answer with a status, 4xx and 5xx included, is returned.
        """
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...


@runtime_checkable
class Bounding(Protocol):
    """A transport that can stop reading an answer which is larger than what was asked for."""

    async def post_bounded(
        self, fields: Sequence[tuple[str, str]], most: int, *, timeout: float | None = None
    ) -> Response:
        """As ``Transport.post``. Raises ``AnswerTooLong`` as soon as the decoded body has more than ``most`` bytes."""
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
        """POST ``hits`` to the tracker: the only one form-encoded, or with ``batch`` all of them as one JSON.

        The token goes along only where ``authenticated``, always in the body: the tracker reads it nowhere else.
        Raises as ``Transport.post`` does, and ``NotAllowed`` where the token must not go into a body.
        """
        ...
