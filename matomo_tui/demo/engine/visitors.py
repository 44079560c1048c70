"""Distinct visitors: of one day for each row, and of longer periods, over which daily ones cannot be added up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from matomo_tui.demo.cooperative import Yielder
from matomo_tui.demo.engine.selection import Day, Selection
from matomo_tui.demo.engine.visit_generator import ONE_TIME


def repeated_visits(day: Day) -> Iterator[Sequence[int]]:
    """The journey keys of the day's visits of each visitor with more than one."""
    first: dict[int | str, int] = {}
    several: dict[int | str, list[int]] = {}
    for part in day.parts:
        for who, key in zip(part.people, part.keys, strict=True):
            if who != ONE_TIME:
                if who in first:
                    several.setdefault(who, [first[who]]).append(key)
                else:
                    first[who] = key
    yield from several.values()


@dataclass(slots=True)
class Visitors:
    """``once`` counts one-time visitors; ``people`` are the others, ``users`` those of them who logged in."""

    once: int = 0
    people: set[int | str] = field(default_factory=set)
    users: set[int | str] = field(default_factory=set)

    @property
    def count(self) -> int:
        """Distinct visitors."""
        return self.once + len(self.people)


async def visitors_of(selection: Selection, pieces: Yielder) -> tuple[Visitors, Visitors, Visitors]:
    """All visitors, first-time ones, returning ones."""
    every, new, returning = Visitors(), Visitors(), Visitors()
    async for day in selection.days():
        for part in day.parts:
            people, fresh = part.people, part.fresh
            for half, wanted in ((new, 1), (returning, 0)):
                here = [who for who, first in zip(people, fresh, strict=True) if first == wanted]
                half.once += here.count(ONE_TIME)
                others = set(here) - {ONE_TIME}
                half.people |= others
                half.users |= {who for who in others if part.is_user(who)}
        await pieces.pause()
    every.once = new.once + returning.once
    every.people, every.users = new.people | returning.people, new.users | returning.users
    return every, new, returning


Counted = tuple[Visitors, Visitors, Visitors]


def visitors_merged(first: Counted, second: Counted) -> Counted:
    """The union of the visitors of two spans; neither argument is changed."""
    every, new, returning = (
        Visitors(one.once + other.once, one.people | other.people, one.users | other.users)
        for one, other in zip(first, second, strict=True)
    )
    return every, new, returning
