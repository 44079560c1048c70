"""Stateless pseudo-random numbers: any hour of any day is generated independently and reproducibly."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Generic, TypeVar

_LANE = 16
T = TypeVar("T")

MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


def mix(number: int) -> int:
    """64 well-mixed bits of a non-negative ``number`` (the finalizer of SplitMix64)."""
    number = (number + _GOLDEN) & MASK
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & MASK
    return number ^ (number >> 31)


class Weighted(Generic[T]):
    """A weighted table drawn from with random bits; ``indexes`` has each index in proportion to its weight."""

    __slots__ = ("indexes", "values")

    def __init__(self, table: Sequence[tuple[float, T]], slots: int = 4096) -> None:
        total = sum(weight for weight, _ in table)
        self.values: tuple[T, ...] = tuple(value for _, value in table)
        self.indexes: list[int] = []
        for index, upto in enumerate(accumulate(weight for weight, _ in table)):
            self.indexes.extend([index] * (round(upto / total * slots) - len(self.indexes)))

    def pick(self, bits: int) -> T:
        return self.values[self.indexes[bits % len(self.indexes)]]


@lru_cache(maxsize=256)
def _ones(count: int) -> int:
    """A one in each of ``count`` lanes of 128 bits, which hold the product of two 64-bit numbers."""
    return int.from_bytes((b"\x01" + bytes(_LANE - 1)) * count, "little")


class Lanes:
    """Many 64-bit numbers, mixed all at once.

    How it works: the numbers lie side by side in one long integer, each in a lane of 128 bits, which has room for the
    product of two numbers of 64 bits. One addition, shift or multiplication of that integer, which Python does in C,
    applies to every number; a mask then clears the upper half of each lane. The results are those of :func:`mix`.

    Why: mixing is most of the cost of generating visits. Measured with 2,500 numbers: 0.17 ms, against 0.74 ms one by
    one.
    """

    __slots__ = ("_count", "_lanes", "_mask", "_ones")

    def __init__(self, numbers: Sequence[int]) -> None:
        self._count = len(numbers)
        spread = array("Q", bytes(_LANE * self._count))
        spread[::2] = array("Q", numbers)
        self._lanes = int.from_bytes(spread.tobytes(), "little")
        self._ones = _ones(self._count)
        self._mask = self._ones * MASK

    def mix(self) -> Lanes:
        """Mix every number in place; returns self."""
        mask = self._mask
        lanes = (self._lanes + self._ones * _GOLDEN) & mask
        lanes = ((lanes ^ ((lanes >> 30) & mask)) * 0xBF58476D1CE4E5B9) & mask
        lanes = ((lanes ^ ((lanes >> 27) & mask)) * 0x94D049BB133111EB) & mask
        self._lanes = lanes ^ ((lanes >> 31) & mask)
        return self

    def xor(self, key: int) -> Lanes:
        self._lanes ^= self._ones * key
        return self

    def numbers(self) -> array[int]:
        return array("Q", self._lanes.to_bytes(_LANE * self._count, "little"))[::2]
