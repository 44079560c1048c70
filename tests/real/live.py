"""Compares the live screen's figures: one poll of the program between two independent readings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from matomo_tui.api import sites
from matomo_tui.live.poller import Poller
from matomo_tui.live.snapshot import LiveSnapshot, Ranking, VisitRow
from matomo_tui.sanitize import sanitize
from tests.real import counting
from tests.real.counting import Counts, Place, Visit
from tests.real.raw import Raw, Refused, Reply
from tests.real.stage import Stage

ATTEMPTS = 4
_FAR_BACK = 3660
_MOST_VISITS = 2000
_TODAY_OLD = 90.0
"""Seconds that the visits of today may be old: the program asks for them once a minute, and a reading takes a while."""

_MOST_MOMENTS = 30

Span = tuple[float, float]
Moment = tuple[float, list[Visit]]
"""A UTC epoch, and the visits as they were then."""


@dataclass
class Reading:
    """The server's answers at one time (``at``, a UTC epoch)."""

    at: float
    visits: list[Visit]
    figures: dict[str, Span] = field(default_factory=dict)

    @property
    def moments(self) -> tuple[float, float, float]:
        """Clocks have whole seconds: use times shortly before, at, and shortly after."""
        return self.at - 1.5, self.at, self.at + 1.5


async def read(raw: Raw, site_id: int, place: Place) -> Reading:
    """Request one reading."""
    three, thirty = await _counters(raw, site_id, 3), await _counters(raw, site_id, 30)
    since = int(three.at) - _FAR_BACK
    details = await _details(raw, site_id, since)
    reading = Reading(details.at, details.value)
    for name, row in (("3", three.value), ("30", thirty.value)):
        reading.figures[f"visits of {name} minutes"] = _at(row["visits"])
        reading.figures[f"actions of {name} minutes"] = _at(row["actions"])
    reading.figures["visits today"] = await _today(raw, site_id, place, reading.at)
    day = {"idSite": site_id, "period": "day", "date": "today"}
    summary, goals = await raw.value("VisitsSummary.get", day), await raw.value("Goals.get", day)
    for name, row, key in (
        ("unique visitors", summary, "nb_uniq_visitors"),
        ("bounce rate", summary, "bounce_rate"),
        ("time on site", summary, "avg_time_on_site"),
        ("conversions", goals, "nb_conversions"),
        ("revenue", goals, "revenue"),
    ):
        reading.figures[name] = _at(row.get(key) or 0) if type(row) is dict else _at(0)
    active = [_active(reading.visits, moment) for moment in reading.moments]
    reading.figures["visitors here"] = (min(active), max(active))
    return reading


def between(before: Reading, after: Reading, place: Place) -> list[Moment]:
    """Bounds of each figure: its readings shortly before and after, and everything counted in between.

    Counts go up and down: two visitors may swap pages between the readings, so the readings alone are no bounds.
    """
    ends = [(moment, reading.visits) for reading in (before, after) for moment in reading.moments]
    step = max(1, int(after.at - before.at) // _MOST_MOMENTS)
    inside = range(int(before.at), int(after.at) + 1, step)
    return ends + [(moment, counting.as_of(after.visits, moment, place)) for moment in inside]


def _passed(moments: Iterable[Moment], place: Place) -> dict[str, list[float]]:
    """Counters at times between the readings, counted from visits."""
    found: dict[str, list[float]] = {}
    for now, visits in moments:
        found.setdefault("visitors here", []).append(_active(visits, now))
        for minutes in (3, 30):
            seen, done = counting.lately(visits, now, 60 * minutes, place)
            found.setdefault(f"visits of {minutes} minutes", []).append(seen)
            found.setdefault(f"actions of {minutes} minutes", []).append(done)
    return found


def _either(spans: Sequence[Span]) -> Span:
    return min(low for low, _ in spans), max(high for _, high in spans)


def _at(value: Any) -> Span:
    return float(value), float(value)


async def _details(raw: Raw, site_id: int, since: int) -> Reply:
    """Raw visits with an action since then."""
    params = {"idSite": site_id, "minTimestamp": since, "filter_limit": _MOST_VISITS}
    reply = await raw.ask("Live.getLastVisitsDetails", params)
    _of_rows("Live.getLastVisitsDetails", reply)
    return reply


async def _counters(raw: Raw, site_id: int, minutes: int) -> Reply:
    """``value`` is the one row."""
    reply = await raw.ask("Live.getCounters", idSite=site_id, lastMinutes=minutes)
    rows = _of_rows("Live.getCounters", reply)
    if len(rows) != 1 or not {"visits", "actions"} <= set(rows[0]):
        raise Refused(f"Live.getCounters: not one row of counters but {reply.value!r:.100}")
    return replace(reply, value=rows[0])


def _of_rows(method: str, reply: Reply) -> list[Mapping[str, Any]]:
    if reply.refusal is not None:
        raise Refused(f"{method}: {reply.refusal}")
    if type(reply.value) is not list or not all(type(row) is dict for row in reply.value):
        raise Refused(f"{method}: not a list of rows but {reply.value!r:.100}")
    return reply.value


async def _today(raw: Raw, site_id: int, place: Place, now: float) -> Span:
    minutes = int((now - counting.midnight(now, place.zone)) // 60)
    counts = [
        float((await _counters(raw, site_id, max(1, each))).value["visits"]) for each in (minutes - 1, minutes + 2)
    ]
    return min(counts), max(counts)


def _active(visits: Iterable[Visit], now: float) -> int:
    return sum(counting.last_of(visit) >= now - counting.HERE for visit in counting.newest_of_each(visits, now))


def shown_figures(snapshot: LiveSnapshot) -> dict[str, float | None]:
    """The displayed counters, by the names of :func:`read`."""
    row = snapshot.counters
    return {
        "visitors here": row.active.value,
        "visits of 3 minutes": row.visits_3.value,
        "actions of 3 minutes": row.actions_3.value,
        "visits of 30 minutes": row.visits_30.value,
        "actions of 30 minutes": row.actions_30.value,
        "visits today": row.today.value,
        "unique visitors": row.unique.value,
        "bounce rate": row.bounce_rate.value,
        "time on site": row.avg_time.value,
        "conversions": row.conversions.value,
        "revenue": row.revenue.value,
    }


Finding = tuple[str, Any, Any, bool]
"""What was compared, what the program shows, what the server says, whether they agree."""


def compare(
    snapshot: LiveSnapshot, before: Reading, after: Reading, place: Place, begun: Iterable[Visit] = ()
) -> list[Finding]:
    """Compare a whole snapshot with the readings before and after it. ``begun`` are the visits at the start of the
    program's poll."""
    found: list[Finding] = []
    moments = between(before, after, place)
    passed = _passed(moments, place)
    for name, value in shown_figures(snapshot).items():
        low = min(before.figures[name][0], after.figures[name][0], *passed.get(name, ()))
        high = max(before.figures[name][1], after.figures[name][1], *passed.get(name, ()))
        agrees = value is not None and low - 1e-6 <= value <= high + 1e-6
        found.append((f"counter: {name}", value, low if low == high else f"{low:g} to {high:g}", agrees))
    for name, what, ranking in (
        ("sources", "source", snapshot.sources),
        ("countries", "country", snapshot.countries),
        ("devices", "device", snapshot.devices),
    ):
        found.append(_ranked(name, ranking, moments, partial(counting.by_facet, what=what)))
    found.append(_ranked("pages", snapshot.pages, moments, partial(counting.pages, place=place), variant=True))
    found.append(_ranked("paths", snapshot.paths, moments, partial(counting.paths, place=place)))
    found.append(_happened(snapshot.happenings, moments, place))
    found.append(_minutes(snapshot, before, after, place))
    found += _feed(snapshot, before, after, place, begun)
    return found


def _ranked(
    name: str,
    ranking: Ranking,
    moments: list[Moment],
    count: Callable[[list[Visit], float], Counts],
    *,
    variant: bool = False,
) -> Finding:
    """A ranking by label; with ``variant``, by label with the page's query and fragment."""
    counted = [_by_name(count(visits, now).items()) for now, visits in moments]
    shown = _by_name((row.label + row.variant * variant, (row.here, row.recent)) for row in ranking.rows)
    whole = ranking.total == len(ranking.rows)
    return _between(f"ranking: {name}", shown, counted, whole=whole)


def _by_name(rows: Iterable[tuple[str, tuple[int, int]]]) -> Counts:
    """Combine rows with the same label, such as differently encoded URLs."""
    found: dict[str, tuple[int, int]] = {}
    for label, (here, lately) in rows:
        name = sanitize(label).strip()
        has = found.get(name, (0, 0))
        found[name] = has[0] + here, has[1] + lately
    return found


def _between(what: str, shown: Counts, counted: list[Counts], *, whole: bool = True) -> Finding:
    wrong_shown, wrong_counted = {}, {}
    labels = set(shown).union(*counted) if whole else set(shown)
    for label in sorted(labels):
        pair = shown.get(label, (0, 0))
        pairs = [counts.get(label, (0, 0)) for counts in counted]
        if not all(min(p[i] for p in pairs) <= pair[i] <= max(p[i] for p in pairs) for i in (0, 1)):
            wrong_shown[label], wrong_counted[label] = pair, (pairs[1], pairs[4])
    return what, wrong_shown or shown, wrong_counted or "the same", not wrong_shown


def _happened(ranking: Ranking, moments: Iterable[Moment], place: Place) -> Finding:
    shown: dict[str, tuple[int, int]] = {}
    for row in ranking.rows:
        kind = str(row.kind or "")
        shown[kind] = 0, shown.get(kind, (0, 0))[1] + row.recent
    counted = [counting.happenings(visits, now, place) for now, visits in moments]
    return _between("ranking: what happened, by kind", shown, counted, whole=ranking.total == len(ranking.rows))


def _minutes(snapshot: LiveSnapshot, before: Reading, after: Reading, place: Place) -> Finding:
    """The chart without the current minute and without minutes before the last half hour."""
    last = snapshot.minutes.last_minute_at
    minutes = [last - 60 * back for back in range(27, 0, -1)]
    shown = {
        minute: snapshot.minutes.actions[len(snapshot.minutes.actions) - 1 - (last - minute) // 60]
        for minute in minutes
    }
    counted = [counting.by_minute(reading.visits, place) for reading in (before, after)]
    wrong = {
        minute: (shown[minute], counted[1][minute])
        for minute in minutes
        if not min(c[minute] for c in counted) <= shown[minute] <= max(c[minute] for c in counted)
    }
    return (
        "actions a minute, of the last 27 minutes",
        {minute: pair[0] for minute, pair in wrong.items()} or sum(shown.values()),
        {minute: pair[1] for minute, pair in wrong.items()} or "the same",
        not wrong,
    )


def _feed(
    snapshot: LiveSnapshot, before: Reading, after: Reading, place: Place, begun: Iterable[Visit]
) -> list[Finding]:
    since = max(before.at, after.at) - counting.RECENT + 5
    old, new = ({int(visit["idVisit"]): visit for visit in one.visits} for one in (before, after))
    rows = {row.id_visit: row for row in snapshot.feed.visits if row.last_action_at >= since}
    both = {number for number in old.keys() & new.keys() if counting.last_of(old[number]) >= since}
    missing, strange = sorted(both - rows.keys()), sorted(rows.keys() - old.keys() - new.keys())
    found: list[Finding] = [
        (
            "feed: the visits of the last half hour",
            f"{len(rows)}, without {missing}, with {strange}",
            sorted(both),
            not missing and not strange,
        )
    ]
    first = {int(visit["idVisit"]): visit for visit in begun}
    pairs = [(row, old.get(number), new.get(number)) for number, row in rows.items() if number in old or number in new]
    for what, of_row, of_visit in _COLUMNS:
        wrong = []
        for row, *versions in pairs:
            if what == "duration":
                versions = [first.get(row.id_visit), *versions]
            wanted = [of_visit(visit, place) for visit in versions if visit is not None]
            if not (min(wanted) <= of_row(row) <= max(wanted) if what in _GROWING else of_row(row) in wanted):
                wrong.append((row.id_visit, of_row(row), wanted[-1]))
        found.append(
            (
                f"feed: {what}",
                {number: value for number, value, _ in wrong} or f"{len(pairs)} visits",
                {number: value for number, _, value in wrong} or "the same",
                not wrong,
            )
        )
    found += [_opened(which, row, versions, place) for which, (row, *versions) in _worth_opening(pairs).items()]
    return found


def _text(name: str) -> Callable[[Visit, Place], str]:
    return lambda visit, _: sanitize(str(visit.get(name) or "")).strip()


_COLUMNS: tuple[tuple[str, Callable[[VisitRow], Any], Callable[[Visit, Place], Any]], ...] = (
    ("last action", lambda row: row.last_action_at, lambda visit, _: counting.last_of(visit)),
    ("first action", lambda row: row.first_action_at, lambda visit, _: counting.number(visit, "firstActionTimestamp")),
    ("actions", lambda row: row.actions, lambda visit, _: counting.number(visit, "actions")),
    ("duration", lambda row: row.duration, lambda visit, _: counting.number(visit, "visitDuration")),
    ("visitor", lambda row: row.visitor_id, _text("visitorId")),
    ("country", lambda row: row.country, _text("country")),
    ("device", lambda row: row.device, _text("deviceType")),
    ("browser", lambda row: row.browser, _text("browser")),
    ("system", lambda row: row.operating_system, _text("operatingSystem")),
    ("address", lambda row: row.ip, _text("visitIp")),
    ("kind of source", lambda row: row.source_type, _text("referrerType")),
    ("revenue of its own orders", lambda row: round(row.revenue, 2), lambda visit, _: counting.revenue_of(visit)),
)

_GROWING = ("last action", "actions", "duration", "revenue of its own orders")
"""What may lie between two readings. The duration grows with every heartbeat (``ping=1``) too, and those move no last
action, so that ``minTimestamp`` leaves such a visit out: it stands as it was when the program last got it."""


def _worth_opening(pairs: list[tuple[VisitRow, Visit | None, Visit | None]]) -> dict[str, Any]:
    """The newest visit, the one with the most actions, and one with an order if there is any."""
    if not pairs:
        return {}
    rich = [pair for pair in pairs if counting.revenue_of(pair[2] or pair[1] or {})]
    chosen = {"the newest": pairs[0], "that with most actions": max(pairs, key=lambda one: len(one[0].timeline))}
    return chosen | ({"one with an order": rich[0]} if rich else {})


def _opened(which: str, row: VisitRow, versions: list[Visit | None], place: Place) -> Finding:
    shown = [(str(line.kind), line.at, line.url, round(line.revenue or 0, 2)) for line in row.timeline]
    wanted: list[Any] = []
    for visit in versions:
        if visit is not None:
            wanted = [
                (
                    counting.kind_of(action),
                    at,
                    sanitize(str(action.get("url") or ""), 2048),
                    round(float(action.get("revenue") or 0), 2),
                )
                for at, action in counting.actions_of(visit, place)
            ]
            if sorted(shown) == sorted(wanted):
                break
    what = f"opened visit, {which}: kind, time, address and amount of its actions"
    wrong = [line for line in shown if line not in wanted], [line for line in wanted if line not in shown]
    agrees = sorted(shown) == sorted(wanted)
    all_of_it = f"{len(shown)} of visit {row.id_visit}"
    return what, all_of_it if agrees else wrong[0], "the same" if agrees else wrong[1], agrees


async def check(stage: Stage) -> None:
    """Poll as the program does, and compare each figure until it agrees or the attempts are used up."""
    raw, site_id = stage.raw(), await stage.choose_site()
    site: Mapping[str, Any] = await raw.value("SitesManager.getSiteFromId", idSite=site_id)
    place = counting.place_of(site)
    client = stage.client()
    begun = (await _details(raw, site_id, int(stage.clock.now()) - _FAR_BACK)).value
    poller = Poller(client, await client.call(sites.get_site_from_id(site_id)), interval=0, clock=stage.clock)
    task = asyncio.ensure_future(poller.run())
    try:
        lately = [await read(raw, site_id, place)]
        await poll(stage, poller)
        settled: dict[str, Finding] = {}
        for _ in range(ATTEMPTS):
            before = await read(raw, site_id, place)
            lately = [one for one in (*lately, before) if before.at - one.at <= _TODAY_OLD]
            before.figures["visits today"] = _either([one.figures["visits today"] for one in lately])
            await poll(stage, poller)
            after = await read(raw, site_id, place)
            findings = compare(poller.snapshot, before, after, place, begun)
            for name, *rest in findings:
                if name not in settled or not settled[name][3]:
                    settled[name] = (name, *rest)
            if all(finding[3] for finding in findings):
                break
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    _tell(stage, settled)
    error = poller.snapshot.poll.error or poller.snapshot.parts.counters or poller.snapshot.parts.visits
    stage.judge.same("live: every part of a poll answers", str(error or "all"), "all")


def _tell(stage: Stage, settled: Mapping[str, Finding]) -> None:
    opened = 0
    for name, shown, said, agrees in settled.values():
        opened += name.startswith("opened visit")
        if agrees:
            note = "" if isinstance(shown, str) and shown == "all" else stage.judge.text(shown)[:60]
            stage.judge.ok(f"live: {name}", note)
        else:
            stage.judge.differs(f"live: {name}", shown, said)
    if not opened:
        stage.judge.skipped("live: an opened visit", "nobody visited in the last half hour")


async def poll(stage: Stage, poller: Poller) -> None:
    """Run one poll of the program."""
    polls = poller.snapshot.poll.polls
    for _ in range(200):
        poller.poll_now()
        await stage.sleep(0.2)
        if poller.snapshot.poll.polls > polls and not poller.snapshot.poll.in_flight:
            return
    raise TimeoutError("the program did not poll")
