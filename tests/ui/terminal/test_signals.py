"""The look at the terminal before the start, and the crash report's words; what needs a terminal is in
``test_exits_pty``."""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.traceback import Traceback
from textual.app import App
from textual.worker import WorkerFailed

from matomo_tui.config import crash_file
from matomo_tui.ui.terminal import signals
from matomo_tui.ui.terminal.crash_report import CrashReportMixin
from matomo_tui.ui.terminal.requirements import NotATerminalError, ensure_terminal

XTERM = {"TERM": "xterm-256color"}


class FakeTerminal(io.TextIOWrapper):
    """A stream that says whether it is a terminal."""

    def __init__(self, *, tty: bool = True, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding)
        self.tty = tty

    def isatty(self) -> bool:
        return self.tty


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """stdin and stderr as a usable terminal has them."""
    monkeypatch.setattr(sys, "__stdin__", FakeTerminal())
    monkeypatch.setattr(sys, "__stderr__", FakeTerminal())
    return monkeypatch


def _socket_pair() -> tuple[int, int]:
    one, other = socket.socketpair()
    return one.detach(), other.detach()


def refusal(environ: dict[str, str]) -> str:
    with pytest.raises(NotATerminalError) as caught:
        ensure_terminal(environ)
    return str(caught.value)


def test_a_terminal_is_accepted(terminal: pytest.MonkeyPatch) -> None:
    ensure_terminal(XTERM)


@pytest.mark.parametrize("stream", ["__stdin__", "__stderr__"])
@pytest.mark.parametrize("replacement", [FakeTerminal(tty=False), None], ids=["redirected", "closed"])
def test_without_a_terminal_it_says_what_works_instead(
    stream: str, replacement: FakeTerminal | None, terminal: pytest.MonkeyPatch
) -> None:
    terminal.setattr(sys, stream, replacement)
    sentence = refusal(XTERM)
    assert "terminal" in sentence
    assert "matomo-tui --plain" in sentence


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no TERM")
@pytest.mark.parametrize("kind", ["dumb", "unknown", "", None])
def test_a_dumb_terminal_is_refused(kind: str | None, terminal: pytest.MonkeyPatch) -> None:
    assert "TERM" in refusal({} if kind is None else {"TERM": kind})


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "cp1252"])
def test_an_encoding_without_boxes_is_refused_by_name(encoding: str, terminal: pytest.MonkeyPatch) -> None:
    terminal.setattr(sys, "__stderr__", FakeTerminal(encoding=encoding))
    sentence = refusal(XTERM)
    assert encoding in sentence
    assert "UTF-8" in sentence


def test_the_look_at_the_terminal_does_not_import_textual() -> None:
    code = "import sys, matomo_tui.ui.terminal; sys.exit('textual' in sys.modules or 'rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


class QuietApp(App[int]):
    """Installs the ways out where there is no terminal."""

    def on_mount(self) -> None:
        signals.install_signal_handlers(self)


async def test_without_a_terminal_no_signal_handler_is_touched() -> None:
    before = signal.getsignal(signal.SIGTERM)
    async with QuietApp().run_test() as pilot:
        await pilot.pause()
        assert signal.getsignal(signal.SIGTERM) is before


TOKEN = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    "message",
    [
        f"token_auth={TOKEN}&idSite=1",
        f"{{'token_auth': '{TOKEN}', 'x': 1}}",
        f"Illegal header value b'Bearer {TOKEN}\\n'",
        f"Authorization: Basic {TOKEN}",
        f"no such page: {TOKEN}",
        f"https://user:{TOKEN}@host/matomo",
        f"token_auth%3D{TOKEN}",
    ],
)
def test_no_token_in_message_or_file(message: str, tmp_path: Path) -> None:
    error = ValueError(message)
    path = crash_file.write_crash_file(error, tmp_path)
    assert path is not None
    for text in (crash_file.crash_message(error, path), path.read_text()):
        assert TOKEN not in text
        assert "***" in text
        assert "ValueError" in text


def _fail(token: str) -> None:
    held = token.upper()
    raise LookupError(len(held))


def test_the_file_has_the_traceback_without_locals(tmp_path: Path) -> None:
    try:
        _fail("geheim")
    except LookupError as error:
        path = crash_file.write_crash_file(error, tmp_path)
    assert path is not None
    text = path.read_text()
    assert "in _fail" in text
    assert "LookupError: 6" in text
    assert "GEHEIM" not in text


def test_the_message_is_one_harmless_line_and_the_path(tmp_path: Path) -> None:
    error = RuntimeError("\x1b[2J\nsecond line\x07")
    reason, rest = crash_file.crash_message(error, tmp_path / "crash.txt").split("\n", 1)
    assert reason == "matomo-tui crashed: RuntimeError: [2J second line"
    assert str(tmp_path / "crash.txt") in rest


def test_only_the_newest_files_are_kept(tmp_path: Path) -> None:
    paths = [crash_file.write_crash_file(ValueError(number), tmp_path) for number in range(14)]
    kept = sorted(tmp_path.iterdir())
    assert len(kept) == 10
    assert paths[-1] in kept
    assert paths[0] not in kept


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert crash_file.write_crash_file(ValueError("x"), blocked / "log") is None
    assert "could be written" in crash_file.crash_message(ValueError("x"), None)


def texts_in(folder: Path) -> list[str]:
    return [path.read_text() for path in folder.iterdir()]


class CrashingApp(CrashReportMixin, App[int]):
    """Fails in a worker as soon as it runs."""

    def on_mount(self) -> None:
        self.run_worker(self._fail())

    async def _fail(self) -> None:
        raise KeyError("inner")


class ReadingApp(CrashReportMixin, App[int]):
    """Fails as Textual's input thread does, and keeps what it would say."""

    said: list[str]

    def on_mount(self) -> None:
        try:
            raise OSError(5, "Input/output error")
        except OSError:
            self.call_later(self.panic, Traceback())

    def _print_error_renderables(self) -> None:
        self.said = [str(one) for one in self._exit_renderables]
        self._exit_renderables.clear()


async def test_a_worker_s_own_error_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(crash_file, "crash_folder", lambda: tmp_path)
    app = CrashingApp()
    with pytest.raises(WorkerFailed):
        async with app.run_test() as pilot:
            await pilot.pause()
    assert app.return_code == crash_file.EXIT_CODE
    assert ["KeyError: 'inner'" in text for text in texts_in(tmp_path)] == [True]


async def test_keys_that_can_no_longer_be_read_are_a_sentence_and_not_success(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(crash_file, "crash_folder", lambda: tmp_path)
    app = ReadingApp()
    with pytest.raises(RuntimeError, match="cannot be read"):
        async with app.run_test() as pilot:
            await pilot.pause()
    assert app.return_code == crash_file.EXIT_CODE
    (said,) = app.said
    assert said.startswith("matomo-tui crashed: RuntimeError: the keys cannot be read: OSError: [Errno 5]")


def test_textual_still_has_the_hook_that_the_crash_report_takes_over() -> None:
    assert callable(App._fatal_error)
    assert CrashReportMixin._fatal_error is not App._fatal_error


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no termios")
@pytest.mark.parametrize("make", [os.pipe, _socket_pair])
def test_a_pipe_has_hung_up_when_its_other_end_is_closed(make: Callable[[], tuple[int, int]]) -> None:
    reading, writing = make()
    try:
        assert not signals._hung_up(reading)
        os.close(writing)
        assert signals._hung_up(reading)
    finally:
        os.close(reading)
