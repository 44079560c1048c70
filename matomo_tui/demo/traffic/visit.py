"""One visit with all data that answers are computed from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property

from matomo_tui.demo.catalog.sources import Source
from matomo_tui.demo.catalog.visitors import Device
from matomo_tui.demo.entities import StoredSite
from matomo_tui.demo.traffic.people import Person
from matomo_tui.demo.traffic.steps import Journey, VisitStep


@dataclass(frozen=True, slots=True)
class Past:
    """A visitor's earlier visits; times are epochs, ``None`` for none."""

    visits: int = 0
    first: int | None = None
    last: int | None = None
    last_order: int | None = None
    orders: int = 0
    revenue: float = 0
    items: int = 0


NO_PAST = Past()


class SimulatedVisit(ABC):
    """A visit in progress: ``seen`` of the journey's steps have happened. ``start`` is an epoch.

    ``outline`` is the journey, perhaps without the contents of its steps that are the visit's own.
    """

    def __init__(self, number: int, site: StoredSite, start: int, seen: int, outline: Journey) -> None:
        self.id = number
        self.site = site
        self.start = start
        self.seen = seen
        self.outline = outline

    @property
    @abstractmethod
    def journey(self) -> Journey:
        """The whole journey, including future steps."""

    @property
    @abstractmethod
    def person(self) -> Person: ...

    @property
    @abstractmethod
    def who(self) -> int | str | None:
        """Identifies the visitor among those of the site; ``None`` for a one-time visitor."""

    @property
    @abstractmethod
    def source(self) -> Source: ...

    @property
    @abstractmethod
    def past(self) -> Past: ...

    @property
    def device(self) -> Device:
        return self.person.device

    @cached_property
    def steps(self) -> tuple[VisitStep, ...]:
        """The steps up to now."""
        return self.journey.steps[: self.seen]

    @property
    def last(self) -> int:
        """The epoch of the latest step."""
        return self.start + self.outline.offsets[self.seen - 1]

    @property
    def actions(self) -> int:
        """Page views, searches, downloads, outlinks and events up to now."""
        return self.outline.actions[self.seen]

    @property
    def interactions(self) -> int:
        """Page views and searches up to now."""
        return self.outline.interactions[self.seen]

    def counts_since(self, epoch: int) -> tuple[int, int]:
        """All steps except conversions, and conversions, from an epoch up to now."""
        outline = self.outline
        skipped = bisect_left(outline.offsets, epoch - self.start) if epoch > self.start else 0
        rows, conversions = outline.rows, outline.conversions
        return rows[self.seen] - rows[skipped], conversions[self.seen] - conversions[skipped]

    @property
    def converted(self) -> bool:
        """Returns True after a conversion of a goal or an order."""
        return any(step.kind in ("goal", "ecommerceOrder") for step in self.steps)

    @property
    def duration(self) -> int:
        """Matomo's visit duration in seconds: 0 for a single action."""
        return visit_length(self.last - self.start)


def visit_length(span: int) -> int:
    """Matomo's visit duration from the seconds between the first and the last action."""
    return span + 1 if span else 0
