"""The history of segments, each narrower than the one before."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SegmentStep:
    """One step: the whole segment with it, in Matomo's syntax, and the step in words."""

    segment: str
    label: str


class SegmentTrail:
    """The steps; none of them at first."""

    def __init__(self) -> None:
        self._steps: list[SegmentStep] = []

    def __bool__(self) -> bool:
        return bool(self._steps)

    @property
    def segment(self) -> str:
        """What everything is narrowed to; ``""`` for nothing."""
        return self._steps[-1].segment if self._steps else ""

    @property
    def labels(self) -> tuple[str, ...]:
        """The steps in words, the first one first."""
        return tuple(step.label for step in self._steps)

    def add(self, segment: str, label: str) -> bool:
        """One step further; whether it was not among the steps already."""
        parts = self.segment.split(";") if self._steps else []
        if segment in parts:
            return False
        self._steps.append(SegmentStep(";".join([*parts, segment]), label))
        return True

    def become(self, segment: str, label: str) -> None:
        """One step in place of all; none for ``""``."""
        self._steps = [SegmentStep(segment, label)] if segment else []

    def pop(self) -> bool:
        """One step back; whether there was one."""
        if not self._steps:
            return False
        self._steps.pop()
        return True

    def clear(self) -> bool:
        """No steps; whether there were any."""
        had = bool(self._steps)
        self._steps.clear()
        return had
