"""Visits grouped by a property that has one value per visit, the sums of each group, and distinct visitors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from matomo_tui.demo.engine import columns
from matomo_tui.demo.engine.columns import VisitColumn
from matomo_tui.demo.engine.journey_stats import CART, MOST_KEYS, ORDER, JourneyStats
from matomo_tui.demo.engine.selection import Day, OverlayPart, Part, Selection
from matomo_tui.demo.engine.visit_generator import ONE_TIME, VisitGenerator, Yielder
from matomo_tui.demo.traffic.visit import NOTHING_SOLD, GoalKey, Sale

_ADDED = ("visits", "visitors", "users", "actions", "length", "bounces", "converted")
Key = Any


@dataclass(slots=True)
class GoalTally:
    count: int = 0
    visits: int = 0
    revenue: float = 0.0


@dataclass(slots=True)
class Tally:
    """The visits of one row. ``visitors`` and ``users`` are daily distinct ones, summed over the days."""

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
        """Add ``times`` visits with these statistics, without the revenue of their orders."""
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
        self.goals.setdefault(ORDER, GoalTally()).revenue += sale.revenue
        self.sold = self.sold.plus(sale)

    def merge(self, other: Tally) -> None:
        """Add another row; its visitors are assumed to be different ones."""
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
        """Conversions of goals and orders, without abandoned carts."""
        return sum(reached.count for goal, reached in self.goals.items() if goal != CART)

    @property
    def revenue(self) -> float:
        return sum(reached.revenue for goal, reached in self.goals.items() if goal != CART)


def add_fields(row: object, other: object, names: Iterable[str]) -> None:
    for name in names:
        setattr(row, name, getattr(row, name) + getattr(other, name))


def add_values(row: object, values: Mapping[str, float], times: float) -> None:
    """Add ``times`` the ``values`` to the fields of a row."""
    for name, value in values.items():
        setattr(row, name, getattr(row, name) + value * times)


@dataclass(frozen=True, slots=True)
class Grouping:
    name: str
    """Unique among groupings: the key of cached results."""
    column: VisitColumn
    key: Callable[[Any], Key] = lambda value: value
    """Maps a value of the column to the key of a row; ``None``: not in any row."""

    async def sums(self, selection: Selection, yielder: Yielder) -> dict[Key, Tally]:
        if self.column.historic and selection.generator is not None:
            await selection.generator.past.upto(selection.now)
        fold = _VisitFold(selection, self)
        async for day in selection.days():
            for part in day:
                fold.count(part)
            fold.finish_day()
            await yielder.pause()
        return await fold.tallies(yielder)


class RowCodes(NamedTuple):
    code_of: dict[int, int]
    by_key: dict[Key, int]
    keys: list[Key]


class RowNumbering:
    """Numbers the rows of a grouping during one pass.

    Rows of finished visits have codes that are cached with the generator; rows of single visits alone have negative
    ones, so that recorded visits leave nothing in the cache.
    """

    def __init__(self, grouping: Grouping, generator: VisitGenerator | None) -> None:
        self._grouping = grouping
        self._generator = generator
        empty = RowCodes({}, {}, [])
        self._cached: RowCodes = empty if generator is None else generator.row_codes.setdefault(grouping.name, empty)
        self._own: dict[Key, int] = {}
        self._own_keys: list[Key] = []

    def codes(self, part: Part) -> Sequence[int]:
        """The row code of each visit of a part."""
        column, key_of = self._grouping.column, self._grouping.key
        code_of, by_key, keys = self._cached
        if isinstance(part, OverlayPart):
            return [self._own_code(key_of(column.of_visit(visit))) for visit in part.visits]
        numbers = column.numbers(part)
        for number in set(numbers) - code_of.keys():
            key = key_of(column.value(part.generator, number))
            code = by_key.setdefault(key, len(keys))
            if code == len(keys):
                keys.append(key)
            code_of[number] = code
        return [code_of[number] for number in numbers]

    def _own_code(self, key: Key) -> int:
        code = self._cached.by_key.get(key)
        if code is None:
            code = self._own.setdefault(key, ~len(self._own_keys))
            if code == ~len(self._own_keys):
                self._own_keys.append(key)
        return code

    def key(self, code: int) -> Key:
        """The key of the row with a code; ``None``: not in any row."""
        return self._own_keys[~code] if code < 0 else self._cached.keys[code]


WHOLE = Grouping("whole", columns.WHOLE)
"""All visits in one row, with the key 0."""
NEW = Grouping("new", columns.FRESH)


class _VisitFold:
    def __init__(self, selection: Selection, grouping: Grouping) -> None:
        self._facts = selection.facts
        self._rows = RowNumbering(grouping, selection.generator)
        self._counts: Counter[int] = Counter()
        self._sold: list[tuple[int, Sale]] = []
        self._repeated: Counter[int] = Counter()
        self._users: Counter[int] = Counter()
        self._seen: dict[int | str, set[int]] = {}
        self._known: set[tuple[int, int | str]] = set()

    def count(self, part: Part) -> None:
        codes = self._rows.codes(part)
        self._counts.update([code * MOST_KEYS + key for code, key in zip(codes, part.keys, strict=True)])
        self._sold.extend((codes[place], sale) for place, sale in part.sales())
        for who, code in zip(part.people, codes, strict=True):
            if who != ONE_TIME:
                seen = self._seen.get(who)
                if seen is None:
                    self._seen[who] = {code}
                elif code in seen:
                    self._repeated[code] += 1
                else:
                    seen.add(code)
                if part.is_user(who):
                    self._known.add((code, who))

    def finish_day(self) -> None:
        """Reset the distinct visitors, which are those of one day."""
        for code, _ in self._known:
            self._users[code] += 1
        self._seen, self._known = {}, set()

    async def tallies(self, yielder: Yielder) -> dict[Key, Tally]:
        found: dict[Key, Tally] = {}
        rows: dict[int, Tally] = {}
        for code in {packed // MOST_KEYS for packed in self._counts}:
            key = self._rows.key(code)
            if key is not None:
                rows[code] = found.setdefault(key, Tally())
        async for packed, times in yielder.over(self._counts.items(), 500):
            code, journey = divmod(packed, MOST_KEYS)
            if code in rows:
                rows[code].add(self._facts(journey), times)
        async for code, sale in yielder.over(self._sold, 500):
            if code in rows:
                rows[code].sell(sale)
        for code, row in rows.items():
            row.visitors -= self._repeated[code]
            row.users += self._users[code]
        return found


def repeated_visits(day: Day) -> Iterator[Sequence[int]]:
    """The journey keys of the day's visits of each visitor with more than one."""
    first: dict[int | str, int] = {}
    several: dict[int | str, list[int]] = {}
    for part in day:
        for who, key in zip(part.people, part.keys, strict=True):
            if who != ONE_TIME:
                if who in first:
                    several.setdefault(who, [first[who]]).append(key)
                else:
                    first[who] = key
    yield from several.values()


@dataclass(slots=True)
class Visitors:
    """``once`` counts one-time visitors; ``people`` are the others, ``users`` those of them who logged in."""

    once: int = 0
    people: set[int | str] = field(default_factory=set)
    users: set[int | str] = field(default_factory=set)

    @property
    def count(self) -> int:
        return self.once + len(self.people)


Counted = tuple[Visitors, Visitors, Visitors]
"""All visitors, first-time ones, returning ones."""


async def visitors_of(selection: Selection, yielder: Yielder) -> Counted:
    every, new, returning = Visitors(), Visitors(), Visitors()
    async for day in selection.days():
        for part in day:
            people, fresh = part.people, part.fresh
            for half, wanted in ((new, 1), (returning, 0)):
                here = [who for who, first in zip(people, fresh, strict=True) if first == wanted]
                half.once += here.count(ONE_TIME)
                others = set(here) - {ONE_TIME}
                half.people |= others
                half.users |= {who for who in others if part.is_user(who)}
        await yielder.pause()
    every.once = new.once + returning.once
    every.people, every.users = new.people | returning.people, new.users | returning.users
    return every, new, returning


def visitors_merged(first: Counted, second: Counted) -> Counted:
    """The union of the visitors of two spans; neither argument is changed."""
    every, new, returning = (
        Visitors(one.once + other.once, one.people | other.people, one.users | other.users)
        for one, other in zip(first, second, strict=True)
    )
    return every, new, returning
