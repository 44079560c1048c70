"""``matomo-tui audit``: shows and filters the recorded writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from matomo_tui.admin.audit import AuditEntry, AuditLog
from tests.cli.conftest import Invoke

ENTRIES = (
    AuditEntry(
        when="2026-11-20T08:00:00Z",
        method="Goals.updateGoal",
        what="Change the goal “Signup” (1) of site 1",
        outcome="done",
        id="a",
        profile="work",
        site=1,
        before={"name": "Signup"},
        after={"name": "Sign-up 🎉"},
        detail="Done.",
    ),
    AuditEntry(
        when="2026-11-24T08:00:00Z",
        method="SitesManager.deleteSite",
        what="Delete the site “Blog” (2)",
        outcome="refused",
        id="b",
        site=2,
        before={"name": "Blog"},
        detail="Matomo refused: This needs a token with 'superuser' access.",
    ),
    AuditEntry(
        when="2026-11-25T08:00:00Z",
        method="mcp.list_visits",
        what="Asked for the visits of today",
        outcome="denied",
        id="c",
        site=1,
        user="jane",
        agent="claude",
        detail="Agent claude may not read visits on site 1.",
    ),
)


@pytest.fixture
def state(tmp_path: Path) -> str:
    log = AuditLog(tmp_path / "state" / "audit.jsonl")
    for entry in ENTRIES:
        log.write(entry)
    return str(log.file.parent)


def test_it_shows_each_write_with_its_difference(invoke: Invoke, state: str) -> None:
    result = invoke("audit", MATOMO_TUI_STATE_DIR=state)
    assert result.exit_code == 0
    assert "2026-11-20T08:00:00Z  done  Goals.updateGoal  site 1  [work]" in result.output
    assert "name: Signup → Sign-up 🎉" in result.output
    assert "name: Blog, not deleted by this" in result.output
    assert "needs a token with 'superuser' access" in result.output
    assert "denied  mcp.list_visits  site 1" in result.output
    assert "by agent claude, jane at this machine" in result.output


@pytest.mark.parametrize(
    ("arguments", "ids"),
    [
        ([], ["a", "b", "c"]),
        (["--agent", "claude"], ["c"]),
        (["--outcome", "denied"], ["c"]),
        (["--site", "2"], ["b"]),
        (["--method", "goals"], ["a"]),
        (["--outcome", "refused"], ["b"]),
        (["--text", "SIGN-UP"], ["a"]),
        (["--profile", "work"], ["a"]),
        (["--since", "2026-11-22"], ["b", "c"]),
        (["--since", "2026-11-20T08:00:00"], ["a", "b", "c"]),
        (["--until", "2026-11-22T00:00+01:00"], ["a"]),
        (["--limit", "1"], ["c"]),
        (["--limit", "0"], ["a", "b", "c"]),
        (["--text", "nowhere"], []),
    ],
)
def test_filters_and_json(invoke: Invoke, state: str, arguments: list[str], ids: list[str]) -> None:
    result = invoke("audit", "--json", *arguments, MATOMO_TUI_STATE_DIR=state)
    assert result.exit_code == 0
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [entry["id"] for entry in found] == ids
    if "a" in ids:
        assert found[0]["after"] == {"name": "Sign-up 🎉"}


@pytest.mark.parametrize("arguments", [["--since", "soon"], ["--limit", "-1"], ["--outcome", "fine"], ["--site", "x"]])
def test_wrong_usage(invoke: Invoke, state: str, arguments: list[str]) -> None:
    assert invoke("audit", *arguments, MATOMO_TUI_STATE_DIR=state).exit_code == 2


def test_nothing_written_yet_is_fine(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("audit", MATOMO_TUI_STATE_DIR=str(tmp_path / "none"))
    assert result.exit_code == 0
    assert "Nothing has been written" in result.output


def test_a_filter_that_nothing_passes_says_so(invoke: Invoke, state: str, tmp_path: Path) -> None:
    said = invoke("audit", "--agent", "gpt", MATOMO_TUI_STATE_DIR=state).output
    assert "Nothing matches; no agent gpt has called, but claude: none of 3 entries in " in said
    said = invoke("audit", "--agent", "claude", "--outcome", "done", MATOMO_TUI_STATE_DIR=state).output
    assert "Nothing matches: none of 3 entries in " in said
    said = invoke("audit", "--agent", "gpt", MATOMO_TUI_STATE_DIR=str(tmp_path / "none")).output
    assert "Nothing matches; no agent gpt has called: there is no entry in " in said


def test_a_log_that_cannot_be_read_is_exit_code_2(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "audit.jsonl").mkdir()
    result = invoke("audit", MATOMO_TUI_STATE_DIR=str(tmp_path))
    assert result.exit_code == 2
    assert "cannot be read" in result.output


def test_damaged_lines_are_counted(invoke: Invoke, state: str) -> None:
    with (Path(state) / "audit.jsonl").open("a") as stream:
        stream.write("not json\n")
    result = invoke("audit", "--json", MATOMO_TUI_STATE_DIR=state)
    assert result.exit_code == 0
    assert "1 line of" in result.stderr
