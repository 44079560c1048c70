"""Calls of other packages that ride in the poller's request, so that they cost a part and no request of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from matomo_tui.api.calls import Call
from matomo_tui.api.errors import MatomoError
from matomo_tui.live.clock import ClockPair


class Companion(Protocol):
    """Adds calls to polls and receives their answers. Its methods must return at once and not raise."""

    def calls(self, now: ClockPair) -> Sequence[Call[Any]]:
        """Return the calls to add to the poll that begins now."""
        ...

    def absorb(self, answers: Sequence[Any], now: ClockPair) -> None:
        """Take the answers to the last ``calls`` in their order: decoded, or a ``MatomoError`` for a refused call."""
        ...

    def failed(self, error: MatomoError, now: ClockPair) -> None:
        """Take note that the poll failed as a whole."""
        ...


class NoCompanion:
    """Adds nothing."""

    def calls(self, now: ClockPair) -> Sequence[Call[Any]]:  # noqa: ARG002 (the protocol's signature)
        return ()

    def absorb(self, answers: Sequence[Any], now: ClockPair) -> None:
        """Ignore the answers: there are none."""

    def failed(self, error: MatomoError, now: ClockPair) -> None:
        """Ignore the failure."""
