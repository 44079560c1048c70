"""``matomo-tui keys``: the keys of every screen, as they are configured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from matomo_tui.ui.actions import ACTIONS
from tests.cli.conftest import Invoke


@pytest.fixture
def file(config: Path) -> Path:
    return config / "config.toml"


def keys_of(output: str) -> dict[str, list[str]]:
    return {row["action"]: row["keys"] for rows in json.loads(output).values() for row in rows}


def test_every_action_of_a_titled_place_is_printed(invoke: Invoke) -> None:
    result = invoke("keys", "--json")
    assert result.exit_code == 0
    keys = keys_of(result.output)
    assert keys["report.sort"] == ["o"]
    assert keys["section.go_back"] == ["<", "alt+left"]
    titled = {action.id for action in ACTIONS} - set(keys)
    assert not {name for name in titled if name.partition(".")[0] in ("app", "live", "feed", "report", "section")}


def test_the_table_for_reading(invoke: Invoke) -> None:
    lines = invoke("keys").output.splitlines()
    assert lines[0] == "Everywhere"
    assert next(line.split() for line in lines if line.endswith("report.sort"))[0] == "o"


def test_it_shows_what_is_configured(invoke: Invoke, file: Path) -> None:
    file.write_text('[keys]\npreset = "vim"\n"report.sort" = "Q"\n[keys.feed]\ncopy = "Y"\n')
    keys = keys_of(invoke("keys", "--json").output)
    assert (keys["report.sort"], keys["feed.copy"], keys["report.expand"]) == (["Q"], ["Y"], ["right", "l"])


def test_a_preset_is_shown_whatever_is_configured(invoke: Invoke, file: Path) -> None:
    file.write_text('[keys]\n"report.sort" = "Q"\n')
    assert keys_of(invoke("keys", "--json", "--preset", "default").output)["report.sort"] == ["o"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[keys]\n"report.srot" = "Q"\n', "line 2: there is no action 'report.srot'. Did you mean 'report.sort'?"),
        ('\n[keys.report]\n\nsort = "entr"\n', "line 4: there is no key 'entr'"),
        ('[keys]\npreset = "emacs"\n', "line 2: there is no preset 'emacs'"),
        ("[keys]\nreport.sort = 4\n", "line 2: report.sort must be a key or keys in quotes"),
        ("keys = 3\n", "line 1: keys must be a table: [keys]."),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(invoke: Invoke, file: Path, text: str, sentence: str) -> None:
    file.write_text(text)
    result = invoke("keys")
    assert result.exit_code == 2
    assert f"config.toml, {sentence}" in result.output
