"""``matomo-tui examples``: each file is listed with a sentence, printed as it is, and names options that exist."""

from __future__ import annotations

import re
import shutil
import subprocess
from importlib.resources import files

import click
import pytest

from matomo_tui.cli.examples import ABOUT
from matomo_tui.cli.main import cli
from tests.cli.conftest import Invoke

FOLDER = files("matomo_tui") / "examples"


def test_every_file_is_listed_with_a_sentence(invoke: Invoke) -> None:
    names = {file.name for file in FOLDER.iterdir() if file.is_file()}
    listed = dict(line.split("  ", 1) for line in invoke("examples").output.splitlines())
    assert set(listed) == names == set(ABOUT)
    assert all(sentence.strip().endswith(".") for sentence in listed.values())


@pytest.mark.parametrize("name", sorted(ABOUT))
def test_a_file_is_printed_as_it_is(invoke: Invoke, name: str) -> None:
    assert invoke("examples", name).output == (FOLDER / name).read_text(encoding="utf-8")


def test_an_unknown_name_has_a_hint(invoke: Invoke) -> None:
    done = invoke("examples", "kiosk.service")
    assert done.exit_code == 2
    assert "Did you mean kiosk@.service?" in done.output


@pytest.mark.parametrize("name", [name for name in sorted(ABOUT) if name.startswith("kiosk")])
def test_its_options_and_commands_exist(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    options = {option for parameter in cli.params if isinstance(parameter, click.Option) for option in parameter.opts}
    for line in re.findall(r"matomo-tui (--[^\n\"']*)", text):
        assert {word for word in line.split() if word.startswith("--")} <= options
    assert {*re.findall(r"matomo-tui examples ([\w@.-]+)", text)} <= set(ABOUT)


@pytest.mark.skipif(shutil.which("sh") is None, reason="there is no shell")
def test_the_script_is_one_for_any_shell() -> None:
    script = (FOLDER / "kiosk-raspberry-pi.sh").read_text(encoding="utf-8")
    done = subprocess.run(["sh", "-n"], input=script, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
