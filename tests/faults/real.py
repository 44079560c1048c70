"""A real Matomo behind the server of faults: ``python -m tests.faults.real URL TOKENS``, some five minutes of watching.

The program runs in a terminal against the server of faults, which passes every request on, with the token as it is,
and breaks the answers. No fault gives the real one another request than it would get without it. A JSON line for each
fault: its sentence on the screen, and that the screen recovers.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import pyte

from matomo_tui.demo.app import DemoMatomo
from tests.endurance.secret_run import _UNKNOWN
from tests.faults.raw_server import Answered, RawServer, Sent
from tests.faults.table import FAULTS, Fault
from tests.pty_harness import PtyProcess

FAULTY = (
    "connection refused",
    "reset before the answer",
    "reset in the middle",
    "endless headers",
    "endless body",
    "SSH greets",
    "bomb",
    "to another host",
    "HTML with 200",
    "login wall",
    "truncated",
    "PHP fatal error",
    "502",
    "maintenance",
    "one too few",
    "all parts refused",
)
SECTIONS = {"visits": b"2", "pages": b"3", "all sites": b"8", "what changed": b"0", "visit log": b"V"}
SIZE = (120, 40)
PATIENCE = 40.0


class RealBehind(RawServer):
    """Passes requests on to the Matomo at ``url``, which is asked for one after the other."""

    def __init__(self, url: str) -> None:
        self._to = urlsplit(url)
        super().__init__(DemoMatomo())

    def good(self, sent: Sent) -> Answered:
        """The real answer: status, headers and body."""
        connection = HTTPConnection(self._to.hostname or "", self._to.port, timeout=60)
        headers = {**sent.headers, "host": self._to.netloc, "connection": "close"}
        connection.request(sent.verb, self._to.path.rstrip("/") + sent.target, sent.body, headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        left_out = ("transfer-encoding", "content-length", "connection")
        kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in left_out]
        return answer.status, [*kept, ("Content-Length", str(len(body)))], body


class Seen:
    """The terminal's screen."""

    def __init__(self, terminal: PtyProcess) -> None:
        self._terminal, self._read = terminal, 0
        self._screen = pyte.Screen(*SIZE)
        self._stream = pyte.ByteStream(self._screen)

    @property
    def text(self) -> str:
        """What is on the screen, in one line."""
        data = self._terminal.output[self._read :]
        self._read += len(data)
        self._stream.feed(_UNKNOWN.sub(b"", data))
        return re.sub(r"[\s─│]+", " ", "\n".join(self._screen.display))

    def until(self, true: Callable[[str], bool], seconds: float = PATIENCE) -> bool:
        """Wait until the screen is as wanted. Returns False if it does not become so."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if true(self.text):
                return True
            time.sleep(0.2)
        return False


def _happens(server: RawServer, fault: Fault) -> None:
    server.script = fault.act
    if fault.place == "refuse":
        server.refuse()
    server.drop()


def _ends(server: RawServer, fault: Fault) -> None:
    server.script = None
    if fault.place == "refuse":
        server.listen()
    server.drop()


def main() -> int:
    """Run."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.real", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("tokens", type=Path, help="JSON with a token of the role")
    parser.add_argument("--role", default="view")
    arguments = parser.parse_args()
    token = json.loads(arguments.tokens.read_text())[arguments.role]
    faults = {fault.name: fault for fault in FAULTS}
    server, broken = RealBehind(arguments.url), 0

    def line(name: str, **found: object) -> None:
        nonlocal broken
        kept = all(value is True for key, value in found.items() if key in ("says", "recovers", "keeps"))
        broken += not kept
        sys.stdout.write(json.dumps({"line": name, **found, "kept": kept}) + "\n")
        sys.stdout.flush()

    with TemporaryDirectory() as home:
        env = {"HOME": home, "MATOMO_TOKEN": token, **{f"XDG_{n}_HOME": home for n in ("CONFIG", "STATE", "CACHE")}}
        address = f"http://127.0.0.1:{server.port}"
        argv = [sys.executable, "-m", "matomo_tui", "--url", address, "--auth", "post", "--interval", "2"]
        with PtyProcess(argv, width=SIZE[0], height=SIZE[1], env=env) as terminal:
            seen = Seen(terminal)
            seen.until(lambda text: "● live" in text, 90)
            for name in FAULTY:
                fault = faults[name]
                _happens(server, fault)
                says = seen.until(lambda text, says=fault.says: says in text and "● live" not in text)  # type: ignore[misc]
                _ends(server, fault)
                terminal.send(b"r")  # not to wait as long as the fault asked for
                line(f"live: {name}", says=says, recovers=seen.until(lambda text: "● live" in text))
            for name, key in SECTIONS.items():
                terminal.send(key)
                seen.until(lambda text: "loading" not in text, 20)
                time.sleep(4)
                before = set(seen.text.split())
                for what in ("reset in the middle", "login wall", "502"):
                    fault = faults[what]
                    _happens(server, fault)
                    terminal.send(b"r")
                    says = seen.until(lambda text, says=fault.says: says[:28] in text)  # type: ignore[misc]
                    share = len(before & set(seen.text.split())) / len(before)
                    _ends(server, fault)
                    recovers, tries = False, 0
                    while not recovers and (tries := tries + 1) < 8:  # a reload under way is not begun again
                        terminal.send(b"r")
                        recovers = seen.until(lambda text, says=fault.says: says[:28] not in text, 5.0)  # type: ignore[misc]
                    line(f"{name}: {what}", says=says, keeps=share > 0.8, share=round(share, 2), recovers=recovers)
                terminal.send(b"1")
            shown = token.encode() in terminal.output
            terminal.send(b"\x11")
            code, _ = terminal.wait_exit(30)
    urls = any(token in sent.target for sent in server.sent)
    line("the end", code=code, says=not shown and not urls and code == 0)
    server.close()
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
