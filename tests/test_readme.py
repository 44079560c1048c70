"""The README agrees with the program: keys, settings, flags, dependencies and the first commands."""

from __future__ import annotations

import re
import tomllib

import click

from matomo_tui.cli.main import cli
from matomo_tui.config.validation import CHECKS
from tests import readme

TEXT = readme.README.read_text(encoding="utf-8")
PROJECT = tomllib.loads((readme.README.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_key_table_is_the_registry_of_actions() -> None:
    assert readme.written() == TEXT, "python -m tests.readme writes it anew"


def test_every_setting_of_a_profile_is_in_the_reference() -> None:
    rows = set(re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE))
    assert set(CHECKS) <= rows


def test_every_flag_of_the_dashboard_is_named() -> None:
    flags = {
        name
        for parameter in cli.params
        if isinstance(parameter, click.Option) and not parameter.hidden
        for name in parameter.opts
        if name.startswith("--") and name not in ("--help", "--version")
    }
    assert flags
    assert {flag for flag in flags if f"`{flag}" not in TEXT and f" {flag}" not in TEXT} == set()


def test_every_dependency_is_named_with_its_reason() -> None:
    requirements = [*PROJECT["dependencies"]]
    for extra, members in PROJECT["optional-dependencies"].items():
        requirements += members if extra != "dev" else []
    rows = set(re.findall(r"^\| ([\w-]+)(?: \(extra[^|]*\))? \| \S", TEXT, re.MULTILINE))
    assert {re.split(r"[<>=\[]", requirement)[0] for requirement in requirements} <= rows


def test_there_is_one_test_command() -> None:
    blocks = re.findall(r"<!-- test-command -->\n```sh\n(.*)\n```\n<!-- /test-command -->", TEXT)
    assert len(blocks) == 1
    assert "pytest" in blocks[0]
