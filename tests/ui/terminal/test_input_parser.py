"""What comes between the marks of a paste is one text, whatever is in it, and what comes after it are keys again. The
thumb buttons of the mouse are none of the others."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

import pytest
from textual.app import App
from textual.events import Key, Paste
from textual.message import Message

from matomo_tui.ui.terminal import input_parser
from matomo_tui.ui.terminal.pacing import PacedApp
from tests.pty_harness import PtyProcess

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the driver of POSIX terminals")


class Small(PacedApp, App[int]):
    """An application with the program's driver."""


class Terminal:
    """Passes input to the parser of the program's driver."""

    def __init__(self) -> None:
        textual_driver = Small().get_driver_class().__mro__[1]
        input_parser.parse_input_of(textual_driver)
        self.parser = vars(sys.modules[textual_driver.__module__])["XTermParser"]()

    def read(self, *pieces: str) -> list[str]:
        return [one for piece in pieces for one in named(self.parser.feed(piece))]


def named(events: Iterable[Message]) -> list[str]:
    """Keys by name, and pasted texts in quotes."""
    return [
        event.key if isinstance(event, Key) else repr(event.text) for event in events if isinstance(event, Key | Paste)
    ]


PASTE = "\x1b[200~x\x1b[4mS8\x1b[201 \x1b\x1b[200~V\x1b\x1b[201~"
TEXT = "'x[4mS8[201 [200~V'"


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 100])
def test_an_escape_in_a_paste_ends_in_the_text(size: int) -> None:
    typed = f"a{PASTE}b{PASTE}\x1b[A"
    pieces = [typed[at : at + size] for at in range(0, len(typed), size)]
    assert Terminal().read(*pieces) == ["a", TEXT, "b", TEXT, "up"]


def test_other_pastes_are_as_they_were() -> None:
    assert Terminal().read("\x1b[200~two\nlines\x1b[201~", "\x1b[200~\x1b[201~", "q") == [repr("two\nlines"), "''", "q"]


def test_a_paste_whose_end_is_lost_does_not_take_keys_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(input_parser, "monotonic", lambda: now)
    terminal = Terminal()
    assert terminal.read("\x1b[200~lost\x1b[20") == []
    now += input_parser.PATIENCE
    assert named(terminal.parser.tick()) == []
    now += 1
    assert named(terminal.parser.tick()) == ["'lost[20'"]
    assert terminal.read("q") == ["q"]


@pytest.mark.parametrize("with_keys", [0, 4, 8, 16, 32])
@pytest.mark.parametrize("thumb", [128, 129, 130, 131])
def test_a_thumb_button_is_not_the_left_one(thumb: int, with_keys: int) -> None:
    parser = Terminal().parser
    assert list(parser.feed(f"\x1b[<{thumb + with_keys};9;5M\x1b[<{thumb + with_keys};9;5m")) == []
    after = [(type(event).__name__, event.button) for event in parser.feed("\x1b[<0;9;5M\x1b[<0;9;5m\x1b[<65;9;5M")]
    assert after == [("MouseDown", 1), ("MouseUp", 1), ("MouseScrollDown", 0)]


@pytest.mark.terminal
def test_the_dashboard_takes_no_key_out_of_a_paste() -> None:
    with PtyProcess([sys.executable, "-m", "matomo_tui", "--demo"]) as terminal:
        terminal.wait_for(b"/min")
        terminal.send(b"\x1b[200~x\x1b[4m\x11\x1b[201~")  # ctrl+q, behind the escape
        terminal.send(b"q")
        terminal.wait_for(b"quits")
        assert terminal.process.poll() is None
