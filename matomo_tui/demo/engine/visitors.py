"""How many different people came in a longer time: they cannot be added up from the days."""

from __future__ import annotations

from dataclasses import dataclass, field

from matomo_tui.demo.cooperative import Yielder
from matomo_tui.demo.engine.selection import Selection
from matomo_tui.demo.engine.visit_generator import ONE_TIME
from matomo_tui.demo.traffic.people import person_number


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
