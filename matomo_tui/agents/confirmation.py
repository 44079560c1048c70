"""Asks a person at the terminal to confirm a write. Standard input and output belong to the protocol, so the question
goes to the process's controlling terminal, and is refused where there is none."""

from __future__ import annotations

import asyncio
import os
import select
import threading
import time
from contextlib import suppress
from pathlib import Path

from matomo_tui.agents.writing import NotConfirmed, Question
from matomo_tui.sanitize import sanitize

PATIENCE = 120.0
"""Seconds that a question waits for an answer."""
_NO_TERMINAL = (
    "Not confirmed: a person must confirm this on the terminal that matomo-tui mcp was started from, and it has none. "
    "Start it in a terminal with --http, or confirm the call in advance with --yes-i-confirm {tool}. Nothing was sent."
)
_LONGEST = 400
_TICK = 0.2
"""Seconds between two checks whether the question was given up."""


class TerminalConfirmer:
    """Asks on the controlling terminal. Questions wait for each other.

    ``terminal`` is its device, ``agent`` the name in the question, and ``patience`` the seconds to wait for an answer.
    """

    def __init__(self, agent: str, *, terminal: Path = Path("/dev/tty"), patience: float = PATIENCE) -> None:
        self._agent = agent
        self._terminal = terminal
        self._patience = patience
        self._asking = asyncio.Lock()

    async def ask(self, question: Question) -> str:
        """The typed line. Raises ``NotConfirmed`` without a terminal or without an answer."""
        async with self._asking:
            given_up = threading.Event()
            try:
                return await asyncio.to_thread(self._ask, question, given_up)
            finally:
                given_up.set()  # a cancelled call must not keep the program from ending

    def _ask(self, question: Question, given_up: threading.Event) -> str:
        try:
            descriptor = os.open(self._terminal, os.O_RDWR | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_CLOEXEC", 0))
        except OSError:
            raise NotConfirmed(_NO_TERMINAL.format(tool=question.tool)) from None
        try:
            _forget_typed(descriptor)
            os.write(descriptor, self._text(question).encode("utf-8", "replace"))
            return _line(descriptor, self._patience, given_up)
        except OSError as error:
            raise NotConfirmed(f"Not confirmed: the terminal failed ({error.strerror}). Nothing was sent.") from None
        finally:
            os.close(descriptor)

    def _text(self, question: Question) -> str:
        wanted = question.confirm_text or "yes"
        lines = [
            "",
            f"Agent {self._agent} asks: {question.title}",
            *question.lines,
            f"Type {sanitize(wanted, 200)} to confirm, anything else to refuse:",
        ]
        shown = [f"{line[: len(line) - len(line.lstrip())]}{sanitize(line.strip(), _LONGEST)}" for line in lines]
        return "\r\n".join(shown) + " "


def _forget_typed(descriptor: int) -> None:
    """Drop what was typed before the question: it is no answer to it."""
    import termios

    with suppress(termios.error):
        termios.tcflush(descriptor, termios.TCIFLUSH)


def _line(descriptor: int, patience: float, given_up: threading.Event) -> str:
    """A line from the terminal, which edits and echoes it. Raises ``NotConfirmed`` after ``patience`` seconds, or when
    the question is given up."""
    deadline = time.monotonic() + patience
    typed = b""
    while not typed.endswith(b"\n"):
        if time.monotonic() >= deadline or given_up.is_set():
            os.write(descriptor, b"\r\nNobody answered: refused.\r\n")
            raise NotConfirmed(f"Not confirmed: nobody answered within {patience:.0f} s. Nothing was sent.")
        if not select.select([descriptor], [], [], _TICK)[0]:
            continue
        found = os.read(descriptor, 1024)
        if not found:
            raise NotConfirmed("Not confirmed: the terminal was closed. Nothing was sent.")
        typed += found
    return typed.decode("utf-8", "replace").strip()
