"""The state of a site's tracking as any token can read it: the last hit, recent counts, and hits that were refused."""

from __future__ import annotations

from dataclasses import dataclass

from matomo_tui.api import live, tracking
from matomo_tui.api.calls import Call
from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.live import Counters, Visit
from matomo_tui.api.site import Site
from matomo_tui.live.timeline import instant, last_page
from matomo_tui.page_url import shown

DAY = 1440
_COLUMNS = ("idVisit", "lastActionTimestamp", "actionDetails")


@dataclass(frozen=True, slots=True)
class TrackingState:
    """What the server knows about a site's tracking. Errors stand in place of what it refused."""

    last_at: int | MatomoError | None
    """Epoch of the last action; ``None`` if the server has no visit of the site."""
    page: str = ""
    """URL or title of the last page of that visit."""
    half_hour: Counters | MatomoError | None = None
    day: Counters | MatomoError | None = None
    """Counts of the last 24 hours."""
    refused: int | MatomoError | None = None
    """Hits to the site that the tracker refused lately; ``None`` if only admins may read that."""

    @property
    def hits_today(self) -> int | None:
        """Actions of the last 24 hours; ``None`` if unknown."""
        return self.day.actions if isinstance(self.day, Counters) else None


async def read_tracking_state(client: Client, site: Site, *, with_refused: bool) -> TrackingState:
    """Read the state in one request. ``with_refused``: also the refused hits, which needs admin access.

    Raises a ``MatomoError`` if the request failed as a whole.
    """
    calls: list[Call[object]] = [
        live.get_last_visits_details(site.id, limit=1, columns=_COLUMNS),
        live.get_counters(site.id, 30),
        live.get_counters(site.id, DAY),
        *([tracking.get_tracking_failures()] if with_refused else []),
    ]
    visits, half_hour, day, *failures = await client.bulk(calls)
    last_at, page = _last(visits)
    refused: int | MatomoError | None = None
    if failures:
        (found,) = failures
        refused = found if isinstance(found, MatomoError) else sum(one.site_id == site.id for one in found)
    return TrackingState(last_at, page, half_hour, day, refused)


def _last(visits: tuple[Visit, ...] | MatomoError) -> tuple[int | MatomoError | None, str]:
    if isinstance(visits, MatomoError):
        return visits, ""
    if not visits:
        return None, ""
    visit = visits[0]
    action = last_page([(each.timestamp, each) for each in visit.action_details])
    return instant(visit.last_action_timestamp), shown(action.url or action.page_title, 200) if action else ""
