"""The live counters: counts of visits in progress, and of the actions of the last minutes."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field

from matomo_tui.demo.traffic.model import Sketch
from matomo_tui.demo.traffic.people import ONCE
from matomo_tui.demo.traffic.steps import Journey
from matomo_tui.demo.traffic.visit import SimulatedVisit


@dataclass(slots=True)
class LiveCounts:
    """Counts over a set of visits of one site."""

    visits: int = 0
    actions: int = 0
    """All steps except conversions."""
    conversions: int = 0
    once: int = 0
    """One-time visitors."""
    regulars: set[int] = field(default_factory=set)
    """The numbers of other visitors."""
    names: set[str] = field(default_factory=set)
    """The visitor IDs of recorded visits."""

    @property
    def visitors(self) -> int:
        """Distinct visitors."""
        return self.once + len(self.regulars) + len(self.names)

    def add(self, other: LiveCounts) -> None:
        self.visits += other.visits
        self.actions += other.actions
        self.conversions += other.conversions
        self.once += other.once
        self.regulars |= other.regulars
        self.names |= other.names

    def add_sketch(self, sketch: Sketch, seen: int, clip: int | None = None) -> None:
        """Add a generated visit after ``seen`` of its steps; with ``clip`` (an epoch) only later actions and
        conversions count.
        """
        self._add_steps(sketch.journey, seen, 0 if clip is None else clip - sketch.start)
        if sketch.person >= ONCE:
            self.once += 1
        else:
            self.regulars.add(sketch.person)

    def add_visit(self, visit: SimulatedVisit, clip: int) -> None:
        """Add a recorded visit; only actions and conversions since ``clip`` (an epoch) count."""
        self._add_steps(visit.journey, visit.seen, clip - visit.start)
        self.names.add(visit.person.id)

    def _add_steps(self, journey: Journey, seen: int, since: int) -> None:
        skipped = bisect_left(journey.offsets, since) if since > 0 else 0
        self.visits += 1
        self.actions += journey.rows[seen] - journey.rows[skipped]
        self.conversions += journey.conversions[seen] - journey.conversions[skipped]
