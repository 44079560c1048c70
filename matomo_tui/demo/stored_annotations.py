"""Saved segments, and annotations of dates."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

_MOST = 500


@dataclass(slots=True)
class StoredSegment:
    """A saved segment. ``site_id``: its only site, or 0 for all; ``created`` and ``edited`` are epochs."""

    id: int
    name: str
    definition: str
    login: str
    site_id: int
    for_all_users: bool
    auto_archive: bool
    created: float
    edited: float | None = None

    @property
    def hash(self) -> str:
        """Matomo's name of its archives."""
        return hashlib.md5(self.definition.encode(), usedforsecurity=False).hexdigest()


@dataclass(slots=True)
class StoredAnnotation:
    """An annotation of a site; ``id`` is unique within the site."""

    id: int
    day: date
    text: str
    starred: bool
    user: str


# Site, name, definition.
_SEGMENTS = (
    (1, "Phones in Germany", "deviceType==smartphone;countryCode==de"),
    (1, "Bought something", "visitEcommerceStatus==ordered"),
    (0, "Came back", "visitorType==returning"),
    (0, "From a search engine", "referrerType==search"),
)

# Site, days before the start, text, starred.
_ANNOTATIONS = (
    (1, 41, "Checkout in one page less", False),
    (1, 26, "New photos on all product pages", False),
    (1, 9, "Autumn sale begins 🍂", True),
    (1, 2, "Newsletter: warm light in November", False),
    (2, 12, "Linked from Hacker News", True),
    (3, 18, "SDK 4.2 released", True),
    (4, 5, "Storm special on air", False),
)


class Notes:
    """Saved segments and annotations of all sites; ``started`` is the epoch that the initial ones are dated from."""

    def __init__(self, started: float) -> None:
        self.segments: list[StoredSegment] = []
        self._annotations: dict[int, list[StoredAnnotation]] = {}
        today = datetime.fromtimestamp(started, UTC).date()
        for site_id, name, definition in _SEGMENTS:
            self.save(name, definition, "root", site_id, started - 86_400 * 30, for_all_users=True)
        for site_id, days, text, starred in _ANNOTATIONS:
            self.annotate(site_id, today - timedelta(days=days), text, "root", starred=starred)

    def save(
        self,
        name: str,
        definition: str,
        login: str,
        site_id: int,
        at: float,
        *,
        for_all_users: bool = False,
        auto_archive: bool = False,
    ) -> StoredSegment:
        number = max((segment.id for segment in self.segments), default=0) + 1
        made = StoredSegment(number, name, definition, login, site_id, for_all_users, auto_archive, at)
        self.segments = [*self.segments, made][-_MOST:]
        return made

    def segments_for(self, login: str, site_id: int | None) -> Iterable[StoredSegment]:
        """The segments available to a user on a site, or on any (``None``), sorted by name as Matomo does."""
        found = [
            segment
            for segment in self.segments
            if (segment.for_all_users or segment.login == login)
            and (site_id is None or segment.site_id in (0, site_id))
        ]
        return sorted(found, key=lambda segment: segment.name)

    def annotate(self, site_id: int, day: date, text: str, user: str, *, starred: bool = False) -> StoredAnnotation:
        notes = self._annotations.setdefault(site_id, [])
        made = StoredAnnotation(max((note.id for note in notes), default=-1) + 1, day, text, starred, user)
        notes.append(made)
        del notes[:-_MOST]
        return made

    def annotations(self, site_id: int, first: date = date.min, last: date = date.max) -> list[StoredAnnotation]:
        """The annotations of a site between two dates (both included), oldest first."""
        found = [note for note in self._annotations.get(site_id, ()) if first <= note.day <= last]
        return sorted(found, key=lambda note: (note.day, note.id))

    def annotation(self, site_id: int, number: int) -> StoredAnnotation | None:
        return next((note for note in self._annotations.get(site_id, ()) if note.id == number), None)

    def remove_annotation(self, site_id: int, number: int) -> None:
        self._annotations[site_id] = [note for note in self._annotations.get(site_id, ()) if note.id != number]
