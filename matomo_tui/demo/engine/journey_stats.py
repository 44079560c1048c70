"""The contribution of a visit to reports, so far as it depends on its journey alone: computed once per journey."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple
from zlib import crc32

from matomo_tui.demo.hashing import mix
from matomo_tui.demo.traffic.journeys import JOURNEYS, Journeys, spoil
from matomo_tui.demo.traffic.visit import GoalKey, Journey, SimulatedVisit, VisitStep, seconds_spent, visit_length

HOSTILITIES = 12
"""The number of variants of hostile steps; hostile sources repeat with a shorter cycle."""

KEYS = JOURNEYS * (HOSTILITIES + 1)
"""A journey key is ``taken + JOURNEYS * (hostile variant + 1) + KEYS * era``: journey, variant, and set of goals."""

FIRST_OWN_KEY = KEYS * 1024
"""Keys from here on stand for single visits that share their journey with no other."""

MOST_KEYS = 2 * FIRST_OWN_KEY

ORDER = "ecommerceOrder"
CART = "ecommerceAbandonedCart"


class Reached(NamedTuple):
    """A conversion: the goal, the index of its step, and the revenue (that of an order belongs to the visit)."""

    goal: GoalKey
    step: int
    revenue: float


class Timing(NamedTuple):
    """The load time of a page in seconds: server, transfer, building the document."""

    server: float
    transfer: float
    dom: float


class JourneyStats:
    """A journey with its statistics. ``order`` is the cart ordered, ``left`` the cart abandoned."""

    def __init__(self, journey: Journey, seen: int) -> None:
        self.steps: Sequence[VisitStep] = journey.steps[:seen]
        self.offsets: Sequence[int] = journey.offsets[:seen]
        self.actions = journey.actions[seen]
        self.length = visit_length(self.offsets[-1])
        self.bounced = self.actions <= 1
        self.reached = tuple(_reached(self.steps))
        self.converted = bool(self.reached)
        self.order = next((step.cart for step in self.steps if step.kind == ORDER), None)
        self.left = next((step.cart for step in self.steps if step.kind == CART), None)

    @cached_property
    def conversions(self) -> dict[GoalKey, tuple[int, float]]:
        """Conversions and revenue of each goal, without the revenue of orders."""
        found: dict[GoalKey, tuple[int, float]] = {}
        for goal, _, revenue in self.reached:
            count, before = found.get(goal, (0, 0.0))
            found[goal] = (count + 1, before + revenue)
        return found

    @cached_property
    def pages(self) -> tuple[int, ...]:
        return tuple(index for index, step in enumerate(self.steps) if step.kind == "action")

    def spent(self, index: int) -> int:
        return seconds_spent(self.steps, self.offsets, index)

    def timing(self, index: int) -> Timing:
        bits = mix(crc32(self.steps[index].url.encode("utf-8", "replace")) ^ self.offsets[-1] * 977 + index)
        # Three ranges from fast to slow, each with a long tail.
        server = 0.04 + _tail(bits & 0xFFFF, 0.3)
        return Timing(server, 0.015 + _tail(bits >> 16 & 0xFFFF, 0.07), 0.05 + _tail(bits >> 32 & 0xFFFF, 0.35))


def _tail(share: int, scale: float) -> float:
    part = share / 0x10000
    return round(scale * part * (0.5 + 2 * part * part * part), 3)


def _reached(steps: Sequence[VisitStep]) -> list[Reached]:
    found = []
    for index, step in enumerate(steps):
        if step.kind == "goal" and step.goal is not None:
            found.append(Reached(step.goal.id, index, step.revenue))
        elif step.kind == ORDER:
            found.append(Reached(ORDER, index, 0.0))
    return found


class FactsByKey(dict[int, JourneyStats]):
    """The statistics of every journey key of one site, computed on first use; ``eras``: journeys by set of goals."""

    def __init__(self, eras: Sequence[Journeys], main_url: str) -> None:
        super().__init__()
        self._eras = eras
        self._main_url = main_url

    def __missing__(self, key: int) -> JourneyStats:
        era, way = divmod(key, KEYS)
        hostility, taken = divmod(way, JOURNEYS)
        journey = self._eras[era][taken]
        if hostility:
            journey = Journey(journey.offsets, spoil(list(journey.steps), hostility - 1, self._main_url))
        made = self[key] = JourneyStats(journey, len(journey.steps))
        return made


def facts_of(visit: SimulatedVisit) -> JourneyStats:
    """The statistics of one visit up to now, including its own order."""
    return JourneyStats(visit.journey, visit.seen)
