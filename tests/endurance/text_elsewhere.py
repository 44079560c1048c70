"""Hostile texts outside the terminal: the page of a served dashboard, services of alerts, and exported files."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from contextlib import chdir, suppress
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import aiohttp

from matomo_tui.alerts import apprise_delivery
from matomo_tui.alerts.dispatcher import alert_values
from matomo_tui.alerts.wording import message
from matomo_tui.demo.app import DemoMatomo
from tests.benchmarks.programs import ROOT
from tests.endurance.lines import Lines
from tests.hostile import corpus, outputs, walk
from tests.hostile.hostile_matomo import HostileMatomo, Poison
from tests.hostile.scanner import Scan, bad_characters, is_stacked
from tests.hostile.test_alerts import event
from tests.serving import served

SIZE = (120, 40)
SHOWN = 12
KEYS = ("?", "\x1b", "s", "a", "\x1b", "\x1b", "f", "\x1b", "3", "g", "\x1b", "7", "8", "V", "S", "\x1b", "9", "1")
"""What is typed in the page, one after the other."""
EXPORTS = {"csv": 0, "tsv": 1, "json": 2, "ndjson": 3, "markdown": 4}
"""The formats of the dialog, and how often ``right`` leads there; a suffix may differ from the name."""
_OWN = {"button onclick"}
"""Of the page of textual-serve itself."""
_PASSWORD = "of-this-test"
_DRIVER = re.compile(r"\x1b\[\?2048\$p|\x1bP[^\x1b]*\x1b\\")


class _Page(HTMLParser):
    """The names of elements and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names |= {tag, *(f"{tag} {name}" for name, _ in attrs)}


def elsewhere(lines: Lines, turn: int) -> None:
    """All of it, with each text of the corpus in another place in each ``turn``."""
    asyncio.run(_exports(lines, turn))
    asyncio.run(_services(lines))
    _served(lines, turn)


async def _exports(lines: Lines, turn: int) -> None:
    """What is visible and all rows, in each format of the dialog."""
    found, written = [], 0
    with TemporaryDirectory() as folder, chdir(folder):
        for rights in EXPORTS.values():
            for rows in ((), ("right",)):
                scene = walk.Scene("exports", (), SIZE)
                async with walk.playing(scene, Poison(turn=turn)) as on:
                    await on.press("3", "e", *rows, "tab", *["right"] * rights, "enter")
                    await on.settle()
        for path in Path(folder).iterdir():  # noqa: ASYNC240 (nothing else runs)
            check = outputs.FORMATS.get(path.suffix.removeprefix("."))
            problems = check(path.read_text("utf-8")) if check else ["a file without a format"]
            found += [f"{path.name!a}: {problem}" for problem in problems]
            found += [f"name {path.name!a}"] * (bool(bad_characters(path.name)) or not path.name.isprintable())
            written += 1
    lines.equal("what is wrong in exported files", len(found), 0, turn=turn, files=written, found=found[:SHOWN])
    lines.equal("exported files", written, 2 * len(EXPORTS), turn=turn)


async def _services(lines: Lines) -> None:
    """What a service of alerts gets, by apprise."""
    received: list[dict[str, str]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    Thread(target=server.serve_forever, daemon=True).start()
    found: list[str] = []
    for text in corpus.TEXTS.values():
        alert = event(text)
        body = message(alert)
        title = alert_values(alert, body)["site"]
        try:
            await apprise_delivery.send(
                [f"json://127.0.0.1:{server.server_port}/hook"], title, body, failed=True, limit=20.0
            )
        except Exception as error:  # noqa: BLE001 (whatever it is, it is a finding)
            found.append(f"not sent: {text[:40]!a}: {error!r}")
    server.shutdown()
    server.server_close()
    for one in received:
        for text in (str(value) for value in one.values()):
            bad = bad_characters(text) - {"\n"}
            found += [f"{sorted(map(ascii, bad))} in {text[:60]!a}"] * bool(bad or is_stacked(text) or len(text) > 2000)
    details = {"messages": len(received), "found": found[:SHOWN]}
    lines.equal("what is wrong in messages of apprise", (len(found), len(received)), (0, len(corpus.TEXTS)), **details)


def _served(lines: Lines, turn: int) -> None:
    """The page, and what its terminal gets while keys are typed in it."""
    demo = DemoMatomo()
    with TemporaryDirectory() as folder, served(HostileMatomo(demo, Poison(turn=turn))) as address:
        env = {
            **os.environ,
            "HOME": folder,
            **{f"XDG_{name}_HOME": f"{folder}/{name}" for name in ("CONFIG", "STATE", "CACHE", "DATA")},
            "MATOMO_TOKEN": demo.tokens["superuser"],
            "MATOMO_TUI_SERVE_PASSWORD": _PASSWORD,
        }
        words = ["serve", "--url", address, "--port", "0", "--interactive"]
        with subprocess.Popen(
            [sys.executable, "-m", "matomo_tui", *words], cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stderr is not None
            said = ""
            while not (url := re.search(r"http://[0-9.:]+/", said)):
                said += (line := process.stderr.readline())
                if not line:
                    raise RuntimeError(said)
            try:
                page, sent, others = asyncio.run(_look(url[0]))
            finally:
                process.terminate()
            said += process.stderr.read()
    text = _DRIVER.sub("", sent.decode("utf-8"))
    found = list(dict.fromkeys(Scan(*SIZE).problems(text)))
    found += [f"in the page: {one!a}" for one in bad_characters(page) - set("\n\t\r")]
    found += [f"a message: {one[:60]!a}" for one in others if bad_characters(one)]
    found += outputs.remarks(said)
    parser = _Page()
    parser.feed(page)
    found += [f"in the page: {name}" for name in sorted(parser.names - _OWN) if " on" in name]
    details = {"turn": turn, "bytes": len(sent), "found": found[:SHOWN]}
    lines.equal("what is wrong in the page of a served dashboard", len(found), 0, **details)
    lines.equal("the served dashboard has shown something", len(sent) > 20_000, True, turn=turn)


async def _look(url: str) -> tuple[str, bytes, list[str]]:
    """The page, the bytes for its terminal, and its other messages."""
    sent, others = b"", []
    headers = {"Origin": url.rstrip("/")}
    async with aiohttp.ClientSession(auth=aiohttp.BasicAuth("x", _PASSWORD)) as session:
        async with session.get(url) as answer:
            page = await answer.text()
        async with session.ws_connect(f"{url}ws?width={SIZE[0]}&height={SIZE[1]}", headers=headers) as socket:
            for key in ("", *KEYS):
                if key:
                    await socket.send_json(["stdin", key])
                end = time.monotonic() + (1.0 if key else 8.0)
                with suppress(TimeoutError):
                    while (left := end - time.monotonic()) > 0:
                        received = await socket.receive(timeout=left)
                        if isinstance(received.data, bytes):
                            sent += received.data
                        elif isinstance(received.data, str):
                            others.append(received.data)
    return page, sent, others
