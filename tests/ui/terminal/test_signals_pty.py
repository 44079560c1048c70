"""Every way out in a real terminal: the exit code, within a second, the terminal restored, nothing left behind."""

from __future__ import annotations

import os
import re
import signal
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.processes import is_running
from tests.pty_harness import ALT_SCREEN_OFF, CURSOR_ON, MOUSE_OFF, PtyProcess
from tests.ui.terminal.ways_out_app import TOKEN

pytestmark = [pytest.mark.terminal, pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals are POSIX")]

ROOT = Path(__file__).parents[2]
DASHBOARD = [sys.executable, "-m", "matomo_tui", "--demo"]
SMALL = [sys.executable, "-m", "tests.ui.terminal.ways_out_app"]
# Far above the second that the program takes, far below what it would hang for. How long it takes is the benchmarks'
# part: a machine that runs other tests at the same time may be slow to schedule it.
SOON = 15.0

SIGNALS = [signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGUSR1, signal.SIGABRT]


@contextmanager
def running(
    state: Path,
    *,
    ignore_hup: bool = False,
    own_terminal: bool = True,
    argv: list[str] = SMALL,
    ready: bytes = b"READY",
) -> Iterator[PtyProcess]:
    """The small application (or ``argv``) once it has written ``ready``."""
    env = {"XDG_STATE_HOME": str(state), "HOME": str(state)}
    with PtyProcess(argv, env=env, cwd=str(ROOT), ignore_hup=ignore_hup, own_terminal=own_terminal) as terminal:
        terminal.wait_for(ready)
        terminal.settle()
        yield terminal


def assert_restored(terminal: PtyProcess) -> None:
    """The alternate screen left, the cursor shown, mouse and raw mode off, as before the start."""
    output = terminal.output
    entered = output.rindex(b"\x1b[?1049h")
    for sequence in (ALT_SCREEN_OFF, CURSOR_ON, MOUSE_OFF, b"\x1b[?2004l", b"\x1b[<u", b"\x1b[?1004l"):
        assert sequence in output[entered:], sequence
    assert output.rindex(ALT_SCREEN_OFF) > entered
    assert terminal.attributes() == terminal.attributes_before


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_signal_ends_it_with_its_code_and_the_terminal_restored(number: signal.Signals, tmp_path: Path) -> None:
    with running(tmp_path) as terminal:
        terminal.signal(number)
        code, took = terminal.wait_exit()
        assert code == 128 + number
        assert took < SOON
        assert_restored(terminal)


@pytest.mark.parametrize("key", [b"q", b"\x03"], ids=["q", "ctrl+c"])
def test_a_key_quits_with_zero(key: bytes, tmp_path: Path) -> None:
    with running(tmp_path) as terminal:
        terminal.send(key)
        code, took = terminal.wait_exit()
        assert code == 0
        assert took < SOON
        assert_restored(terminal)


@pytest.mark.parametrize("key", [b"x", b"w"], ids=["handler", "worker"])
def test_a_crash_leaves_a_sentence_and_a_private_file_without_the_token(key: bytes, tmp_path: Path) -> None:
    with running(tmp_path) as terminal:
        terminal.send(key)
        code, took = terminal.wait_exit()
        assert code == 1
        assert took < SOON
        assert_restored(terminal)
        said = terminal.output[terminal.output.rindex(ALT_SCREEN_OFF) :]
        assert b"matomo-tui crashed: RuntimeError: refused ***: token_auth=***" in said
        assert b"Traceback" not in said
        assert said.count(b"\n") < 8
        assert TOKEN.encode() not in terminal.output
    (file,) = tmp_path.rglob("crash-*.txt")
    assert file.name.encode() in said.replace(b"\r\n", b"")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_text()
    assert "action_fail" in text
    assert "RuntimeError: refused ***: token_auth=***" in text
    assert TOKEN not in text
    assert "locals" not in text


def test_a_blocked_event_loop_is_ended_from_outside_it(tmp_path: Path) -> None:
    with running(tmp_path) as terminal:
        terminal.send(b"b")
        terminal.settle()
        terminal.signal(signal.SIGTERM)
        code, took = terminal.wait_exit()
        assert code == 128 + signal.SIGTERM
        assert took < SOON
        assert_restored(terminal)


def test_a_thread_that_goes_on_does_not_keep_the_process(tmp_path: Path) -> None:
    with running(tmp_path) as terminal:
        terminal.send(b"l")
        code, took = terminal.wait_exit()
        assert code == 7
        assert took < SOON
        assert_restored(terminal)


def test_a_terminal_that_nobody_reads_does_not_keep_the_process(tmp_path: Path) -> None:
    with running(tmp_path) as terminal:
        terminal.stall()
        for _ in range(3000):
            terminal.send(b"\x1b[I\x1b[O")
        terminal.signal(signal.SIGTERM)
        code, took = terminal.wait_exit()
        assert code == 128 + signal.SIGTERM
        assert took < SOON
        assert terminal.attributes() == terminal.attributes_before
        terminal.resume()
        terminal.wait_for(ALT_SCREEN_OFF)


@pytest.mark.parametrize(
    ("ignore_hup", "own_terminal"),
    [(False, True), (True, True), (False, False)],
    ids=["closed", "closed under nohup", "closed without a SIGHUP"],
)
def test_a_closed_terminal_ends_it(ignore_hup: bool, own_terminal: bool, tmp_path: Path) -> None:
    with running(tmp_path, ignore_hup=ignore_hup, own_terminal=own_terminal) as terminal:
        process = psutil.Process(terminal.process.pid)
        terminal.hang_up()
        code, took = terminal.wait_exit()
        assert code == 129
        assert took < SOON
        assert not process.is_running()


def test_a_killed_parent_ends_it_once_the_shell_has_the_terminal_back(tmp_path: Path) -> None:
    with running(tmp_path, argv=[sys.executable, "-m", "tests.job_shell", *SMALL]) as terminal:
        (parent,) = psutil.Process(terminal.process.pid).children()
        (program,) = parent.children()
        parent.kill()
        terminal.wait_for(b"TAKEN BACK")
        deadline = time.monotonic() + SOON
        while is_running(program):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        terminal.wait_for(ALT_SCREEN_OFF)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGQUIT], ids=lambda number: number.name)
def test_a_signal_ends_the_dashboard_itself(number: signal.Signals, tmp_path: Path) -> None:
    with running(tmp_path, argv=DASHBOARD, ready=b"/min") as terminal:
        terminal.signal(number)
        code, took = terminal.wait_exit()
        assert code == 128 + number
        assert took < SOON
        assert_restored(terminal)


def test_a_closed_terminal_ends_the_dashboard_itself_under_nohup(tmp_path: Path) -> None:
    with running(tmp_path, argv=DASHBOARD, ready=b"/min", ignore_hup=True) as terminal:
        process = psutil.Process(terminal.process.pid)
        terminal.hang_up()
        code, took = terminal.wait_exit()
        assert code == 129
        assert took < SOON
        assert not process.is_running()


BROKEN = f"""
from matomo_tui.cli.main import main
from matomo_tui.live.site_state import SiteState

def absorb(self, answers, moment):
    token = "{TOKEN}"
    raise LookupError("no answer for token_auth=" + token)

SiteState.absorb = absorb
main()
"""


def test_a_bug_in_the_poller_ends_the_dashboard_with_a_sentence(tmp_path: Path) -> None:
    with running(tmp_path, argv=[sys.executable, "-c", BROKEN, "--demo"], ready=ALT_SCREEN_OFF) as terminal:
        code, _ = terminal.wait_exit()
        assert code == 1
        assert_restored(terminal)
        assert b"matomo-tui crashed: LookupError: no answer for token_auth=***" in terminal.output
        assert TOKEN.encode() not in terminal.output
    (file,) = tmp_path.rglob("crash-*.txt")
    assert "absorb" in file.read_text()
    assert TOKEN not in file.read_text()


def test_what_a_widget_draws_reaches_the_terminal_as_harmless_text(tmp_path: Path) -> None:
    with running(tmp_path) as terminal:
        # Textual's own: the shape of the pointer.
        output = re.sub(rb"\x1b\]22;\w*\x07", b"", terminal.output)
        assert b"title" in output
        for attack in (b"\x1b]52", b"\x1b]0", b"\x1b[2J", b"\x07", "\u202e".encode(), "\x9b".encode()):
            assert attack not in output, attack


def test_being_continued_leaves_keys_and_terminal_as_they_are(tmp_path: Path) -> None:
    with running(tmp_path) as terminal:
        process = psutil.Process(terminal.process.pid)
        threads = process.num_threads()
        for case, signals in (
            ("SIGCONT alone", [signal.SIGCONT]),
            ("SIGSTOP before it", [signal.SIGSTOP, signal.SIGCONT]),
        ):
            for number in 3 * signals:
                terminal.signal(number)
                if number == signal.SIGCONT:
                    terminal.settle()
            assert process.num_threads() == threads, case
        terminal.send(b"q")
        code, _ = terminal.wait_exit()
        assert code == 0
        assert_restored(terminal)


def test_after_a_stop_the_dashboard_draws_everything_again_and_ctrl_c_quits_it(tmp_path: Path) -> None:
    with running(tmp_path, argv=DASHBOARD, ready=b"/min") as terminal:
        process = psutil.Process(terminal.process.pid)
        # Each twice: what was drawn after the first stop must not count as known after the second.
        for number in (signal.SIGTSTP, signal.SIGTSTP, signal.SIGSTOP, signal.SIGSTOP):
            terminal.signal(number)
            while process.status() != psutil.STATUS_STOPPED:
                time.sleep(0.01)
            before = len(terminal.output)
            terminal.signal(signal.SIGCONT)
            terminal.wait_for(b"Pages now", 20, since=before)
            terminal.wait_for(b"quit", 20, since=before)
            terminal.settle()
        terminal.send(b"\x03")
        code, took = terminal.wait_exit()
        assert code == 0
        assert took < SOON
        assert_restored(terminal)
