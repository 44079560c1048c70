"""Locks between processes: one program at a time changes a file or uses a refresh token."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from matomo_tui.config.validation import ConfigError

_PAUSE = 0.02


@contextmanager
def locked(file: Path, *, patience: float = 30.0) -> Iterator[None]:
    """Hold the exclusive lock ``file``, which is created if it is missing and stays there, empty.

    The lock ends with the process that holds it, however that ends. It also excludes other threads of this process.
    Waits up to ``patience`` seconds. Raises :class:`ConfigError` if another process holds it longer than that, or if
    the file cannot be created.
    """
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ConfigError(f"{file} cannot be written: {error.strerror}.") from None
    try:
        deadline = time.monotonic() + patience
        while not _try_lock(descriptor):
            if time.monotonic() >= deadline:
                raise ConfigError(f"Another matomo-tui holds {file} for more than {patience:g} seconds. Try again.")
            time.sleep(_PAUSE)
        yield
    finally:
        os.close(descriptor)  # which also unlocks


def _try_lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
