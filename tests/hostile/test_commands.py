"""Hostile texts in the output of the commands, and a road for every command and format."""

from __future__ import annotations

from pathlib import Path

import pytest

from matomo_tui.config.crash_file import crash_text
from matomo_tui.headless.formats import OUTPUT_FORMATS
from matomo_tui.reports.export import FORMATS
from tests.hostile import commands, corpus, outputs
from tests.hostile.hostile_matomo import Poison
from tests.hostile.scanner import bad_characters

CHEAP = ("get Actions.getPageTitles", "audit", "alerts history", "metrics --once")
"""Beginnings of the command lines of every run of the suite; ``python -m tests.endurance text`` tries all of them."""


def test_every_command_has_a_road_or_a_reason() -> None:
    found = {name for name, _ in commands.commands()}
    listed = commands.ROADS.keys() | commands.WITHOUT.keys()
    assert not found - listed, f"add roads to tests/hostile/commands.py for {', '.join(sorted(found - listed))}"
    assert not listed - found, "roads or exceptions name commands that do not exist"
    assert not commands.ROADS.keys() & commands.WITHOUT.keys()


def test_every_format_of_a_command_is_tried() -> None:
    for name, command in commands.commands():
        if name in commands.ROADS and commands.formats_of(command):
            assert any(road.formats for road in commands.ROADS[name]), f"no road of {name} tries its formats"


def test_every_format_has_a_check() -> None:
    assert {*OUTPUT_FORMATS, *FORMATS} == set(outputs.FORMATS)


def test_what_leaves_a_command_is_harmless(tmp_path: Path) -> None:
    known = dict(commands.commands())
    found: list[str] = []
    with commands.hostile_home(tmp_path / "home", Poison()) as home:
        for name, roads in commands.ROADS.items():
            for road in roads:
                if " ".join(road.words).startswith(CHEAP):
                    for variant in commands.variants(road, known[name]):
                        found += commands.problems(home, variant, terminal="table" in variant.words)
    assert found == []


@pytest.mark.parametrize(
    ("check", "output"),
    [
        (outputs.text, "a\x1b[2Jb\n"),
        (outputs.table, "a\u202eb\n"),
        (outputs.text, "e" + "\u0301" * 4 + "\n"),
        (outputs.json_document, '{"a": "\x9b"}\n'),
        (outputs.json_document, '{"a": 1}}\n'),
        (outputs.json_lines, '{"a": 1}\n\n[]\n'),
        (outputs.json_lines, '{"a": "\u2028"}\n'),
        (outputs.csv_file, "label,hits\n=1+1,2\n"),
        (outputs.csv_file, 'label,title,hits\na,"b;=1+1",2\n'),
        (outputs.tsv_file, "label\ta,=1+1\n"),
        (outputs.csv_file, "a,b\n1\n"),
        (outputs.markdown, "| a | b |\n| a | b | c |\n"),
        (outputs.metrics, 'a{b="c"d"} 1\n'),
        (outputs.metrics, "a 1\nevil\n"),
    ],
)
def test_the_checks_find_what_is_wrong(check: outputs.Check, output: str) -> None:
    assert check(output)


def test_a_printed_crash_report_is_harmless() -> None:
    for text in corpus.TEXTS.values():
        assert not bad_characters(crash_text(RuntimeError(text))) - {"\n"}
