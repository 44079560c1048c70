"""The dashboard in a headless Chromium: live figures, keys, a reload, and where the token is not."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.chromium import chromium, find_chromium, opened
from tests.extras import needs

BROWSER = find_chromium()
pytestmark = [
    pytest.mark.terminal,
    needs("textual_serve"),
    pytest.mark.skipif(BROWSER is None, reason="there is no Chromium on this machine"),
]


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    assert BROWSER is not None
    with chromium(BROWSER, tmp_path / "chromium") as found:
        yield found


class Serving:
    """A running ``matomo-tui serve``."""

    def __init__(self, process: subprocess.Popen[str], said: str) -> None:
        self.process = process
        found = re.search(r"http://\S+/", said)
        assert found, said
        self.url = found[0]
        password = re.search(r"any user name: (\S+)", said)
        self.password = password[1] if password else ""

    @property
    def dashboards(self) -> list[psutil.Process]:
        found: list[psutil.Process] = psutil.Process(self.process.pid).children()
        return found


@contextmanager
def serving(*arguments: str, **variables: str) -> Iterator[Serving]:
    process = subprocess.Popen(
        [sys.executable, "-m", "matomo_tui", "serve", "--port", "0", *arguments],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **variables},
    )
    try:
        assert process.stderr is not None
        said = ""
        while "Serving" not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        yield Serving(process, said)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.communicate()


@contextmanager
def demo_matomo() -> Iterator[tuple[str, str]]:
    """The address and the superuser's token of a demo Matomo over HTTP."""
    process = subprocess.Popen(
        [sys.executable, "-m", "matomo_tui", "demo-server", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        yield url, process.stdout.readline().split()[1]
    finally:
        process.kill()
        process.communicate()


def shows(text: str) -> Callable[[object], bool]:
    return lambda page: text in getattr(page, "text", "")


async def test_it_shows_live_figures_without_a_password_and_without_keys(address: str) -> None:
    with demo_matomo() as (url, token):
        with serving("--url", url, "--rotate", "0", "--night", "off", MATOMO_TOKEN=token) as server:
            assert not server.password
            async with opened(address) as page:
                await page.go_to(server.url)
                await page.wait_for(lambda page: "Active now" in page.text and "s ago" in page.text)
                (dashboard,) = server.dashboards
                seen = " ".join(dashboard.cmdline()) + str(dashboard.environ()) + str(page.requests)
                assert "'--read-only', '--kiosk', '--rotate', '0s', '--night', 'off'" in str(dashboard.cmdline())
                assert token not in seen
                assert not [one for one in page.requests if not one.startswith((server.url, "about:", "data:"))]
                for key in "pq?":
                    await page.press(key)
                before = page.sockets
                await page.call("Page.reload")
                await page.wait_for(lambda page: page.sockets > before and "s ago" in page.text)
                assert "paused" not in page.text.lower()
        assert not psutil.pid_exists(dashboard.pid)


async def test_with_a_password_it_takes_keys(address: str) -> None:
    import aiohttp

    with serving("--demo", "--interactive") as server:
        async with opened(address) as page:
            # Chromium itself would open a dialog for the password, which takes the keys.
            async with aiohttp.ClientSession() as session, session.get(server.url) as refused:
                assert refused.status == 401
            assert server.dashboards == []
            await page.go_to(server.url.replace("//", f"//anyone:{server.password}@"))
            await page.wait_for(lambda page: "Lumen & Oak" in page.text and "next in" in page.text)
            await page.wait_for_focus("TEXTAREA")
            await page.press_until("3", shows("Page URLs"))
