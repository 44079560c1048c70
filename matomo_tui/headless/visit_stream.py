"""Visits and their actions as they happen, each action once, in the order of the visits' last actions.

Matomo is asked for the visits that changed since a watermark, oldest first. Each further page begins at the last visit
of the page before, so that no visit is lost while others move on, and only one page is in memory. Hits that a queue
writes late carry the time at which they were made, so once a minute the last three minutes are requested again. A new
stream that begins ``REPEATED`` seconds before the cursor of an update has everything that followed it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from matomo_tui.api import live
from matomo_tui.api.calls import Call
from matomo_tui.api.client import Client
from matomo_tui.api.errors import AnswerTooLong
from matomo_tui.api.live import Action, Visit
from matomo_tui.api.site import Site
from matomo_tui.live.catch_up import FIRST_PATIENCE, LOOK_BACK, OVERLAP
from matomo_tui.live.poll_plan import PAGE, SMALLEST_PAGE
from matomo_tui.live.snapshot import TimelineEntry, VisitRow
from matomo_tui.live.timeline import entry, home_of, to_utc
from matomo_tui.live.timezones import zone
from matomo_tui.live.visit_rows import COLUMNS, HIDDEN, RowReader
from matomo_tui.sanitize import sanitize

REPEATED = LOOK_BACK
"""Seconds before a cursor at which a new stream has to begin: what came late may not have been printed yet."""
_MOST_VISITS = 20_000
"""Visits whose actions are remembered. Matomo sends only those that changed of late."""
_ACTION_ID = "pageId"


@dataclass(frozen=True, slots=True)
class NewAction:
    """An action that was not in the stream before."""

    id: str
    """Identifies the action in all streams: the id of its visit, a hyphen, and Matomo's id of the action."""
    entry: TimelineEntry


@dataclass(frozen=True, slots=True)
class VisitUpdate:
    """A visit that began or went on."""

    row: VisitRow
    """The whole visit, sanitized."""
    is_new: bool
    """The visit began within this stream."""
    actions: tuple[NewAction, ...]
    """Its new actions, oldest first."""
    cursor: int
    """UTC epoch in seconds up to which the stream has come."""


class VisitStream:
    """The visits of one site and segment from ``start`` on (UTC epoch in seconds, on the server's clock)."""

    def __init__(self, site: Site, segment: str, start: int) -> None:
        self.cursor = start
        self._site = site
        self._segment = segment
        self._start = start
        self._zone = zone(site.timezone)
        self._home = home_of(site.main_url)
        self._reader = RowReader(site)
        self._until = start
        self._look_back_at = float(start)
        self._page = PAGE
        self._known: OrderedDict[int, set[str]] = OrderedDict()

    async def poll(self, client: Client, now: float) -> AsyncIterator[VisitUpdate]:
        """Yield what happened since the last poll; ``now`` is the server's UTC epoch in seconds.

        Raises ``MatomoError``; the next poll then begins where the last complete one ended, and repeats nothing.
        """
        look_back = now >= self._look_back_at
        position, offset = self._until - OVERLAP, 0
        if look_back:
            position = min(position, int(now) - LOOK_BACK)
        newest = self._until
        while True:
            limit, visits = await self._load(client, position, offset)
            self._reader.tracker.learn(visits, now)
            for visit in visits:
                newest = max(newest, min(visit.last_action_timestamp, int(now)))
                update = self._update(visit, now)
                if update is not None:
                    yield update
            if len(visits) < limit:
                break
            last = max(visit.last_action_timestamp for visit in visits)
            # Visits of one second may fill a page: only then an offset is needed.
            position, offset = (last - 1, 0) if last - 1 > position else (position, offset + len(visits))
        self._until = newest
        if look_back:
            self._look_back_at = now + FIRST_PATIENCE

    async def _load(self, client: Client, position: int, offset: int) -> tuple[int, Sequence[Visit]]:
        """Request a page. Returns its limit and its visits."""
        while True:
            try:
                return self._page, await client.call(self._call(position, offset))
            except AnswerTooLong:
                if self._page <= SMALLEST_PAGE:
                    raise
                self._page = max(SMALLEST_PAGE, self._page // 2)

    def _call(self, position: int, offset: int) -> Call[tuple[Visit, ...]]:
        call = live.get_last_visits_details(
            self._site.id,
            limit=self._page,
            offset=offset,
            min_timestamp=position,
            segment=self._segment,
            columns=COLUMNS,
            ascending=True,
        )
        hidden = ",".join(column for column in HIDDEN if column != _ACTION_ID)
        return replace(call, params={**call.params, "hideColumns": hidden})

    def _update(self, visit: Visit, now: float) -> VisitUpdate | None:
        """The changes of a visit; ``None`` if it has no action that is new."""
        back = self._reader.tracker.back(visit, now)
        known = self._known.get(visit.id_visit)
        seen = known if known is not None else set()
        actions = []
        for number, (at, action) in enumerate(zip(to_utc(visit, self._zone), visit.action_details, strict=True)):
            key = _key(visit, action, number)
            if key not in seen:
                seen.add(key)
                if at - back >= self._start:
                    actions.append(NewAction(key, entry(action, at - back, self._home)))
        self._remember(visit.id_visit, seen)
        row = self._reader.read(visit, now=now, updated_at=now).row
        begins = known is None and row.first_action_at >= self._start
        if not actions and not (begins and not visit.action_details):
            return None
        self.cursor = max(self.cursor, min(visit.last_action_timestamp, int(now)))
        return VisitUpdate(row, begins, tuple(sorted(actions, key=_at)), self.cursor)

    def _remember(self, visit_id: int, seen: set[str]) -> None:
        self._known[visit_id] = seen
        self._known.move_to_end(visit_id)
        while len(self._known) > _MOST_VISITS:
            self._known.popitem(last=False)


def _at(action: NewAction) -> int:
    return action.entry.at


def _key(visit: Visit, action: Action, number: int) -> str:
    """The id of an action. Goals, orders and carts have none of Matomo's, nor have those of some plug-ins."""
    if action.page_id:
        own = action.page_id
    elif action.order_id:
        own = f"order-{action.order_id}"
    elif action.goal_id is not None:
        own = f"goal{action.goal_id}-{action.timestamp}"
    else:
        own = f"{action.type}-{action.timestamp or number}"
    return f"{visit.id_visit}-{sanitize(own, 80)}"
