"""Standard output of the commands that print: encodings, closed pipes, full disks, terminals."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from tests.cli.conftest import Run
from tests.headless.paged_matomo import PagedMatomo
from tests.small_matomo import TOKENS, SmallMatomo, serving

pytestmark = pytest.mark.terminal
ROWS = [{"label": "Zürich 日本 😀", "nb_hits": number} for number in range(300)]


@pytest.fixture
def address() -> Iterator[str]:
    with serving(PagedMatomo({"Actions.getPageUrls": ROWS})) as url:
        yield url


@pytest.fixture
def arguments(address: str) -> list[str]:
    return ["get", "Actions.getPageUrls", "--all", "filter_limit=50", "--url", address]


@pytest.fixture
def variables(environment: dict[str, str]) -> dict[str, str]:
    return {**environment, "MATOMO_TOKEN": TOKENS["view"], "TERM": "xterm", "COLUMNS": "60", "LINES": "20"}


@contextmanager
def unread() -> Iterator[BinaryIO]:
    """The end of a pipe that is written to; nobody reads at the other."""
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb") as closed:
        yield closed


def test_letters_that_the_encoding_lacks(run: Run, arguments: list[str]) -> None:
    for encoding in ("ascii", "latin-1"):
        token = {"MATOMO_TOKEN": TOKENS["view"], "PYTHONIOENCODING": encoding}
        done = subprocess.run(
            [sys.executable, "-m", "matomo_tui", *arguments, "--format", "json"],
            capture_output=True,
            env={**os.environ, **token, "PYTHONPATH": str(Path(__file__).parents[2])},
            check=True,
        )
        assert json.loads(done.stdout.decode(encoding)) == ROWS
    done_text = run(*arguments, "--format", "csv", MATOMO_TOKEN=TOKENS["view"], PYTHONIOENCODING="ascii")
    assert done_text.returncode == 0
    assert done_text.stdout.splitlines()[1] == "Z?rich ?? ?,0"


@pytest.mark.parametrize("words", [["get", "VisitsSummary.get", "idSite=1"], ["sites"]])
def test_a_closed_pipe_is_no_error(variables: dict[str, str], words: list[str]) -> None:
    with unread() as closed, serving(SmallMatomo()) as address:
        done = subprocess.run(
            [sys.executable, "-m", "matomo_tui", *words, "--url", address],
            stdout=closed,
            stderr=subprocess.PIPE,
            env=variables,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["check", "--demo"], 0),
        (["check", "--url", "http://127.0.0.1:9/"], 1),
        (["config", "show"], 0),
        (["config", "check"], 1),
        (["keys"], 0),
        (["manual"], 0),
        (["--help"], 0),
        (["--version"], 0),
    ],
)
def test_a_command_whose_reader_ends_keeps_its_exit_code(
    variables: dict[str, str], config: Path, words: list[str], code: int
) -> None:
    if words == ["config", "check"]:
        (config / "config.toml").write_text("nothing = 1\n")
    with unread() as closed:
        done = subprocess.run(
            [sys.executable, "-m", "matomo_tui", *words],
            stdout=closed,
            stderr=subprocess.PIPE,
            env=variables,
            check=False,
        )
    assert (done.returncode, done.stderr) == (code, b"")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["report", "nosuchthing", "--demo"], 2),
        (["report", "pages", "--demo", "--site", "99"], 1),
        (["report", "pages", "--url", "http://127.0.0.1:9/"], 3),
        (["report", "--nosuchoption"], 2),
        (["nosuchcommand"], 2),
    ],
)
@pytest.mark.parametrize("names", [("stderr",), ("stdout", "stderr")])
def test_a_command_that_fails_keeps_its_exit_code_if_nobody_reads_why(
    variables: dict[str, str], words: list[str], code: int, names: tuple[str, ...]
) -> None:
    with unread() as closed:
        streams: dict[str, Any] = {"stdout": subprocess.PIPE} | dict.fromkeys(names, closed)
        done = subprocess.run([sys.executable, "-m", "matomo_tui", *words], env=variables, check=False, **streams)
    assert (done.returncode, done.stdout or b"") == (code, b"")


@pytest.mark.parametrize(
    ("closed", "words", "code", "says"),
    [
        ("2>&-", ["get", "VisitsSummary.get", "--demo", "idSite=1", "period=day", "date=today"], 0, "nb_visits"),
        ("2>&-", ["report", "pages", "--demo"], 0, "products"),
        (">&-", ["sites", "--demo"], 0, ""),
        (">&-", ["check", "--demo"], 0, ""),
        ("0<&-", ["--demo"], 2, "standard input is not a terminal"),
        ("0<&- >&-", ["mcp", "--demo"], 0, ""),
        ("0<&- >&- 2>&-", ["login"], 2, ""),
    ],
)
def test_a_stream_that_is_closed_loses_only_what_it_would_have_shown(
    variables: dict[str, str], config: Path, closed: str, words: list[str], code: int, says: str
) -> None:
    (config / "config.toml").write_text('[agents.claude]\non_sites = [1]\nlive = "read"\n')
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-m", "matomo_tui", *words],
        capture_output=True,
        text=True,
        env={**variables, "XDG_STATE_HOME": str(config / "state"), "MATOMO_TOKEN": ""},
        check=False,
    )
    assert (done.returncode, "crashed" in done.stderr) == (code, False)
    assert says in done.stdout + done.stderr
    assert list((config / "state").rglob("crash*")) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_one(variables: dict[str, str], arguments: list[str]) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "matomo_tui", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            env=variables,
            check=False,
        )
    assert done.returncode == 1
    assert b"the output cannot be written: No space left on device" in done.stderr


def on_a_terminal(words: list[str], variables: dict[str, str], *, stdout: int | None = None) -> str:
    """What the program writes to a terminal of 60 columns; ``stdout`` replaces its standard output."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "matomo_tui", *words],
        stdin=slave,
        stdout=slave if stdout is None else stdout,
        stderr=slave,
        env=variables,
    )
    os.close(slave)
    shown = b""
    try:
        while piece := os.read(master, 65536):
            shown += piece
    except OSError:
        pass  # the terminal is closed with its last process
    os.close(master)
    assert process.wait() == 0
    return shown.decode()


def test_a_table_on_a_terminal_has_a_bold_header(variables: dict[str, str], arguments: list[str]) -> None:
    lines = on_a_terminal(arguments, variables).splitlines()
    assert lines[0] == "\x1b[1mlabel           nb_hits\x1b[0m"
    assert lines[1] == "Zürich 日本 😀        0"
    assert len(lines) == 301
    for plain in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert on_a_terminal(arguments, {**variables, **plain}).splitlines()[0] == "label           nb_hits"


def test_progress_is_shown_only_beside_data_that_goes_elsewhere(
    variables: dict[str, str], arguments: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "rows"
    with file.open("wb") as stream:
        shown = on_a_terminal([*arguments, "--format", "ndjson"], variables, stdout=stream.fileno())
    assert shown.endswith("\r\x1b[K")
    assert len(file.read_text().splitlines()) == 300
    with file.open("wb") as stream:
        quiet = [*arguments, "--quiet"]
        assert on_a_terminal(quiet, variables, stdout=stream.fileno()) == ""
        assert on_a_terminal(arguments, {**variables, "TERM": "dumb"}, stdout=stream.fileno()) == ""
