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
    """A file that is written under a temporary name in the folder of ``path`` and renamed by :meth:`settle`.

    If the ``with`` block ends without :meth:`settle`, the temporary file is deleted. The file is UTF-8, keeps the line
    ends written, and is readable by its owner only. All methods raise ``OSError`` if they fail, and
    ``FileExistsError`` if ``path`` exists and ``overwrite`` is not set.
    """

    def __init__(self, path: Path, *, overwrite: bool = False) -> None:
        self._path = path
        self._overwrite = overwrite
        self.settled = False
        """The file has its final name."""
        if not overwrite and path.exists():
            raise _taken(path)
        handle, self._temporary = tempfile.mkstemp(prefix=".matomo-tui-", dir=path.parent)
        self._file = open(handle, "w", encoding="utf-8", errors="replace", newline="")  # noqa: SIM115 - closed below

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with suppress(OSError):  # a write that failed before fails again here
            self._file.close()
        Path(self._temporary).unlink(missing_ok=True)

    def write(self, text: str) -> None:
        """Append ``text``."""
        self._file.write(text)

    def settle(self) -> int:
        """Flush the file to the disk and give it its name. Returns its size in bytes. It blocks until the disk is
        done."""
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
            os.link(self._temporary, path)  # unlike a rename, a link never replaces a file
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
