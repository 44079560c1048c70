"""A person is asked on a terminal of its own; without one, and without an answer, a write is refused."""

from __future__ import annotations

import asyncio
import os
import pty
from collections.abc import Iterator
from pathlib import Path

import pytest

from matomo_tui.agents.confirmation import TerminalConfirmer
from matomo_tui.agents.writing import NotConfirmed, Question

QUESTION = Question(
    "add_goal",
    "Add a goal",
    ("Add the goal “x\x1b[2J” to site 1", "  Name: – → x\u202e", "Mind: y\x07"),
)


@pytest.fixture
def terminal() -> Iterator[tuple[int, Path]]:
    """The other end of a terminal, and its device."""
    master, slave = pty.openpty()
    try:
        yield master, Path(os.ttyname(slave))
    finally:
        os.close(slave)
        os.close(master)


async def answered(terminal: tuple[int, Path], typed: bytes, question: Question = QUESTION) -> tuple[str, str]:
    """What the confirmer returns after ``typed``, and what it wrote."""
    master, device = terminal
    asking = asyncio.create_task(TerminalConfirmer("claude", terminal=device).ask(question))
    shown = b""
    while b"anything else to refuse:" not in shown:
        shown += await asyncio.to_thread(os.read, master, 4096)
    os.write(master, typed)
    return await asking, shown.decode()


async def test_the_question_shows_the_plan_without_control_characters(terminal: tuple[int, Path]) -> None:
    typed, shown = await answered(terminal, b"yes\n")
    assert typed == "yes"
    assert "Agent claude asks: Add a goal" in shown
    assert "Add the goal “x[2J” to site 1" in shown
    assert "  Name: – → x\r" in shown
    assert "Type yes to confirm" in shown
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)


async def test_a_name_is_typed_and_trimmed(terminal: tuple[int, Path]) -> None:
    question = Question("delete_goal", "Delete", (), "Newsletter")
    typed, shown = await answered(terminal, b"  Newsletter \n", question)
    assert typed == "Newsletter"
    assert "Type Newsletter to confirm" in shown


async def test_what_was_typed_before_the_question_is_no_answer(terminal: tuple[int, Path]) -> None:
    os.write(terminal[0], b"yes\n")
    typed, _ = await answered(terminal, b"no\n")
    assert typed == "no"


async def test_without_a_terminal_it_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(NotConfirmed) as raised:
        await TerminalConfirmer("claude", terminal=tmp_path / "tty").ask(QUESTION)
    assert "--http" in str(raised.value)
    assert "--yes-i-confirm add_goal" in str(raised.value)


async def test_nobody_who_answers_is_a_refusal(terminal: tuple[int, Path]) -> None:
    with pytest.raises(NotConfirmed, match="nobody answered"):
        await TerminalConfirmer("claude", terminal=terminal[1], patience=0.0).ask(QUESTION)


async def test_a_call_that_is_cancelled_leaves_no_thread_behind(terminal: tuple[int, Path]) -> None:
    asking = asyncio.create_task(TerminalConfirmer("claude", terminal=terminal[1]).ask(QUESTION))
    shown = b""
    while b"to refuse:" not in shown:
        shown += await asyncio.to_thread(os.read, terminal[0], 4096)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    while b"Nobody answered" not in shown:
        shown += await asyncio.to_thread(os.read, terminal[0], 4096)
