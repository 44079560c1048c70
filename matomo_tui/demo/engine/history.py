"""Earlier visits of returning visitors, for the reports that count visits and days."""

from __future__ import annotations

from array import array

from matomo_tui.demo.cooperative import Yielder
from matomo_tui.demo.engine.visit_generator import ONE_TIME, Before, VisitBlock, VisitGenerator
from matomo_tui.demo.traffic.daily_curve import SHIFT

_DAY = 86_400


class VisitHistory:
    """Grows from the site's first shift on, as one visit knows of the ones before it only then."""

    def __init__(self, generator: VisitGenerator, pieces: Yielder) -> None:
        self._generator = generator
        self._pieces = pieces
        self._next = generator.traffic.born // SHIFT
        self._before: dict[int, Before] = {}
        people = generator.traffic.regulars.count
        self._visits = [0] * people
        self._first = [0] * people
        self._last = [0] * people
        self._ordered = bytearray(people)

    async def upto(self, now: float) -> None:
        """Learn of all visits that begin in shifts until ``now`` (an epoch)."""
        while self._next <= int(now) // SHIFT:
            # Somebody else may go on while this one waits for the block.
            shift = self._next
            block = await self._generator.block(shift)
            if shift == self._next:
                self._next += 1
                self._before[shift] = self._learn(block)
            await self._pieces.pause()

    def _learn(self, block: VisitBlock) -> Before:
        count = len(block)
        visits, since_first, since_last = (array("H", bytes(2 * count)) for _ in range(3))
        ordered = array("B", bytes(count))
        for index, who in enumerate(block.people):
            if who == ONE_TIME:
                continue
            start = block.starts[index]
            if self._visits[who]:
                visits[index], ordered[index] = self._visits[who], self._ordered[who]
                since_first[index] = (start - self._first[who]) // _DAY
                since_last[index] = max(0, start - self._last[who]) // _DAY
            else:
                self._first[who] = start
            self._visits[who] += 1
            self._last[who] = block.ends[index]
            if index in block.orders:
                self._ordered[who] = 1
        return Before(visits, ordered, since_first, since_last)

    def of(self, block: VisitBlock) -> Before:
        """The history before the visits of a block."""
        return self._before[block.shift]
