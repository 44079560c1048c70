"""Themes of the user's own: ``themes/NAME.toml`` in the configuration folder, with a colour a line.

``background``, ``foreground`` and ``accent`` are needed; every other colour is derived where it is not given.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path

from matomo_tui.config.validation import ConfigError

MAX_THEMES = 100
_MAX_FILE = 100_000
_COLOR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
_AT_LINE = re.compile(r"\s*\(at line (\d+), column \d+\)|\s*\(at end of document\)")


def read_theme_files(
    folder: Path, known: Collection[str], required: Collection[str]
) -> tuple[Mapping[str, Mapping[str, str]], tuple[str, ...]]:
    """The colours of each theme file by its name, and a sentence for each file that cannot be used.

    ``folder`` is the configuration folder; ``known`` the names that a colour may have, ``required`` those without
    which there is no theme. At most :data:`MAX_THEMES` files are read. Raises nothing.
    """
    try:
        files = sorted((folder / "themes").glob("*.toml"))[:MAX_THEMES]
    except OSError as error:
        return {}, (f"{folder / 'themes'}: cannot be read: {error.strerror}.",)
    themes: dict[str, Mapping[str, str]] = {}
    problems = []
    for file in files:
        try:
            themes[_name(file)] = _colors(file, known, required)
        except ConfigError as error:
            problems.append(str(error))
    return themes, tuple(problems)


def _name(file: Path) -> str:
    if not _NAME.fullmatch(file.stem):
        raise ConfigError(f"{file.parent}: a theme's name is up to 40 letters, digits, dots, dashes and underscores.")
    return file.stem


def _colors(file: Path, known: Collection[str], required: Collection[str]) -> Mapping[str, str]:
    text = _text(file)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = _AT_LINE.search(str(error))
        number = line.group(1) if line and line.group(1) else max(1, len(text.splitlines()))
        raise ConfigError(f"{file}, line {number}: not valid TOML: {_AT_LINE.sub('', str(error)).lower()}.") from None
    for key, value in document.items():
        where = f"{file}, line {_line(text, key)}"
        if key not in known:
            import difflib

            close = difflib.get_close_matches(key, known, n=1)
            hint = f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(known)}."
            raise ConfigError(f"{where}: unknown colour {key!r}. {hint}")
        if not isinstance(value, str) or not _COLOR.fullmatch(value):
            raise ConfigError(f'{where}: {key} must be a colour such as "#62b0ff".')
    missing = [name for name in required if name not in document]
    if missing:
        raise ConfigError(f"{file}: {' and '.join(missing)} must be given; the other colours are derived.")
    return document


def _text(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return stream.read(_MAX_FILE).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: not a text file in UTF-8 (byte {error.start}).") from None
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}.") from None


def _line(text: str, key: str) -> int:
    lines = enumerate(text.splitlines(), 1)
    return next((number for number, line in lines if line.split("=", 1)[0].strip(" \t\"'[]") == key), 1)
