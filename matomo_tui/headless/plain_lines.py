"""The live screen as lines of text, for screen readers, dumb terminals and pipes.

A line says one thing, begins with the time in the site's zone, and is never changed afterwards. What happens is printed
as it happens; counters and rankings follow once a minute if they changed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from datetime import tzinfo

from matomo_tui.instants import local_time
from matomo_tui.live.snapshot import Count, Kind, LiveSnapshot, Ranking, TimelineEntry, VisitRow
from matomo_tui.live.timezones import zone
from matomo_tui.reports import values
from matomo_tui.sanitize import sanitize

_SUMMARY_EVERY = 60.0
_RANKED = 5
_FIRST_VISITS = 5
_REMEMBERED = 2_000
_VERBS: dict[Kind, str] = {
    Kind.PAGE: "views",
    Kind.EVENT: "event",
    Kind.SEARCH: "searches for",
    Kind.DOWNLOAD: "downloads",
    Kind.OUTLINK: "leaves for",
    Kind.GOAL: "reaches the goal",
    Kind.ORDER: "orders",
    Kind.CART: "leaves a cart",
    Kind.CONTENT: "sees",
    Kind.OTHER: "does",
}


class PlainScreen:
    """Turns the snapshots of one site into lines, without line breaks. All text in them is sanitized."""

    def __init__(self) -> None:
        self._known: OrderedDict[int, int] = OrderedDict()
        self._started = False
        self._summary_at = 0.0
        self._summary: tuple[str, ...] = ()

    def lines(self, snapshot: LiveSnapshot) -> Iterator[str]:
        """Yield what is new since the snapshot before; at first the whole screen."""
        where = zone(snapshot.site.timezone)
        now = snapshot.taken_at + snapshot.poll.server_offset
        clock = _clock(now, where, seconds=False)
        if not self._started:
            name = sanitize(snapshot.site.name, 100)
            yield f"{name}. Times are those of {sanitize(snapshot.site.timezone, 60) or 'UTC'}."
        happened = list(self._happened(snapshot, where))
        if self._started:
            yield from happened
        summary = tuple(_summary(snapshot))
        if not self._started or now - self._summary_at >= _SUMMARY_EVERY:
            changed = [line for line in summary if line not in self._summary]
            yield from (f"{clock} {line}" for line in changed)
            self._summary, self._summary_at = summary, now
        if not self._started:
            yield from happened[-_FIRST_VISITS:]
            self._started = True

    def _happened(self, snapshot: LiveSnapshot, where: tzinfo) -> Iterator[str]:
        """The new actions of all visits, oldest first."""
        new: list[tuple[int, str]] = []
        for visit in snapshot.feed.visits:
            known = self._known.get(visit.id_visit)
            fresh = visit.timeline[min(max(0, (known or 0) - visit.earlier), len(visit.timeline)) :]
            if known is None and not self._started:
                fresh = visit.timeline[-1:]
            for number, action in enumerate(fresh):
                begins = known is None and number == 0 and len(fresh) == len(visit.timeline)
                new.append(
                    (
                        action.at,
                        f"{_clock(action.at, where)} {_sentence(visit, action, snapshot.site.currency, begins=begins)}",
                    )
                )
            self._known[visit.id_visit] = visit.earlier + len(visit.timeline)
            self._known.move_to_end(visit.id_visit)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        new.sort(key=lambda pair: pair[0])
        yield from (line for _, line in new)


def _sentence(visit: VisitRow, action: TimelineEntry, currency: str, *, begins: bool) -> str:
    who = visit.user_id or visit.country or "A visitor"
    came = f" from {visit.source}" if begins and visit.source not in ("", "Direct") else ""
    newcomer = " begins a visit" + came + "," if begins else ""
    what = f"{_VERBS[action.kind]} {action.label}{action.variant}".rstrip()
    title = f", {action.title}" if action.title and action.title != action.label else ""
    money = ""
    if action.revenue is not None:
        money = f", {values.written(action.revenue, 'money', visit.currency or currency)}"
    count = "1 action" if visit.actions == 1 else f"{visit.actions:,} actions"
    return f"{who}{newcomer} {what}{title}{money} (visit {visit.id_visit}, {count})"


def _summary(snapshot: LiveSnapshot) -> Iterator[str]:
    row, currency = snapshot.counters, snapshot.site.currency
    now = [
        _counted(row.active, "visitor active", "visitors active"),
        _counted(row.visits_3, "visit in 3 minutes", "visits in 3 minutes"),
        _counted(row.visits_30, "visit in 30 minutes", "visits in 30 minutes"),
        _counted(row.actions_30, "action in 30 minutes", "actions in 30 minutes"),
    ]
    yield from _line("Now", now)
    before = f", yesterday at this time {row.today.before:,.0f}" if row.today.before is not None else ""
    today = [
        _counted(row.today, "visit", "visits") and _counted(row.today, "visit", "visits") + before,
        _counted(row.unique, "unique visitor", "unique visitors"),
        _counted(row.conversions, "conversion", "conversions"),
        f"revenue {values.written(row.revenue.value, 'money', currency)}" if row.revenue.value is not None else "",
        f"bounce rate {values.written(row.bounce_rate.value, 'percent')}" if row.bounce_rate.value is not None else "",
        f"{values.written(row.avg_time.value, 'duration_s')} on average" if row.avg_time.value is not None else "",
    ]
    yield from _line("Today", today)
    rankings: Sequence[tuple[str, Ranking]] = (
        ("Pages now", snapshot.paths),
        ("Sources now", snapshot.sources),
        ("Countries now", snapshot.countries),
        ("Goals and events", snapshot.happenings),
    )
    for title, ranking in rankings:
        yield from _line(title, [f"{one.label} {one.here or one.recent}" for one in ranking.rows[:_RANKED]])
    for name, error in (("Counters", snapshot.parts.counters), ("Visits", snapshot.parts.visits)):
        if error is not None:
            yield f"{name} are missing: {error}"


def _line(title: str, parts: Sequence[str]) -> Iterator[str]:
    shown = [part for part in parts if part]
    if shown:
        yield f"{title}: {'; '.join(shown)}."


def _counted(count: Count, one: str, many: str) -> str:
    if count.value is None:
        return ""
    return f"{count.value:,.0f} {one if count.value == 1 else many}"


def _clock(epoch: float, where: tzinfo, *, seconds: bool = True) -> str:
    return local_time(epoch, where).strftime("%H:%M:%S" if seconds else "%H:%M")
