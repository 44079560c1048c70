"""Files of the configuration and state folders: reading with sentences for errors, and private, atomic writing."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from matomo_tui.config.validation import ConfigError
from matomo_tui.late_pattern import late_pattern

_AT_LINE = late_pattern(r"\s*\(at line (\d+), column \d+\)|\s*\(at end of document\)")
_LONG_NUMBER = late_pattern(r"[0-9][0-9_]{4000}")
_LONGEST_PATH = 200
"""Characters of a key's path in a message."""
_MAX_FILE = 1_000_000
"""Bytes of the longest file: a part of a longer one must not be edited and written back."""


def read_text(file: Path) -> str | None:
    """Return the text of a UTF-8 file, ``None`` if there is no such file. Raises :class:`ConfigError`.

    A byte order mark, which some editors of Windows write, is left out."""
    try:
        with file.open("rb") as stream:
            content = stream.read(_MAX_FILE + 1)
        if len(content) > _MAX_FILE:
            raise ConfigError(f"{file}: longer than {_MAX_FILE:,} bytes, so it is not read.")
        return content.decode("utf-8-sig")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: not a text file in UTF-8 (byte {error.start}).") from None
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}.") from None


def parse_toml(file: Path, text: str) -> dict[str, Any]:
    """Return the document in ``text``, which was read from ``file``. Raises :class:`ConfigError` with file and line."""
    import tomllib  # only if there is a file: it costs start-up time

    try:
        tables = tomllib.loads(text)
    except RecursionError:
        raise ConfigError(f"{file}: tables or lists are nested too deeply.") from None
    except tomllib.TOMLDecodeError as error:
        line = _AT_LINE.search(str(error))
        number = line.group(1) if line and line.group(1) else str(max(1, len(text.splitlines())))
        raise ConfigError(f"{file}, line {number}: not valid TOML: {_AT_LINE.sub('', str(error)).lower()}.") from None
    except ValueError:  # a number of more digits than Python reads
        lines = text.splitlines()
        at = next((f", line {number}" for number, line in enumerate(lines, 1) if _LONG_NUMBER.search(line)), "")
        raise ConfigError(f"{file}{at}: not valid TOML: a number has too many digits.") from None
    _check_numbers(file, tables)
    return tables


def _check_numbers(file: Path, tables: dict[str, Any]) -> None:
    """Raise :class:`ConfigError` for a whole number of more than 64 bits, which TOML does not know."""
    left: list[tuple[str, Any]] = list(tables.items())
    while left:  # not by recursion: dotted keys nest as deep as they are long
        path, value = left.pop()
        if isinstance(value, dict):
            left += [(f"{path}.{key}" if len(path) < _LONGEST_PATH else path, one) for key, one in value.items()]
        elif isinstance(value, list):
            left += [(path, one) for one in value]
        elif type(value) is int and not -(2**63) <= value < 2**63:
            raise ConfigError(f"{file}: not valid TOML: the number of {path} has too many digits.")


def write_private(file: Path, text: str) -> None:
    """Replace ``file`` by ``text`` atomically, with mode 0600; a new folder has mode 0700. Raises ``ConfigError``."""
    import tempfile

    temporary = None
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = file.resolve() if file.is_symlink() else file
        descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, target)
    except OSError as error:
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)
        raise ConfigError(f"{file} cannot be written: {error.strerror}.") from None


def move_private(file: Path, to: Path) -> None:
    """Rename a file. Raises ``ConfigError``."""
    try:
        os.replace(file, to)
    except OSError as error:
        raise ConfigError(f"{file} cannot be renamed to {to}: {error.strerror}.") from None


def remove_file(file: Path) -> None:
    """Remove a file, if there is one. Raises ``ConfigError``."""
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(f"{file} cannot be removed: {error.strerror}.") from None
