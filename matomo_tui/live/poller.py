"""The poller: one HTTP request a poll, one in flight, for one site; everything on the live screen comes from it."""

from __future__ import annotations

from collections.abc import Callable

from matomo_tui.api.client import Client
from matomo_tui.api.sites import Site
from matomo_tui.live.clock import Clock, SystemClock
from matomo_tui.live.snapshot import LiveSnapshot

MIN_INTERVAL = 2.0
MAX_INTERVAL = 3600.0
DEFAULT_INTERVAL = 5.0

Subscriber = Callable[[LiveSnapshot], None]


class Poller:
    """Polls ``Live`` and publishes a :class:`LiveSnapshot` after each poll and each change of state.

    Subscribers are called in the event loop and must not block. All methods but ``run`` return at once.
    """

    def __init__(
        self,
        client: Client,
        site: Site,
        *,
        interval: float = DEFAULT_INTERVAL,
        segment: str = "",
        clock: Clock | None = None,
    ) -> None:
        self.clock: Clock = clock or SystemClock()
        self.snapshot = LiveSnapshot(site=site, segment=segment)

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call ``subscriber`` with every new snapshot; returns what ends that."""
        raise NotImplementedError

    async def run(self) -> None:
        """Poll until cancelled. Never raises a ``MatomoError``: they are part of the snapshot."""
        raise NotImplementedError

    def pause(self) -> None:
        """Stop polling, keep the figures."""
        raise NotImplementedError

    def resume(self) -> None:
        """Poll again at once, also after ``STOPPED`` (a person acted)."""
        raise NotImplementedError

    def poll_now(self) -> None:
        """Poll without waiting for the interval; nothing when stopped, or while one is in flight."""
        raise NotImplementedError

    def set_interval(self, seconds: float) -> None:
        """Another interval, 2 s to 1 h; 0 pauses."""
        raise NotImplementedError

    def switch(self, *, site: Site | None = None, segment: str | None = None) -> None:
        """Start afresh on another site or segment; an answer under way for the old one is dropped."""
        raise NotImplementedError

    def replace_client(self, client: Client) -> None:
        """Poll through another client (a new token), at once."""
        raise NotImplementedError
