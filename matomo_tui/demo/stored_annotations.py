"""Saved segments, and annotations of dates."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from matomo_tui.demo.data import load

_MOST = 500


@dataclass(slots=True)
class StoredSegment:
    """A saved segment. ``site_id``: its only site, or 0 for all; ``created`` and ``edited`` are epochs."""

    name: str
    definition: str
    login: str
    site_id: int
    created: float
    for_all_users: bool = False
    auto_archive: bool = False
    edited: float | None = None
    id: int = 0

    @property
    def hash(self) -> str:
        """Matomo's name of its archives."""
        return hashlib.md5(self.definition.encode(), usedforsecurity=False).hexdigest()


@dataclass(slots=True)
class StoredAnnotation:
    """An annotation; ``id`` is unique within the site."""

    day: date
    text: str
    user: str
    starred: bool = False
    id: int = 0


class Notes:
    """Saved segments and annotations of all sites; ``started`` is the epoch that the initial ones are dated from."""

    def __init__(self, started: float) -> None:
        self.segments: list[StoredSegment] = []
        self._annotations: dict[int, list[StoredAnnotation]] = {}
        today = datetime.fromtimestamp(started, UTC).date()
        for site_id, name, definition in load("accounts")["segments"]:
            self.save(StoredSegment(name, definition, "root", site_id, started - 86_400 * 30, for_all_users=True))
        for site_id, days, text, starred in load("accounts")["annotations"]:
            self.annotate(site_id, StoredAnnotation(today - timedelta(days=days), text, "root", starred))

    def save(self, segment: StoredSegment) -> StoredSegment:
        segment.id = max((each.id for each in self.segments), default=0) + 1
        self.segments = [*self.segments, segment][-_MOST:]
        return segment

    def segments_for(self, login: str, site_id: int | None) -> Iterable[StoredSegment]:
        """The segments available to a user on a site, or on any (``None``), sorted by name as Matomo does."""
        found = [each for each in self.segments if each.for_all_users or each.login == login]
        return sorted((each for each in found if each.site_id in (0, site_id or each.site_id)), key=lambda s: s.name)

    def annotate(self, site_id: int, note: StoredAnnotation) -> StoredAnnotation:
        notes = self._annotations.setdefault(site_id, [])
        note.id = max((each.id for each in notes), default=-1) + 1
        notes.append(note)
        del notes[:-_MOST]
        return note

    def annotations(self, site_id: int, first: date = date.min, last: date = date.max) -> list[StoredAnnotation]:
        """The annotations of a site between two dates (both included), oldest first."""
        found = [note for note in self._annotations.get(site_id, ()) if first <= note.day <= last]
        return sorted(found, key=lambda note: (note.day, note.id))

    def remove_annotation(self, site_id: int, note: StoredAnnotation) -> None:
        self._annotations[site_id].remove(note)
