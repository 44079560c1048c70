"""Different visitors: of one day for each row, and of a longer time, for which they cannot be added up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from matomo_tui.demo.cooperative import Yielder
from matomo_tui.demo.engine.selection import Selection
from matomo_tui.demo.engine.visit_generator import ONE_TIME, BlockPart
from matomo_tui.demo.traffic.people import ONCE, person_number
from matomo_tui.demo.traffic.visit import SimulatedVisit

T = TypeVar("T")


class Meetings(Generic[T]):
    """The visits of one day by visitor: as journey keys, or as what a single visit adds."""

    __slots__ = ("_first", "_others", "_several")

    def __init__(self) -> None:
        self._first: dict[int, int] = {}
        self._several: dict[int, list[int]] = {}
        self._others: dict[int | str, list[T]] = {}

    def count(self, part: BlockPart, keys: Sequence[int]) -> None:
        """Count the visits of a part, which have these journey keys."""
        first, several = self._first, self._several
        for who, key in zip(part.take(part.block.people), keys, strict=True):
            if who != ONE_TIME:
                if who in first:
                    several.setdefault(who, []).append(key)
                else:
                    first[who] = key

    def add(self, visit: SimulatedVisit, own: T) -> None:
        """Add one visit, which adds ``own``."""
        number = person_number(visit.person.id, visit.site.id)
        who: int | str = visit.person.id if number is None or number >= ONCE else number
        self._others.setdefault(who, []).append(own)

    def groups(self, of_key: Callable[[int], T]) -> Iterator[list[T]]:
        """What the visits of everybody who came more than once add."""
        for who, keys in self._several.items():
            yield [of_key(key) for key in (self._first[who], *keys)] + self._others.pop(who, [])
        for other, added in self._others.items():
            before = [of_key(self._first[other])] if isinstance(other, int) and other in self._first else []
            if len(before) + len(added) > 1:
                yield before + added


@dataclass(slots=True)
class Visitors:
    """``once`` came once and never again; ``people`` are the others, ``users`` those of them who logged in."""

    once: int = 0
    people: set[int | str] = field(default_factory=set)
    users: set[int | str] = field(default_factory=set)

    @property
    def count(self) -> int:
        """Different visitors."""
        return self.once + len(self.people)


async def visitors_of(selection: Selection, pieces: Yielder) -> tuple[Visitors, Visitors, Visitors]:
    """Everybody, those whose first visit it was, and those who came back."""
    every, new, returning = Visitors(), Visitors(), Visitors()
    async for day in selection.days():
        for part in day.parts:
            known = part.generator.traffic.sitemap.known
            people, fresh = part.take(part.block.people), part.take(part.block.fresh)
            for half, wanted in ((new, 1), (returning, 0)):
                here = [who for who, first in zip(people, fresh, strict=True) if first == wanted]
                half.once += here.count(ONE_TIME)
                regulars = set(here) - {ONE_TIME}
                half.people |= regulars
                half.users |= {who for who in regulars if not who % known}
        for visit in day.others:
            half = returning if visit.past.visits else new
            # Who logged in and who came back has a number; tracked visitors have their id.
            number = person_number(visit.person.id, visit.site.id)
            who: int | str = visit.person.id if number is None else number
            half.people.add(who)
            if visit.person.user_id:
                half.users.add(who)
        await pieces.pause()
    every.once = new.once + returning.once
    every.people, every.users = new.people | returning.people, new.users | returning.users
    return every, new, returning


Counted = tuple[Visitors, Visitors, Visitors]


def visitors_merged(first: Counted, second: Counted) -> Counted:
    """Those of two times, each person once; neither is changed."""
    every, new, returning = (
        Visitors(one.once + other.once, one.people | other.people, one.users | other.users)
        for one, other in zip(first, second, strict=True)
    )
    return every, new, returning
