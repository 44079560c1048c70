"""Snapshots of the past in a fifth of their memory: what several of them share is kept once, and all is compressed."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from functools import cached_property
from operator import attrgetter
from typing import Any, Generic, TypeVar

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


class _Row(Struct):
    """One state of a visit, which the snapshots from number ``first`` to ``last`` have."""

    packed: _Packed
    presence: Presence
    """Kept aside, because it may change alone."""
    first: int
    last: int


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
        self._rows: list[_Row] = []
        self._newest: dict[int, tuple[VisitRow, _Row]] = {}
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
        oldest = self._moments[0].number if self._moments else self._number
        self._rows = [row for row in self._rows if row.last >= oldest]

    def drop(self, count: int) -> None:
        """Forget the oldest ``count`` snapshots; visits that are in no other one go with the next :meth:`extend`."""
        del self._moments[:count]

    def at(self, index: int) -> LiveSnapshot:
        """Return the snapshot at ``index``, equal to the packed one."""
        moment = self._moments[index]
        number, unpack = moment.number, self._row_packer.unpack
        rows = [(unpack(row.packed), row.presence) for row in self._rows if row.first <= number <= row.last]
        visits = [row if row.presence is presence else replace(row, presence=presence) for row, presence in rows]
        visits.sort(key=lambda visit: (visit.last_action_at, visit.id_visit), reverse=True)
        packed = zip(_PARTS, self._part_packers, moment.parts, strict=True)
        parts = {name: packer.unpack(part) for name, packer, part in packed}
        return replace(moment.bare, feed=replace(moment.bare.feed, visits=tuple(visits)), **parts)

    def _add_rows(self, visits: Iterable[VisitRow]) -> None:
        before, self._newest = self._newest, {}
        for visit in visits:
            known = before.get(visit.id_visit)
            if known is None or known[0] is not visit:
                known = visit, self._new_row(visit, known)
                self._rows.append(known[1])
            known[1].last = self._number
            self._newest[visit.id_visit] = known

    def _new_row(self, visit: VisitRow, before: tuple[VisitRow, _Row] | None) -> _Row:
        if before is not None and replace(visit, presence=before[0].presence) == before[0]:
            packed = before[1].packed
        else:
            packed = self._row_packer.pack(visit)
        return _Row(packed, visit.presence, self._number, self._number)
