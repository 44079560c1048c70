"""What a poller remembers of its mode, its connection, the present poll and those before."""

from __future__ import annotations

import asyncio

from msgspec import Struct

from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError
from matomo_tui.live.clock import ClockPair


class Mode(Struct):
    """Controls when polls are made."""

    paused: bool
    stopped: bool = False
    """Stopped by an error; only the user starts polling again."""
    at_once: bool = False
    """The next poll does not wait, even if paused."""
    by_user: bool = False
    """The next poll is made also if this address is locked out."""


class Connection(Struct):
    """A client and what its answers showed. Another token starts a new one."""

    client: Client
    proven: bool = False
    """An answer showed that the token is valid."""
    rejections: int = 0
    clocks: tuple[float, float] | None = None
    """Our clock at the last answer: epoch and monotonic seconds."""


class Cycle(Struct):
    """One poll and the wait after it."""

    started: float
    """Monotonic seconds."""
    asked_at: float | None = None
    """Epoch at which the request was sent."""
    request: asyncio.Task[MatomoError | None] | None = None
    """The request while it is in flight."""
    succeeded: bool = False
    """The live figures came; reports may follow."""
    due: tuple[float, float] | None = None
    """When the next poll is due: monotonic seconds and epoch."""
    next_poll_at: float | None = None
    """The epoch of the next poll as published."""


class Outcome(Struct):
    """The results of all polls so far."""

    polls: int = 0
    failures: int = 0
    """In a row."""
    error: MatomoError | None = None
    """Of the last poll."""
    last_success_at: float | None = None
    answered: ClockPair | None = None
    """The instant that the derived figures are brought up to."""
