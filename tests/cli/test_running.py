"""Signals end a command at once: what it has opened is closed, and threads that still work are not waited for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

pytestmark = [
    pytest.mark.terminal,
    pytest.mark.skipif(os.name != "posix", reason="signals are POSIX"),
]

# The thread works for longer than the test waits.
PROGRAM = """
import asyncio, time
from matomo_tui.cli.running import {name}
async def work():
    thread = asyncio.create_task(asyncio.to_thread(lambda: (print("started", flush=True), time.sleep(600))))
    try:
        await thread
    finally:
        await asyncio.sleep(0)
        print("closed")
{name}(work(){options})
"""


@pytest.mark.parametrize(
    ("name", "options", "number", "code"),
    [
        ("run", "", signal.SIGINT, 130),
        ("run", "", signal.SIGTERM, -signal.SIGTERM),
        ("run", "", signal.SIGHUP, -signal.SIGHUP),
        ("run_until_signal", ", serves=True", signal.SIGINT, 0),
        ("run_until_signal", ", serves=True", signal.SIGTERM, 0),
    ],
)
def test_a_signal_ends_it_although_a_thread_works(name: str, options: str, number: signal.Signals, code: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(name=name, options=options)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        process.send_signal(number)
        out, errors = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert (process.returncode, out, errors) == (code, "closed\n", "")
