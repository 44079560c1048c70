"""A segment as a mask over a block: most conditions are about a place, a device, a source or a journey, and are put
to each of those once instead of to every visit.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from types import SimpleNamespace
from typing import Any

from matomo_tui.demo.cooperative import Yielder
from matomo_tui.demo.reports.blocks import ONE_TIME, Block, Drawer, PastVisits
from matomo_tui.demo.segments import Accept, Term, terms_of
from matomo_tui.demo.traffic.daily_curve import SHIFT, SLOTS
from matomo_tui.demo.traffic.visit import Past

_KEPT = 240

_PLACE = frozenset({"countryCode", "countryName", "continentCode", "city", "languageCode", "regionCode"})
_DEVICE = frozenset(
    {"deviceType", "deviceBrand", "deviceModel", "operatingSystemCode", "operatingSystemName", "resolution"}
    | {"operatingSystemVersion", "browserCode", "browserName", "browserVersion", "browserEngine"}
)
_SOURCE = frozenset({"referrerType", "referrerName", "referrerKeyword", "referrerUrl"})
_VISIT = frozenset(
    {"visitId", "visitorId", "fingerprint", "visitIp", "daysSinceLastEcommerceOrder", "visitLocalHour"}
    | {"productName", "productSku", "productCategory", "orderId"}
)
"""Dimensions of single visits; what is in none of these sets is told by the journey."""

_HISTORY = frozenset({"visitCount", "visitorType", "daysSinceFirstVisit", "daysSinceLastVisit"})

Column = Callable[[Block], Sequence[int]]


def _before(block: Block, history: PastVisits, name: str) -> Sequence[int]:
    """What the visitors of a block did before, as numbers."""
    before = history.of(block)
    if name == "visitCount":
        return before.visits
    if name == "visitorType":
        return [0 if not visits else 1 + had for visits, had in zip(before.visits, before.ordered, strict=True)]
    return before.days_since_first if name == "daysSinceFirstVisit" else before.days_since_last


def _with_past(name: str, number: int) -> Any:
    """As much of a visit as a number of :func:`_before` tells."""
    if name == "visitCount":
        return _seen(past=Past(visits=number))
    if name == "visitorType":
        return _seen(past=Past(visits=int(number > 0), orders=int(number > 1)))
    return _seen(start=number * 86_400, past=Past(visits=1, first=0, last=0))


class _Journey:
    """As much of a visit as its journey tells."""

    def __init__(self, facts: Any) -> None:
        self.steps = facts.steps
        self.actions = facts.actions
        self.duration = facts.length
        self.converted = facts.converted
        self.interactions = sum(step.kind in ("action", "search") for step in facts.steps)


class _Test:
    """One condition: about a column, the answers by number found out when first needed."""

    def __init__(self, column: Column, answer: Callable[[int], bool]) -> None:
        self._column = column
        self._answer = answer
        self._known: dict[int, int] = {}

    def mask(self, block: Block) -> bytearray:
        """1 for each visit that meets the condition."""
        known, column = self._known, self._column(block)
        for number in set(column) - known.keys():
            known[number] = int(self._answer(number))
        return bytearray([known[number] for number in column])


class Masks:
    """The masks of one segment over the blocks of one site."""

    def __init__(self, text: str, accept: Accept, drawer: Drawer, history: PastVisits, pieces: Yielder) -> None:
        self._accept = accept
        self._drawer = drawer
        self._pieces = pieces
        self._made: OrderedDict[int, bytearray] = OrderedDict()
        self._groups: list[list[_Test]] = []
        self._history = history
        self._historic = False
        self._each = False
        for group in terms_of(text):
            tests = [self._test(term) for term in group]
            if None in tests:
                self._each = True
            else:
                self._groups.append([test for test in tests if test is not None])

    def _test(self, term: Term) -> _Test | None:
        drawer, accept = self._drawer, term.accept
        if term.name in _VISIT:
            return None
        if term.name in _HISTORY:
            self._historic = True
            return _Test(
                lambda block: _before(block, self._history, term.name),
                lambda number: accept(_with_past(term.name, number)),
            )
        if term.name == "userId":
            return _Test(lambda block: block.people, lambda who: accept(_seen(person=self._person(who))))
        if term.name in ("visitStartServerHour", "visitServerHour"):
            return _Test(
                lambda block: [
                    at // 3600 % 24 for at in (block.ends if term.name == "visitServerHour" else block.starts)
                ],
                lambda hour: accept(_seen(start=hour * 3600, last=hour * 3600)),
            )
        if term.name in _PLACE:
            return _Test(
                lambda block: block.places,
                lambda number: accept(_seen(person=SimpleNamespace(place=drawer.places[number]))),
            )
        if term.name in _DEVICE:
            return _Test(
                lambda block: block.devices,
                lambda number: accept(_seen(device=drawer.devices[number])),
            )
        if term.name in _SOURCE:
            return _Test(
                lambda block: block.sources,
                lambda number: accept(_seen(source=drawer.sources[number])),
            )
        facts: Any = self._drawer.facts
        return _Test(lambda block: block.keys, lambda number: accept(_journey(facts[number])))

    def _person(self, who: int) -> Any:
        traffic = self._drawer.traffic
        user = None if who == ONE_TIME or who % traffic.sitemap.known else traffic.person(who).user_id
        return SimpleNamespace(user_id=user)

    async def of(self, block: Block) -> bytearray:
        """1 for each visit of the block that is in the segment, 0 for the others."""
        found = self._made.get(block.shift)
        if found is None:
            if self._historic:
                await self._history.upto((block.shift + 1) * SHIFT - 1)
            found = await self._one_by_one(block) if self._each else self._by_columns(block)
            self._made[block.shift] = found
            if len(self._made) > _KEPT:
                self._made.popitem(last=False)
            await self._pieces.pause()
        return found

    def _by_columns(self, block: Block) -> bytearray:
        masks = [_either([test.mask(block) for test in tests]) for tests in self._groups]
        return _all(masks, len(block))

    async def _one_by_one(self, block: Block) -> bytearray:
        """Conditions that only the whole visit answers; only visits that meet the others are put to them."""
        traffic = self._drawer.traffic
        mask, maybe = bytearray(len(block)), self._by_columns(block)
        place = {mark: index for index, mark in enumerate(block.marks)}
        for within in range(SLOTS):
            for sketch in traffic.draw(block.shift * SLOTS + within):
                index = place[within << 8 | sketch.ordinal]
                mask[index] = maybe[index] and self._accept(traffic.visit(sketch, float("inf")))
            await self._pieces.pause()
        return mask


def _seen(**known: Any) -> Any:
    return SimpleNamespace(**known)


def _journey(facts: Any) -> Any:
    return _Journey(facts)


def _either(masks: Sequence[bytearray]) -> bytearray:
    return masks[0] if len(masks) == 1 else bytearray(map(max, *masks))


def _all(masks: Iterable[bytearray], count: int) -> bytearray:
    found = bytearray(b"\x01") * count
    for mask in masks:
        found = bytearray(map(min, found, mask))
    return found
