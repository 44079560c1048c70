"""The visits of one site, generated slot by slot on demand and cached briefly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

from msgspec.structs import replace

from matomo_tui.demo.catalog import BURSTS, KEYWORD_UNKNOWN, Channel, Referrer, Sitemap, as_assistant
from matomo_tui.demo.hashing import MASK, Lanes, Weighted, mix
from matomo_tui.demo.traffic.journeys import LONGEST, Journeys, hostility, spoil, spoilt_source
from matomo_tui.demo.traffic.people import ONCE, SLOT, SLOTS, Person, Regulars, Rhythm, person, single
from matomo_tui.demo.traffic.visit import NO_PAST, Journey, Past, SimulatedVisit, order
from matomo_tui.demo.world import StoredSite

LOOK_BACK = LONGEST + SLOT
"""Upper bound of the seconds between the start of a visit and its last action, plus a slot."""

_KEPT_SLOTS = 400
_FIRST_ID_SLOT = 1_704_067_200 // SLOT


class Sketch(NamedTuple):
    """A visit as numbers: ``ends``: its last action (an epoch), ``taken``: its journey, ``rush``: part of a burst."""

    slot: int
    ordinal: int
    start: int
    ends: int
    taken: int
    journey: Journey
    person: int
    bits: int
    rush: bool
    fresh: bool


class SlotSums(NamedTuple):
    """``actions``: all steps except conversions; ``regulars``: the visitors who come more than once."""

    visits: int = 0
    actions: int = 0
    conversions: int = 0
    regulars: frozenset[int] = frozenset()
    once: int = 0


class Traffic:
    """All generated visits of a site: a pure function of the seed, the site and the time.

    ``born`` (an epoch) is the start of the site's history. ``origin`` is the site in its initial state: a later change
    of URL or time zone moves neither its pages nor its visitors. ``ai``: AI assistants are a channel.

    ``journeys`` are those for the current goals; each earlier set of goals has its own. ``sources`` has the weighted
    sources of each channel, ``key`` is mixed into all random numbers, and ``drawn`` counts the visits generated so far,
    as a measure of cost.
    """

    def __init__(
        self,
        site: StoredSite,
        sitemap: Sitemap,
        seed: int,
        born: int,
        origin: StoredSite | None = None,
        *,
        ai: bool = False,
    ) -> None:
        origin = origin or site
        self.site = site
        self.sitemap = sitemap
        self.born = born
        self.drawn = 0
        self.key = mix(seed ^ mix(site.id)) & (MASK >> 8)
        self.journeys = Journeys(replace(origin, goals=site.goals), sitemap, seed)
        self._former = [(era.until, Journeys(replace(origin, goals=era.goals), sitemap, seed)) for era in site.former]
        self.rhythm = Rhythm(sitemap, origin.timezone, self.key)
        self.regulars = Regulars(sitemap.regulars, self.rhythm, mix(self.key), born)
        self.slot: Callable[[int], tuple[Sketch, ...]] = lru_cache(maxsize=_KEPT_SLOTS)(self.draw)
        self.sources = {channel: Weighted(_with_keywords(sitemap, channel, ai=ai)) for channel in sitemap.sources}
        places = Weighted(sitemap.places)
        self.person: Callable[[int], Person] = lru_cache(maxsize=2048)(
            lambda number: person(number, site.id, self.key, places, sitemap.known)
        )
        self.past_of: Callable[[int, int], Past] = lru_cache(maxsize=2048)(self._past_of)
        """The earlier visits of a regular before a slot."""

    def journeys_at(self, start: float) -> Journeys:
        """The journeys of visits that begin at an epoch: with the goals of that time."""
        for until, journeys in self._former:
            if start < until:
                return journeys
        return self.journeys

    def draw(self, number: int) -> tuple[Sketch, ...]:
        """The visits that begin in one slot, oldest first; empty before the site's creation."""
        begin, shift = number * SLOT, number // SLOTS
        if begin < self.born:
            return ()
        people, calm, drawn = self._drawn(number)
        sketches = []
        for ordinal, bits in enumerate(drawn):
            start = begin + start_in_slot(bits)
            rush = ordinal >= calm
            taken = self.journeys.taken(bits, rush=rush)
            journey = self.journeys_at(start)[taken]
            if ordinal < len(people):
                who = people[ordinal]
                fresh = self.regulars.first_shift(who, shift) == shift
            else:
                who, fresh = single(number, ordinal), True
            ends = start + journey.duration
            sketches.append(Sketch(number, ordinal, start, ends, taken, journey, who, bits, rush, fresh))
        return tuple(sorted(sketches, key=lambda sketch: sketch.start))

    def sums(self, number: int) -> SlotSums:
        """What the visits that begin in one slot add up to at their ends, without a :class:`Sketch` of each."""
        begin = number * SLOT
        if begin < self.born:
            return SlotSums()
        people, calm, drawn = self._drawn(number)
        actions = conversions = 0
        for ordinal, bits in enumerate(drawn):
            journeys = self.journeys_at(begin + start_in_slot(bits)) if self._former else self.journeys
            journey = journeys[self.journeys.taken(bits, rush=ordinal >= calm)]
            actions += journey.rows[-1]
            conversions += journey.conversions[-1]
        return SlotSums(
            len(drawn), actions, conversions, frozenset(people[: len(drawn)]), max(0, len(drawn) - len(people))
        )

    def _drawn(self, number: int) -> tuple[list[int], int, Sequence[int]]:
        """The regular visitors of a slot, with whose visits it begins, the ordinal of the first visit of a burst, and
        the random bits of each visit."""
        shift, within = divmod(number, SLOTS)
        plan = self.rhythm.shift(shift)
        people = self.regulars.people(shift, plan.before[within], plan.regulars[within])
        first, count = self.key + (number << 8), plan.visits[within]
        self.drawn += count
        return people, count - plan.rush[within], Lanes(range(first, first + count)).mix().numbers()

    def visit(self, sketch: Sketch, now: float) -> SimulatedVisit:
        return _DrawnVisit(self, sketch, now)

    def visits_of(self, number: int, now: float) -> Iterator[Sketch]:
        """All visits of a visitor that began by ``now``, newest first."""
        slots: list[tuple[int, int]]
        if number >= ONCE:
            slot, ordinal = divmod(number - ONCE, 256)
            # A visitor ID from outside, such as a random one, may encode a slot millions of years ahead.
            slots = [(slot, ordinal)] if slot * SLOT <= now else []
        else:
            slots = list(self.regulars.visits(number, now))
        for slot, ordinal in reversed(slots):
            for sketch in self.draw(slot):
                if sketch.ordinal == ordinal and sketch.start <= now and sketch.person == number:
                    yield sketch

    def _past_of(self, number: int, slot: int) -> Past:
        earlier = list(self.regulars.visits(number, slot * SLOT - 1))
        if not earlier:
            return NO_PAST
        orders, revenue, items, last_order = 0, 0.0, 0, None
        times = []
        for past_slot, ordinal in earlier:
            bits = mix(self.key + (past_slot << 8) + ordinal)
            start = past_slot * SLOT + start_in_slot(bits)
            journey = self.journeys_at(start)[self.journeys.taken(bits, rush=False)]
            times.append((start, start + journey.duration))
            cart = None if journey.order is None else journey.steps[journey.order].cart
            if cart is not None and journey.order is not None:
                cart = order(cart, visit_id(past_slot, ordinal, self.site.id), bits)
                orders, revenue, items = orders + 1, revenue + cart.revenue, items + cart.quantity
                last_order = start + journey.offsets[journey.order]
        return Past(len(earlier), times[0][0], times[-1][1], last_order, orders, round(revenue, 2), items)


class _DrawnVisit(SimulatedVisit):
    def __init__(self, traffic: Traffic, sketch: Sketch, now: float) -> None:
        number = visit_id(sketch.slot, sketch.ordinal, traffic.site.id)
        super().__init__(number, traffic.site, sketch.start, sketch.journey.seen(now - sketch.start), sketch.journey)
        self._traffic = traffic
        self._sketch = sketch
        self._hostility = hostility(sketch.bits)
        self.who = sketch.person if sketch.person < ONCE else None

    @cached_property
    def journey(self) -> Journey:
        """The journey with the visit's own order and hostile steps."""
        journey, steps = self.outline, list(self.outline.steps)
        if journey.order is not None and (cart := steps[journey.order].cart) is not None:
            own = order(cart, self.id, self._sketch.bits)
            steps[journey.order] = replace(steps[journey.order], cart=own)
        if self._hostility is not None:
            steps = spoil(steps, self._hostility, self.site.main_url)
        elif journey.order is None:
            return journey
        return Journey(journey.offsets, steps)

    @cached_property
    def person(self) -> Person:
        return self._traffic.person(self._sketch.person)

    @cached_property
    def source(self) -> Referrer:
        traffic, sketch = self._traffic, self._sketch
        forged = None if self._hostility is None else spoilt_source(self._hostility)
        if forged is not None:
            return forged
        if sketch.rush:
            return BURSTS[traffic.sitemap.kind]
        return traffic.sources[traffic.journeys.entry(sketch.taken).channel].pick(sketch.bits >> 33 & 0xFFFF)

    @cached_property
    def past(self) -> Past:
        return NO_PAST if self._sketch.fresh else self._traffic.past_of(self._sketch.person, self._sketch.slot)


def start_in_slot(bits: int) -> int:
    """Seconds between the start of a slot and the start of a visit with these bits."""
    return (bits & 0xFFFF) * SLOT >> 16


def visit_id(slot: int, ordinal: int, site_id: int) -> int:
    return ((slot - _FIRST_ID_SLOT << 8) + ordinal) * 8 + site_id


def _with_keywords(sitemap: Sitemap, channel: Channel, *, ai: bool) -> list[tuple[float, Referrer]]:
    """The weighted sources of a channel; search engines that pass on the keyword once for each."""
    table: list[tuple[float, Referrer]] = []
    for weight, source in sitemap.sources[channel]:
        if ai:
            source = as_assistant(source)
        if not source.keyed:
            keyword = KEYWORD_UNKNOWN if channel == "search" else source.keyword
            table.append((weight, replace(source, keyword=keyword)))
            continue
        for query in sitemap.queries:
            url = (source.url or "").format(query.replace(" ", "+"))
            table.append((weight / len(sitemap.queries), replace(source, keyword=query, url=url)))
    return table
