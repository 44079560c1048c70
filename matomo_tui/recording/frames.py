"""The file format of recordings: one gzip member for each answer.

A recording is a valid gzip file of several members (RFC 1952), so ``zcat FILE`` prints it, one JSON object a line. Each
member is written with one call, is decodable without the others, and has the CRC-32 of its content at its end. A crash
in the middle of a write leaves an incomplete last member; everything before it can be read.

As in BGZF, the header of each member has an extra field, so that a reader finds the next member without decompressing
this one. Its subfield ``MT`` has, little-endian:

- the size of the whole member in bytes (4 bytes);
- the instant of the answer, a UTC epoch in seconds (a double of 8 bytes);
- the kind (1 byte): 0 a session, 1 an answer, 2 a request that failed, 3 and 4 the same of the live screen's polls (4
  also if the answer is an error), 5 a poll that an older file has too;
- the number of the session in this file (2 bytes);
- for each call of the request the key of 8 bytes that :func:`matomo_tui.recording.exchange.key_of` calculates.

The JSON objects:

- session: ``{"kind": "session", "at", "format": 1, "program", "address", "session", "personal"}``, the first of each
  file, and one for each further connection;
- answer: ``{"kind": "answer", "at", "session", "calls": [{"method", "params"}…], "bulk", "status", "headers", "took"}``
  with ``body``, the JSON of the answer (of a bulk request the list of answers), or ``text``, if it is not JSON;
- failure: ``{"kind": "failure", "at", "session", "calls", "bulk", "error", "sentence"}``: the request got no answer.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

FORMAT = 1
"""The version of the format. A reader refuses later ones."""
KEY = 8
"""Bytes of the key of a call."""
MOST_KEYS = 500
"""Keys in one member at most: the extra field has room for 64 KiB."""
MOST_BYTES = 96 * 1024 * 1024
"""Decompressed bytes of one member at most: one and a half times the longest answer that the program accepts."""

_FIXED = struct.Struct("<4sIBBH2sH")
"""Magic, method and flags; time; extra flags; system; length of the extra field; subfield id and its length."""
_EXTRA = struct.Struct("<IdBH")
_KIND_AT = _FIXED.size + 12
_TRAILER = struct.Struct("<II")
_START = b"\x1f\x8b\x08\x04"
_SUBFIELD = b"MT"
_LEVEL = 6


class FrameKind(IntEnum):
    """The kind of a member."""

    SESSION = 0
    ANSWER = 1
    FAILURE = 2
    POLL = 3
    FAILED_POLL = 4
    CARRIED_POLL = 5

    @property
    def failed(self) -> bool:
        """True if the request got no answer; of a poll also if it was answered by an error."""
        return self in (FrameKind.FAILURE, FrameKind.FAILED_POLL)


class DamagedMember(Exception):
    """A member's content does not have its checksum, or cannot be decompressed."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A member of a recording, without its content."""

    offset: int
    """Of its first byte in the file."""
    size: int
    """Of the member in bytes."""
    at: float
    """Epoch in seconds."""
    kind: FrameKind
    session: int
    """The number of the connection, counted in each file."""
    keys: tuple[bytes, ...]
    """Of the calls in the request, in their order."""


def encode(kind: FrameKind, at: float, session: int, keys: Sequence[bytes], content: bytes) -> bytes:
    """Return one member with ``content``, a line of JSON."""
    listed = b"".join(keys[:MOST_KEYS])
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = compressor.compress(content) + compressor.flush()
    extra = _EXTRA.size + len(listed)
    size = _FIXED.size + extra + len(packed) + _TRAILER.size
    head = _FIXED.pack(_START, max(0, int(at)) & 0xFFFFFFFF, 0, 255, extra + 4, _SUBFIELD, extra)
    trailer = _TRAILER.pack(zlib.crc32(content), len(content) & 0xFFFFFFFF)
    return b"".join((head, _EXTRA.pack(size, at, kind, session), listed, packed, trailer))


def carried(member: bytes) -> bytes:
    """Return the member of a poll as the next file begins with it."""
    return member[:_KIND_AT] + bytes([FrameKind.CARRIED_POLL]) + member[_KIND_AT + 1 :]


def is_recording(start: bytes) -> bool:
    """Return True if a file that begins with ``start`` (``HEAD`` bytes or more) is a recording."""
    return len(start) >= HEAD and start.startswith(_START) and start[12:14] == _SUBFIELD


HEAD = _FIXED.size + _EXTRA.size
"""Bytes that :func:`is_recording` needs."""


def walk(view: memoryview) -> Iterator[Frame]:
    """Yield the members of a file one after the other, up to the first one that is incomplete or is none."""
    offset = 0
    while (frame := _frame_at(view, offset)) is not None:
        yield frame
        offset += frame.size


def _frame_at(view: memoryview, offset: int) -> Frame | None:
    if offset + HEAD > len(view):
        return None
    start, _, _, _, whole, subfield, length = _FIXED.unpack_from(view, offset)
    if start != _START or subfield != _SUBFIELD or whole != length + 4 or length < _EXTRA.size:
        return None
    size, at, kind, session = _EXTRA.unpack_from(view, offset + _FIXED.size)
    keys_at = offset + HEAD
    count, rest = divmod(length - _EXTRA.size, KEY)
    least = HEAD + count * KEY + _TRAILER.size
    if rest or not least <= size <= len(view) - offset or kind > max(FrameKind) or at != at or abs(at) > 1e11:
        return None
    keys = tuple(bytes(view[keys_at + n * KEY : keys_at + (n + 1) * KEY]) for n in range(count))
    return Frame(offset, size, at, FrameKind(kind), session, keys)


def content(member: bytes | memoryview, frame: Frame) -> bytes:
    """Return the JSON in ``member``, the bytes of ``frame``. Raises :class:`DamagedMember`."""
    begin = HEAD + len(frame.keys) * KEY
    checksum, length = _TRAILER.unpack_from(member, frame.size - _TRAILER.size)
    if length > MOST_BYTES:
        raise DamagedMember
    try:
        decompressor = zlib.decompressobj(-zlib.MAX_WBITS)
        # No more than the member says: a few kB could be decompressed to any size.
        found = decompressor.decompress(member[begin : frame.size - _TRAILER.size], length + 1)
    except zlib.error:
        raise DamagedMember from None
    if not decompressor.eof or zlib.crc32(found) != checksum or len(found) & 0xFFFFFFFF != length:
        raise DamagedMember
    return found
