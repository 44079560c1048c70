"""Visits grouped by something that each of them has one of: a country, a device, a source, an hour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from matomo_tui.demo.cooperative import Yielder
from matomo_tui.demo.reports.accumulators import Key, Tally
from matomo_tui.demo.reports.blocks import ONE_TIME, Drawer
from matomo_tui.demo.reports.journey_stats import MOST_KEYS, facts_of
from matomo_tui.demo.reports.selection import Day, Part, Selection
from matomo_tui.demo.traffic.people import person_number
from matomo_tui.demo.traffic.steps import Sale
from matomo_tui.demo.traffic.visit import Visit

Codes = Sequence[int]


@dataclass(frozen=True, slots=True)
class Grouping:
    """How visits are grouped; ``name`` is one that no other grouping has.

    ``codes`` gives a number for each visit of a part, the same for the same row; ``meaning`` is the row's key behind a
    number (``None``: no row), ``key`` that of a visit looked at by itself.
    """

    name: str
    codes: Callable[[Part, date], Codes]
    meaning: Callable[[Drawer, int], Key | None]
    key: Callable[[Visit, date], Key | None]


async def by_visit(selection: Selection, grouping: Grouping, pieces: Yielder) -> dict[Key, Tally]:
    """A tally for each row that has visits."""
    fold = _Fold(selection, grouping)
    async for day in selection.days():
        for part in day.parts:
            fold.count(part, day)
        fold.finish(day)
        await pieces.pause()
    return await fold.tallies(pieces)


class _Fold:
    def __init__(self, selection: Selection, grouping: Grouping) -> None:
        self._drawer = selection.drawer
        self._grouping = grouping
        self._counts: Counter[int] = Counter()
        self._sold: list[tuple[int, Sale]] = []
        self._repeated: Counter[int] = Counter()
        self._users: Counter[int] = Counter()
        self._rows: dict[Key, Tally] = {}
        self._seen: dict[int, set[int]] = {}
        self._known: set[tuple[int, int]] = set()

    def count(self, part: Part, day: Day) -> None:
        """Take the visits of a part in."""
        codes = self._grouping.codes(part, day.date)
        keys = part.take(part.block.keys)
        self._counts.update([code * MOST_KEYS + key for code, key in zip(codes, keys, strict=True)])
        self._sold.extend((codes[place], sale) for place, sale in part.sales())
        every = part.drawer.traffic.sitemap.known
        for who, code in zip(part.take(part.block.people), codes, strict=True):
            if who != ONE_TIME:
                seen = self._seen.get(who)
                if seen is None:
                    self._seen[who] = {code}
                elif code in seen:
                    self._repeated[code] += 1
                else:
                    seen.add(code)
                if not who % every:
                    self._known.add((code, who))

    def finish(self, day: Day) -> None:
        """The day is over: visitors are counted anew; visits that go on are added one by one."""
        for code, _ in self._known:
            self._users[code] += 1
        if day.others:
            self._others(day)
        self._seen, self._known = {}, set()

    def _others(self, day: Day) -> None:
        met: set[tuple[Key, str]] = set()
        for visit in day.others:
            key = self._grouping.key(visit, day.date)
            if key is None:
                continue
            row = self._row(key)
            facts = facts_of(visit)
            row.add(facts, 1)
            if facts.order is not None:
                row.sell(facts.order.sale)
            if (key, visit.person.id) in met or self._met(key, visit):
                row.visitors -= 1
            elif visit.person.user_id:
                row.users += 1
            met.add((key, visit.person.id))

    def _met(self, key: Key, visit: Visit) -> bool:
        """Whether the visitor has another visit in the row on the same day, one that is over."""
        who = person_number(visit.person.id, visit.site.id)
        codes = self._seen.get(who, ()) if who is not None else ()
        drawer = self._drawer
        return drawer is not None and any(self._grouping.meaning(drawer, code) == key for code in codes)

    def _row(self, key: Key) -> Tally:
        found = self._rows.get(key)
        if found is None:
            found = self._rows[key] = Tally()
        return found

    async def tallies(self, pieces: Yielder) -> dict[Key, Tally]:
        """The rows."""
        drawer = self._drawer
        if drawer is None:
            return self._rows
        meaning = self._grouping.meaning
        codes = {packed // MOST_KEYS for packed in self._counts}
        keys = {code: key for code in codes if (key := meaning(drawer, code)) is not None}
        rows = {code: self._row(key) for code, key in keys.items()}
        for number, (packed, times) in enumerate(self._counts.items()):
            code, key = divmod(packed, MOST_KEYS)
            if code in rows:
                rows[code].add(drawer.facts[key], times)
            if not number % 500:
                await pieces.pause()
        for number, (code, sale) in enumerate(self._sold):
            if code in rows:
                rows[code].sell(sale)
            if not number % 500:
                await pieces.pause()
        for code, row in rows.items():
            row.visitors -= self._repeated[code]
            row.users += self._users[code]
        return self._rows
