"""Snapshots of the past in a fifth of their memory: what several of them share is kept once, and all is compressed."""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from operator import attrgetter
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from matomo_tui.live.snapshot import (
    CounterRow,
    LiveSnapshot,
    Minutes,
    Presence,
    Ranking,
    VisitRow,
)

T = TypeVar("T")

PATTERN = 16 * 1024
"""Bytes of earlier values that a value is compressed against."""
RENEWED = 512
"""Values after which the pattern is renewed; sooner at first, when it is empty."""
_LEVEL = 3
_RAW_DEFLATE = -zlib.MAX_WBITS

_PARTS: dict[str, Any] = {
    "counters": CounterRow,
    "minutes": Minutes,
    "pages": Ranking,
    "paths": Ranking,
    "sources": Ranking,
    "countries": Ranking,
    "devices": Ranking,
    "happenings": Ranking,
}
"""The parts of a snapshot that are compressed as a whole, with their types. Visits are kept one by one."""
_parts_of: Callable[[LiveSnapshot], tuple[Any, ...]] = attrgetter(*_PARTS)

_PRESENCES = tuple(Presence)

_Packed = tuple[bytes, bytes]
"""A compressed value, and what it was compressed against, which many values share."""


class _Packer(Generic[T]):
    """Compresses values of one type, each against those before, which it resembles."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind
        self._encode = msgspec.msgpack.Encoder().encode
        self._pattern = self._earlier = b""
        self._count = 0
        self._last: tuple[T, _Packed] | None = None

    def pack(self, value: T) -> _Packed:
        """Compress ``value``; the last one again gives the same object."""
        if self._last is not None and self._last[0] is value:
            return self._last[1]
        plain = self._encode(value)
        compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW_DEFLATE, zdict=self._pattern)
        packed = compressor.compress(plain) + compressor.flush(), self._pattern
        self._earlier = (self._earlier + plain)[-PATTERN:]
        self._count += 1
        if self._count % RENEWED == 0 or self._count.bit_count() == 1:
            self._pattern = self._earlier
        self._last = value, packed
        return packed

    def unpack(self, packed: _Packed) -> T:
        """Return an object that equals the packed one."""
        data, pattern = packed
        found: T = self._decoder.decode(zlib.decompressobj(_RAW_DEFLATE, zdict=pattern).decompress(data))
        return found

    @cached_property
    def _decoder(self) -> msgspec.msgpack.Decoder[T]:
        return msgspec.msgpack.Decoder(self._kind)


class _Rows:
    """States of visits that were compressed against one pattern, each with the numbers of the first and the last
    snapshot that have it.

    An hour has tens of thousands of them: in arrays they take a third of what they would take as objects.
    """

    def __init__(self, pattern: bytes) -> None:
        self.pattern = pattern
        self._firsts, self.lasts = array("I"), array("I")
        self._presences = bytearray()
        """Kept aside, because it may change alone."""
        self._starts, self._ends = array("I"), array("I")
        self._data = bytearray()

    def __len__(self) -> int:
        return len(self.lasts)

    @property
    def size(self) -> int:
        """Bytes of all states."""
        return len(self._data)

    def add(self, packed: bytes, presence: Presence, number: int) -> int:
        """Keep a state that the snapshot ``number`` has. Returns its index."""
        self._data += packed
        return self._add(len(self._data) - len(packed), len(self._data), presence, number)

    def add_again(self, at: int, presence: Presence, number: int) -> int:
        """Keep the state with index ``at`` with another presence. Returns its index."""
        return self._add(self._starts[at], self._ends[at], presence, number)

    def of_snapshot(self, number: int) -> Iterator[tuple[_Packed, Presence]]:
        """Yield the states that the snapshot ``number`` has."""
        for at, (first, last) in enumerate(zip(self._firsts, self.lasts, strict=True)):
            if first <= number <= last:
                yield (self._packed(at), self.pattern), _PRESENCES[self._presences[at]]

    def without(self, oldest: int) -> tuple[_Rows, dict[int, int]]:
        """Return those that snapshots from number ``oldest`` on have, and their indices by those that they had."""
        kept = _Rows(self.pattern)
        indices: dict[int, int] = {}
        by_start: dict[int, int] = {}
        for at, last in enumerate(self.lasts):
            if last >= oldest:
                start, presence = self._starts[at], _PRESENCES[self._presences[at]]
                if start in by_start:
                    indices[at] = kept.add_again(by_start[start], presence, self._firsts[at])
                else:
                    indices[at] = by_start[start] = kept.add(self._packed(at), presence, self._firsts[at])
                kept.lasts[-1] = last
        return kept, indices

    def _add(self, start: int, end: int, presence: Presence, number: int) -> int:
        self._starts.append(start)
        self._ends.append(end)
        self._presences.append(_PRESENCES.index(presence))
        self._firsts.append(number)
        self.lasts.append(number)
        return len(self) - 1

    def _packed(self, at: int) -> bytes:
        return bytes(self._data[self._starts[at] : self._ends[at]])


class _Known(NamedTuple):
    """Where a visit of the newest snapshot is kept."""

    visit: VisitRow
    rows: _Rows
    at: int


class _Moment(Struct, frozen=True):
    """A snapshot whose visits are kept elsewhere."""

    number: int
    bare: LiveSnapshot
    """Without visits and ``_PARTS``."""
    parts: tuple[_Packed, ...]
    """In the order of ``_PARTS``."""


_EMPTY_PARTS: dict[str, Any] = {name: kind() for name, kind in _PARTS.items()}


class PackedSnapshots:
    """Snapshots of one site and segment, oldest first; each is unpacked when it is asked for."""

    def __init__(self) -> None:
        self._row_packer: _Packer[VisitRow] = _Packer(VisitRow)
        self._part_packers: tuple[_Packer[Any], ...] = tuple(map(_Packer, _PARTS.values()))
        self._moments: list[_Moment] = []
        self._rows: list[_Rows] = []
        self._newest: dict[int, _Known] = {}
        """The visits of the newest snapshot by ``id_visit``."""
        self._number = 0

    def __len__(self) -> int:
        return len(self._moments)

    @property
    def bare(self) -> list[LiveSnapshot]:
        """The snapshots without visits and figures: what is known without unpacking."""
        return [moment.bare for moment in self._moments]

    def extend(self, snapshots: Iterable[LiveSnapshot]) -> None:
        """Pack ``snapshots``, which follow the newest one."""
        for snapshot in snapshots:
            self._number += 1
            self._add_rows(snapshot.feed.visits)
            feed = replace(snapshot.feed, visits=())
            if self._moments and self._moments[-1].bare.feed == feed:
                feed = self._moments[-1].bare.feed
            packers = zip(self._part_packers, _parts_of(snapshot), strict=True)
            parts = tuple(packer.pack(part) for packer, part in packers)
            self._moments.append(_Moment(self._number, replace(snapshot, feed=feed, **_EMPTY_PARTS), parts))
        self._drop_rows(self._moments[0].number if self._moments else self._number)

    def drop(self, count: int) -> None:
        """Forget the oldest ``count`` snapshots; visits that are in no other one go with the next :meth:`extend`."""
        del self._moments[:count]

    def at(self, index: int) -> LiveSnapshot:
        """Return the snapshot at ``index``, equal to the packed one."""
        moment = self._moments[index]
        number, unpack = moment.number, self._row_packer.unpack
        found = (state for rows in self._rows for state in rows.of_snapshot(number))
        rows = [(unpack(packed), presence) for packed, presence in found]
        visits = [row if row.presence is presence else replace(row, presence=presence) for row, presence in rows]
        visits.sort(key=lambda visit: (visit.last_action_at, visit.id_visit), reverse=True)
        packed = zip(_PARTS, self._part_packers, moment.parts, strict=True)
        parts = {name: packer.unpack(part) for name, packer, part in packed}
        return replace(moment.bare, feed=replace(moment.bare.feed, visits=tuple(visits)), **parts)

    def _add_rows(self, visits: Iterable[VisitRow]) -> None:
        before, self._newest = self._newest, {}
        for visit in visits:
            known = before.get(visit.id_visit)
            if known is None or known.visit is not visit:
                known = self._keep(visit, known)
            known.rows.lasts[known.at] = self._number
            self._newest[visit.id_visit] = known

    def _keep(self, visit: VisitRow, before: _Known | None) -> _Known:
        if before is not None and replace(visit, presence=before.visit.presence) == before.visit:
            at = before.rows.add_again(before.at, visit.presence, self._number)
            return _Known(visit, before.rows, at)
        packed, pattern = self._row_packer.pack(visit)
        if not self._rows or self._rows[-1].pattern is not pattern:
            self._rows.append(_Rows(pattern))
        rows = self._rows[-1]
        return _Known(visit, rows, rows.add(packed, visit.presence, self._number))

    def _drop_rows(self, oldest: int) -> None:
        """Drop the rows that no snapshot from number ``oldest`` on has, together once half of those with the same
        pattern are."""
        moved: dict[int, tuple[_Rows, dict[int, int]]] = {}
        for place, rows in enumerate(self._rows):
            if 2 * sum(last < oldest for last in rows.lasts) >= len(rows):
                kept, indices = rows.without(oldest)
                moved[id(rows)] = kept, indices
                self._rows[place] = kept
        if not moved:
            return
        for id_visit, known in self._newest.items():
            if id(known.rows) in moved:
                kept, indices = moved[id(known.rows)]
                self._newest[id_visit] = _Known(known.visit, kept, indices[known.at])
        self._rows = [rows for rows in self._rows if len(rows)]
