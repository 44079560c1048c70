"""The files of a recording: appends whole members, rotates by size and age, and deletes the oldest files.

``FILE`` is the newest one. When it is full or old it becomes ``FILE.1``, and that ``FILE.2``.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from matomo_tui.recording import frames

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

MEGABYTE = 1_000_000
PARTS = 8
"""Files that the limits are divided among: the oldest eighth is deleted at a time."""
_SMALLEST = 65_536
"""Bytes of a file before it is rotated because of its size."""


class RecordingError(Exception):
    """A recording cannot be written or read; the sentence names the file, the reason and the remedy."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for all files of a recording together."""

    size: int = 500 * MEGABYTE
    """Bytes."""
    age: float = 7 * 86_400.0
    """Seconds."""

    @property
    def file_size(self) -> int:
        """Bytes of one file."""
        return max(_SMALLEST, self.size // PARTS)

    @property
    def file_age(self) -> float:
        """Seconds of one file."""
        return self.age / PARTS


class RecordingFile:
    """The file that is written, and the older ones beside it."""

    def __init__(self, file: Path, limits: Limits) -> None:
        self._path = file
        self._limits = limits
        self._descriptor: int | None = None
        self._size = 0
        self._begun = 0.0
        self._has_opening = False
        self._opening = 0
        self.written = 0
        """Bytes appended by this object."""

    def open(self, now: float) -> None:
        """Create the file; an earlier recording of that name is renamed. Raises :class:`RecordingError`."""
        try:
            if self._path.exists():
                self._check(self._path)
            self._begin(now)
        except OSError as error:
            raise RecordingError(f"{self._path} cannot be recorded to: {error.strerror or error}.") from None

    def append(self, member: bytes, now: float, opening: Callable[[], bytes]) -> None:
        """Append ``member`` at ``now`` (epoch); a new file begins with ``opening()``. Raises ``OSError``.

        After an error the file ends with the last whole member.
        """
        age = now - self._begun
        # A file that has little more than its beginning would be rotated with every answer.
        full = self._size + len(member) > self._limits.file_size and self._size > 2 * self._opening
        old = (age > self._limits.file_age or age < -60.0) and self._size > self._opening
        if full or old:
            self.close()
        if self._descriptor is None:  # also if a new file could not be created the last time
            self._begin(now)
        if not self._has_opening:
            self._write(opening())
            self._has_opening, self._opening = True, self._size
        self._write(member)

    def close(self) -> None:
        """Close the file, which also unlocks it."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with suppress(OSError):
                os.fsync(descriptor)
            with suppress(OSError):
                os.close(descriptor)

    def _write(self, data: bytes) -> None:
        descriptor = self._descriptor
        if descriptor is None:
            raise OSError(0, "the file is closed")
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(descriptor, rest) :]
        except OSError:
            with suppress(OSError):
                os.ftruncate(descriptor, self._size)
                os.lseek(descriptor, self._size, os.SEEK_SET)
            raise
        self._size += len(data)
        self.written += len(data)

    def _create(self, now: float) -> None:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            self._lock(descriptor)
            os.ftruncate(descriptor, 0)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor, self._size, self._begun = descriptor, 0, now
        self._has_opening, self._opening = False, 0

    def _lock(self, descriptor: int) -> None:
        if fcntl is None:
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RecordingError(
                f"Another matomo-tui records to {self._path}: end it, or choose another file."
            ) from None

    def _begin(self, now: float) -> None:
        """Begin a new file in place of the one before, which somebody may have moved away or deleted."""
        try:
            size = self._path.stat().st_size
        except FileNotFoundError:
            size = 0
        if size:
            self._shift(now)
        self._create(now)

    def _check(self, file: Path) -> None:
        """Refuse a file that is no recording: it would be renamed and later deleted."""
        if not stat.S_ISREG(file.stat().st_mode):
            raise RecordingError(f"{file} is not a regular file: choose another name for the recording.")
        descriptor = os.open(file, os.O_RDWR)
        try:
            self._lock(descriptor)
            start = os.read(descriptor, frames.HEAD)
        finally:
            os.close(descriptor)
        if start and not frames.is_recording(start):
            raise RecordingError(f"{file} exists and is not a recording: choose another name, or move the file away.")

    def _shift(self, now: float) -> None:
        """Rename ``FILE`` to ``FILE.1`` and the older ones one further, and delete those beyond the limits."""
        older = older_files(self._path)
        kept, size = len(older), self._path.stat().st_size
        for number, file in enumerate(older):
            found = file.stat()
            size += found.st_size
            if size > self._limits.size - self._limits.file_size or now - found.st_mtime > self._limits.age:
                kept = number
                break
        for file in older[kept:]:
            file.unlink()
        for number in range(kept, 0, -1):
            os.replace(_older(self._path, number), _older(self._path, number + 1))
        os.replace(self._path, _older(self._path, 1))


def older_files(file: Path) -> list[Path]:
    """Return the rotated files of a recording, the newest first: ``FILE.1``, ``FILE.2`` and so on."""
    found = []
    number = 1
    while (older := _older(file, number)).is_file():
        found.append(older)
        number += 1
    return found


def _older(file: Path, number: int) -> Path:
    return file.with_name(f"{file.name}.{number}")
