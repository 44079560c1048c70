"""Visitors: identity, place and device, when they come, and the schedule of returning ones."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate

from msgspec import Struct, field

from matomo_tui.demo.catalog import DEVICES, Device, Place, Sitemap
from matomo_tui.demo.data import load
from matomo_tui.demo.formats import zone_offset
from matomo_tui.demo.hashing import MASK, Lanes, Weighted, mix

_GIVEN = ("mara", "jonas", "aiko", "lena", "tom", "priya", "sofia", "emil", "noor", "yuki", "paulo", "ines", "kofi")
_FAMILY = ("okafor", "brandt", "sato", "lind", "moreau", "rossi", "novak", "silva", "haddad", "kim", "weber", "diaz")
_FACTOR = 0xD1B54A32D192ED03
ONCE = 1 << 32
"""Numbers from here on are one-time visitors and encode their visit. Most of these are during the visitor's day."""
SLOT = 600
"""Seconds in a slot, the unit of generation."""

SLOTS = 48
SHIFT = SLOT * SLOTS
"""Seconds in a shift (8 hours), within which each regular comes at most once."""

_KEPT_SHIFTS = 1024
_RUSH_ONE_IN = 41


class Shift(Struct, frozen=True):
    """The visits of each slot: all, of a rush, of regulars; ``before``: regulars earlier in the shift."""

    visits: tuple[int, ...]
    rush: tuple[int, ...]
    regulars: tuple[int, ...]
    before: tuple[int, ...]


class Rhythm:
    def __init__(self, sitemap: Sitemap, timezone: str, key: int) -> None:
        self._timezone = timezone
        self._key = key
        self._returning = sitemap.returning
        self._week = _week(sitemap)
        self.shift: Callable[[int], Shift] = lru_cache(maxsize=_KEPT_SHIFTS)(self._plan)

    def _plan(self, number: int) -> Shift:
        local = number * SHIFT + zone_offset(self._timezone, number * SHIFT)
        # The epoch was a Thursday; the weekly table begins on Monday.
        first = (local + 3 * 86_400) // SLOT
        visits, rush = [], []
        for slot, bits in enumerate(
            Lanes(range(self._key + number * SLOTS, self._key + (number + 1) * SLOTS)).mix().numbers()
        ):
            expected = self._week[(first + slot) % len(self._week)] * (0.72 + (bits & 0xFF) / 455)
            count = int(expected + (bits >> 8 & 0xFFFF) / 0x10000)
            rushing = int(expected * 1.6) if (bits >> 24) % _RUSH_ONE_IN == 0 else 0
            visits.append(count + rushing)
            rush.append(rushing)
        regulars = [round((count - rushing) * self._returning) for count, rushing in zip(visits, rush, strict=True)]
        return Shift(tuple(visits), tuple(rush), tuple(regulars), (0, *accumulate(regulars)))


def _week(sitemap: Sitemap) -> list[float]:
    """Expected visits in each of the week's 1008 slots, interpolated between hours."""
    expected = []
    hours = sitemap.hourly
    for day in sitemap.weekly:
        for slot in range(144):
            hour, part = slot // 6, slot % 6 / 6
            level = hours[hour] * (1 - part) + hours[(hour + 1) % 24] * part
            expected.append(sitemap.per_minute * 10 * day * level)
    return expected


_HOSTILE: Sequence[str] = load("hostile")["user_ids"]
DEVICE_TABLE = Weighted(DEVICES)
_INVERSE = pow(_FACTOR, -1, 1 << 64)


class Person(Struct, frozen=True):
    """A visitor; ``id`` is Matomo's visitor ID (16 hexadecimal digits)."""

    id: str
    fingerprint: str
    user_id: str | None
    ip: str
    place: Place
    device: Device


def visitor_id(number: int, site_id: int) -> str:
    return f"{(number + (site_id << 56)) * _FACTOR & MASK:016x}"


def person_number(visitor: str, site_id: int) -> int | None:
    """The number behind a visitor ID; ``None`` if it is not a generated one of the site."""
    try:
        number = int(visitor, 16) * _INVERSE & MASK
    except ValueError:
        return None
    return number & ((1 << 56) - 1) if len(visitor) == 16 and number >> 56 == site_id else None


def single(slot: int, ordinal: int) -> int:
    """The number of the one-time visitor with the visit ``ordinal`` of ``slot``."""
    return ONCE + (slot << 8) + ordinal


def hour_of(number: int) -> int:
    return ((number - ONCE) >> 8) // 6 % 24


def person(number: int, site_id: int, key: int, places: Weighted[Place], known: int) -> Person:
    """The visitor ``number`` of a site; one in ``known`` returning visitors has a user id."""
    bits = mix(key ^ mix(number))
    place = places.pick(bits & 0xFFFF)
    if number >= ONCE and (hour_of(number) + place.utc_offset) % 24 < 6 and bits >> 60:
        place = places.pick(mix(bits) & 0xFFFF)
    more = bits >> 16
    user_id = None
    if number < ONCE and number % known == 0:
        name = f"{_GIVEN[more % 13]}.{_FAMILY[more // 13 % 12]}{number}"
        odd = number // known
        user_id = f"{name}@mail.example" if odd % 60 else f"{_HOSTILE[odd // 60 % 3]}{number}"
    ip = f"{place.networks[more % len(place.networks)]}.{(bits >> 24) % 256}.0.0"
    device = DEVICE_TABLE.pick(bits >> 40)
    return Person(visitor_id(number, site_id), f"{mix(bits):016x}", user_id, ip, place, device)


class Regulars(Struct):
    """A bijection between the regulars' visits of a shift and visitors (0 to ``count`` - 1); ``count`` is a prime.

    ``born`` (an epoch) is the start of the site's history. ``_shifts`` has for each shift from the first on: factor,
    offset, the factor's inverse, and the number of regulars.
    """

    count: int
    _rhythm: Rhythm
    _key: int
    _born: int
    _shifts: list[tuple[int, int, int, int]] = field(default_factory=list)
    _began: dict[int, int] = field(default_factory=dict)

    @property
    def _first(self) -> int:
        return self._born // SHIFT

    def _upto(self, shift: int) -> list[tuple[int, int, int, int]]:
        for number in range(self._first + len(self._shifts), shift + 1):
            bits = mix(self._key + number)
            factor = 1 + bits % (self.count - 1)
            comers = self._rhythm.shift(number).before[-1]
            self._shifts.append((factor, (bits >> 32) % self.count, pow(factor, -1, self.count), comers))
        return self._shifts

    def people(self, shift: int, first: int, count: int) -> list[int]:
        """The visitors of ``count`` regular visits from the ``first``-th of the shift on."""
        factor, start, _, _ = self._upto(shift)[shift - self._first]
        size = self.count
        return [(factor * turn + start) % size for turn in range(first, first + count)]

    def first_shift(self, person: int, current: int) -> int:
        """The shift of the visitor's first visit, at most ``current``."""
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
        """Slot and ordinal of the visitor's visits in slots that began by ``before`` (an epoch), oldest first."""
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
