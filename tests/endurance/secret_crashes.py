"""Bugs in every part of the program while a token is in a local variable and in the error's own message."""

from __future__ import annotations

import sys
import time

from tests.endurance.ends import BUGS
from tests.endurance.lines import Lines
from tests.endurance.secret_places import random_hex, staged
from tests.endurance.secret_run import command, screen

# ``broken`` stands for a function of the program. Its token is not one of the program's secrets.
_BROKEN = """
import sys
def broken(*_arguments, **_options):
    token = open({file!r}).read().strip()
    text = f"no answer for token_auth={{token}} (Bearer {{token}})"
    raise LookupError(text)
async def broken_later(*_arguments, **_options):
    broken()
{patch}
from matomo_tui.cli.main import main
sys.argv[0] = "matomo-tui"
main()
"""

_IN_THE_DASHBOARD = {where: patch for where, patch in BUGS.items() if where != "the end"}
_IN_COMMANDS = {
    "get API.getMatomoVersion": "from matomo_tui.api.http import HttpTransport; HttpTransport._credentials = broken",
    "watch --fail-fast": "from matomo_tui.headless.visit_stream import VisitStream; VisitStream.__init__ = broken",
    "check": "from matomo_tui.api.client import Client; Client.call = broken_later",
    "metrics --once": ("from matomo_tui.headless import prometheus_metrics as part; part.exposition = broken"),
    "config show": "import matomo_tui.cli.config_show as part; part.overview = broken",
    "sites": (
        "import threading; from matomo_tui.api.client import Client\n"
        "def in_thread(*_arguments): threading.Thread(target=broken).start()\n"
        "Client.call = in_thread"
    ),
}


def crashes(lines: Lines) -> None:
    """Run them, with Python's own help for debugging switched on."""
    token = random_hex()
    debug = {"PYTHONFAULTHANDLER": "1", "PYTHONDEVMODE": "1", "PYTHONWARNINGS": "ignore"}
    with staged(lines, {"token": token}, tokens=[token]) as on:
        file = on.place.secret_file("token", token)
        words = ["--url", on.address, "--token-file", file]
        for where, patch in _IN_THE_DASHBOARD.items():
            program = (sys.executable, "-c", _BROKEN.format(file=file, patch=patch))
            ran = screen(
                on.place, words, (), program=program, ready=b"crashed: LookupError", environment=debug, ends=False
            )
            on.check(f"a bug in {where} of the dashboard", ran, codes=(1,))
        for text, patch in _IN_COMMANDS.items():
            program = (sys.executable, "-c", _BROKEN.format(file=file, patch=patch))
            ran = command(on.place, [*text.split(), *words], program=program, environment=debug)
            on.check(f"a bug in {text}", ran, codes=(1,))
        ran = command(
            on.place,
            ["watch", "--interval", "2", *words],
            program=("sh", "-c", 'ulimit -c unlimited; exec "$@"', "sh", sys.executable, "-m", "matomo_tui"),
            environment=debug,
            act=_abort,
        )
        on.check("an abort with core dumps allowed", ran, codes=(-6, 134))


def _abort(process: object) -> None:
    import signal
    import subprocess

    assert isinstance(process, subprocess.Popen)
    time.sleep(4.0)
    process.send_signal(signal.SIGABRT)
    time.sleep(1.0)
