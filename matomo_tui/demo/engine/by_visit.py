"""Visits grouped by something that each of them has one of, and their sums in each row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from matomo_tui.demo.cooperative import Yielder
from matomo_tui.demo.engine import columns
from matomo_tui.demo.engine.columns import VisitColumn
from matomo_tui.demo.engine.journey_stats import CART, MOST_KEYS, ORDER, JourneyStats, facts_of
from matomo_tui.demo.engine.selection import Day, Selection
from matomo_tui.demo.engine.visit_generator import ONE_TIME, BlockPart
from matomo_tui.demo.traffic.people import person_number
from matomo_tui.demo.traffic.steps import NOTHING_SOLD, GoalKey, Sale
from matomo_tui.demo.traffic.visit import SimulatedVisit

Key = Hashable


@dataclass(slots=True)
class GoalTally:
    """One goal in one row: how often, in how many visits, for how much money."""

    count: int = 0
    visits: int = 0
    revenue: float = 0.0


@dataclass(slots=True)
class Tally:
    """The visits of one row. ``visitors`` and ``users`` are different ones within each day, summed over the days."""

    visits: int = 0
    visitors: int = 0
    users: int = 0
    actions: int = 0
    longest: int = 0
    length: int = 0
    bounces: int = 0
    converted: int = 0
    goals: dict[GoalKey, GoalTally] = field(default_factory=dict)
    sold: Sale = NOTHING_SOLD
    left: Sale = NOTHING_SOLD

    def add(self, facts: JourneyStats, times: int) -> None:
        """Add ``times`` visits with these facts, without their orders' money."""
        self.visits += times
        self.visitors += times
        self.actions += facts.actions * times
        self.longest = max(self.longest, facts.actions)
        self.length += facts.length * times
        self.bounces += facts.bounced * times
        if facts.converted:
            self.converted += times
            for goal, (count, revenue) in facts.conversions.items():
                self._goal(goal, count * times, times, revenue * times)
        if facts.left is not None:
            left = facts.left
            self._goal(CART, times, times, left.revenue * times)
            self.left = self.left.plus(Sale(0, left.revenue * times, 0, 0, 0, left.quantity * times))

    def sell(self, sale: Sale) -> None:
        """Add the money of one order."""
        self.goals.setdefault(ORDER, GoalTally()).revenue += sale.revenue
        self.sold = self.sold.plus(sale)

    def merge(self, other: Tally) -> None:
        """Add another row; visitors are counted as if they were others."""
        add_fields(self, other, _ADDED)
        self.longest = max(self.longest, other.longest)
        for goal, reached in other.goals.items():
            self._goal(goal, reached.count, reached.visits, reached.revenue)
        self.sold = self.sold.plus(other.sold)
        self.left = self.left.plus(other.left)

    def _goal(self, goal: GoalKey, count: int, visits: int, revenue: float) -> None:
        found = self.goals.get(goal)
        if found is None:
            found = self.goals[goal] = GoalTally()
        found.count += count
        found.visits += visits
        found.revenue += revenue

    @property
    def conversions(self) -> int:
        """Goals and orders reached; carts left behind are none."""
        return sum(reached.count for goal, reached in self.goals.items() if goal != CART)

    @property
    def revenue(self) -> float:
        """What the goals and orders brought."""
        return sum(reached.revenue for goal, reached in self.goals.items() if goal != CART)


_ADDED = ("visits", "visitors", "users", "actions", "length", "bounces", "converted")


def add_fields(row: object, other: object, names: Iterable[str]) -> None:
    """Add the fields ``names`` of another row to those of a row."""
    for name in names:
        setattr(row, name, getattr(row, name) + getattr(other, name))


@dataclass(frozen=True, slots=True)
class Grouping:
    """How visits are grouped into rows."""

    name: str
    """One that no other grouping has: results are kept under it."""
    column: VisitColumn
    key: Callable[[Any], Key | None] = lambda value: value
    """The key of the row for a value of the column; ``None``: in no row."""

    def codes(self, part: BlockPart) -> tuple[RowCodes, Sequence[int]]:
        """The row codes of the part's site, and that of each visit of the part."""
        numbers = self.column.numbers(part)
        found: RowCodes = part.generator.row_codes.setdefault(self.name, RowCodes({}, {}, []))
        code_of, by_key, keys = found
        for number in set(numbers) - code_of.keys():
            key = self.key(self.column.value(part.generator, number))
            code = by_key.setdefault(key, len(keys))
            if code == len(keys):
                keys.append(key)
            code_of[number] = code
        return found, [code_of[number] for number in numbers]

    def key_of(self, visit: SimulatedVisit) -> Key | None:
        """The key of the row of a single visit."""
        return self.key(self.column.of_visit(visit))


class RowCodes(NamedTuple):
    """Small numbers for the rows of one grouping on one site."""

    code_of: dict[int, int]
    """By numbers of the column."""
    by_key: dict[Key | None, int]
    keys: list[Key | None]
    """The keys of the rows, by code."""


WHOLE = Grouping("whole", columns.WHOLE)
"""All visits in one row, with the key 0."""
NEW = Grouping("new", columns.FRESH)
"""New visitors' (``True``) and returning ones'."""


async def by_visit(selection: Selection, grouping: Grouping, pieces: Yielder) -> dict[Key, Tally]:
    """A tally for each row that has visits."""
    fold = _VisitFold(selection, grouping)
    async for day in selection.days():
        for part in day.parts:
            fold.count(part)
        fold.finish(day)
        await pieces.pause()
    return await fold.tallies(pieces)


class _VisitFold:
    def __init__(self, selection: Selection, grouping: Grouping) -> None:
        self._generator = selection.generator
        self._grouping = grouping
        self._row_codes = RowCodes({}, {}, [])
        self._counts: Counter[int] = Counter()
        self._sold: list[tuple[int, Sale]] = []
        self._repeated: Counter[int] = Counter()
        self._users: Counter[int] = Counter()
        self._rows: dict[Key, Tally] = {}
        self._seen: dict[int, set[int]] = {}
        self._known: set[tuple[int, int]] = set()

    def count(self, part: BlockPart) -> None:
        """Count the visits of a part."""
        self._row_codes, codes = self._grouping.codes(part)
        keys = part.take(part.block.keys)
        self._counts.update([code * MOST_KEYS + key for code, key in zip(codes, keys, strict=True)])
        self._sold.extend((codes[place], sale) for place, sale in part.sales())
        every = part.generator.traffic.sitemap.known
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
        """The day is over: the count of visitors starts again; visits that go on are added one by one."""
        for code, _ in self._known:
            self._users[code] += 1
        if day.others:
            self._others(day)
        self._seen, self._known = {}, set()

    def _others(self, day: Day) -> None:
        met: set[tuple[Key, str]] = set()
        for visit in day.others:
            key = self._grouping.key_of(visit)
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

    def _met(self, key: Key, visit: SimulatedVisit) -> bool:
        """Returns True if the visitor has another visit in the row on the same day, one that is over."""
        who = person_number(visit.person.id, visit.site.id)
        return who is not None and self._row_codes.by_key.get(key, -1) in self._seen.get(who, ())

    def _row(self, key: Key) -> Tally:
        found = self._rows.get(key)
        if found is None:
            found = self._rows[key] = Tally()
        return found

    async def tallies(self, pieces: Yielder) -> dict[Key, Tally]:
        """The rows."""
        generator = self._generator
        if generator is None:
            return self._rows
        keys, codes = self._row_codes.keys, {packed // MOST_KEYS for packed in self._counts}
        rows = {code: self._row(key) for code in codes if (key := keys[code]) is not None}
        for number, (packed, times) in enumerate(self._counts.items()):
            code, key = divmod(packed, MOST_KEYS)
            if code in rows:
                rows[code].add(generator.facts[key], times)
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
