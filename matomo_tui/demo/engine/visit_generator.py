"""Generates visits in blocks of eight hours, as the columns of numbers that every report is computed from."""

from __future__ import annotations

import asyncio
from array import array
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from functools import cached_property
from time import perf_counter
from typing import Any, NamedTuple, TypeVar

from msgspec import Struct

from matomo_tui.demo.catalog import BURSTS, Referrer
from matomo_tui.demo.engine.journey_stats import HOSTILITIES, KEYS, FactsByKey
from matomo_tui.demo.hashing import Lanes, Weighted
from matomo_tui.demo.traffic.journeys import JOURNEYS, hostility, spoilt_source
from matomo_tui.demo.traffic.model import Traffic, start_in_slot
from matomo_tui.demo.traffic.people import DEVICE_TABLE, ONCE, SHIFT, SLOT, SLOTS, single
from matomo_tui.demo.traffic.visit import Cart, Sale, order, sale

_FORGED = 24
_KEPT = 240
ONE_TIME = 0xFFFF_FFFF
"""The entry of every one-time visitor in a block's ``people``."""
_DAY = 86_400
T = TypeVar("T")

_PIECE = 0.006


class Yielder:
    """Yields to other tasks when a computation has run for too long."""

    _since = 0.0

    def begin(self) -> None:
        self._since = perf_counter()

    async def pause(self) -> None:
        if perf_counter() - self._since >= _PIECE:
            await asyncio.sleep(0)
            self._since = perf_counter()

    async def over(self, items: Iterable[T], every: int) -> AsyncIterator[T]:
        """The items; between two of them it yields if due, which is checked after ``every`` items."""
        for number, item in enumerate(items, 1):
            yield item
            if not number % every:
                await self.pause()


class VisitBlock(Struct, frozen=True):
    """The visits that begin in one shift, sorted by their last actions: columns with one number per visit."""

    shift: int
    orders: dict[int, int]
    """The random bits of the visits with an order, by index."""
    ends: array[int]
    """Epochs of the last actions."""
    starts: array[int]
    keys: array[int]
    people: array[int]
    """Numbers of returning visitors; ``ONE_TIME`` for all others."""
    marks: array[int]
    """``slot within the shift << 8 | ordinal``."""
    places: array[int]
    devices: array[int]
    sources: array[int]
    """Indexes into the tables of the generator."""
    fresh: array[int]

    def __len__(self) -> int:
        return len(self.ends)


class Before(NamedTuple):
    """For each visit of a block: the earlier visits, and the days since the first and the last of them."""

    visits: array[int]
    ordered: array[int]
    days_since_first: array[int]
    days_since_last: array[int]


class VisitGenerator:
    """Generates the blocks of one site, and caches recent ones. Its tables give the meaning of the numbers."""

    def __init__(self, traffic: Traffic, yielder: Yielder) -> None:
        self.traffic = traffic
        self._yielder = yielder
        self._blocks: OrderedDict[int, VisitBlock] = OrderedDict()
        self._planned = traffic.born // SHIFT
        self._durations: list[int] = []
        self._ordering: set[int] = set()
        places = Weighted(traffic.sitemap.places)
        self.places, self._place_of = places.values, places.indexes
        # By hour and place: one-time visitors asleep at that local hour are usually generated again.
        self._asleep = [[(hour + place.utc_offset) % 24 < 6 for place in self.places] for hour in range(24)]
        self.devices, self._device_of = DEVICE_TABLE.values, DEVICE_TABLE.indexes
        self.sources, self._source_of, self._forged, self._burst = self._tables()
        self.eras = [traffic.journeys]
        self.facts = FactsByKey(self.eras, traffic.site.main_url)
        self.row_codes: dict[str, Any] = {}
        self.parts: dict[str, dict[int, Any]] = {}

    @cached_property
    def past(self) -> VisitHistory:
        return VisitHistory(self, self._yielder)

    def _tables(self) -> tuple[tuple[Referrer, ...], list[Sequence[int]], list[int | None], int]:
        """The sources; the weighted choices of each journey; the source of each hostile variant, and that of a rush."""
        sources: list[Referrer] = []
        shares: dict[str, Sequence[int]] = {}
        for channel, weighted in self.traffic.sources.items():
            shares[channel] = [len(sources) + index for index in weighted.indexes]
            sources.extend(weighted.values)
        forged: list[int | None] = []
        for which in range(_FORGED):
            source = spoilt_source(which)
            forged.append(None if source is None else len(sources))
            sources.extend([] if source is None else [source])
        sources.append(BURSTS[self.traffic.sitemap.kind])
        by_journey = [shares[self.traffic.journeys.entry(taken).channel] for taken in range(JOURNEYS)]
        return tuple(sources), by_journey, forged, len(sources) - 1

    async def block(self, shift: int) -> VisitBlock:
        found = self._blocks.get(shift)
        if found is not None:
            self._blocks.move_to_end(shift)
            return found
        await self._walk_all()
        await self._plan(shift)
        found = self._blocks[shift] = self._draw(shift)
        if len(self._blocks) > _KEPT:
            self._blocks.popitem(last=False)
        await self._yielder.pause()
        return found

    async def _walk_all(self) -> None:
        journeys = self.traffic.journeys
        while len(self._durations) < JOURNEYS:
            # Another task may have continued the history in the meantime.
            taken = len(self._durations)
            journey = journeys[taken]
            self._durations.append(journey.duration)
            if journey.order is not None:
                self._ordering.add(taken)
            if not taken % 16:
                await self._yielder.pause()

    async def _plan(self, shift: int) -> None:
        """Plan all shifts up to this one, which determines its returning visitors; yields in between."""
        while self._planned < shift:
            self._planned += 1
            self.traffic.regulars.people(self._planned, 0, 0)
            if not self._planned % 8:
                await self._yielder.pause()

    def _draw(self, shift: int) -> VisitBlock:
        traffic, journeys = self.traffic, self.traffic.journeys
        plan = traffic.rhythm.shift(shift)
        lists: tuple[list[int], ...] = ([], [], [], [], [])
        people, marks, rushes, begins, numbers = lists
        for within, count in enumerate(plan.visits):
            slot = shift * SLOTS + within
            if not count or slot * SLOT < traffic.born:
                continue
            regulars = traffic.regulars.people(shift, plan.before[within], plan.regulars[within])
            people += regulars
            people += range(single(slot, len(regulars)), single(slot, count))
            marks += range(within << 8, (within << 8) + count)
            rushes += range(len(begins) + count - plan.rush[within], len(begins) + count)
            begins += [slot * SLOT] * count
            numbers += range(traffic.key + (slot << 8), traffic.key + (slot << 8) + count)
        bits = Lanes(numbers).mix().numbers()
        traffic.drawn += len(numbers)
        starts = [begin + start_in_slot(drawn) for begin, drawn in zip(begins, bits, strict=True)]
        taken = [drawn >> 16 & (JOURNEYS - 1) for drawn in bits]
        for index in rushes:
            taken[index] = journeys.taken(bits[index], rush=True)
        durations, first = self._durations, traffic.regulars.first_shift
        ends = [start + durations[number] for start, number in zip(starts, taken, strict=True)]
        keys, sources = self._ways(bits, taken, rushes)
        if traffic.site.former:
            keys = [key + KEYS * self._era(start) for key, start in zip(keys, starts, strict=True)]
        fresh = [who >= ONCE or first(who, shift) == shift for who in people]
        order = sorted(range(len(ends)), key=ends.__getitem__)
        known = [min(who, ONE_TIME) for who in people]
        columns: list[Sequence[int]] = [ends, starts, keys, known, marks, *self._homes(people), sources, fresh]
        ordering = {index: bits[old] for index, old in enumerate(order) if taken[old] in self._ordering}
        codes = zip("IIIIHBBBB", columns, strict=True)
        return VisitBlock(shift, ordering, *(array(code, [values[i] for i in order]) for code, values in codes))

    def _era(self, start: int) -> int:
        """The set of goals in force when a visit begins, as an index; sets are added on first use."""
        journeys = self.traffic.journeys_at(start)
        for number, known in enumerate(self.eras):
            if known is journeys:
                return number
        self.eras.append(journeys)
        return len(self.eras) - 1

    def _ways(self, bits: Sequence[int], taken: list[int], rushes: list[int]) -> tuple[list[int], list[int]]:
        keys, tables, burst = list(taken), self._source_of, self._burst
        sources = [
            (table := tables[number])[(drawn >> 33 & 0xFFFF) % len(table)]
            for drawn, number in zip(bits, taken, strict=True)
        ]
        for index in rushes:
            sources[index] = burst
        for index, drawn in enumerate(bits):
            if not drawn >> 26 & 0x7F:
                which = hostility(drawn) or 0
                keys[index] += JOURNEYS * (which % HOSTILITIES + 1)
                forged = self._forged[which % _FORGED]
                if forged is not None:
                    sources[index] = forged
        return keys, sources

    def _homes(self, people: list[int]) -> tuple[list[int], list[int]]:
        """The place and the device of each visitor, by the rules of ``people.person``."""
        key, place_of, device_of = self.traffic.key, self._place_of, self._device_of
        lanes = Lanes(people).mix().xor(key).mix()
        bits = lanes.numbers()
        again = lanes.mix().numbers()
        shares = len(place_of)
        places = [place_of[(drawn & 0xFFFF) % shares] for drawn in bits]
        devices = [device_of[(drawn >> 40) % len(device_of)] for drawn in bits]
        asleep = self._asleep
        for index, who in enumerate(people):
            if who >= ONCE and asleep[(who - ONCE >> 8) // 6 % 24][places[index]] and bits[index] >> 60:
                places[index] = place_of[(again[index] & 0xFFFF) % shares]
        return places, devices


class BlockPart(Struct, frozen=True):
    """The ``chosen`` visits of one block."""

    generator: VisitGenerator
    block: VisitBlock
    chosen: Sequence[int]

    def __len__(self) -> int:
        return len(self.chosen)

    def take(self, column: Sequence[int]) -> Sequence[int]:
        """The visits' numbers in one of the block's columns."""
        if isinstance(self.chosen, range):
            return column[self.chosen.start : self.chosen.stop]
        return [column[index] for index in self.chosen]

    @property
    def keys(self) -> Sequence[int]:
        return self.take(self.block.keys)

    @property
    def people(self) -> Sequence[int]:
        return self.take(self.block.people)

    @property
    def fresh(self) -> Sequence[int]:
        return self.take(self.block.fresh)

    def is_user(self, who: int | str) -> bool:
        return isinstance(who, int) and not who % self.generator.traffic.sitemap.known

    def orders(self) -> Iterator[tuple[int, Cart, int]]:
        """The visits with an order: position in the part, cart before the visitor's variation, random bits."""
        orders = self.block.orders
        for place, index in enumerate(self.chosen):
            if index in orders and (cart := self.generator.facts[self.block.keys[index]].order) is not None:
                yield place, cart, orders[index]

    def sales(self) -> Iterator[tuple[int, Sale]]:
        return ((place, sale(cart, bits)) for place, cart, bits in self.orders())

    def carts(self) -> Iterator[tuple[int, Cart]]:
        return ((place, order(cart, 0, bits)) for place, cart, bits in self.orders())


class VisitHistory:
    """The earlier visits of returning visitors, computed shift by shift from the site's first one."""

    def __init__(self, generator: VisitGenerator, yielder: Yielder) -> None:
        self._generator = generator
        self._yielder = yielder
        self._next = generator.traffic.born // SHIFT
        self._before: dict[int, Before] = {}
        people = generator.traffic.regulars.count
        self._visits, self._first, self._last = ([0] * people for _ in range(3))
        self._ordered = bytearray(people)

    async def upto(self, now: float) -> None:
        """Compute the history of all visits that begin before ``now`` (an epoch)."""
        while self._next <= int(now) // SHIFT:
            # Another task may continue the history while this one waits for the block.
            shift = self._next
            block = await self._generator.block(shift)
            if shift == self._next:
                self._next += 1
                self._before[shift] = self._learn(block)
            await self._yielder.pause()

    def _learn(self, block: VisitBlock) -> Before:
        count = len(block)
        visits, since_first, since_last = (array("H", bytes(2 * count)) for _ in range(3))
        ordered = array("B", bytes(count))
        for index, who in enumerate(block.people):
            if who == ONE_TIME:
                continue
            start = block.starts[index]
            if self._visits[who]:
                visits[index], ordered[index] = self._visits[who], self._ordered[who]
                since_first[index] = (start - self._first[who]) // _DAY
                since_last[index] = max(0, start - self._last[who]) // _DAY
            else:
                self._first[who] = start
            self._visits[who] += 1
            self._last[who] = block.ends[index]
            if index in block.orders:
                self._ordered[who] = 1
        return Before(visits, ordered, since_first, since_last)

    def of(self, block: VisitBlock) -> Before:
        return self._before[block.shift]
