"""Decompresses response bodies up to a limit: 2 kB of nested gzip can expand to 3 GB."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator

from matomo_tui.api.transport import BIG

_STEP = 256 * 1024
_OVERHEAD = 64 * 1024
"""Bytes that a compressed stream may be longer than what it holds."""
_GZIP, _ZLIB, _RAW = 31, 15, -15


class TooLong(Exception):
    """More than the bound; what came so far is dropped."""


class UnknownEncoding(Exception):
    """Another ``Content-Encoding`` than one that was asked for; ``str()`` is its name as it came."""


class Damaged(Exception):
    """Not compressed the way it says, or cut off."""


async def decoded(chunks: AsyncIterator[bytes], encoding: str, limit: int) -> bytes:
    """``chunks`` as they came over the line, without their one ``encoding`` (``Content-Encoding``, lists included).

    Takes gzip or deflate, once; at most ``limit`` bytes, before and after. Raises ``UnknownEncoding`` before anything
    is read, ``TooLong`` or ``Damaged``.
    """
    names = [name for part in encoding.split(",") if (name := part.strip().lower()) not in ("", "identity")]
    if len(names) > 1 or (names and names[0] not in ("gzip", "x-gzip", "deflate")):
        raise UnknownEncoding(encoding)
    decoder = _Decoder(names[0], limit) if names else None
    parts: list[bytes] = []
    size = received = 0
    async for chunk in chunks:
        received += len(chunk)
        if received > limit + (0 if decoder is None else _OVERHEAD):
            raise TooLong
        if decoder is None:
            parts.append(chunk)
            continue
        pending = chunk
        while pending:
            work = decoder.step
            part, pending = await asyncio.to_thread(work, pending) if size > BIG else work(pending)
            parts.append(part)
            size += len(part)
            if size > limit:
                raise TooLong
    if decoder is not None and received and not decoder.complete:
        raise Damaged
    return await asyncio.to_thread(b"".join, parts) if max(size, received) > BIG else b"".join(parts)


class _Decoder:
    """One compressed stream; what stands behind its end is left alone."""

    def __init__(self, name: str, limit: int) -> None:
        self._zlib = zlib.decompressobj(_ZLIB if name == "deflate" else _GZIP)
        self._may_be_raw = name == "deflate"
        self._step = min(_STEP, limit + 1)

    @property
    def complete(self) -> bool:
        """Whether its end was seen."""
        return self._zlib.eof

    def step(self, data: bytes) -> tuple[bytes, bytes]:
        """At most a step's worth of decoded bytes, and what of ``data`` is left to decode."""
        if self._zlib.eof:
            return b"", b""
        try:
            part = self._zlib.decompress(data, self._step)
        except zlib.error:
            if not self._may_be_raw:
                raise Damaged from None
            # Some servers send deflate without the wrapper that RFC 9110 asks for.
            self._may_be_raw, self._zlib = False, zlib.decompressobj(_RAW)
            return self.step(data)
        self._may_be_raw = False
        return part, self._zlib.unconsumed_tail
