"""A Matomo at a glance: figures over all of its sites, in one request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from matomo_tui.api import live, multi_sites
from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError, NoAccess, TokenRejected
from matomo_tui.limits import MAX_INTERVAL
from matomo_tui.live.schedule import Pacer
from matomo_tui.live.snapshot import Phase

INTERVAL = 60.0
"""Seconds between two requests."""
MOST_VISITORS = 500
"""Visits of now that are counted; more are shown as so many and more."""
MOST_SITES = 1_000
"""Sites up to which the visits of today are asked for: Matomo computes those of all sites."""
NOW = 180
LOOKBACK = 30 * 86_400


@dataclass(frozen=True, slots=True)
class MatomoSummary:
    """Figures over all sites that the token sees. ``None``: unknown."""

    phase: Phase = Phase.STARTING
    error: MatomoError | None = None
    """Of the last request."""
    visitors: int | None = None
    """Visits with an action in the last three minutes; ``MOST_VISITORS`` means so many or more."""
    today: int | None = None
    """Visits of the date in UTC, on each site from midnight to midnight in its own zone: one request has the sites' own
    todays only while they are all the same date."""
    last_hit_at: int | None = None
    """UTC epoch in seconds, of the server's clock."""
    asked_at: float | None = None
    """Epoch of the last good answer."""
    server_ahead: float = 0.0
    """The server's clock minus ours in seconds."""


class MatomoWatch:
    """Keeps the summary of one Matomo. It backs off after errors, and stops after one that stops polling."""

    def __init__(self, client: Client, now: Callable[[], float], *, pacer: Pacer | None = None) -> None:
        self.client = client
        self.summary = MatomoSummary()
        self._now = now
        self._pacer = pacer or Pacer(INTERVAL)
        self._next_at = 0.0
        self._in_flight = False

    @property
    def is_due(self) -> bool:
        """Returns True if the time for a request has come."""
        # A longer wait means that this computer's clock was set back.
        waits = 0 < self._next_at - self._now() <= MAX_INTERVAL
        return not self._in_flight and self.summary.phase is not Phase.STOPPED and not waits

    async def load(self, sites: int) -> None:
        """Ask for the figures; ``sites`` is the number of sites that the token sees. Never raises a ``MatomoError``."""
        now = self._now()
        server_now = int(now + self.client.server_offset)
        self._in_flight = True
        calls = [
            live.get_last_hits((), limit=MOST_VISITORS, min_timestamp=server_now - NOW),
            live.get_last_hits((), limit=1, min_timestamp=server_now - LOOKBACK),
        ]
        totals = multi_sites.get_total_visits("day", "today")
        try:
            answers = await self.client.bulk([*calls, totals] if sites <= MOST_SITES else calls)
        except MatomoError as error:
            self._failed(error)
            return
        finally:
            self._in_flight = False
        refused = [one for one in answers if isinstance(one, MatomoError)]
        if len(refused) == len(answers):
            self._failed(refused[0])
        else:
            hits, last, *today = answers
            self._pacer.succeeded(now, elapsed=None, changed=True)
            self._next_at = now + self._pacer.delay()
            found = None if isinstance(last, MatomoError) else last
            self.summary = MatomoSummary(
                Phase.LIVE,
                refused[0] if refused else None,
                None if isinstance(hits, MatomoError) else len(hits),
                next((one for one in today if not isinstance(one, MatomoError)), None),
                found[0].last_action_timestamp if found else None,
                now,
                self.client.server_offset,
            )

    def _failed(self, error: MatomoError) -> None:
        stops = error.stops_polling or isinstance(error, NoAccess | TokenRejected)
        self.summary = replace(self.summary, phase=Phase.STOPPED if stops else Phase.STALE, error=error)
        if not stops:
            self._pacer.failed(error)
            self._next_at = self._now() + self._pacer.delay()
