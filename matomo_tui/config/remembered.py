"""What the program remembers between two runs: choices made by key, in ``remembered.json`` of the state folder.

Losing it costs a key press, so nothing here raises: an unreadable file is an empty one, and one that cannot be
written is forgotten at the end of the run.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from matomo_tui.config.files import read_text, write_private
from matomo_tui.config.validation import ConfigError

FILE = "remembered.json"
_LISTS = ("tabs",)
"""Topics whose values are lists of profiles."""


class Remembered:
    """Values by topic and key, such as ``theme`` and the profile's name. Values are what JSON has.

    The file is read at the first question. Two programs may write it: each change is made on what the file holds then.
    """

    def __init__(self, folder: Path | None) -> None:
        """``folder`` is the state folder; with ``None`` nothing outlives the program."""
        self._file = None if folder is None else folder / FILE
        self._values: dict[str, dict[str, Any]] | None = None

    def get(self, topic: str, key: str) -> Any:
        """The value, or ``None``."""
        if self._values is None:
            self._values = self._read()
        return self._values.get(topic, {}).get(key)

    def put(self, topic: str, key: str, value: Any) -> None:
        """Remember ``value``; ``None`` forgets it."""
        with self._locked():
            values = self._read() if self._file is not None else (self._values or {})
            entries = values.setdefault(topic, {})
            if value is None:
                entries.pop(key, None)
            else:
                entries[key] = value
            self._values = values
            self._write(values)

    def rename_profile(self, old: str, new: str) -> None:
        """Move the choices of a profile to its new name, also in lists of profiles; ``""`` forgets them."""
        with self._locked():
            values = self._read()
            moved = {
                topic: {
                    new if key == old else key: _renamed(value, old, new) if topic in _LISTS else value
                    for key, value in entries.items()
                    if new or key != old
                }
                for topic, entries in values.items()
            }
            if moved != values:
                self._values = moved
                self._write(moved)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep other programs from writing meanwhile. Goes on without if that cannot be had within a second."""
        with ExitStack() as held:
            if self._file is not None:
                from matomo_tui.config.file_lock import locked  # only for a change

                with suppress(ConfigError):
                    held.enter_context(locked(self._file.with_name(f".{FILE}.lock"), patience=1.0))
            yield

    def _read(self) -> dict[str, dict[str, Any]]:
        if self._file is None:
            return {}
        try:
            if not (text := read_text(self._file)):
                return {}
            import json  # only if something is remembered: it costs start-up time

            document = json.loads(text)
        except (ConfigError, ValueError, RecursionError):
            return {}
        if not isinstance(document, dict):
            return {}
        return {topic: entries for topic, entries in document.items() if isinstance(entries, dict)}

    def _write(self, values: dict[str, dict[str, Any]]) -> None:
        if self._file is None:
            return
        import json

        with suppress(ConfigError):
            write_private(self._file, json.dumps(values, indent=1, sort_keys=True))


def _renamed(value: Any, old: str, new: str) -> Any:
    if not isinstance(value, list):
        return value
    return [new if name == old else name for name in value if new or name != old]
