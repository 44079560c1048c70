"""``matomo-tui watch`` and ``--plain`` as processes: lines, signals, closed pipes, exit codes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from tests.cli.conftest import Invoke
from tests.recorded import refusal
from tests.small_matomo import TOKENS, SmallMatomo, serving

Starter = Callable[..., "subprocess.Popen[str]"]
NOW = int(time.time())
VISITS = [
    {
        "idVisit": number,
        "idSite": 1,
        "visitorId": "0123456789abcdef",
        "firstActionTimestamp": NOW - 600 + number,
        "lastActionTimestamp": NOW - 600 + number,
        "actions": 1,
        "country": "Germany",
        "actionDetails": [{"type": "action", "url": f"https://1.example/{number}", "pageId": number}],
    }
    for number in range(1, 8)
]


@pytest.fixture
def matomo() -> SmallMatomo:
    return SmallMatomo(rows={"Live.getLastVisitsDetails": VISITS})


@pytest.fixture
def start(environment: dict[str, str], matomo: SmallMatomo) -> Iterator[Starter]:
    running: list[subprocess.Popen[str]] = []
    with serving(matomo) as address:

        def begin(*args: str) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                [sys.executable, "-m", "matomo_tui", *args, "--url", address, "--interval", "2"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env={**environment, "MATOMO_TOKEN": TOKENS["view"], "TERM": "dumb"},
            )
            running.append(process)
            return process

        yield begin
        for process in running:
            process.kill()
            process.communicate()


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


@pytest.mark.terminal
@pytest.mark.parametrize("command", [["watch", "--since", "1h"], ["watch", "counters"], ["--plain"]])
def test_ctrl_c_ends_it_with_130(start: Starter, command: list[str]) -> None:
    process = start(*command)
    assert line_of(process)
    process.send_signal(signal.SIGINT)
    _, talk = process.communicate(timeout=30)
    assert (process.returncode, talk) == (130, "")


@pytest.mark.terminal
def test_sigterm_ends_it_as_it_does_by_default(start: Starter) -> None:
    process = start("watch", "pages", "--since", "1h")
    assert line_of(process)
    process.terminate()
    _, talk = process.communicate(timeout=30)
    assert (process.returncode, talk) == (-signal.SIGTERM, "")


@pytest.mark.terminal
def test_a_closed_pipe_ends_it_quietly(start: Starter) -> None:
    process = start("watch", "--since", "1h")
    assert process.stdout is not None
    assert process.stderr is not None
    lines = [json.loads(line_of(process)) for _ in range(3)]
    process.stdout.close()
    assert process.wait(30) == 0
    assert process.stderr.read() == ""
    process.stdout = None
    assert [line["id"] for line in lines] == ["1-1", "2-2", "3-3"]
    assert [line["cursor"] for line in lines] == [NOW - 599, NOW - 598, NOW - 597]


@pytest.mark.terminal
def test_plain_needs_no_terminal(start: Starter) -> None:
    process = start("--plain")
    assert line_of(process) == "Shop. Times are those of Europe/Berlin.\n"
    assert "12 visits in 30 minutes" in line_of(process)


@pytest.mark.terminal
def test_no_command_that_prints_imports_the_dashboard(environment: dict[str, str], matomo: SmallMatomo) -> None:
    with serving(matomo) as address:
        for arguments in (["get", "VisitsSummary.get", "idSite=1"], ["goals"], ["sites"]):
            code = (
                f"import sys; sys.argv = ['matomo-tui', *{arguments!r}, '--url', {address!r}]\n"
                "from matomo_tui.cli.main import main\n"
                "try:\n    main()\nfinally:\n"
                "    print([m for m in ('textual', 'rich', 'plotext', 'matomo_tui.ui', 'matomo_tui.demo') "
                "if m in sys.modules], file=sys.stderr)"
            )
            done = subprocess.run(
                [sys.executable, "-c", code],
                capture_output=True,
                text=True,
                env={**environment, "MATOMO_TOKEN": TOKENS["view"]},
                check=False,
            )
            assert done.stderr.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["watch", "nonsense"], "'nonsense' is not one of"),
        (["watch", "--since", "soon"], "give an age such as 90m"),
        (["watch", "counters", "--since", "1h"], "Counters have no past"),
        (["watch", "--interval", "1"], "2 to 3600 seconds"),
        (["watch"], "No address"),
        (["--plain"], "No address"),
        (["--plain", "--record", "/nowhere/x"], "--record needs the screen"),
    ],
)
def test_wrong_usage(invoke: Invoke, arguments: list[str], says: str) -> None:
    result = invoke(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr


def test_a_first_connection_that_fails_ends_it(invoke: Invoke) -> None:
    for command in (["watch"], ["watch", "counters"], ["--plain"]):
        result = invoke(*command, "--url", "http://127.0.0.1:9", MATOMO_TOKEN=TOKENS["view"])
        assert (result.exit_code, result.stdout) == (3, "")


def test_a_visitor_log_that_is_switched_off_ends_it(invoke: Invoke, matomo: SmallMatomo) -> None:
    matomo.disabled["Live.getLastVisitsDetails"] = "Visits log is deactivated in website settings."
    with serving(matomo) as address:
        result = invoke("watch", "--url", address, MATOMO_TOKEN=TOKENS["view"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "isits log" in result.stderr


@pytest.mark.parametrize("ahead", [0, 3 * 3600, -24 * 3600])
def test_an_age_is_counted_from_the_servers_now(invoke: Invoke, matomo: SmallMatomo, ahead: int) -> None:
    matomo.clock = lambda: time.time() - ahead  # the clock of this computer is ahead of it
    asked: list[int] = []

    def ended(call: dict[str, str]) -> dict[str, str]:
        asked.append(int(call["minTimestamp"]))
        return refusal("Visits log is deactivated in website settings.")

    matomo.rows["Live.getLastVisitsDetails"] = ended
    with serving(matomo) as address:
        invoke("watch", "--since", "10m", "--url", address, MATOMO_TOKEN=TOKENS["view"])
    (begin,) = asked
    assert matomo.clock() - begin == pytest.approx(600, abs=60)


def test_the_help_documents_the_interface(invoke: Invoke) -> None:
    for command in ("get", "report", "watch", "sites", "goals", "segments"):
        text = invoke(command, "--help").output
        assert "Exit codes:" in text
        assert "130  interrupted" in text
        assert "Examples:" in text
        assert f"matomo-tui {command}" in text
