"""The people who come back. Who comes in a shift is a permutation that can be undone, so that a person's
earlier visits are found without drawing everybody's.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from matomo_tui.demo.hashing import mix
from matomo_tui.demo.traffic.daily_curve import SHIFT, SLOT, SLOTS, Rhythm


class Regulars:
    """Maps the regulars' visits of a shift to people (0 to ``count`` - 1) and back; ``count`` is a prime.

    ``born`` (an epoch) is when the first of them came.
    """

    def __init__(self, count: int, rhythm: Rhythm, key: int, born: int) -> None:
        self.count = count
        self._rhythm = rhythm
        self._key = key
        self._born = born
        self._first = born // SHIFT
        # For each shift from the first on: factor, start, the factor's inverse, and how many regulars come.
        self._shifts: list[tuple[int, int, int, int]] = []
        self._began: dict[int, int] = {}

    def _upto(self, shift: int) -> list[tuple[int, int, int, int]]:
        for number in range(self._first + len(self._shifts), shift + 1):
            bits = mix(self._key + number)
            factor = 1 + bits % (self.count - 1)
            comers = self._rhythm.shift(number).before[-1]
            self._shifts.append((factor, (bits >> 32) % self.count, pow(factor, -1, self.count), comers))
        return self._shifts

    def people(self, shift: int, first: int, count: int) -> list[int]:
        """Who come as ``count`` regulars from the ``first``-th of the shift on."""
        factor, start, _, _ = self._upto(shift)[shift - self._first]
        size = self.count
        return [(factor * turn + start) % size for turn in range(first, first + count)]

    def first_shift(self, person: int, current: int) -> int:
        """The shift of the person's first visit, at the latest ``current``."""
        found = self._began.get(person)
        if found is None:
            size = self.count
            for index, (_, start, inverse, comers) in enumerate(self._upto(current)):
                turn = (person - start) * inverse % size
                if turn < comers and self._slot(index + self._first, turn)[0] * SLOT >= self._born:
                    found = self._began[person] = index + self._first
                    break
            else:
                return current
        return found

    def visits(self, person: int, before: float) -> Iterator[tuple[int, int]]:
        """Slot and ordinal number within it of the person's visits in slots that began by ``before`` (an epoch),
        oldest first."""
        size, last_slot = self.count, int(before) // SLOT
        last_shift = last_slot // SLOTS
        table = self._upto(last_shift)
        for index in range(last_shift - self._first + 1):
            _, start, inverse, comers = table[index]
            turn = (person - start) * inverse % size
            if turn < comers:
                slot, ordinal = self._slot(index + self._first, turn)
                if slot * SLOT >= self._born and slot <= last_slot:
                    yield slot, ordinal

    def _slot(self, shift: int, turn: int) -> tuple[int, int]:
        counted = self._rhythm.shift(shift).before
        within = bisect_right(counted, turn) - 1
        return shift * SLOTS + within, turn - counted[within]
