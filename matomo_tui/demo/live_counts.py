"""What the live counters count: visits as far as they have come, and the actions of the last minutes."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field

from matomo_tui.demo.traffic.model import Sketch
from matomo_tui.demo.traffic.people import ONCE
from matomo_tui.demo.traffic.steps import Journey
from matomo_tui.demo.traffic.visit import SimulatedVisit


@dataclass(slots=True)
class LiveCounts:
    """Counts over any set of visits of one site."""

    visits: int = 0
    actions: int = 0
    """All that happened but conversions."""
    conversions: int = 0
    once: int = 0
    """Visitors who come only once."""
    regulars: set[int] = field(default_factory=set)
    """The numbers of other visitors."""
    names: set[str] = field(default_factory=set)
    """The visitor IDs of recorded visits."""

    @property
    def visitors(self) -> int:
        """Different visitors."""
        return self.once + len(self.regulars) + len(self.names)

    def add(self, other: LiveCounts) -> None:
        """Add the counts of other visits."""
        self.visits += other.visits
        self.actions += other.actions
        self.conversions += other.conversions
        self.once += other.once
        self.regulars |= other.regulars
        self.names |= other.names

    def add_sketch(self, sketch: Sketch, seen: int, clip: int | None = None) -> None:
        """Add a generated visit, of which ``seen`` steps have happened; with ``clip`` (an epoch) only the actions and
        conversions from then on."""
        self._add_steps(sketch.journey, seen, 0 if clip is None else clip - sketch.start)
        if sketch.person >= ONCE:
            self.once += 1
        else:
            self.regulars.add(sketch.person)

    def add_visit(self, visit: SimulatedVisit, clip: int) -> None:
        """Add a recorded visit, with its actions and conversions since ``clip`` (an epoch)."""
        self._add_steps(visit.journey, visit.seen, clip - visit.start)
        self.names.add(visit.person.id)

    def _add_steps(self, journey: Journey, seen: int, since: int) -> None:
        skipped = bisect_left(journey.offsets, since) if since > 0 else 0
        self.visits += 1
        self.actions += journey.rows[seen] - journey.rows[skipped]
        self.conversions += journey.conversions[seen] - journey.conversions[skipped]
