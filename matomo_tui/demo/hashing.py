"""Random-looking numbers without a state: any hour of any day can be drawn on its own, and always the same."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Generic, TypeVar

T = TypeVar("T")

MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


def mix(number: int) -> int:
    """64 well-mixed bits of a non-negative ``number`` (the finalizer of SplitMix64)."""
    number = (number + _GOLDEN) & MASK
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & MASK
    return number ^ (number >> 31)


def mix_run(first: int, count: int) -> list[int]:
    """``mix`` of ``count`` numbers from ``first`` on; its body once more, as it is most of what a day costs."""
    drawn = []
    for number in range(first + _GOLDEN, first + _GOLDEN + count):
        bits = number & MASK
        bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & MASK
        drawn.append(bits ^ (bits >> 31))
    return drawn


class Weighted(Generic[T]):
    """A table to draw from by weight with bits that the caller already has."""

    __slots__ = ("_slots", "values")

    def __init__(self, table: Sequence[tuple[float, T]], slots: int = 4096) -> None:
        total = sum(weight for weight, _ in table)
        self.values: tuple[T, ...] = tuple(value for _, value in table)
        drawn: list[T] = []
        for (_, value), upto in zip(table, accumulate(weight for weight, _ in table), strict=True):
            drawn.extend([value] * (round(upto / total * slots) - len(drawn)))
        self._slots = drawn

    @property
    def table(self) -> Sequence[T]:
        """What each of the equal shares holds: ``pick(bits)`` is ``table[bits % len(table)]``."""
        return self._slots

    def pick(self, bits: int) -> T:
        """The value that ``bits`` fall on."""
        return self._slots[bits % len(self._slots)]
