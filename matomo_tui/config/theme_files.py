"""Themes of the user's own: ``themes/NAME.toml`` in the configuration folder, with a colour a line.

``background``, ``foreground`` and ``accent`` are needed; every other colour is derived where it is not given.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from matomo_tui.config.document import ConfigDocument, ConfigProblem, problem_of, read_document
from matomo_tui.config.locations import nearest_word
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
    themes: dict[str, Mapping[str, str]] = {}
    sentences = []
    for file, colors, problems in _read(folder, known, required):
        if problems:
            sentences.append(str(problems[0]))
        else:
            themes[file.stem] = colors
    return themes, tuple(sentences)


def theme_file_problems(folder: Path, known: Collection[str], required: Collection[str]) -> list[ConfigProblem]:
    """Every mistake in the theme files of the configuration folder; see :func:`read_theme_files`."""
    return [problem for _, _, problems in _read(folder, known, required) for problem in problems]


def _read(
    folder: Path, known: Collection[str], required: Collection[str]
) -> Iterator[tuple[Path, Mapping[str, str], list[ConfigProblem]]]:
    """Yield each theme file with its colours and its mistakes."""
    try:
        files = sorted((folder / "themes").glob("*.toml"))[:MAX_THEMES]
    except OSError as error:
        yield folder, {}, [ConfigProblem(folder / "themes", None, "", f"cannot be read: {error.strerror}.")]
        return
    for file in files:
        if not _NAME.fullmatch(file.stem):
            sentence = "a theme's name is up to 40 letters, digits, dots, dashes and underscores."
            yield file, {}, [ConfigProblem(file.parent, None, "", sentence)]
            continue
        try:
            document = read_document(file)
        except ConfigError as error:
            yield file, {}, [problem_of(error, file)]
            continue
        yield file, document.tables, list(_mistakes(document, known, required))


def _mistakes(document: ConfigDocument, known: Collection[str], required: Collection[str]) -> Iterator[ConfigProblem]:
    for key, value in document.tables.items():
        if key not in known:
            yield document.problem((key,), f"unknown colour {key!r}. {nearest_word(key, known)}")
        elif not isinstance(value, str) or not _COLOR.fullmatch(value):
            yield document.problem((key,), f'{key} must be a colour such as "#62b0ff".')
    if missing := [name for name in required if name not in document.tables]:
        yield document.problem((), f"{' and '.join(missing)} must be given; the other colours are derived.")
