"""Themes of the user's own: ``themes/NAME.toml`` in the configuration folder, with a colour a line.

``background``, ``foreground`` and ``accent`` are needed; every other colour is derived where it is not given.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path

from matomo_tui.config.files import parse_toml, read_text
from matomo_tui.config.validation import ConfigError

MAX_THEMES = 100
_COLOR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")


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
    text = read_text(file) or ""
    document = parse_toml(file, text)
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


def _line(text: str, key: str) -> int:
    lines = enumerate(text.splitlines(), 1)
    return next((number for number, line in lines if line.split("=", 1)[0].strip(" \t\"'[]") == key), 1)
