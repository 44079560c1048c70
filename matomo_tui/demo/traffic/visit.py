"""One visit with everything that answers are computed from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

from matomo_tui.demo.catalog.devices import Device
from matomo_tui.demo.catalog.sources import Source
from matomo_tui.demo.entities import StoredSite
from matomo_tui.demo.traffic.people import Person
from matomo_tui.demo.traffic.steps import Journey, VisitStep


@dataclass(frozen=True, slots=True)
class Past:
    """What a visitor did before this visit; times are epochs, ``None`` where there was none."""

    visits: int = 0
    first: int | None = None
    last: int | None = None
    last_order: int | None = None
    orders: int = 0
    revenue: float = 0
    items: int = 0


NO_PAST = Past()


class SimulatedVisit(ABC):
    """A visit as far as it has come: ``seen`` of the journey's steps have happened. ``start`` is an epoch.

    Who, from where and with which past is found out when it is asked for.
    """

    def __init__(self, number: int, site: StoredSite, start: int, seen: int) -> None:
        self.id = number
        self.site = site
        self.start = start
        self.seen = seen

    @property
    @abstractmethod
    def journey(self) -> Journey:
        """All that will have happened in the end."""

    @property
    @abstractmethod
    def person(self) -> Person:
        """Who visits."""

    @property
    @abstractmethod
    def source(self) -> Source:
        """Where they come from."""

    @property
    @abstractmethod
    def past(self) -> Past:
        """What they did before."""

    @property
    def device(self) -> Device:
        """What they visit with."""
        return self.person.device

    @cached_property
    def steps(self) -> tuple[VisitStep, ...]:
        """What has happened so far."""
        return self.journey.steps[: self.seen]

    @cached_property
    def last(self) -> int:
        """When the latest step happened, as an epoch."""
        return self.start + self.journey.offsets[self.seen - 1]

    @property
    def actions(self) -> int:
        """Page views, searches, downloads, outlinks and events so far."""
        return self.journey.actions[self.seen]

    @property
    def interactions(self) -> int:
        """Page views and searches so far."""
        return self.journey.interactions[self.seen]

    @property
    def converted(self) -> bool:
        """Returns True if a goal or an order was reached."""
        return any(step.kind in ("goal", "ecommerceOrder") for step in self.steps)

    @property
    def duration(self) -> int:
        """Matomo's visit duration in seconds: a lone action has none."""
        return visit_length(self.last - self.start)


def visit_length(span: int) -> int:
    """Matomo's visit duration from the seconds between the first and the last action."""
    return span + 1 if span else 0
