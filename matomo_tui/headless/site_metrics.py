"""The figures that ``matomo-tui metrics`` exports: of each site in one bulk request, and of the requests themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from matomo_tui.api import live
from matomo_tui.api.calls import Call
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.live import Counters, Visit
from matomo_tui.api.site import Site
from matomo_tui.live.timezones import midnight, zone

MOST_SITES = 25
"""Sites without ``--site``: with four parts each they fill one bulk request."""
PARTS = 4
_LOOK_BACK = 7 * 86_400
"""Seconds that the last hit is searched for."""
_LONGEST = 2880


@dataclass(frozen=True, slots=True)
class SiteMetrics:
    """The figures of one site. What Matomo refused is ``None``."""

    site: Site
    visits_3m: int | None = None
    actions_3m: int | None = None
    visits_30m: int | None = None
    actions_30m: int | None = None
    visits_today: int | None = None
    actions_today: int | None = None
    last_hit_at: int | None = None
    """Server's epoch of the last action; ``None`` if there was none in seven days."""
    error: str = ""
    """The first error; ``""`` if all figures came."""


@dataclass(frozen=True, slots=True)
class PollHealth:
    """How requests went since the program started."""

    successes: int = 0
    errors: Mapping[str, int] = field(default_factory=dict)
    """Failed polls by the kind of error."""
    last_success_at: float | None = None
    """Our epoch."""
    duration: float = 0.0
    """Seconds of the last poll."""
    requests: int = 0
    """HTTP requests."""
    received: int = 0
    """Bytes received."""


@dataclass(frozen=True, slots=True)
class Metrics:
    """Everything exported at one instant."""

    up: bool = False
    sites: tuple[SiteMetrics, ...] = ()
    """Empty while Matomo does not answer: figures vanish rather than stay as they were."""
    health: PollHealth = field(default_factory=PollHealth)
    version: str = ""
    clock_offset: float | None = None
    """Server's clock minus ours in seconds."""
    server_offset: float = 0.0
    """``clock_offset`` for calculations: 0 if unknown or implausible."""


def site_calls(site: Site, now: float) -> tuple[Call[Any], ...]:
    """Return the calls for one site; ``now`` is the server's epoch."""
    minutes = min(_LONGEST, max(1, round((now - midnight(now, zone(site.timezone))) / 60)))
    last = live.get_last_visits_details(
        site.id, limit=1, min_timestamp=int(now) - _LOOK_BACK, columns=("idVisit", "lastActionTimestamp")
    )
    return (
        live.get_counters(site.id, 3),
        live.get_counters(site.id, 30),
        live.get_counters(site.id, minutes),
        replace(last, params={**last.params, "doNotFetchActions": 1}),
    )


def site_figures(site: Site, answers: Sequence[Any]) -> SiteMetrics:
    """Return the figures in the answers to :func:`site_calls`."""
    short, long, today, last = answers
    error = next((str(answer) for answer in answers if isinstance(answer, MatomoError)), "")
    return SiteMetrics(
        site,
        *_pair(short),
        *_pair(long),
        *_pair(today),
        last_hit_at=_last_hit(last),
        error=error,
    )


def _pair(counters: Counters | MatomoError) -> tuple[int | None, int | None]:
    return (None, None) if isinstance(counters, MatomoError) else (counters.visits, counters.actions)


def _last_hit(visits: tuple[Visit, ...] | MatomoError) -> int | None:
    if isinstance(visits, MatomoError) or not visits:
        return None
    return visits[0].last_action_timestamp or None
