"""Atomic file writes that never overwrite a file without permission."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from matomo_tui.sanitize import sanitize


class AtomicFile:
    """Written under another name beside ``path``; :meth:`settle` gives it its own, and what is not settled when the
    ``with`` ends leaves nothing behind. UTF-8, line ends as they are written, readable by its owner alone.

    Everything raises ``OSError`` where it cannot be done, and ``FileExistsError`` where there is a file at ``path``
    and ``overwrite`` was not asked for.
    """

    def __init__(self, path: Path, *, overwrite: bool = False) -> None:
        self._path = path
        self._overwrite = overwrite
        self.settled = False
        """Whether the file is there."""
        if not overwrite and path.exists():
            raise _taken(path)
        handle, self._temporary = tempfile.mkstemp(prefix=".matomo-tui-", dir=path.parent)
        self._file = open(handle, "w", encoding="utf-8", errors="replace", newline="")  # noqa: SIM115 - closed below

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with suppress(OSError):  # what could not be written then cannot be written now
            self._file.close()
        Path(self._temporary).unlink(missing_ok=True)

    def write(self, text: str) -> None:
        """Write more of it."""
        self._file.write(text)

    def settle(self) -> int:
        """Have it on the disk, and under its name; its size in bytes. Takes as long as the disk does."""
        self._file.flush()
        os.fsync(self._file.fileno())
        size = os.fstat(self._file.fileno()).st_size
        self._file.close()
        self._name()
        self.settled = True
        return size

    def _name(self) -> None:
        path = self._path
        if self._overwrite:
            os.replace(self._temporary, path)
            return
        try:
            os.link(self._temporary, path)  # which, other than a rename, never replaces a file
        except FileExistsError:
            raise _taken(path) from None
        except OSError:  # a file system without hard links
            self._name_without_links()

    def _name_without_links(self) -> None:
        path = self._path
        try:
            path.open("x").close()
        except FileExistsError:
            raise _taken(path) from None
        try:
            os.replace(self._temporary, path)
        except OSError:
            path.unlink(missing_ok=True)
            raise


def _taken(path: Path) -> FileExistsError:
    return FileExistsError(f"A file called {sanitize(path.name, 200)} already exists.")
