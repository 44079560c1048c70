"""Decompresses response bodies with a size limit: 2 kB of nested gzip can expand to 3 GB."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator

from matomo_tui.api.transport import BIG

_STEP = 256 * 1024
_OVERHEAD = 64 * 1024
"""Bytes by which a compressed stream may be longer than its content."""
_GZIP, _ZLIB, _RAW = 31, 15, -15


class TooLong(Exception):
    """The body exceeds the limit; the part already read is discarded."""


class NoRoom(Exception):
    """All bodies that are being read exceed the room for them together; this one is discarded."""


class Room:
    """Bytes that the bodies being read may take together: several that are endless must not take several limits."""

    def __init__(self, limit: int) -> None:
        self.left = limit

    def take(self, size: int) -> None:
        """Take so many bytes. Raises ``NoRoom``."""
        if size > self.left:
            raise NoRoom
        self.left -= size


class UnknownEncoding(Exception):
    """Unsupported ``Content-Encoding``; ``str()`` is the header's value as received."""


class Damaged(Exception):
    """The compressed stream is invalid or truncated."""


async def decoded(chunks: AsyncIterator[bytes], encoding: str, limit: int, room: Room) -> bytes:
    """Join and decompress the ``chunks`` of a body; ``encoding`` is its ``Content-Encoding`` header.

    Supports a single gzip or deflate encoding, and at most ``limit`` bytes before and after decompression. Raises
    ``UnknownEncoding`` before reading anything, ``TooLong``, ``NoRoom`` or ``Damaged``.
    """
    names = [name for part in encoding.split(",") if (name := part.strip().lower()) not in ("", "identity")]
    if len(names) > 1 or (names and names[0] not in ("gzip", "x-gzip", "deflate")):
        raise UnknownEncoding(encoding)
    decoder = _Decoder(names[0], limit) if names else None
    parts: list[bytes] = []
    try:
        size = await _read(chunks, decoder, limit, room, parts)
        return await asyncio.to_thread(b"".join, parts) if size > BIG else b"".join(parts)
    finally:
        room.left += sum(map(len, parts))
        parts.clear()  # an error that is kept would keep them


async def _read(
    chunks: AsyncIterator[bytes], decoder: _Decoder | None, limit: int, room: Room, parts: list[bytes]
) -> int:
    """Read into ``parts``, and return their size in bytes."""
    size = received = 0
    async for chunk in chunks:
        received += len(chunk)
        if received > limit + (0 if decoder is None else _OVERHEAD):
            raise TooLong
        pending = chunk
        while pending:
            if decoder is None:
                part, pending = pending, b""
            else:
                work = decoder.step
                part, pending = await asyncio.to_thread(work, pending) if size > BIG else work(pending)
            size += len(part)
            if size > limit:
                raise TooLong
            room.take(len(part))
            parts.append(part)
    if decoder is not None and received and not decoder.complete:
        raise Damaged
    return size


class _Decoder:
    """One compressed stream; data after its end is ignored."""

    def __init__(self, name: str, limit: int) -> None:
        self._zlib = zlib.decompressobj(_ZLIB if name == "deflate" else _GZIP)
        self._may_be_raw = name == "deflate"
        self._step = min(_STEP, limit + 1)

    @property
    def complete(self) -> bool:
        """True if the end of the stream was reached."""
        return self._zlib.eof

    def step(self, data: bytes) -> tuple[bytes, bytes]:
        """Decode part of ``data``; returns at most 256 KiB of decoded bytes and the remaining input."""
        if self._zlib.eof:
            return b"", b""
        try:
            part = self._zlib.decompress(data, self._step)
        except zlib.error:
            if not self._may_be_raw:
                raise Damaged from None
            # Some servers send deflate without the zlib wrapper that RFC 9110 requires.
            self._may_be_raw, self._zlib = False, zlib.decompressobj(_RAW)
            return self.step(data)
        self._may_be_raw = False
        return part, self._zlib.unconsumed_tail
