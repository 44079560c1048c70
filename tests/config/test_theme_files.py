"""Theme files: what is wrong is said with file and line, and the others are used."""

from __future__ import annotations

from pathlib import Path

import pytest

from matomo_tui.config.theme_files import read_theme_files

KNOWN = ("background", "foreground", "accent", "cursor")
GOOD = 'background = "#000"\nforeground = "#ffffff"\naccent = "#62b0ff"\n'


def read(folder: Path, **files: str | bytes) -> tuple[dict[str, dict[str, str]], tuple[str, ...]]:
    (folder / "themes").mkdir()
    for name, text in files.items():
        (folder / "themes" / f"{name}.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    themes, problems = read_theme_files(folder, KNOWN, KNOWN[:3])
    return {name: dict(colors) for name, colors in themes.items()}, problems


def test_no_folder_is_no_themes(tmp_path: Path) -> None:
    assert read_theme_files(tmp_path, KNOWN, KNOWN[:3]) == ({}, ())


def test_the_colours_of_each_file(tmp_path: Path) -> None:
    themes, problems = read(tmp_path, night=GOOD, day=GOOD + 'cursor = "#abcdef"')
    assert problems == ()
    assert themes["day"]["cursor"] == "#abcdef"
    assert themes["night"] == {"background": "#000", "foreground": "#ffffff", "accent": "#62b0ff"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (GOOD + 'curser = "#000000"', "line 4: unknown colour 'curser'. Did you mean 'cursor'?"),
        (GOOD + 'cursor = "blue"', 'line 4: cursor must be a colour such as "#62b0ff".'),
        (GOOD + "cursor = 3", 'line 4: cursor must be a colour such as "#62b0ff".'),
        (GOOD + "[cursor]", 'line 4: cursor must be a colour such as "#62b0ff".'),
        ('accent = "#000000"', "background and foreground must be given; the other colours are derived."),
        (GOOD + "cursor =", "line 4: not valid TOML"),
        (b"\xff\xfe", "not a text file in UTF-8 (byte 0)."),
    ],
)
def test_a_file_that_cannot_be_used_is_named_and_the_others_are(
    tmp_path: Path, text: str | bytes, sentence: str
) -> None:
    themes, problems = read(tmp_path, good=GOOD, odd=text)
    assert list(themes) == ["good"]
    (problem,) = problems
    assert "odd.toml" in problem
    assert sentence in problem
