"""The file format: whole members are read whatever follows them, and gzip reads them too."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.recording import frames
from matomo_tui.recording.frames import DamagedMember, FrameKind

KEYS = (b"12345678", b"abcdefgh")
FIRST = frames.encode(FrameKind.SESSION, 1000.5, 0, (), b'{"kind":"session"}\n')
SECOND = frames.encode(FrameKind.POLL, 1002.25, 3, KEYS, b'{"kind":"answer","body":[1,2]}\n')


def test_members_are_found_without_decompressing_them() -> None:
    first, second = frames.walk(memoryview(FIRST + SECOND))
    assert (first.kind, first.at, first.session, first.keys) == (FrameKind.SESSION, 1000.5, 0, ())
    assert (second.kind, second.at, second.session, second.keys) == (FrameKind.POLL, 1002.25, 3, KEYS)
    assert frames.content(SECOND, second) == b'{"kind":"answer","body":[1,2]}\n'


def test_gzip_reads_the_whole_file() -> None:
    assert gzip.decompress(FIRST + SECOND) == b'{"kind":"session"}\n{"kind":"answer","body":[1,2]}\n'


@pytest.mark.parametrize("cut", range(len(SECOND)))
def test_a_member_that_was_not_written_to_its_end_is_left_out(cut: int) -> None:
    assert [frame.at for frame in frames.walk(memoryview(FIRST + SECOND[:cut]))] == [1000.5]


@given(place=st.integers(frames.HEAD + len(KEYS) * frames.KEY, len(SECOND) - 1), change=st.integers(1, 255))
def test_a_changed_byte_is_noticed(place: int, change: int) -> None:
    damaged = bytearray(SECOND)
    damaged[place] ^= change
    (frame,) = frames.walk(memoryview(bytes(damaged)))
    with pytest.raises(DamagedMember):
        frames.content(bytes(damaged), frame)


@given(st.binary(max_size=200))
def test_any_bytes_are_walked_without_an_error(data: bytes) -> None:
    assert list(frames.walk(memoryview(data))) == [] or frames.is_recording(data)


def test_a_recording_is_told_from_other_files() -> None:
    assert frames.is_recording(FIRST)
    assert not frames.is_recording(gzip.compress(b"something else, which is long enough"))
    assert not frames.is_recording(b"")


def test_a_member_is_decompressed_to_its_own_length_and_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    member = frames.encode(FrameKind.ANSWER, 1.0, 0, (), b" " * 1_000)
    (frame,) = frames.walk(memoryview(member))
    assert frames.content(member, frame) == b" " * 1_000
    shorter = member[:-4] + (10).to_bytes(4, "little")
    with pytest.raises(frames.DamagedMember):
        frames.content(shorter, frame)
    monkeypatch.setattr(frames, "MOST_BYTES", 999)
    with pytest.raises(frames.DamagedMember):
        frames.content(member, frame)
