"""The second client of the day: its own requests, its own ledger of visits, and the figures counted from it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from matomo_tui.sanitize import sanitize
from tests.endurance.truth_screen import FeedLine, LiveFigures, Shown
from tests.real import counting
from tests.real.counting import Place, Visit
from tests.real.raw import Raw

HOUR = 3_660
Wrong = tuple[str, object, object]
"""The name of a figure, what the screen shows, what was counted."""
_COUNTERS = (
    ("Active now", "active", 180),
    ("Actions, 3 min", "actions 3", 180),
    ("Visits, 30 min", "visits 30", 1800),
    ("Actions, 30 min", "actions 30", 1800),
)
Compared = Iterator[tuple[str, bool, Wrong]]
"""The name of a figure, whether both agree, and what to print otherwise."""
_SIGNS = {"order": "◈", "goal": "★", "cart": "◇", "search": "⌕", "event": "◆", "download": "↓", "outlink": "↗"}


@dataclass
class Ledger:
    """All visits of one site since yesterday's midnight, as this client fetched them."""

    raw: Raw
    site_id: int
    place: Place
    currency: str
    days: bool = True
    """False: only the last hour is known, and nothing of today and yesterday."""
    visits: dict[int, Visit] = field(default_factory=dict)
    fetched: float = 0.0
    """When it was fetched the last time."""

    async def fetch(self, now: float) -> None:
        """Fetch the visits of the hour before the last time, at first all since yesterday's midnight."""
        since, self.fetched = (self.fetched or now) - HOUR, now
        if self.days and not self.visits:
            since = counting.midnight(counting.midnight(now, self.place.zone) - 3600, self.place.zone)
        fields = {"idSite": self.site_id, "minTimestamp": int(since), "filter_limit": -1}
        found: list[Visit] = await self.raw.value("Live.getLastVisitsDetails", fields)
        recent = {number for number, visit in self.visits.items() if counting.last_of(visit) > since}
        for number in recent - {counting.number(visit, "idVisit") for visit in found}:
            del self.visits[number]  # the server has deleted it
        for visit in found:
            self.visits[counting.number(visit, "idVisit")] = visit

    def since(self, epoch: float, until: float = float("inf")) -> list[Visit]:
        """The visits with a last action from ``epoch`` to ``until``."""
        return [visit for visit in self.visits.values() if epoch <= counting.last_of(visit) <= until]

    def newest(self, count: int | None = None) -> list[Visit]:
        """The visits, newest action first."""

        def key(visit: Visit) -> tuple[int, int]:
            return counting.last_of(visit), counting.number(visit, "idVisit")

        return sorted(self.visits.values(), key=key, reverse=True)[:count]


def live_counts(ledger: Ledger, now: float) -> dict[str, float]:
    """The counters of the last minutes. Those of the server go by whole seconds."""
    found: dict[str, float] = {}
    visits = counting.as_of(ledger.since(now - HOUR), now, ledger.place)
    for minutes in (3, 30):
        found[f"visits {minutes}"], found[f"actions {minutes}"] = counting.lately(
            visits, int(now), 60 * minutes, ledger.place
        )
    here = counting.newest_of_each(visits, now)
    found["active"] = sum(counting.last_of(visit) >= now - counting.HERE for visit in here)
    return found


def today(ledger: Ledger, now: float) -> dict[str, tuple[float, float]]:
    """The least and the most of each figure of today's report, which has the visits with a last action today. What
    such a visit did before midnight belongs to either day."""
    begun = counting.midnight(now, ledger.place.zone)
    visits = ledger.since(begun)
    paid = [
        (at, float(action.get("revenue") or 0))
        for visit in visits
        for at, action in counting.actions_of(visit, ledger.place)
        if action.get("type") in ("goal", "ecommerceOrder")
    ]
    after = [revenue for at, revenue in paid if at >= begun]
    visitors = len({str(visit.get("visitorId") or visit["idVisit"]) for visit in visits})
    return {
        "unique": (visitors, visitors),
        "conversions": (len(after), len(paid)),
        "revenue": (sum(after), sum(revenue for _, revenue in paid)),
    }


def yesterday(now: float, place: Place) -> tuple[float, float]:
    """Yesterday's midnight, and the same time of day yesterday."""
    local = datetime.fromtimestamp(now, UTC).astimezone(place.zone)
    same = (local.replace(tzinfo=None) - timedelta(days=1)).replace(tzinfo=place.zone).timestamp()
    return counting.midnight(same, place.zone), same


def compare(figures: LiveFigures, ledger: Ledger, now: float, *, bound: int | None, steady: bool) -> Compared:
    """Compare everything on the screen with the ledger at ``now``. ``bound``: the visits that the feed keeps if it says
    that it does not have all. ``steady``: no hit came late, so that an earlier figure is what is counted now."""
    counts = live_counts(ledger, now)
    yield from _counters(figures, ledger, now, counts, partial=bound is not None)
    if steady:
        yield from _changes(figures, ledger, now, counts)
    visits = ledger.newest(bound)
    recent = [visit for visit in visits if counting.last_of(visit) >= now - HOUR]
    for what in ("source", "country", "device"):
        part = {"source": "sources", "country": "countries", "device": "devices"}[what]
        yield from _ranked(figures, part, counting.by_facet(recent, now, what), partial=bound is not None)
    yield from _ranked(figures, "pages", counting.pages(recent, now, ledger.place), partial=bound is not None)
    yield from _happened(figures, recent, ledger, now)
    yield from _feed(figures, visits, ledger, now)


def _counters(
    figures: LiveFigures, ledger: Ledger, now: float, counts: Mapping[str, float], *, partial: bool
) -> Compared:
    for label, name, _ in _COUNTERS:
        tile, value = figures.counters[label], counts[name]
        right = tile.figure.holds(value)
        if name == "active" and partial and tile.figure.text.endswith("+"):
            right = value >= float(tile.figure.text.rstrip("+"))
        yield name, right, (name, tile.figure.text, value)


def _changes(figures: LiveFigures, ledger: Ledger, now: float, counts: Mapping[str, float]) -> Compared:
    """The changes since the poll 3 or 30 minutes ago, or since what was counted of the visits for that time."""
    earlier: dict[tuple[int, int], list[dict[str, float]]] = {}
    for label, name, seconds in _COUNTERS:
        tile = figures.counters[label]
        if tile.change and tile.change != "0":
            size, sign, moved = Shown(tile.change[1:]), tile.change[0] == "▲", list[float]()
            for step in (5, 1):  # to the second only if need be
                if (seconds, step) not in earlier:
                    # A value of that time may be one poll older.
                    times = range(-36 if seconds < 600 else -75, 10, step)
                    earlier[seconds, step] = [live_counts(ledger, now - seconds + late) for late in times]
                moved = [counts[name] - before[name] for before in earlier[seconds, step]]
                fits = any((change > 0) is sign and size.holds(abs(change)) for change in moved)
                if fits:
                    break
            yield f"change of {name}", fits, (f"change of {name}", tile.change, moved)


def visits_today(figures: LiveFigures, ledger: Ledger, now: float) -> Compared:
    """The visits since midnight are asked once a minute, by counters of whole minutes."""
    tile = figures.counters["Visits today"]
    begun = counting.midnight(now, ledger.place.zone)
    if now - begun < 150 or tile.figure.text in ("", "–"):
        return
    if tile.note.startswith("as of"):
        return  # it says itself that it is an older one: after the computer slept, until the next minute
    low = len(ledger.since(begun + 30)) - len(ledger.since(now - 90))
    high = len(ledger.since(begun - 30))
    written = [value for value in range(low, high + 1) if tile.figure.holds(value)]
    yield "today", bool(written), ("today", tile.figure.text, f"{low} to {high}")
    if percent := re.fullmatch(r"([▲▼])(\d+)%", tile.change):
        sign = 1 if percent[1] == "▲" else -1
        start, same = yesterday(now, ledger.place)
        # Visits that ended later have left the interval since: what was counted then lies between these.
        before = len(ledger.since(start, same - 90)), len(ledger.since(start - 30, same + 30))
        bounds = [(value - one) / one for value in (low, high) for one in before if one]
        asked = sign * int(percent[2]) / 100
        fits = not bounds or min(bounds) - 0.011 <= asked <= max(bounds) + 0.011
        yield "today beside yesterday", fits, ("today beside yesterday", tile.change, bounds)


def report(figures: LiveFigures, ledger: Ledger, now: float) -> Compared:
    """The figures of today's report, at the moment it came."""
    counted = today(ledger, now)
    for start, name in (("Conversions", "conversions"), ("Revenue", "revenue"), ("Unique", "unique")):
        tile = next(tile for label, tile in figures.counters.items() if label.startswith(start))
        low, high = counted[name]
        yield name, tile.figure.lies(low, high), (name, tile.figure.text, counted[name])


def minutes(shown: Mapping[int, tuple[int, int]], ledger: Ledger, known_from: int) -> Compared:
    """The buckets of the chart: actions and new visits by the epoch of their minute."""
    first = min(shown)
    visits = ledger.since(first)
    actions = counting.by_minute(visits, ledger.place)
    begun = Counter(counting.number(visit, "firstActionTimestamp") // 60 * 60 for visit in visits)
    wrong = {
        minute: (pair, (actions[minute], begun[minute]))
        for minute, pair in shown.items()
        if minute >= known_from and pair != (actions[minute], begun[minute])
    }
    yield (
        "chart",
        not wrong,
        ("chart", {at: one for at, (one, _) in wrong.items()}, {at: one for at, (_, one) in wrong.items()}),
    )


def _ranked(figures: LiveFigures, part: str, counts: counting.Counts, *, partial: bool) -> Compared:
    count, rows = figures.rankings[part]
    wrong = []
    for label, here, recent in rows:
        if (here, recent) not in [pair for name, pair in counts.items() if _written(label, name)]:
            wrong.append((label, here, recent, counts.get(label)))
    yield part, not wrong, (part, [row[:3] for row in wrong], [row[3] for row in wrong])
    highest = sorted((here for here, _ in counts.values()), reverse=True)[: len(rows)]
    yield f"order of {part}", [row[1] for row in rows] == highest, (f"order of {part}", rows, highest)
    if not partial:
        total = str(len(counts)) if counts else ""
        yield f"number of {part}", count == total, (f"number of {part}", count, total)


def _written(label: str, name: str) -> bool:
    """Return True if ``label`` is ``name``, or ``name`` cut."""
    pattern = ".*".join(map(re.escape, label.split("…")))
    return re.fullmatch(pattern, name.strip(), re.DOTALL) is not None


def _happened(figures: LiveFigures, visits: Iterable[Visit], ledger: Ledger, now: float) -> Compared:
    here: dict[str, set[str]] = {}
    recent: Counter[str] = Counter()
    revenue: Counter[str] = Counter()
    for visit in visits:
        if counting.last_of(visit) < now - counting.RECENT:
            continue
        for at, action in counting.actions_of(visit, ledger.place):
            name = _happening(action, ledger.place)
            if name and at >= now - counting.RECENT:
                recent[name] += 1
                revenue[name] += float(action.get("revenue") or 0)  # type: ignore[assignment]
                if counting.last_of(visit) >= now - counting.HERE:
                    here.setdefault(name, set()).add(str(visit.get("visitorId") or visit["idVisit"]))
    wrong: list[tuple[object, object]] = []
    for label, *shown in figures.rankings["happenings"][1]:
        names = [name for name in recent if _written(label, name)]
        if shown not in [[len(here.get(name, ())), recent[name]] for name in names]:
            wrong.append(((label, *shown), [(len(here.get(name, ())), recent[name]) for name in names]))
        amount = figures.amounts.get(label)
        if amount and not any(amount.holds(revenue[name]) for name in names):
            wrong.append(((label, amount.text), [revenue[name] for name in names]))
    yield "goals and events", not wrong, ("goals and events", [one for one, _ in wrong], [one for _, one in wrong])


def _happening(action: Mapping[str, Any], place: Place) -> str:
    kind = counting.kind_of(action)
    if kind not in _SIGNS:
        return ""
    names = {
        "order": "Order",
        "cart": "Cart",
        "goal": str(action.get("goalName") or ""),
        "search": str(action.get("siteSearchKeyword") or ""),
        "download": (page := counting.page_of(str(action.get("url") or ""), "", place))[0],
        "outlink": page[0],
        "event": " › ".join(str(action.get(part) or "") for part in ("eventCategory", "eventAction")),
    }
    return f"{_SIGNS[kind]} {sanitize(names[kind]).strip()}" if kind in names else ""


def _feed(figures: LiveFigures, visits: list[Visit], ledger: Ledger, now: float) -> Compared:
    recent = sum(counting.last_of(visit) >= now - counting.RECENT for visit in visits)
    title = figures.feed_title.removeprefix("Visits ")
    shown = title.partition(" listed in 30 min")[0].replace(",", "").rstrip("+")
    yield "feed: visits in 30 minutes", shown == str(recent or ""), ("feed: visits in 30 minutes", title, recent)
    wrong = []
    for line, visit in zip(figures.feed, visits, strict=False):
        counted = _line(visit, ledger.place, now)
        if not _same(line, counted):
            wrong.append((line, counted))
    yield "feed: rows", not wrong, ("feed: rows", [one for one, _ in wrong][:3], [one for _, one in wrong][:3])


def _line(visit: Visit, place: Place, now: float) -> FeedLine:
    last, actions = counting.last_of(visit), counting.number(visit, "actions")
    seconds = counting.number(visit, "visitDuration")
    spent = f"{seconds // 60}:{seconds % 60:02d}" if seconds < 3600 else str(timedelta(seconds=seconds))
    page = counting.last_page(visit, place)
    return FeedLine(
        f"{datetime.fromtimestamp(last, UTC).astimezone(place.zone):%H:%M:%S}",
        last >= now - counting.HERE,
        str(actions),
        spent if seconds else "·",
        "".join(counting.page_of_action(page, place)) if page else "",
    )


def _same(line: FeedLine, counted: FeedLine) -> bool:
    same = (line.time, line.here, line.actions, line.spent) == (
        counted.time,
        counted.here,
        counted.actions,
        counted.spent,
    )
    return same and _written(line.page, counted.page)
