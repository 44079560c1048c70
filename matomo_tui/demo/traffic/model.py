"""The visits of one site, drawn slot by slot when they are asked for and forgotten again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from matomo_tui.demo.catalog import hostile
from matomo_tui.demo.catalog.sitemap import Sitemap
from matomo_tui.demo.catalog.sources import BURSTS, KEYWORD_UNKNOWN, Channel, Source
from matomo_tui.demo.mixing import MASK, Weighted, mix
from matomo_tui.demo.traffic.journeys import JOURNEYS, LONGEST, Journeys
from matomo_tui.demo.traffic.people import ONCE, Person, person, single
from matomo_tui.demo.traffic.regulars import Regulars
from matomo_tui.demo.traffic.rhythm import SHIFT, SLOT, SLOTS, Rhythm
from matomo_tui.demo.traffic.steps import Cart, Journey, Step
from matomo_tui.demo.traffic.visit import NO_PAST, Past, Visit
from matomo_tui.demo.world import Site

_KEPT_SLOTS = 400
_HOSTILE_ONE_IN = 128
_FIRST_ID_SLOT = 1_704_067_200 // SLOT


class Sketch(NamedTuple):
    """A visit as a few numbers, before anything else is known of it.

    ``ends`` is the epoch of the last action when the journey is over; ``regular`` whether the person comes back;
    ``fresh`` whether it is the person's first visit.
    """

    slot: int
    ordinal: int
    start: int
    ends: int
    journey: Journey
    person: int
    bits: int
    rush: bool
    fresh: bool

    @property
    def regular(self) -> bool:
        """Whether the person is one who comes back."""
        return self.person < ONCE


class Traffic:
    """All generated visits of a site, a pure function of the seed, the site and the time.

    ``born`` (an epoch) is when the site's history begins. ``drawn`` counts the visits drawn so far: what a
    request costs, for those who measure.
    """

    def __init__(self, site: Site, sitemap: Sitemap, seed: int, born: int) -> None:
        self.site = site
        self.born = born
        self.drawn = 0
        self._sitemap = sitemap
        self._key = mix(seed ^ mix(site.id)) & (MASK >> 8)
        self.journeys = Journeys(site, sitemap, seed)
        self._rhythm = Rhythm(sitemap, site.timezone, self._key)
        self.regulars = Regulars(sitemap.regulars, self._rhythm, mix(self._key))
        self._slots: OrderedDict[int, tuple[Sketch, ...]] = OrderedDict()
        self._sources = {channel: Weighted(_with_keywords(sitemap, channel)) for channel in sitemap.sources}
        self._places = Weighted(sitemap.places)
        self._first_shift: list[int] | None = None
        self._past: Callable[[int, int], Past] = lru_cache(maxsize=2048)(self._past_before)

    def slot(self, number: int) -> tuple[Sketch, ...]:
        """The visits that begin in one slot, oldest first; none before the site was born."""
        found = self._slots.get(number)
        if found is None:
            found = self._slots[number] = self._draw(number)
            if len(self._slots) > _KEPT_SLOTS:
                self._slots.popitem(last=False)
        else:
            self._slots.move_to_end(number)
        return found

    def draw(self, number: int) -> tuple[Sketch, ...]:
        """As :meth:`slot`, without keeping what was drawn: for sums over long times."""
        return self._slots.get(number) or self._draw(number)

    def _draw(self, number: int) -> tuple[Sketch, ...]:
        if number * SLOT < self.born:
            return ()
        shift, within = divmod(number, SLOTS)
        plan = self._rhythm.shift(shift)
        count = plan.visits[within]
        people = self.regulars.people(shift, plan.before[within], plan.regulars[within])
        first_shifts = self._first_shifts()
        calm = count - plan.rush[within]
        base = self._key + (number << 8)
        begin = number * SLOT
        journeys = self.journeys
        social_first, social_count = journeys.social
        sketches = []
        for ordinal in range(count):
            bits = mix(base + ordinal)
            start = begin + ((bits & 0xFFFF) * SLOT >> 16)
            taken = bits >> 16 & (JOURNEYS - 1)
            rush = ordinal >= calm
            if rush:
                taken = social_first + taken % social_count
            journey = journeys[taken]
            if ordinal < len(people):
                who = people[ordinal]
                fresh = first_shifts[who] == shift
            else:
                who = single(number, ordinal)
                fresh = True
            sketches.append(Sketch(number, ordinal, start, start + journey.duration, journey, who, bits, rush, fresh))
        self.drawn += count
        return tuple(sorted(sketches, key=lambda sketch: sketch.start))

    def _first_shifts(self) -> list[int]:
        """For each regular the shift of their first visit: later ones are returns."""
        if self._first_shift is None:
            first = [0] * self.regulars.count
            missing = self.regulars.count
            shift = self.born // SHIFT
            # Everybody comes within a few weeks; the bound is for a site whose regulars are too many for its traffic.
            for number in range(shift, shift + 400):
                for who in self.regulars.people(number, 0, self._rhythm.shift(number).before[-1]):
                    if not first[who]:
                        first[who] = number
                        missing -= 1
                if not missing:
                    break
            self._first_shift = first
        return self._first_shift

    def visit(self, sketch: Sketch, now: float) -> Visit:
        """The whole visit behind a sketch, as far as it has come at ``now`` (an epoch)."""
        journey = self._journey(sketch)
        return Visit(
            id=self.visit_id(sketch),
            site=self.site,
            start=sketch.start,
            journey=journey,
            seen=journey.seen(now - sketch.start),
            person=self.person(sketch.person),
            source=self._source(sketch),
            past=self._past(sketch.person, sketch.slot) if sketch.regular and not sketch.fresh else NO_PAST,
        )

    def visit_id(self, sketch: Sketch) -> int:
        """A number for the visit that no other visit of any site has."""
        return ((sketch.slot - _FIRST_ID_SLOT << 8) + sketch.ordinal) * 8 + self.site.id

    def person(self, number: int) -> Person:
        """The visitor with this number."""
        return person(number, self.site.id, self._key, self._places, self._sitemap.known)

    def visits_of(self, number: int, now: float) -> Iterator[Sketch]:
        """All visits of a person that have begun by ``now``, newest first."""
        slots: list[tuple[int, int]]
        if number >= ONCE:
            slots = [((number - ONCE) >> 8, (number - ONCE) & 0xFF)]
        else:
            slots = list(self.regulars.visits(number, self.born, now))
        for slot, ordinal in reversed(slots):
            for sketch in self.slot(slot):
                if sketch.ordinal == ordinal and sketch.start <= now:
                    yield sketch

    def cart(self, sketch: Sketch) -> Cart | None:
        """What is ordered in the visit, if anything ever is."""
        index = sketch.journey.order
        return None if index is None else self._settled(sketch, sketch.journey.steps[index].cart)

    def conversions(self, sketch: Sketch, seen: int) -> tuple[Step, ...]:
        """The goals, orders and carts among the visit's first ``seen`` steps."""
        journey = sketch.journey
        return tuple(
            replace(journey.steps[index], cart=self.cart(sketch)) if index == journey.order else journey.steps[index]
            for index in journey.converting
            if index < seen
        )

    def is_known(self, number: int) -> bool:
        """Whether a regular logs in."""
        return number % self._sitemap.known == 0

    def _settled(self, sketch: Sketch, cart: Cart | None) -> Cart | None:
        """The order as this visitor makes it: the same journey does not buy the same for everybody."""
        if cart is None:
            return None
        bits = mix(sketch.bits)
        items = tuple(
            replace(item, quantity=item.quantity + (bits >> index * 4 & 15 == 7))
            for index, item in enumerate(cart.items)
        )
        subtotal = sum(item.price * item.quantity for item in items)
        return Cart(
            items,
            order_id=f"LO-{self.visit_id(sketch) % 9_000_000 + 1_000_000}",
            shipping=0 if subtotal >= 150 else 4.9,
            tax=round(subtotal * 0.19 / 1.19, 2),
            discount=round(subtotal / 10, 2) if bits >> 40 & 7 == 3 else 0,
        )

    def _journey(self, sketch: Sketch) -> Journey:
        journey = sketch.journey
        steps = list(journey.steps)
        if journey.order is not None:
            steps[journey.order] = replace(steps[journey.order], cart=self.cart(sketch))
        hostility = _hostility(sketch)
        if hostility is not None:
            if hostility % 4 == 3:
                steps[-1] = replace(steps[-1], url=self.site.main_url + hostile.LONG_PATH)
            steps[0] = replace(steps[0], title=hostile.TITLES[hostility % len(hostile.TITLES)])
            steps = [
                replace(step, name=hostile.KEYWORDS[hostility % len(hostile.KEYWORDS)])
                if step.kind == "search"
                else step
                for step in steps
            ]
        elif journey.order is None:
            return journey
        return Journey(journey.offsets, steps)

    def _source(self, sketch: Sketch) -> Source:
        hostility = _hostility(sketch)
        if hostility is not None and hostility & 1:
            return Source(
                "website",
                hostile.WEBSITES[hostility % len(hostile.WEBSITES)],
                hostile.KEYWORDS[hostility % len(hostile.KEYWORDS)],
                hostile.REFERRERS[hostility // 2 % len(hostile.REFERRERS)],
            )
        if sketch.rush:
            return BURSTS[self._sitemap.kind]
        entry = self.journeys.entry(sketch.bits >> 16 & (JOURNEYS - 1))
        return self._sources[entry.channel].pick(sketch.bits >> 33 & 0xFFFF)

    def _past_before(self, number: int, slot: int) -> Past:
        """What a regular did before ``slot``."""
        earlier = list(self.regulars.visits(number, self.born, slot * SLOT - 1))
        if not earlier:
            return NO_PAST
        orders, revenue, items, last_order = 0, 0.0, 0, None
        last = 0
        first = 0
        for index, (past_slot, ordinal) in enumerate(earlier):
            bits = mix(self._key + (past_slot << 8) + ordinal)
            start = past_slot * SLOT + ((bits & 0xFFFF) * SLOT >> 16)
            journey = self.journeys[bits >> 16 & (JOURNEYS - 1)]
            last = start + journey.duration
            if index == 0:
                first = start
            if journey.order is not None:
                sketch = Sketch(past_slot, ordinal, start, last, journey, number, bits, rush=False, fresh=False)
                cart = self.cart(sketch)
                if cart is not None:
                    orders, revenue, items = orders + 1, revenue + cart.revenue, items + cart.quantity
                    last_order = start + journey.offsets[journey.order]
        return Past(len(earlier), first, last, last_order, orders, round(revenue, 2), items)


def _hostility(sketch: Sketch) -> int | None:
    """Which of the hostile things this visitor sends; ``None`` for nearly everybody."""
    bits = sketch.bits >> 26
    return bits >> 8 & 0xFF if bits % _HOSTILE_ONE_IN == 0 else None


def _with_keywords(sitemap: Sitemap, channel: Channel) -> list[tuple[float, Source]]:
    """The channel's sources; engines that pass it on once for each keyword."""
    table: list[tuple[float, Source]] = []
    for weight, source in sitemap.sources[channel]:
        if not source.keyed:
            keyword = KEYWORD_UNKNOWN if channel == "search" else source.keyword
            table.append((weight, replace(source, keyword=keyword)))
            continue
        for query in sitemap.queries:
            url = (source.url or "").format(query.replace(" ", "+"))
            table.append((weight / len(sitemap.queries), replace(source, keyword=query, url=url)))
    return table


LOOK_BACK = LONGEST + SLOT
"""A visit that is still seen at a moment began at most this many seconds before."""
