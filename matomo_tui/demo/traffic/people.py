"""Who visits: identity, home, device, and what their earlier visits make of them."""

from __future__ import annotations

from dataclasses import dataclass

from matomo_tui.demo.catalog import hostile
from matomo_tui.demo.catalog.devices import DEVICES, Device
from matomo_tui.demo.catalog.places import Place
from matomo_tui.demo.hashing import MASK, Weighted, mix

_GIVEN = ("mara", "jonas", "aiko", "lena", "tom", "priya", "sofia", "emil", "noor", "yuki", "paulo", "ines", "kofi")
_FAMILY = ("okafor", "brandt", "sato", "lind", "moreau", "rossi", "novak", "silva", "haddad", "kim", "weber", "diaz")
DEVICE_TABLE = Weighted(DEVICES)
"""Devices to draw from."""
_FACTOR = 0xD1B54A32D192ED03
_INVERSE = pow(_FACTOR, -1, 1 << 64)
ONCE = 1 << 32
"""People with a number from here on come only once: the number says with which visit. Mostly when they are awake."""


@dataclass(frozen=True, slots=True)
class Person:
    """A visitor as Matomo knows them; ``id`` is the visitor ID (16 hexadecimal digits)."""

    id: str
    fingerprint: str
    user_id: str | None
    ip: str
    place: Place
    device: Device


def visitor_id(number: int, site_id: int) -> str:
    """The visitor ID of a person; :func:`person_number` undoes it."""
    return f"{(number + (site_id << 56)) * _FACTOR & MASK:016x}"


def person_number(visitor: str, site_id: int) -> int | None:
    """The person's number behind a visitor ID, ``None`` if it is none of the site's."""
    try:
        number = int(visitor, 16) * _INVERSE & MASK
    except ValueError:
        return None
    return number & ((1 << 56) - 1) if len(visitor) == 16 and number >> 56 == site_id else None


def single(slot: int, ordinal: int) -> int:
    """The number of a person who comes only once, with the visit ``ordinal`` of ``slot``."""
    return ONCE + (slot << 8) + ordinal


def hour_of(number: int) -> int:
    """The hour of the day (UTC) in which a person who comes only once does."""
    return ((number - ONCE) >> 8) // 6 % 24


def person(number: int, site_id: int, key: int, places: Weighted[Place], known: int) -> Person:
    """The person ``number`` of a site; one in ``known`` of those who come back has a user id."""
    bits = mix(key ^ mix(number))
    place = places.pick(bits & 0xFFFF)
    if number >= ONCE and (hour_of(number) + place.utc_offset) % 24 < 6 and bits >> 60:
        place = places.pick(mix(bits) & 0xFFFF)
    more = bits >> 16
    user_id = None
    if number < ONCE and number % known == 0:
        name = f"{_GIVEN[more % 13]}.{_FAMILY[more // 13 % 12]}{number}"
        odd = number // known
        user_id = f"{name}@mail.example" if odd % 60 else f"{hostile.USER_IDS[odd // 60 % 3]}{number}"
    network = place.networks[more % len(place.networks)]
    return Person(
        id=visitor_id(number, site_id),
        fingerprint=f"{mix(bits):016x}",
        user_id=user_id,
        ip=f"{network}.{(bits >> 24) % 256}.0.0",
        place=place,
        device=DEVICE_TABLE.pick(bits >> 40),
    )
