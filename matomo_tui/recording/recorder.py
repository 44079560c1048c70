"""Writes a recording: masks, compresses and appends each answer in a thread of its own.

Recording never holds up or ends the program. What cannot be written (a full disk, a file system that hangs) is left
out, ``problem`` has the reason as a sentence, and later answers are tried again.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from matomo_tui import __version__
from matomo_tui.api import json_decoding
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.notices import split_notices
from matomo_tui.api.secret import known_forms, redact
from matomo_tui.api.transport import Response
from matomo_tui.recording import frames
from matomo_tui.recording.exchange import RecordedCall, calls_of, key_of, polled
from matomo_tui.recording.frames import FrameKind
from matomo_tui.recording.masking import Masker, masked_calls, without_known_secrets
from matomo_tui.recording.rotation import Limits, RecordingFile
from matomo_tui.sizes import format_size

QUEUE = 200
"""Answers that may wait for the disk. While it hangs, further ones are left out."""
RETRY = 30.0
"""Seconds after a failed write until the next one is tried."""
CARRIED = 1860.0
"""Seconds of polls that a new file begins with: the live screen shows the visits of half an hour."""
CLOSING = 3.0
"""Seconds that the last answers have to be written when the program ends."""
_LONGEST_TEXT = 8_000
"""Characters that are kept of an answer that is not JSON, such as an error page."""
_HEADERS = frozenset({"date", "content-type", "retry-after", "x-matomo-total-results", "server", "cf-mitigated"})
"""Headers that the program reads, without those that could name a person or a session."""
_LASTING = frozenset({"API", "SitesManager", "UsersManager", "SegmentEditor"})
"""Modules whose answers a new file begins with: without those of the connection it could not be replayed."""


@dataclass(frozen=True, slots=True)
class _Exchange:
    """A request with its answer or its error, as it came."""

    at: float
    session: int
    fields: Sequence[tuple[str, str]]
    response: Response | None
    error: MatomoError | None = None


class Recorder:
    """Records the answers of any number of connections to one file.

    ``personal`` keeps IP addresses, user ids and names. ``limits`` bound the files together. ``now`` returns a UTC
    epoch in seconds. :meth:`open` must be called first; all other methods return at once and never raise.
    """

    def __init__(
        self,
        file: Path,
        *,
        personal: bool = False,
        limits: Limits | None = None,
        now: Callable[[], float] = time.time,
        masker: Masker | None = None,
    ) -> None:
        self.file = file
        self.answers = 0
        """Answers and failures that were written."""
        self.problem = ""
        """Why nothing is recorded at present, as a sentence; ``""`` if all is well."""
        self.limits = limits or Limits()
        self._now = now
        self._masker = masker or Masker(personal=personal)
        self._file = RecordingFile(file, self.limits)
        self._sessions: list[bytes] = []
        self._addresses: list[str] = []
        self._lasting: OrderedDict[tuple[bytes, ...], bytes] = OrderedDict()
        self._polls: deque[tuple[float, bytes]] = deque()
        self._retry_at = 0.0
        self._left_out = 0
        self._waiting: queue.Queue[_Exchange | bytes | None] = queue.Queue(QUEUE)
        self._thread: threading.Thread | None = None

    @property
    def bytes_written(self) -> int:
        """Bytes of all members so far."""
        return self._file.written

    def open(self) -> None:
        """Open the file; an earlier recording of that name is kept under another one. Raises ``RecordingError``."""
        self._file.open(self._now())
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def session(self, address: str) -> int:
        """Begin a connection to the Matomo at ``address``, and return its number for :meth:`answered`."""
        number = len(self._sessions)
        content = {
            "kind": "session",
            "at": self._now(),
            "format": frames.FORMAT,
            "program": f"matomo-tui {__version__}",
            "address": redact(address),
            "session": number,
            "personal": self._masker.personal,
        }
        member = frames.encode(FrameKind.SESSION, self._now(), number, (), msgspec.json.encode(content) + b"\n")
        self._sessions.append(member)
        self._addresses.append(address)
        self._put(member)
        return number

    def summary(self) -> str:
        """A sentence about what was recorded, for the end of the program."""
        counted, were = ("1 answer", "was") if self.answers == 1 else (f"{self.answers:,} answers", "were")
        written = f"{counted} ({format_size(self.bytes_written)}) {were} recorded to {self.file}."
        return f"{written} {self.problem}".strip()

    def answered(self, session: int, fields: Sequence[tuple[str, str]], response: Response) -> None:
        """Record the answer to a request of ``fields``, without the credentials, which the transport adds later."""
        self._put(_Exchange(self._now(), session, tuple(fields), response))

    def failed(self, session: int, fields: Sequence[tuple[str, str]], error: MatomoError) -> None:
        """Record that a request got no answer."""
        self._put(_Exchange(self._now(), session, tuple(fields), None, error))

    def flush(self) -> None:
        """Wait until everything so far is written, or was left out."""
        self._waiting.join()

    def close(self, timeout: float = CLOSING) -> None:
        """Write what waits, for ``timeout`` seconds at most, and close the file."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        with suppress(queue.Full):
            self._waiting.put(None, timeout=timeout)
        thread.join(timeout)

    def _put(self, entry: _Exchange | bytes) -> None:
        try:
            self._waiting.put_nowait(entry)
        except queue.Full:
            self._left_out += 1
            self.problem = f"{self.file.name} is written too slowly: {self._left_out:,} answers have not been recorded."

    def _run(self) -> None:
        while (entry := self._waiting.get()) is not None:
            try:
                self._record(entry)
            finally:
                self._waiting.task_done()
        self._waiting.task_done()
        self._file.close()

    def _record(self, entry: _Exchange | bytes) -> None:
        now = self._now()
        if now < self._retry_at <= now + RETRY:
            return
        try:
            if isinstance(entry, bytes):
                self._file.append(entry, now, self._opening)
            else:
                self._append(entry, now)
                self.answers += 1
        except OSError as error:
            self._retry_at = now + RETRY
            reason = os.strerror(error.errno) if error.errno else str(error)
            self.problem = f"Not recording: {self.file.name} cannot be written ({reason}). It is tried again."
        else:
            self._retry_at = 0.0
            if self._waiting.qsize() < QUEUE // 2:
                self.problem = ""

    def _opening(self) -> bytes:
        """The members that each file begins with: the connections, what stays the same while one lasts, and the polls
        that have the visits of the last half hour. So a file can be replayed without the older ones."""
        carried = (frames.carried(member) for _, member in self._polls)
        return b"".join((*self._sessions, *self._lasting.values(), *carried))

    def _append(self, exchange: _Exchange, now: float) -> None:
        member, kind, keys = self._member(exchange)
        try:
            self._file.append(member, now, self._opening)
        finally:
            if kind is FrameKind.POLL:
                self._carry(exchange.at, member)
            elif kind is FrameKind.ANSWER and _is_lasting(exchange.fields):
                self._keep(keys, member)

    def _member(self, exchange: _Exchange) -> tuple[bytes, FrameKind, tuple[bytes, ...]]:
        calls, bulk = calls_of(exchange.fields)
        masked = masked_calls(self._masker, calls)
        content: dict[str, Any] = {
            "kind": "answer" if exchange.error is None else "failure",
            "at": exchange.at,
            "session": exchange.session,
            "calls": [{"method": call.method, "params": call.params} for call in masked],
            "bulk": bulk,
        }
        if exchange.response is not None:
            content |= self._answer(calls, exchange.response, bulk=bulk)
        else:
            own = self._addresses[exchange.session] if exchange.session < len(self._addresses) else ""
            sentence = self._masker.text(str(exchange.error), own=own)
            content |= {"error": type(exchange.error).__name__, "sentence": sentence}
        keys = tuple(key_of(call) for call in masked)
        kind = FrameKind.ANSWER if exchange.error is None else FrameKind.FAILURE
        if polled(calls) is not None:
            has_failed = _has_failed(content, parts=len(calls) if bulk else None)
            kind = FrameKind.FAILED_POLL if has_failed else FrameKind.POLL
        member = frames.encode(kind, exchange.at, exchange.session, keys, _line(content))
        return member, kind, keys

    def _answer(self, calls: Sequence[RecordedCall], response: Response, *, bulk: bool) -> dict[str, Any]:
        headers = {name: value for name, value in response.headers.items() if name in _HEADERS}
        found: dict[str, Any] = {"status": response.status, "headers": headers, "took": round(response.elapsed, 4)}
        if any(call.is_write for call in calls):
            return {**found, "text": ""}
        body, _ = split_notices(response.body.removeprefix(b"\xef\xbb\xbf").strip())
        try:
            value = json_decoding.parse(body)
            if bulk and isinstance(value, list) and len(value) == len(calls):
                value = [self._masker.answer(call.method, part) for call, part in zip(calls, value, strict=True)]
            else:
                value = self._masker.answer(calls[0].method if calls and not bulk else "", value)
        except (msgspec.MsgspecError, ValueError):
            text = response.body[: 4 * _LONGEST_TEXT].decode("utf-8", "replace")[:_LONGEST_TEXT]
            return {**found, "text": self._masker.text(text)}
        except RecursionError:
            return {**found, "text": ""}
        return {**found, "body": value}

    def _carry(self, at: float, member: bytes) -> None:
        self._polls.append((at, member))
        most = self.limits.file_size // 4
        size = sum(len(kept) for _, kept in self._polls)
        while self._polls[0][0] < at - CARRIED or (size > most and len(self._polls) > 1):
            size -= len(self._polls.popleft()[1])

    def _keep(self, keys: tuple[bytes, ...], member: bytes) -> None:
        self._lasting[keys] = member
        self._lasting.move_to_end(keys)
        most = self.limits.file_size // 4
        while len(self._lasting) > 1 and sum(map(len, self._lasting.values())) > most:
            self._lasting.popitem(last=False)


def _has_failed(content: dict[str, Any], *, parts: int | None) -> bool:
    """Return True if a request of ``parts`` (``None``: not a bulk request) got no answer, an error page, or refusals
    only: the live screen kept the figures before."""
    body = content.get("body")
    if parts is None:
        return body is None or _is_refusal(body)
    return not isinstance(body, list) or len(body) != parts or all(map(_is_refusal, body))


def _is_refusal(value: Any) -> bool:
    return isinstance(value, dict) and value.get("result") == "error"


def _is_lasting(fields: Sequence[tuple[str, str]]) -> bool:
    """Return True for a request whose answers stay the same for long: what a connection begins with."""
    return all(call.method.partition(".")[0] in _LASTING for call in calls_of(fields)[0])


def _line(content: dict[str, Any]) -> bytes:
    """``content`` as a line of JSON without any token or password that this process knows."""
    line = _json(content)
    for form in known_forms():
        # As a form of its own, and as a text that contains it is written in JSON.
        if form.encode() in line or msgspec.json.encode(form)[1:-1] in line:
            return _json(without_known_secrets(content)) + b"\n"
    return line + b"\n"


def _json(content: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(content)
    except (OverflowError, ValueError, UnicodeEncodeError):
        import json

        return json.dumps(content).encode()
