"""Immutable snapshots from the poller, the only input of the live panes.

All text is sanitized and contains no access tokens. Instants are UTC epochs in seconds, durations are seconds, and
amounts are in the currency named beside them (``""``: that of the site). Snapshots share all parts that did not change,
so a pane can test with ``is`` if it must redraw.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct, field
from msgspec.structs import replace

from matomo_tui.api.errors import BadRequest, MatomoError
from matomo_tui.api.site import Site
from matomo_tui.live.clock import shown_offset


class Presence(StrEnum):
    """When a visitor acted last: within 3 minutes, within 30 (Matomo's visit length), or before."""

    ACTIVE = "active"
    IDLE = "idle"
    GONE = "gone"


class Kind(StrEnum):
    """The kind of an entry of a visit's timeline; ``OTHER`` is a type that a plug-in of the server defines."""

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


class TimelineEntry(Struct, frozen=True):
    """One action of a visit."""

    at: int
    kind: Kind
    label: str
    """Path, event (``Video › play``), keyword, name of the goal, and so on."""
    title: str = ""
    """Page title or further detail."""
    url: str = ""
    spent: int | None = None
    """Seconds on the page; ``None`` if unknown or still running."""
    revenue: float | None = None
    type_name: str = ""
    """Matomo's name of the type."""
    variant: str = ""
    """The part of the URL behind its path: ``?p=11``, ``#/home``."""
    segment: str = ""
    """The Matomo segment of visits with the same action; ``""`` if there is none."""
    results: int | None = None
    """Results of a site search; ``None`` if the site does not send them."""


class Badge(Struct, frozen=True):
    """A mark in the feed for a goal, order, cart, event or search."""

    kind: Kind
    text: str
    """Name or keyword."""
    revenue: float | None = None


class VisitRow(Struct, frozen=True):
    """One visit in the feed."""

    id_visit: int
    visitor_id: str
    first_action_at: int
    last_action_at: int
    updated_at: float
    """Epoch of the poll that brought the newest action."""
    presence: Presence
    country: str
    country_code: str
    place: str
    visitor_type: str
    returning: bool
    visit_count: int | None
    source: str
    """``Google``, ``Direct``, a host and so on."""
    source_type: str
    keyword: str
    referrer_url: str
    device: str
    browser: str
    operating_system: str
    actions: int
    duration: int
    page: str
    """Path of the last page."""
    page_title: str
    page_url: str
    ip: str
    user_id: str
    revenue: float
    """Of the visit's orders, in ``currency``."""
    badges: tuple[Badge, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()
    """The newest actions, oldest first."""
    cart: float = 0.0
    """Of the visit's abandoned carts, in ``currency``."""
    currency: str = ""
    """ISO code or sign."""
    site_name: str = ""
    """The site of the visit; ``""`` if it is the current site."""
    page_variant: str = ""
    """Query and fragment of the last page."""
    page_segment: str = ""
    """The Matomo segment of the last page."""
    path_segment: str = ""
    """The Matomo segment of the last page with any query and fragment; ``""`` if it has none."""
    traits: tuple[str, ...] = ()
    """The keys of the ranking rows that the visit belongs to: last page, source, country, device, goals and events."""
    viewed: tuple[str, ...] = ()
    """The keys of all pages that the visit viewed."""
    earlier: int = 0
    """Actions before those of the timeline, which is bounded."""
    later: int = 0
    """Actions after those of the timeline, of which Matomo tells no more than their number."""


class Ranked(Struct, frozen=True):
    """A row of a ranking."""

    key: str
    """Identifies the row in later snapshots."""
    label: str
    here: int
    """Visitors there now."""
    recent: int
    """Visitors, views or conversions in the last ``recent_minutes`` of the ranking."""
    segment: str = ""
    """The Matomo segment that narrows to the row; ``""`` if there is none."""
    detail: str = ""
    kind: Kind | None = None
    revenue: float | None = None
    variant: str = ""
    """Query and fragment of a page, or the number of variants folded into the row."""
    currency: str = ""


class Ranking(Struct, frozen=True):
    """The rows of a ranking, highest first, cut to a bound."""

    rows: tuple[Ranked, ...] = ()
    total: int = 0
    """The number of rows before the cut."""
    of_newest: int | None = None
    """The number of visits counted if the feed's bound, or pages that are still to come, made the ranking partial, else
    ``None``."""
    here_minutes: int = 3
    recent_minutes: int = 30


class Minutes(Struct, frozen=True):
    """Actions and new visits per minute of the last hour, oldest first."""

    last_minute_at: int = 0
    """Epoch at which the last minute began; it is not over."""
    actions: tuple[int, ...] = (0,) * 60
    visits: tuple[int, ...] = (0,) * 60
    known_from: int = 0
    """Minutes before this epoch were not observed; 0 if all were."""


class Count(Struct, frozen=True):
    """A figure with its past; ``None`` means unknown."""

    value: float | None = None
    before: float | None = None
    """The value that it is compared with."""
    history: tuple[float, ...] = ()
    """Recent values, the oldest first; of today's visits, conversions and revenue those of each hour."""
    at_least: bool = False
    """True if the figure may be higher, because not all visits were fetched."""


class CounterRow(Struct, frozen=True):
    """The counters at the top of the live screen.

    Figures of 3 and 30 minutes are from ``Live.getCounters``; their ``before`` is the same figure 3 or 30 minutes ago.
    The figures below ``today`` are of today's report, which the server rebuilds every 15 minutes.
    """

    active: Count = Count()
    """Visitors whose last action is at most 3 minutes old."""
    visits_3: Count = Count()
    actions_3: Count = Count()
    visits_30: Count = Count()
    actions_30: Count = Count()
    today: Count = Count()
    """Visits since midnight in the site's time zone; ``before``: yesterday until the same time of day."""
    conversions: Count = Count()
    revenue: Count = Count()
    unique: Count = Count()
    bounce_rate: Count = Count()
    """A fraction."""
    avg_time: Count = Count()
    """Seconds."""
    archived_at: float | None = None
    """Epoch at which the figures of today's report came."""
    counters_at: float | None = None
    """Epoch at which the counters came if later requests failed, else ``None``."""
    visits_at: float | None = None
    """Epoch at which the visits came if later requests failed, else ``None``."""
    today_at: float | None = None
    """Epoch at which the visits of today came."""


class Phase(StrEnum):
    """The phase of the poller."""

    STARTING = "starting"
    LIVE = "live"
    STALE = "stale"
    """The last poll failed; the figures are old, and the poller tries again."""
    PAUSED = "paused"
    STOPPED = "stopped"
    """Polling goes on only after the user acts: token rejected, locked out, no access."""


class Pace(StrEnum):
    """Why the interval differs from the configured one."""

    NORMAL = "normal"
    SLOW_SERVER = "slow server"
    QUIET = "quiet site"
    UNSEEN = "not on the screen"
    ERRORS = "errors"
    RETRY_AFTER = "server's request"


class PollState(Struct, frozen=True):
    """The state of the poller. Instants are epochs."""

    phase: Phase = Phase.STARTING
    pace: Pace = Pace.NORMAL
    interval: float = 5.0
    """The configured interval in seconds."""
    effective: float = 5.0
    """The interval in use, in seconds."""
    last_success_at: float | None = None
    next_poll_at: float | None = None
    """``None`` if no poll is scheduled."""
    in_flight: bool = False
    asked_at: float | None = None
    """When the request in flight was sent."""
    failures: int = 0
    """In a row."""
    error: MatomoError | None = None
    """Of the last poll."""
    polls: int = 0
    clock_offset: float | None = None
    """The server's clock minus ours in seconds; ``None`` if the server sent no time."""
    server_offset: float = 0.0
    """``clock_offset`` for calculations: 0 if unknown or implausible."""
    failing: tuple[str, ...] = ()
    """Parts that failed in polls that succeeded otherwise: ``counters``, ``visits``, ``today``."""
    tracker_ahead: float = 0.0
    """The tracker's clock minus the server's in seconds, judging by visits; negative if hits come late."""
    believed_ahead: float = 0.0
    """The seconds of that by which visits are moved back."""

    def corrected(self, at: float) -> float:
        """Return an epoch of our clock on the server's, as it is shown beside the times of visits."""
        return at + shown_offset(self.server_offset)


class PartErrors(Struct, frozen=True):
    """Errors of single parts of a poll that succeeded otherwise; each pane shows its own."""

    counters: MatomoError | None = None
    visits: MatomoError | None = None
    today: MatomoError | None = None


class Feed(Struct, frozen=True):
    """The visits, newest action first."""

    visits: tuple[VisitRow, ...] = ()
    bound: int = 0
    """The most visits that are kept."""
    truncated: bool = False
    """True if a burst brought more visits than were fetched, so that some are missing."""
    ready: bool = False
    """True after the first answer: an empty feed then means that there were no visits."""
    pending: bool = False
    """True while further pages of the same poll are to come, and after one of them failed."""


class LiveSnapshot(Struct, frozen=True):
    """All data of the live screen at one instant, for one site and segment."""

    site: Site
    segment: str = ""
    taken_at: float = 0.0
    """Epoch."""
    poll: PollState = field(default_factory=PollState)
    parts: PartErrors = field(default_factory=PartErrors)
    counters: CounterRow = field(default_factory=CounterRow)
    minutes: Minutes = field(default_factory=Minutes)
    feed: Feed = field(default_factory=Feed)
    pages: Ranking = field(default_factory=Ranking)
    paths: Ranking = field(default_factory=Ranking)
    """The pages with those of one path as one row."""
    sources: Ranking = field(default_factory=Ranking)
    countries: Ranking = field(default_factory=Ranking)
    devices: Ranking = field(default_factory=Ranking)
    happenings: Ranking = field(default_factory=Ranking)

    @property
    def is_segment_refused(self) -> bool:
        """Return True if Matomo refused the last poll because of its segment."""
        error = self.poll.error
        return bool(self.segment) and isinstance(error, BadRequest) and error.is_about_segment

    def is_only_asked_again(self, before: LiveSnapshot) -> bool:
        """Return True if the next request was sent since ``before``, and nothing else has changed."""
        poll = replace(before.poll, in_flight=True, asked_at=self.poll.asked_at, next_poll_at=self.poll.next_poll_at)
        return self.poll == poll and all(
            getattr(self, name) is getattr(before, name)
            for name in self.__struct_fields__
            if name not in ("poll", "taken_at")
        )
