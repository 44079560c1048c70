"""The people who come back. Who comes in a shift is a permutation that can be undone, so that a person's
earlier visits are found without drawing everybody's.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from matomo_tui.demo.mixing import mix
from matomo_tui.demo.traffic.rhythm import SHIFT, SLOT, SLOTS, Rhythm


class Regulars:
    """Maps the regulars' visits of a shift to people (0 to ``count`` - 1) and back; ``count`` is a prime."""

    def __init__(self, count: int, rhythm: Rhythm, key: int) -> None:
        self.count = count
        self._rhythm = rhythm
        self._key = key
        self._factors: dict[int, tuple[int, int, int]] = {}

    def _permutation(self, shift: int) -> tuple[int, int, int]:
        found = self._factors.get(shift)
        if found is None:
            bits = mix(self._key + shift)
            factor = 1 + bits % (self.count - 1)
            found = self._factors[shift] = (factor, (bits >> 32) % self.count, pow(factor, -1, self.count))
        return found

    def person(self, shift: int, turn: int) -> int:
        """Who comes as the ``turn``-th regular of the shift."""
        factor, start, _ = self._permutation(shift)
        return (factor * turn + start) % self.count

    def people(self, shift: int, first: int, count: int) -> list[int]:
        """Who come as ``count`` regulars from the ``first``-th on."""
        factor, start, _ = self._permutation(shift)
        size = self.count
        return [(factor * turn + start) % size for turn in range(first, first + count)]

    def visits(self, person: int, since: float, before: float) -> Iterator[tuple[int, int]]:
        """Slot and ordinal number within it of the person's visits in the slots from ``since`` to ``before``
        (epochs), oldest first."""
        first_slot, last_slot = int(since) // SLOT, int(before) // SLOT
        for shift in range(int(since) // SHIFT, int(before) // SHIFT + 1):
            _, start, inverse = self._permutation(shift)
            turn = (person - start) * inverse % self.count
            counted = self._rhythm.shift(shift).before
            if turn < counted[-1]:
                within = bisect_right(counted, turn) - 1
                slot = shift * SLOTS + within
                if first_slot <= slot <= last_slot:
                    yield slot, turn - counted[within]
