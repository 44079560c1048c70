"""Answers are decompressed once and up to a limit, whatever the server declares."""

from __future__ import annotations

import gzip as gz
import tracemalloc
import zlib
from collections.abc import AsyncIterator
from functools import cache
from typing import Any

import httpx
import pytest

from matomo_tui.api import live, server
from matomo_tui.api.address import Address
from matomo_tui.api.client import Client
from matomo_tui.api.decoding import Damaged, NoRoom, Room, TooLong, UnknownEncoding, decoded
from matomo_tui.api.errors import AnswerDamaged, AnswerTooLong, NotMatomo
from matomo_tui.api.http import HttpTransport
from matomo_tui.api.secret import Secret
from tests.api.wire import Wire


def packed(data: bytes) -> bytes:
    """``data`` as reproducible gzip, since test ids contain it."""
    return gz.compress(data, mtime=0)


VERSION = b'{"value": "5.8.0"}'
RAW = zlib.compressobj(wbits=-15)
RAW_DEFLATE = RAW.compress(VERSION) + RAW.flush()


@cache
def bomb() -> bytes:
    """An answer of 30 MB, packed; the tests that need one share it."""
    return packed(b"[" + b" " * 30_000_000)


def client(body: bytes, encoding: str) -> Client:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["accept-encoding"] == "gzip"
        return httpx.Response(200, stream=httpx.ByteStream(body), headers={"Content-Encoding": encoding})

    return Client(HttpTransport(Address.parse("stats.example"), Secret("x" * 32), httpx_transport=Wire(answer)))


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (VERSION, ""),
        (VERSION, "identity"),
        (packed(VERSION), "gzip"),
        (packed(VERSION), "X-GZIP"),
        (packed(VERSION), "identity, gzip"),
        (zlib.compress(VERSION), "deflate"),
        (RAW_DEFLATE, "deflate"),
        (packed(VERSION) + b"\0" * 9, "gzip"),
    ],
)
async def test_encodings_of_real_servers_are_read(body: bytes, encoding: str) -> None:
    assert await client(body, encoding).call(server.get_matomo_version()) == "5.8.0"


@pytest.mark.parametrize("encoding", ["gzip, gzip", "gzip,gzip,gzip", "deflate, gzip", "br", "zstd", "gzip\t,br", "x"])
async def test_other_and_nested_encodings_are_refused_unread(encoding: str) -> None:
    body = packed(packed(VERSION))
    with pytest.raises(NotMatomo, match="where only gzip was accepted: it was not read"):
        await client(body, encoding).call(server.get_matomo_version())


@pytest.mark.parametrize("body", [packed(VERSION)[:-9], VERSION, b"\x1f\x8b" + b"\xff" * 40])
async def test_a_damaged_answer_is_reported_as_damaged(body: bytes) -> None:
    with pytest.raises(AnswerDamaged, match="arrived damaged"):
        await client(body, "gzip").call(server.get_matomo_version())


async def test_an_answer_ends_at_the_requested_limit() -> None:
    body = bomb()
    tracemalloc.start()
    try:
        with pytest.raises(AnswerTooLong, match="more than 64 KiB, which was cut off"):
            await client(body, "gzip").call(live.get_counters(1, 3))
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


async def test_the_size_limit_of_a_bulk_is_the_sum_of_its_parts() -> None:
    calls = [live.get_counters(1, 3), live.get_last_visits_details(1, limit=100, columns=("idVisit",))]
    with pytest.raises(AnswerTooLong, match=r"more than 2.02 MiB"):
        await client(bomb(), "gzip").bulk(calls)


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


@pytest.mark.parametrize("size", [0, 1, 999_999, 3_000_000])
@pytest.mark.parametrize("coding", ["", "gzip", "deflate"])
async def test_any_size_and_any_cut_comes_out_whole(size: int, coding: str) -> None:
    plain = bytes(range(256)) * (size // 256) + b"." * (size % 256)
    sent = {"": plain, "gzip": packed(plain), "deflate": zlib.compress(plain)}[coding]
    step = max(1, len(sent) // 3)
    cut = [sent[at : at + step] for at in range(0, len(sent), step)]
    assert await decoded(chunks(*cut), coding, size, Room(size)) == plain


@pytest.mark.parametrize("coding", ["", "gzip"])
async def test_one_byte_more_is_too_much(coding: str) -> None:
    sent = b"x" * 101 if not coding else packed(b"x" * 101)
    with pytest.raises(TooLong):
        await decoded(chunks(sent), coding, 100, Room(100))


@pytest.mark.parametrize(("coding", "error"), [("gzip,gzip", UnknownEncoding), ("gzip", Damaged)])
async def test_reasons_are_distinguished(coding: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        await decoded(chunks(b"no gzip at all"), coding, 100, Room(100))


async def test_bodies_that_are_read_at_the_same_time_share_their_room() -> None:
    room = Room(150)
    first = chunks(b"x" * 100)

    async def waiting() -> AsyncIterator[bytes]:
        yield b"x" * 100
        with pytest.raises(NoRoom):
            await decoded(first, "", 100, room)
        yield b"y" * 10

    assert len(await decoded(waiting(), "", 200, room)) == 110
    assert room.left == 150
    assert len(await decoded(chunks(b"x" * 100), "", 100, room)) == 100


async def test_a_large_answer_is_read_in_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    threads: list[Any] = []
    elsewhere = asyncio.to_thread

    async def seen(work: Any, *args: Any) -> Any:
        threads.append(work)
        return await elsewhere(work, *args)

    small, large = client(VERSION, ""), client(b'{"value": "5.8.0"}' + b" " * 2_000_000, "")
    await small.call(server.get_matomo_version())
    monkeypatch.setattr(asyncio, "to_thread", seen)
    await small.call(server.get_matomo_version())
    assert threads == []
    assert await large.call(server.get_matomo_version()) == "5.8.0"
    assert len(threads) >= 3
