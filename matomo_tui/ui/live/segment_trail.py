"""The steps of narrowing: a history of segments, each narrower than the one before."""

from __future__ import annotations

from msgspec import Struct


class SegmentStep(Struct, frozen=True):
    """One step of narrowing."""

    segment: str
    """All conditions up to this step, in Matomo's syntax."""
    label: str
    """This step in words."""


class SegmentTrail:
    """The steps of narrowing, empty at first; true if there is one."""

    def __init__(self) -> None:
        self._steps: list[SegmentStep] = []

    def __bool__(self) -> bool:
        return bool(self._steps)

    @property
    def segment(self) -> str:
        """The segment of the last step; ``""`` if there is none."""
        return self._steps[-1].segment if self._steps else ""

    @property
    def labels(self) -> tuple[str, ...]:
        """The steps in words, the oldest first."""
        return tuple(step.label for step in self._steps)

    def add(self, segment: str, label: str) -> bool:
        """Add a step. Returns False if ``segment`` is among the steps already."""
        parts = self.segment.split(";") if self._steps else []
        if segment in parts:
            return False
        self._steps.append(SegmentStep(";".join([*parts, segment]), label))
        return True

    def replace(self, segment: str, label: str) -> None:
        """Replace all steps by one; by none if ``segment`` is ``""``."""
        self._steps = [SegmentStep(segment, label)] if segment else []

    def pop(self) -> bool:
        """Remove the last step. Returns False if there is none."""
        if not self._steps:
            return False
        self._steps.pop()
        return True

    def clear(self) -> bool:
        """Remove all steps. Returns False if there were none."""
        had = bool(self._steps)
        self._steps.clear()
        return had
