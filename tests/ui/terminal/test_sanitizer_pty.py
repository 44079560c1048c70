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


class Shown:
    """What a terminal shows after the output so far."""

    def __init__(self, terminal: PtyProcess) -> None:
        self._terminal = terminal
        self._screen = pyte.Screen(WIDTH, HEIGHT)
        self._stream = pyte.ByteStream(self._screen)
        self._read = 0

    @property
    def text(self) -> str:
        """The screen as one text; the output has settled."""
        output = self._terminal.output
        # pyte takes Textual's keyboard protocol for text.
        self._stream.feed(re.sub(rb"\x1b\[[<>=?][0-9;]*[a-z$]+", b"", output[self._read :]))
        self._read = len(output)
        return "\n".join(self._screen.display)


def typed(terminal: PtyProcess, keys: bytes, until: bytes = b"") -> None:
    """Type ``keys``, and wait until the answer (with ``until`` in it) was drawn."""
    before = len(terminal.output)
    terminal.send(keys)
    terminal.wait_for(lambda output: bool(output) and until in output, since=before)
    terminal.settle()


ATTACKS = {
    "escape sequences": ("x/esc", "[2J]0;pwned", "[2J]0;pwnedtitle", b"\x1b]0;pwned"),
    "markup": ("app.quit", "[@click=app.quit]", "[@click=app.quit]quit[/]", b"\x1b]"),
    "direction override": ("94.246.0.0", "Install", "abcgnp.exe", "\u202e".encode()),
}
"""What is searched for, what the feed and the opened visit say, and the bytes that must not leave."""


def test_recorded_attacks_are_read_as_text(address: str, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("0" * 32)
    token.chmod(0o600)
    argv = [sys.executable, "-m", "matomo_tui", "--url", address, "--token-file", str(token)]
    with PtyProcess(argv, width=WIDTH, height=HEIGHT, env={"HOME": str(tmp_path)}, cwd=str(ROOT)) as terminal:
        terminal.wait_for(b"/min")
        terminal.settle()
        shown = Shown(terminal)
        for name, (sought, found, harmless, _) in ATTACKS.items():
            typed(terminal, b"/", until=b"user id")
            typed(terminal, sought.encode(), until=b" of ")
            typed(terminal, b"\r")
            assert found in shown.text, name
            typed(terminal, b"\r", until=b"Visitor")
            assert harmless in shown.text, name
            typed(terminal, b"\x1b")
            typed(terminal, b"\x1b")
        output = terminal.output
    rest = _OWN.sub(b"", output).decode("utf-8")
    assert not [character for character in rest if not character.isprintable()]
    assert not _HARMFUL.search(output)
    sent = re.sub(rb"\x1b\]22;\w*\x07", b"", output)
    for name, (*_, attack) in ATTACKS.items():
        assert attack not in sent, name
