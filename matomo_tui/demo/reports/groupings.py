"""What visits are grouped by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TypeVar

from matomo_tui.demo.catalog.devices import Device
from matomo_tui.demo.catalog.places import Place
from matomo_tui.demo.catalog.sources import Source
from matomo_tui.demo.catalog.zones import zone
from matomo_tui.demo.reports.accumulators import Key
from matomo_tui.demo.reports.blocks import ONE_TIME, Before, Block, Drawer
from matomo_tui.demo.reports.by_visit import Grouping
from matomo_tui.demo.reports.journey_stats import MOST_KEYS, JourneyStats, facts_of
from matomo_tui.demo.reports.selection import Part
from matomo_tui.demo.traffic.visit import Visit

T = TypeVar("T")
KeyOf = Callable[[T], Key | None]


_NAMES: set[str] = set()


def _own(name: str) -> str:
    """A grouping's name. Raises ``ValueError`` if another one has it: what is kept is kept by these names."""
    if name in _NAMES:
        raise ValueError(f"two groupings are called {name!r}")
    _NAMES.add(name)
    return name


def _by_table(
    name: str,
    column: Callable[[Block], Sequence[int]],
    values: Callable[[Drawer], Sequence[T]],
    key_of: KeyOf[T],
    of_visit: Callable[[Visit], T],
) -> Grouping:
    """By something that a column numbers; numbers with the same key become one of them."""
    name = _own(name)

    def codes(part: Part, _: date) -> Sequence[int]:
        table = part.drawer.tables.get(name)
        if table is None:
            first: dict[Key | None, int] = {}
            keys = [key_of(value) for value in values(part.drawer)]
            table = {number: first.setdefault(key, number) for number, key in enumerate(keys)}
            part.drawer.tables[name] = table
        return [table[number] for number in part.take(column(part.block))]

    return Grouping(
        name, codes, lambda drawer, code: key_of(values(drawer)[code]), lambda visit, _: key_of(of_visit(visit))
    )


def by_place(name: str, key_of: KeyOf[Place]) -> Grouping:
    """By where visitors are."""
    return _by_table(
        f"place: {name}",
        lambda block: block.places,
        lambda drawer: drawer.places,
        key_of,
        lambda visit: visit.person.place,
    )


def by_device(name: str, key_of: KeyOf[Device]) -> Grouping:
    """By what they visit with."""
    return _by_table(
        f"device: {name}",
        lambda block: block.devices,
        lambda drawer: drawer.devices,
        key_of,
        lambda visit: visit.device,
    )


def by_source(name: str, key_of: KeyOf[Source]) -> Grouping:
    """By where they come from."""
    return _by_table(
        f"source: {name}",
        lambda block: block.sources,
        lambda drawer: drawer.sources,
        key_of,
        lambda visit: visit.source,
    )


def by_journey(name: str, code_of: Callable[[JourneyStats], int]) -> Grouping:
    """By what the journey tells: ``code_of`` gives the row's key, a small number."""

    name = _own(f"journey: {name}")

    def codes(part: Part, _: date) -> Sequence[int]:
        table = part.drawer.tables.setdefault(name, {})
        keys = part.take(part.block.keys)
        for key in set(keys) - table.keys():
            table[key] = code_of(part.drawer.facts[key])
        return [table[key] for key in keys]

    return Grouping(name, codes, lambda _, code: code, lambda visit, _: code_of(facts_of(visit)))


def with_entry_page(outer: Grouping) -> Grouping:
    """Each row of a grouping by the page that visits began with, as ``shop.example/page``."""

    def page(facts: JourneyStats) -> str:
        return next((step.url.partition("://")[2] for step in facts.steps if step.kind == "action"), "")

    def codes(part: Part, day: date) -> Sequence[int]:
        keys = part.take(part.block.keys)
        return [first * MOST_KEYS + key for first, key in zip(outer.codes(part, day), keys, strict=True)]

    def meaning(drawer: Drawer, code: int) -> Key | None:
        first, key = divmod(code, MOST_KEYS)
        found = outer.meaning(drawer, first)
        return None if found is None else (found, page(drawer.facts[key]))

    def key_of(visit: Visit, day: date) -> Key | None:
        found = outer.key(visit, day)
        return None if found is None else (found, page(facts_of(visit)))

    return Grouping(_own(f"{outer.name} and entry page"), codes, meaning, key_of)


WHOLE = Grouping("whole", lambda part, _: [0] * len(part), lambda *_: 0, lambda *_: 0)
"""All visits in one row."""

NEW = Grouping(
    "new",
    lambda part, _: part.take(part.block.fresh),
    lambda _, code: code == 1,
    lambda visit, _: visit.past.visits == 0,
)
"""New visitors' (``True``) and returning ones'."""

WEEKDAY = Grouping(
    "weekday",
    lambda part, day: [day.weekday()] * len(part),
    lambda _, code: code,
    lambda _, day: day.weekday(),
)
"""By the day of the week, 0 for Monday."""


def _local_hours(part: Part, _: date) -> Sequence[int]:
    offsets = [place.utc_offset for place in part.drawer.places]
    starts, places = part.take(part.block.starts), part.take(part.block.places)
    return [(start // 3600 + offsets[place]) % 24 for start, place in zip(starts, places, strict=True)]


LOCAL_HOUR = Grouping(
    "local hour",
    _local_hours,
    lambda _, code: code,
    lambda visit, _: (visit.start // 3600 + visit.person.place.utc_offset) % 24,
)
"""By the hour on the visitor's clock when the visit began."""


def zone_offset(timezone: str, at: int) -> int:
    """Seconds that the zone is ahead of UTC at the epoch ``at``."""
    offset = datetime.fromtimestamp(at, zone(timezone)).utcoffset()
    return round(offset.total_seconds()) if offset else 0


def _site_hours(part: Part, _: date) -> Sequence[int]:
    starts = part.take(part.block.starts)
    if not starts:
        return []
    timezone = part.drawer.traffic.site.timezone
    early, late = zone_offset(timezone, min(starts)), zone_offset(timezone, max(starts))
    if early == late:
        return [(start + early) // 3600 % 24 for start in starts]
    return [(start + zone_offset(timezone, start)) // 3600 % 24 for start in starts]


SITE_HOUR = Grouping(
    "site hour",
    _site_hours,
    lambda _, code: code,
    lambda visit, _: (visit.start + zone_offset(visit.site.timezone, visit.start)) // 3600 % 24,
)
"""By the hour on the site's clock when the visit began."""


def by_history(
    name: str,
    column: Callable[[Before], Sequence[int]],
    code_of: Callable[[int], int],
    of_visit: Callable[[Visit], int],
) -> Grouping:
    """By what the visitor did before; the drawer's history has to know of it."""

    def codes(part: Part, _: date) -> Sequence[int]:
        history = part.drawer.history
        if history is None:
            raise LookupError("the history was not asked for")
        return [code_of(number) for number in part.take(column(history.of(part.block)))]

    return Grouping(_own(f"history: {name}"), codes, lambda _, code: code, lambda visit, _: code_of(of_visit(visit)))


_NOBODY = 1 << 40


def _user_codes(part: Part, _: date) -> Sequence[int]:
    known = part.drawer.traffic.sitemap.known
    return [_NOBODY if who == ONE_TIME or who % known else who for who in part.take(part.block.people)]


USER = Grouping(
    "user",
    _user_codes,
    lambda drawer, code: None if code == _NOBODY else drawer.traffic.person(code).user_id,
    lambda visit, _: visit.person.user_id,
)
"""By user id; whoever did not log in is in no row."""
