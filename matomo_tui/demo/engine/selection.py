"""The visits of a period and a segment, as parts with columns of numbers.

A segment (``deviceType==smartphone;countryCode==de``) is a predicate over visits, or a mask over the visits of a block.
Most conditions test a column: they are evaluated once per distinct number of the column, and the mask is read from that
small table. Only conditions on single visits (an IP address, a product, an order) need the visits themselves,
and then only visits that meet the other conditions are generated.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, Generic, NamedTuple, TypeVar
from urllib.parse import unquote, unquote_plus

from matomo_tui.demo.engine.columns import SINGLE, Values, VisitColumn, dimension_named
from matomo_tui.demo.engine.journey_stats import FIRST_OWN_KEY, JourneyStats, facts_of
from matomo_tui.demo.engine.visit_generator import ONE_TIME, BlockPart, VisitBlock, VisitGenerator, Yielder
from matomo_tui.demo.errors import ApiError, refusal, refuse_if
from matomo_tui.demo.formats import DemoPeriod, epoch, today
from matomo_tui.demo.store import Accept, Store
from matomo_tui.demo.traffic.model import LOOK_BACK
from matomo_tui.demo.traffic.people import SHIFT, SLOT, SLOTS
from matomo_tui.demo.traffic.visit import Cart, Sale, SimulatedVisit
from matomo_tui.demo.world import StoredSite

T = TypeVar("T")
_KEPT = 240
_TERM = re.compile(r"([A-Za-z_]+)(==|!=|<=|>=|=@|!@|=\^|=\$|<|>)(.*)", re.DOTALL)
_ACTION_TYPES = {"pageviews": "action", "contents": "content", "sitesearches": "search"} | {
    f"{kind}s": kind for kind in ("event", "outlink", "download")
}
_TESTS: dict[str, Callable[[str, str], bool]] = {
    "==": lambda value, wanted: value == wanted,
    "=@": lambda value, wanted: wanted in value,
    "=^": lambda value, wanted: value.startswith(wanted),
    "=$": lambda value, wanted: value.endswith(wanted),
}
_OPPOSITES = {"!=": "==", "!@": "=@"}


def _number(text: object) -> float:
    """A number; of an IP address its value as one, for ranges of addresses; 0 for anything else."""
    try:
        return float(str(text))
    except ValueError:
        pass
    try:
        return float(int(ip_address(str(text))))
    except ValueError:
        return 0.0


_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": lambda value, wanted: value < wanted,
    ">": lambda value, wanted: value > wanted,
    "<=": lambda value, wanted: value <= wanted,
    ">=": lambda value, wanted: value >= wanted,
}


def _text(values: Values, test: Callable[[str, str], bool], wanted: str, *, negative: bool) -> Callable[[Any], bool]:
    """Test a text; Matomo decodes the expression and then each value, so single and double encoding are equivalent."""
    again = unquote_plus(wanted).casefold()

    def accept(found: Any) -> bool:
        texts = [str(value).casefold() for value in values(found)]
        return any(test(text, wanted) or test(text, again) for text in texts) is not negative

    return accept


def _decoded(values: Values) -> Values:
    return lambda found: [unquote(str(value)) for value in values(found)]


class SegmentTerm(NamedTuple):
    column: VisitColumn
    test: Callable[[Any], bool]

    def accept(self, visit: SimulatedVisit) -> bool:
        return self.test(self.column.of_visit(visit))


def _term(text: str) -> SegmentTerm:
    match = _TERM.fullmatch(text)
    if match is None:
        raise refusal("segment condition", text=text)
    name, operator, wanted = match[1], match[2], unquote_plus(match[3])
    dimension = dimension_named(name)
    column, values = dimension.column, dimension.values
    if name == "actionType":
        refuse_if(wanted not in _ACTION_TYPES, "segment action type", value=wanted)
        wanted = _ACTION_TYPES[wanted]
    if operator in _COMPARISONS:
        compare, limit = _COMPARISONS[operator], _number(wanted)
        return SegmentTerm(column, lambda found: any(compare(_number(value), limit) for value in values(found)))
    test = _TESTS[_OPPOSITES.get(operator, operator)]
    if name.endswith("Url"):
        # The segments in reports are encoded once more, and URLs are themselves encoded.
        wanted, values = unquote(unquote(wanted)), _decoded(values)
    return SegmentTerm(column, _text(values, test, wanted.casefold(), negative=operator in _OPPOSITES))


def terms_of(text: str) -> tuple[tuple[SegmentTerm, ...], ...]:
    """The conditions of a segment in conjunctive form: ``;`` joins groups, ``,`` the alternatives in a group.

    The segment is decoded once more before it is parsed; if that is not valid, it is parsed undecoded. Raises
    ``ApiError`` for an unknown dimension or an invalid expression.
    """
    decoded = unquote_plus(text, errors="replace")
    if decoded != text:
        try:
            return _terms(decoded)
        except ApiError:
            pass
    return _terms(text)


@lru_cache(maxsize=64)
def _terms(text: str) -> tuple[tuple[SegmentTerm, ...], ...]:
    return tuple(
        tuple(_term(term) for term in re.split(r"(?<!\\),", group)) for group in re.split(r"(?<!\\);", text) if group
    )


@lru_cache(maxsize=64)
def compile_segment(text: str) -> Accept:
    """The predicate of a segment; raises ``ApiError`` like :func:`terms_of`."""
    groups = [[term.accept for term in group] for group in terms_of(text)]
    return lambda visit: all(any(accept(visit) for accept in group) for group in groups)


class Masks:
    """The masks of one segment over the blocks of one site. Raises ``ApiError`` for an invalid segment."""

    def __init__(self, text: str, generator: VisitGenerator, yielder: Yielder) -> None:
        self._accept = compile_segment(text)
        self._generator = generator
        self._yielder = yielder
        self._made: OrderedDict[int, bytes] = OrderedDict()
        groups = terms_of(text)
        terms = [term for group in groups for term in group]
        self._historic = any(term.column.historic for term in terms)
        self._each = any(term.column is SINGLE for term in terms)
        self._groups = [group for group in groups if all(term.column is not SINGLE for term in group)]
        self._known: dict[SegmentTerm, dict[int, int]] = {term: {} for term in terms}

    async def of(self, block: VisitBlock) -> bytes:
        """1 for each visit of the block in the segment, 0 for the others."""
        found = self._made.get(block.shift)
        if found is None:
            if self._historic:
                await self._generator.past.upto((block.shift + 1) * SHIFT - 1)
            found = await self._one_by_one(block) if self._each else self._by_columns(block)
            self._made[block.shift] = found
            if len(self._made) > _KEPT:
                self._made.popitem(last=False)
            await self._yielder.pause()
        return found

    def _by_columns(self, block: VisitBlock) -> bytes:
        part, count = BlockPart(self._generator, block, range(len(block))), len(block)
        # Each mask is one long number, which Python combines with another one in C.
        found = int.from_bytes(b"\x01" * count, "little")
        for group in self._groups:
            either = 0
            for term in group:
                either |= int.from_bytes(self._mask(term, part), "little")
            found &= either
        return found.to_bytes(count, "little")

    def _mask(self, term: SegmentTerm, part: BlockPart) -> bytes:
        known, numbers = self._known[term], term.column.numbers(part)
        for number in set(numbers) - known.keys():
            known[number] = int(term.test(term.column.value(self._generator, number)))
        return bytes([known[number] for number in numbers])

    async def _one_by_one(self, block: VisitBlock) -> bytes:
        """The mask for conditions on single visits; only visits that meet the other conditions are generated."""
        traffic = self._generator.traffic
        mask, maybe = bytearray(len(block)), self._by_columns(block)
        place = {mark: index for index, mark in enumerate(block.marks)}
        for within in range(SLOTS):
            for sketch in traffic.draw(block.shift * SLOTS + within):
                index = place[within << 8 | sketch.ordinal]
                mask[index] = maybe[index] and self._accept(traffic.visit(sketch, float("inf")))
            await self._yielder.pause()
        return bytes(mask)


class OverlayPart:
    """Unfinished and recorded visits of one day as a :class:`BlockPart`, with journey keys of their own."""

    def __init__(self, visits: Sequence[SimulatedVisit], first_key: int) -> None:
        self.visits = visits
        self.facts = [facts_of(visit) for visit in visits]
        self.keys: Sequence[int] = range(first_key, first_key + len(visits))
        self.people = [ONE_TIME if visit.who is None else visit.who for visit in visits]
        self.fresh = [int(not visit.past.visits) for visit in visits]
        self._users = {who for who, visit in zip(self.people, visits, strict=True) if visit.person.user_id}

    def is_user(self, who: int | str) -> bool:
        return who in self._users

    def carts(self) -> Iterator[tuple[int, Cart]]:
        """The visits with an order: position in the part, items."""
        return ((place, facts.order) for place, facts in enumerate(self.facts) if facts.order is not None)

    def sales(self) -> Iterator[tuple[int, Sale]]:
        return ((place, cart.sale) for place, cart in self.carts())


Part = BlockPart | OverlayPart


Day = Sequence[Part]


@dataclass(slots=True)
class Selection:
    """The visits of a site in a period; days in the future or before the site's creation are empty."""

    store: Store
    site: StoredSite
    period: DemoPeriod
    now: float
    generator: VisitGenerator | None
    masks: Masks | None
    accept: Accept | None
    first: date = date.min
    last: date = date.max
    _own_facts: list[JourneyStats] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.first = max(self.period.first, today(self.store.born, self.site.timezone))
        self.last = min(self.period.last, today(self.now, self.site.timezone))

    def settled_until(self) -> date:
        """The last settled day, after which visits may still be added; the day before the first if there is none."""
        unsettled = today(self.now - LOOK_BACK, self.site.timezone)
        tracked = [visit.last for visit in self.store.tracked.visits(self.site.id, self.now)]
        if tracked:
            unsettled = min(unsettled, today(min(tracked), self.site.timezone))
        return min(self.last, unsettled - timedelta(days=1))

    def facts(self, key: int) -> JourneyStats:
        if key >= FIRST_OWN_KEY or self.generator is None:
            return self._own_facts[key - FIRST_OWN_KEY]
        return self.generator.facts[key]

    async def days(self) -> AsyncIterator[Day]:
        for ordinal in range(self.first.toordinal(), self.last.toordinal() + 1):
            begin, end = (epoch(date.fromordinal(day), self.site.timezone) for day in (ordinal, ordinal + 1))
            parts: list[Part] = [part async for part in self._parts(begin, end)]
            single = self._single(begin, end)
            if single:
                overlay = OverlayPart(single, FIRST_OWN_KEY + len(self._own_facts))
                self._own_facts += overlay.facts
                parts.append(overlay)
            yield parts

    async def _parts(self, begin: int, end: int) -> AsyncIterator[BlockPart]:
        if self.generator is None:
            return
        end = min(end, int(self.now) + 1)
        born = self.generator.traffic.born
        for shift in range(max(begin - LOOK_BACK, born) // SHIFT, (end - 1) // SHIFT + 1):
            block = await self.generator.block(shift)
            first, last = bisect_left(block.ends, begin), bisect_left(block.ends, end)
            if first == last:
                continue
            chosen: Sequence[int] = range(first, last)
            if self.masks is not None:
                mask = await self.masks.of(block)
                chosen = [index for index in chosen if mask[index]]
            yield BlockPart(self.generator, block, chosen)

    def _single(self, begin: int, end: int) -> list[SimulatedVisit]:
        """Recorded visits, and generated ones that have begun and are not over."""
        now, found = self.now, list(self.store.tracked.visits(self.site.id, self.now))
        if self.generator is not None and end > now - LOOK_BACK:
            traffic = self.generator.traffic
            for slot in range(int(now - LOOK_BACK) // SLOT, int(now) // SLOT + 1):
                sketches = (sketch for sketch in traffic.slot(slot) if sketch.start <= now < sketch.ends)
                found += [traffic.visit(sketch, now) for sketch in sketches]
        found = [visit for visit in found if begin <= visit.last < end]
        return found if self.accept is None else list(filter(self.accept, found))


class ByJourney(Generic[T]):
    """A value for each journey key, computed on first use; those of shared journeys are cached under ``name``."""

    def __init__(self, selection: Selection, name: str, compute: Callable[[JourneyStats], T]) -> None:
        generator = selection.generator
        self._shared: dict[int, T] = {} if generator is None else generator.parts.setdefault(name, {})
        self._own: dict[int, T] = {}
        self._facts = selection.facts
        self._compute = compute

    def __getitem__(self, key: int) -> T:
        made = self._own if key >= FIRST_OWN_KEY else self._shared
        found = made.get(key)
        if found is None:
            found = made[key] = self._compute(self._facts(key))
        return found
