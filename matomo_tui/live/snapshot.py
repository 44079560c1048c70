"""Immutable snapshots from the poller, the only input of the live panes.

All text in them is clean (``text.clean``), without other people's tokens. All instants are UTC epochs in seconds;
durations are seconds; money is in the currency named beside it, ``""`` being the site's. Two snapshots share whatever
did not change, so ``is`` tells a pane that it need not redraw.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from matomo_tui.api.errors import MatomoError
from matomo_tui.api.sites import Site


class Presence(StrEnum):
    """How lately a visitor acted: within 3 minutes, within 30 (Matomo's visit length), or before."""

    ACTIVE = "active"
    IDLE = "idle"
    GONE = "gone"


class Kind(StrEnum):
    """What an entry of a visit's timeline is; ``OTHER`` is a type that only the server's plug-in knows."""

    PAGE = "page"
    EVENT = "event"
    SEARCH = "search"
    DOWNLOAD = "download"
    OUTLINK = "outlink"
    GOAL = "goal"
    ORDER = "order"
    CART = "cart"
    CONTENT = "content"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One action. ``label`` is the path, the event (``Video › play``), the keyword, the goal's name …; ``variant`` what
    of an address comes after its path (``?p=11``, ``#/home``); ``title`` the page title or further detail; ``spent``
    seconds on it (``None``: unknown or still there)."""

    at: int
    kind: Kind
    label: str
    title: str = ""
    url: str = ""
    spent: int | None = None
    revenue: float | None = None
    type_name: str = ""
    variant: str = ""


@dataclass(frozen=True, slots=True)
class Badge:
    """Something worth a mark in the feed: a goal, order, cart, event, search (``text``: name, amount, keyword)."""

    kind: Kind
    text: str
    revenue: float | None = None


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One visit in the feed. ``page`` is the path last seen and ``page_variant`` its query and fragment, ``source`` a
    name such as ``Google``, ``Direct`` or a host; ``updated_at`` is the epoch of the poll that brought its newest
    action.

    ``revenue`` and ``cart`` are of the visit's own orders and abandoned carts, in ``currency`` (an ISO code or a sign).
    ``site_name`` is the site that it was on, ``""`` where that is the one that is watched. ``page_segment`` narrows to
    the page last seen, ``path_segment`` (``""``: there is no other) to it with whatever query or fragment."""

    id_visit: int
    visitor_id: str
    first_action_at: int
    last_action_at: int
    updated_at: float
    presence: Presence
    country: str
    country_code: str
    place: str
    visitor_type: str
    returning: bool
    visit_count: int | None
    source: str
    source_type: str
    keyword: str
    referrer_url: str
    device: str
    browser: str
    operating_system: str
    actions: int
    duration: int
    page: str
    page_title: str
    page_url: str
    ip: str
    user_id: str
    revenue: float
    badges: tuple[Badge, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()
    cart: float = 0.0
    currency: str = ""
    site_name: str = ""
    page_variant: str = ""
    page_segment: str = ""
    path_segment: str = ""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A row of a ranking: how many visitors are there now, how many came (or how often it happened) in the last
    ``recent`` minutes of the ranking. ``segment`` is the Matomo segment for 'only this'; ``key`` is what makes
    the row the same row in the next snapshot. Of a page, ``variant`` is its query and fragment, or how many of them
    were folded into one row. ``revenue`` is in ``currency``."""

    key: str
    label: str
    here: int
    recent: int
    segment: str = ""
    detail: str = ""
    kind: Kind | None = None
    revenue: float | None = None
    variant: str = ""
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Rows, best first, already cut to a bound; ``total`` rows there were. ``of_newest`` is the number of visits it
    was computed from where a bound made it partial (say 'of the newest N visits'), else ``None``. ``here`` counts
    visitors with an action in the last ``here_minutes``, ``recent`` what happened in the last ``recent_minutes``."""

    rows: tuple[Ranked, ...] = ()
    total: int = 0
    of_newest: int | None = None
    here_minutes: int = 3
    recent_minutes: int = 30


@dataclass(frozen=True, slots=True)
class Minutes:
    """Actions and visits begun per minute, oldest first, 60 of each; the last minute (``last_minute_at``, the epoch
    at which it began) is not over. ``known_from``: minutes before this epoch were not observed (0: all were)."""

    last_minute_at: int = 0
    actions: tuple[int, ...] = (0,) * 60
    visits: tuple[int, ...] = (0,) * 60
    known_from: int = 0


@dataclass(frozen=True, slots=True)
class Count:
    """A figure with what it is compared to (``None``: not known yet) and its recent course, oldest first."""

    value: float | None = None
    before: float | None = None
    history: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class CounterRow:
    """The counters across the top.

    ``active``: visitors whose last action is at most 3 minutes old, from the feed (a lower bound when partial).
    ``visits_3``, ``actions_3``, ``visits_30``, ``actions_30``: ``Live.getCounters``; ``before`` is the same figure
    3 or 30 minutes ago. ``today``: visits since midnight in the site's zone, ``before`` yesterday until this time of
    day. ``conversions``, ``revenue``, ``bounce_rate`` (fraction), ``avg_time`` (seconds), ``unique``: today, archived
    by the server (up to 15 minutes old: ``archived_at``).

    ``counters_at``, ``visits_at``: when those figures came, where they were asked for again in vain since (else
    ``None``); ``today_at`` when the visits of today came."""

    active: Count = Count()
    visits_3: Count = Count()
    actions_3: Count = Count()
    visits_30: Count = Count()
    actions_30: Count = Count()
    today: Count = Count()
    conversions: Count = Count()
    revenue: Count = Count()
    unique: Count = Count()
    bounce_rate: Count = Count()
    avg_time: Count = Count()
    archived_at: float | None = None
    counters_at: float | None = None
    visits_at: float | None = None
    today_at: float | None = None


class Phase(StrEnum):
    """What the poller is doing. ``STALE``: the last poll failed, the figures are old, it will try again. ``STOPPED``:
    it will not try again until a person acts (token rejected, locked out, no access)."""

    STARTING = "starting"
    LIVE = "live"
    STALE = "stale"
    PAUSED = "paused"
    STOPPED = "stopped"


class Pace(StrEnum):
    """Why the interval is not the one asked for."""

    NORMAL = "normal"
    SLOW_SERVER = "slow server"
    QUIET = "quiet site"
    ERRORS = "errors"
    RETRY_AFTER = "server's request"


@dataclass(frozen=True, slots=True)
class PollState:
    """``interval`` is what the person asked for, ``effective`` what is kept now (seconds); ``last_success_at`` and
    ``next_poll_at`` are epochs (``None``: never, or not planned), ``asked_at`` when the request that is ``in_flight``
    was sent; ``failures`` in a row; ``error`` the last one. ``failing`` are the parts that failed in polls that
    otherwise went well (``counters``, ``visits``, ``today``). ``clock_offset`` is the server's clock minus ours in
    seconds (``None``: it told no time), ``tracker_ahead`` the tracker's minus the server's, as far as visits from the
    future tell; negative where hits come that much late. ``believed_ahead`` is how much of it moves visits back."""

    phase: Phase = Phase.STARTING
    pace: Pace = Pace.NORMAL
    interval: float = 5.0
    effective: float = 5.0
    last_success_at: float | None = None
    next_poll_at: float | None = None
    in_flight: bool = False
    asked_at: float | None = None
    failures: int = 0
    error: MatomoError | None = None
    polls: int = 0
    clock_offset: float | None = None
    failing: tuple[str, ...] = ()
    tracker_ahead: float = 0.0
    believed_ahead: float = 0.0


@dataclass(frozen=True, slots=True)
class PartErrors:
    """Errors of single parts of a poll that otherwise went well; each pane shows its own."""

    counters: MatomoError | None = None
    visits: MatomoError | None = None
    today: MatomoError | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """The visits, newest action first. ``truncated``: visits that a burst brought beyond what was fetched, so that
    the feed has a gap; ``bound`` is the most it ever keeps; ``ready``: the first visits have come (an empty ``visits``
    then means that nobody was here)."""

    visits: tuple[VisitRow, ...] = ()
    bound: int = 0
    truncated: bool = False
    ready: bool = False


@dataclass(frozen=True, slots=True)
class LiveSnapshot:
    """Everything the live screen shows, at ``taken_at`` (epoch), of one site narrowed by one segment. ``paths`` are the
    ``pages`` with those of one path folded into one row."""

    site: Site
    segment: str = ""
    taken_at: float = 0.0
    poll: PollState = field(default_factory=PollState)
    parts: PartErrors = field(default_factory=PartErrors)
    counters: CounterRow = field(default_factory=CounterRow)
    minutes: Minutes = field(default_factory=Minutes)
    feed: Feed = field(default_factory=Feed)
    pages: Ranking = field(default_factory=Ranking)
    paths: Ranking = field(default_factory=Ranking)
    sources: Ranking = field(default_factory=Ranking)
    countries: Ranking = field(default_factory=Ranking)
    devices: Ranking = field(default_factory=Ranking)
    happenings: Ranking = field(default_factory=Ranking)
