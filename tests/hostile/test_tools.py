"""Hostile texts in the answers for AI agents and in what a person is asked, and a road for every tool."""

from __future__ import annotations

from pathlib import Path

from matomo_tui.agents.service import TOOLS
from tests.hostile.hostile_matomo import Poison
from tests.hostile.tools import CALLS, WAITING, hostile_tools


def test_every_tool_is_called() -> None:
    assert not TOOLS.keys() - CALLS.keys(), "add a call to tests/hostile/tools.py"
    assert not CALLS.keys() - TOOLS.keys()


async def test_no_answer_has_a_character_that_is_obeyed_or_hidden(tmp_path: Path) -> None:
    found: list[str] = []
    async with hostile_tools(tmp_path, Poison()) as tools:
        for name in (each for each in CALLS if each not in WAITING):
            found += await tools.problems(name)
    assert found == []
    assert CALLS.keys() - WAITING <= tools.answered
