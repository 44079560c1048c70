"""Commands of rules: their words arrive whole, without a shell, a token or any output."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from matomo_tui.alerts.command_delivery import run_command
from matomo_tui.alerts.delivery_error import DeliveryError

pytestmark = pytest.mark.terminal

_KEEP = """
import json, os, sys
print("noise"); print("noise", file=sys.stderr)
json.dump([sys.argv[2:], dict(os.environ), sys.stdin.read()], open(sys.argv[1], "w"))
"""


async def test_words_arrive_whole_and_the_token_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MATOMO_TOKEN", "8d1f3c5e7a9b")
    monkeypatch.setenv("MATOMO_TUI_SERVE_PASSWORD", "8d1f3c5e7a9b")
    kept = tmp_path / "kept.json"
    words = ["a b", 'it\'s "quoted"', "$HOME; rm -rf * | cat", "", "ü\n"]
    await run_command([sys.executable, "-c", _KEEP, str(kept), *words], {"rule": "Rush", "message": "two words"})
    arguments, environment, standard_input = json.loads(kept.read_text())
    assert arguments == words
    assert "MATOMO_TOKEN" not in environment
    assert "8d1f3c5e7a9b" not in kept.read_text()
    assert (environment["MATOMO_ALERT_RULE"], environment["MATOMO_ALERT_MESSAGE"]) == ("Rush", "two words")
    assert standard_input == ""
    assert capfd.readouterr() == ("", "")


async def test_a_command_that_hangs_is_killed_with_its_children(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    script = f"sleep 600 & echo $! > {pid_file}; wait"
    task = asyncio.ensure_future(run_command(["sh", "-c", script], {}, limit=1.0))
    with pytest.raises(DeliveryError, match="took longer than 1 s and was stopped"):
        await task
    child = int(pid_file.read_text())
    for _ in range(100):
        if not _is_running(child):
            return
        await asyncio.sleep(0.02)
    pytest.fail("the command's child runs on")


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


async def test_failures_are_sentences() -> None:
    with pytest.raises(DeliveryError, match="'no-such-command' could not be started: No such file") as caught:
        await run_command(["no-such-command", "secret"], {})
    assert caught.value.final
    with pytest.raises(DeliveryError, match="'false' failed with exit code 1") as failed:
        await run_command(["false", "secret"], {})
    assert not failed.value.final
    assert "secret" not in f"{caught.value}{failed.value}"
