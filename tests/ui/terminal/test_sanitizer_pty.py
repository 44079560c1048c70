"""Hostile visitors of the recorded session, through the whole program over real HTTP, read in the terminal's bytes."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pyte
import pytest

from tests.benchmarks.recorded_matomo import RecordedMatomo
from tests.pty_harness import PtyProcess
from tests.serving import served

pytestmark = [pytest.mark.terminal, pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals are POSIX")]

ROOT = Path(__file__).parents[2]
WIDTH, HEIGHT = 200, 60

# What is allowed beside text: Textual's own sequences to move, colour, switch modes, and shape the pointer.
_OWN = re.compile(rb"\x1b\[[0-9;:<>?$]*[A-Zhlmpu]|\x1b\]22;\w*\x07|\r|\n|\x1b\[\?[0-9;]*[hl]")
# Of these, what would do harm: clearing, scrolling regions, reports of the device.
_HARMFUL = re.compile(rb"\x1b\[[0-9;?]*[JKLMPSTXcnr]")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(RecordedMatomo()) as url:
        yield url


def screen_of(output: bytes) -> str:
    """What a terminal shows after ``output``."""
    screen = pyte.Screen(WIDTH, HEIGHT)
    # pyte takes Textual's keyboard protocol for text.
    pyte.ByteStream(screen).feed(re.sub(rb"\x1b\[[<>=?][0-9;]*[a-z$]+", b"", output))
    return "\n".join(screen.display)


def typed(terminal: PtyProcess, keys: bytes, until: bytes = b"") -> None:
    """Type ``keys``, and wait until the answer (with ``until`` in it) was drawn."""
    before = len(terminal.output)
    terminal.send(keys)
    terminal.wait_for(lambda output: bool(output) and until in output, since=before)
    terminal.settle()


@pytest.mark.parametrize(
    ("sought", "found", "harmless", "attack"),
    [
        ("x/esc", "[2J]0;pwned", "[2J]0;pwnedtitle", b"\x1b]0;pwned"),
        ("app.quit", "[@click=app.quit]q", "[@click=app.quit]quit[/]", b"\x1b]"),
        ("94.246.0.0", "Install", "abcgnp.exe", "\u202e".encode()),
    ],
    ids=["escape sequences", "markup", "direction override"],
)
def test_a_recorded_attack_is_read_as_text(
    sought: str, found: str, harmless: str, attack: bytes, address: str, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("0" * 32)
    token.chmod(0o600)
    argv = [sys.executable, "-m", "matomo_tui", "--url", address, "--token-file", str(token)]
    with PtyProcess(argv, width=WIDTH, height=HEIGHT, env={"HOME": str(tmp_path)}, cwd=str(ROOT)) as terminal:
        terminal.wait_for(b"/min")
        terminal.settle()
        typed(terminal, b"/", until=b"user id")
        typed(terminal, sought.encode(), until=b" of ")
        typed(terminal, b"\r")
        in_feed = screen_of(terminal.output)
        typed(terminal, b"\r", until=b"Visitor")
        opened = screen_of(terminal.output)
        output = terminal.output
    assert found in in_feed
    assert harmless in opened
    rest = _OWN.sub(b"", output).decode("utf-8")
    assert not [character for character in rest if not character.isprintable()]
    assert not _HARMFUL.search(output)
    assert attack not in re.sub(rb"\x1b\]22;\w*\x07", b"", output)
