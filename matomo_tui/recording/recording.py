"""Reads a recording: an index of all its files in memory, the answers themselves as they are needed."""

from __future__ import annotations

import mmap
from bisect import bisect_right
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from statistics import median

import msgspec

from matomo_tui.recording import frames
from matomo_tui.recording.exchange import RecordedCall, polled
from matomo_tui.recording.frames import DamagedMember, Frame, FrameKind
from matomo_tui.recording.rotation import RecordingError, older_files
from matomo_tui.sanitize import sanitize

CACHED = 64
"""Decoded answers that are kept: those of the last polls are needed again by the next one."""
LEAST_GAP = 60.0
"""Seconds without a poll from which on nothing was recorded; more if the polls are further apart."""

SHOWN = 50.0
"""Seconds within which a connection polls again only if it is on the screen: in another tab it polls once a minute."""


class _Call(msgspec.Struct):
    method: str
    params: dict[str, str]


class _Content(msgspec.Struct):
    """An answer or a failure as it is stored."""

    calls: list[_Call] = []
    bulk: bool = False
    status: int = 200
    headers: dict[str, str] = {}
    took: float = 0.0
    body: msgspec.Raw = msgspec.Raw(b"")
    text: str = ""
    error: str = ""
    sentence: str = ""


class _Session(msgspec.Struct):
    format: int
    address: str = ""
    session: int = 0


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer."""

    at: float
    """Epoch at which the answer came."""
    calls: tuple[RecordedCall, ...]
    status: int
    headers: Mapping[str, str]
    took: float
    """Duration in seconds."""
    body: bytes
    """The JSON, or the text of another answer; empty if there was none."""
    parts: tuple[bytes, ...]
    """The JSON of the answer to each call; empty if the answer is not divided among them, as an error page is."""
    error: str
    """The name of the exception if there was no answer, else ``""``."""
    sentence: str

    @property
    def failed(self) -> bool:
        """True if the request failed as a whole."""
        return not self.parts


@dataclass(frozen=True, slots=True)
class _Entry:
    file: int
    frame: Frame


class Recording:
    """The answers of one Matomo, of all files of a recording, in the order in which they came."""

    def __init__(self, data: Sequence[mmap.mmap | bytes], entries: Sequence[_Entry], address: str) -> None:
        self.address = address
        """Base address of the Matomo, or ``demo``."""
        self._data = data
        self._entries = sorted(entries, key=lambda entry: entry.frame.at)
        self._times = [entry.frame.at for entry in self._entries]
        self._by_key: dict[bytes, list[int]] = {}
        for number, entry in enumerate(self._entries):
            for key in dict.fromkeys(entry.frame.keys):
                self._by_key.setdefault(key, []).append(number)
        live = [entry.frame for entry in self._entries if entry.frame.kind in (FrameKind.POLL, FrameKind.FAILED_POLL)]
        self.polls = tuple(frame.at for frame in live)
        """The epochs of all polls of the live screen, failed ones included."""
        self.failed_polls = tuple(frame.at for frame in live if frame.kind is FrameKind.FAILED_POLL)
        self._sites: dict[int, bytes] = {}
        self._more_sites = self._site_rows()
        self._cache: OrderedDict[int, Exchange] = OrderedDict()
        between = [after - before for before, after in zip(self.polls, self.polls[1:], strict=False)]
        self.interval = median(between) if between else 5.0
        """Seconds between two polls, as a median."""
        self.gap = max(LEAST_GAP, 4 * self.interval)
        """Seconds without a poll from which on nothing was recorded."""
        self._followed = list(self._polls_shown())
        self._subjects: dict[int, tuple[int, str] | None] = {}

    @property
    def begin(self) -> float:
        """The epoch of the first poll."""
        return self.polls[0]

    @property
    def end(self) -> float:
        """The epoch of the last poll."""
        return self.polls[-1]

    def newest_first(self, key: bytes, until: float, since: float = float("-inf")) -> Iterator[Exchange]:
        """Yield the exchanges with the call ``key`` from ``until`` back to ``since`` (epochs); damaged ones are left
        out."""
        numbers = self._by_key.get(key, [])
        place = bisect_right(numbers, bisect_right(self._times, until) - 1)
        for number in reversed(numbers[:place]):
            if self._times[number] < since:
                return
            with suppress(DamagedMember):
                yield self._exchange(number)

    def oldest_first(self, key: bytes, after: float) -> Iterator[Exchange]:
        """Yield the exchanges with the call ``key`` after the epoch ``after`` that got an answer."""
        numbers = self._by_key.get(key, [])
        place = bisect_right(numbers, bisect_right(self._times, after) - 1)
        for number in numbers[place:]:
            with suppress(DamagedMember):
                found = self._exchange(number)
                if not found.failed:
                    yield found

    def subject_at(self, at: float) -> tuple[int, str] | None:
        """Return the site's id and the segment that were polled at the epoch ``at``; ``None`` before the first poll."""
        place = bisect_right(self._followed, bisect_right(self._times, at) - 1)
        if not place:
            return None
        # Older recordings have requests of all sites among the polls.
        nearest = chain(range(place - 1, -1, -1), range(place, len(self._followed)))
        return next(filter(None, (self._subject(self._followed[one]) for one in nearest)), None)

    def _subject(self, number: int) -> tuple[int, str] | None:
        if number not in self._subjects:
            self._subjects[number] = None
            with suppress(DamagedMember):
                self._subjects[number] = polled(self._exchange(number).calls)
        return self._subjects[number]

    def _polls_shown(self) -> Iterator[int]:
        """Yield the numbers of the polls of one connection at a time: of several tabs, the one that was shown.

        Where that cannot be told, the one before is followed on, so that a replay does not jump to and fro.
        """
        followed, followed_at = None, 0.0
        polled_at: dict[int, float] = {}
        for number, entry in enumerate(self._entries):
            frame = entry.frame
            if frame.kind not in (FrameKind.POLL, FrameKind.FAILED_POLL):
                continue
            # Further pages of visits have one call, and after a failure every connection polls again soon.
            is_whole = frame.kind is FrameKind.POLL and len(frame.keys) > 1
            is_shown = is_whole and frame.at - polled_at.get(frame.session, float("-inf")) < SHOWN
            if is_whole:
                polled_at[frame.session] = frame.at
            if followed is None or is_shown or (is_whole and frame.at - followed_at > self.gap):
                followed = frame.session
            if frame.session == followed:
                followed_at = frame.at
                yield number

    def site_row(self, site_id: int) -> bytes | None:
        """Return the JSON of a site from any answer of ``SitesManager``; ``None`` if it was never asked for."""
        # Nearly always one of the first answers has it: the others need not be decompressed.
        while site_id not in self._sites and (found := next(self._more_sites, None)):
            self._sites.setdefault(*found)
        return self._sites.get(site_id)

    def timezone(self, site_id: int) -> str | None:
        """Return the name of a site's time zone; ``None`` if the site was never asked for."""
        row = self.site_row(site_id)
        name = msgspec.json.decode(row).get("timezone") if row else None
        return name if isinstance(name, str) else None

    def _site_rows(self) -> Iterator[tuple[int, bytes]]:
        for number, entry in enumerate(self._entries):
            if entry.frame.kind is not FrameKind.ANSWER:
                continue
            with suppress(DamagedMember, msgspec.MsgspecError, ValueError):
                exchange = self._exchange(number)
                for call, part in zip(exchange.calls, exchange.parts, strict=False):
                    if call.method.startswith("SitesManager.") and b'"idsite"' in part:
                        found = msgspec.json.decode(part)
                        for row in found if isinstance(found, list) else [found]:
                            if isinstance(row, dict) and "name" in row and str(row.get("idsite")).isdecimal():
                                yield int(row["idsite"]), msgspec.json.encode(row)

    def close(self) -> None:
        """Close the files."""
        for data in self._data:
            if isinstance(data, mmap.mmap):
                data.close()

    def _exchange(self, number: int) -> Exchange:
        found = self._cache.get(number)
        if found is None:
            found = self._cache[number] = self._decode(self._entries[number])
            if len(self._cache) > CACHED:
                self._cache.popitem(last=False)
        return found

    def _decode(self, entry: _Entry) -> Exchange:
        frame = entry.frame
        member = self._data[entry.file][frame.offset : frame.offset + frame.size]
        try:
            content = msgspec.json.decode(frames.content(member, frame), type=_Content)
            body = bytes(content.body)
            parts = _split(body, len(content.calls)) if content.bulk else (body,) if body else ()
        except (msgspec.MsgspecError, ValueError, RecursionError):
            raise DamagedMember from None
        return Exchange(
            frame.at,
            tuple(RecordedCall(call.method, call.params) for call in content.calls),
            content.status,
            content.headers,
            content.took,
            body or content.text.encode(),
            parts,
            content.error,
            content.sentence,
        )


def _split(body: bytes, count: int) -> tuple[bytes, ...]:
    """The parts of a bulk answer; none if it is refused as a whole."""
    try:
        parts = msgspec.json.decode(body, type=list[msgspec.Raw])
    except msgspec.MsgspecError:
        return ()
    return tuple(map(bytes, parts)) if len(parts) == count else ()


def read_recording(file: Path, address: str = "") -> Recording:
    """Read ``file`` and the older files that were rotated away from it.

    Of several Matomos the one is taken whose ``address`` contains the text, or else the one with most polls. Raises
    :class:`RecordingError` with a sentence if the file is no recording, or nothing in it can be replayed.
    """
    data: list[mmap.mmap | bytes] = []
    entries: dict[str, list[_Entry]] = {}
    polls: Counter[str] = Counter()
    for path in (*reversed(older_files(file)), file):
        content = _open(path, must_be_one=path == file)
        data.append(content)
        for found_at, entry in _entries_of(path, content, len(data) - 1):
            entries.setdefault(found_at, []).append(entry)
            polls[found_at] += entry.frame.kind in (FrameKind.POLL, FrameKind.FAILED_POLL)
    wanted = [one for one in polls if address.lower() in one.lower()]
    if address and not wanted:
        there = ", ".join(sanitize(one, 200) for one in polls) or "none"
        raise RecordingError(f"{file} has no answers of {sanitize(address, 200)}. Addresses in it: {there}.")
    chosen = max(wanted, key=lambda one: polls[one], default="")
    if not polls[chosen]:
        raise RecordingError(f"{file} has no answers for the live screen yet: there is nothing to replay.")
    return Recording(data, entries[chosen], sanitize(chosen, 200))


def _open(path: Path, *, must_be_one: bool) -> mmap.mmap | bytes:
    try:
        with path.open("rb") as stream:
            start = stream.read(frames.HEAD)
            if start and not frames.is_recording(start) and must_be_one:
                raise RecordingError(f"{path} is not a recording of matomo-tui; --record FILE writes one.")
            return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) if start else b""
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror or error}.") from None


def _entries_of(path: Path, content: mmap.mmap | bytes, file: int) -> Iterator[tuple[str, _Entry]]:
    """Yield the members of a file with the addresses of their Matomos."""
    addresses: dict[int, str] = {}
    for frame in frames.walk(memoryview(content)):
        if frame.kind is not FrameKind.SESSION:
            yield addresses.get(frame.session, ""), _Entry(file, frame)
            continue
        try:
            member = content[frame.offset : frame.offset + frame.size]
            session = msgspec.json.decode(frames.content(member, frame), type=_Session)
        except (DamagedMember, msgspec.MsgspecError, UnicodeDecodeError):
            continue
        if session.format > frames.FORMAT:
            raise RecordingError(f"{path} was written by a later matomo-tui: this one cannot read it.")
        addresses[session.session] = session.address
