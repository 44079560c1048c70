"""Mixes many numbers at once: each in a lane of its own of one long integer, which Python multiplies in C."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from functools import lru_cache

from matomo_tui.demo.hashing import MASK

_GOLDEN = 0x9E3779B97F4A7C15
_LANE = 16


@lru_cache(maxsize=256)
def _ones(count: int) -> int:
    """A one in each of ``count`` lanes of 128 bits, room for the product of two numbers of 64."""
    return int.from_bytes((b"\x01" + bytes(_LANE - 1)) * count, "little")


class Lanes:
    """As many 64-bit numbers as ``numbers`` has, mixed together; the numbers of ``mix``, only faster."""

    __slots__ = ("_count", "_lanes", "_mask", "_ones")

    def __init__(self, numbers: Sequence[int]) -> None:
        self._count = len(numbers)
        spread = array("Q", bytes(_LANE * self._count))
        spread[::2] = array("Q", numbers)
        self._lanes = int.from_bytes(spread.tobytes(), "little")
        self._ones = _ones(self._count)
        self._mask = self._ones * MASK

    def mix(self) -> Lanes:
        """Mix every number as ``mixing.mix`` does; returns the lanes themselves."""
        mask = self._mask
        lanes = (self._lanes + self._ones * _GOLDEN) & mask
        lanes = ((lanes ^ ((lanes >> 30) & mask)) * 0xBF58476D1CE4E5B9) & mask
        lanes = ((lanes ^ ((lanes >> 27) & mask)) * 0x94D049BB133111EB) & mask
        self._lanes = lanes ^ ((lanes >> 31) & mask)
        return self

    def xor(self, key: int) -> Lanes:
        """Combine every number with ``key``; returns the lanes themselves."""
        self._lanes ^= self._ones * key
        return self

    def numbers(self) -> array[int]:
        """The numbers as they are now."""
        return array("Q", self._lanes.to_bytes(_LANE * self._count, "little"))[::2]
