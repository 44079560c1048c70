"""Every fault in the middle of a login with OAuth 2.0: a sentence, nothing half stored, and each code is sent once."""

from __future__ import annotations

import re
import tempfile
import threading
import time
import urllib.request
import webbrowser
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

from click.testing import CliRunner

from matomo_tui.cli import logging_in
from matomo_tui.cli.loopback import RedirectListener
from matomo_tui.cli.main import cli
from matomo_tui.demo.app import DemoMatomo
from tests.faults.commands import SLOWEST, at_home
from tests.faults.program import happening
from tests.faults.raw_server import Answered, RawServer, Script, Sent, Wire, as_http
from tests.faults.table import Fault
from tests.oauth_matomo import OAuthMatomo

BROWSER = 3.0
"""Seconds that the browser's answer is waited for."""
WORDS = ("login", "--profile", "f", "--client-id", "tui")
STEPS = {"discovery": "oauth-authorization-server", "token": "action=token", "API": "index.php"}
"""Names of the steps of a login, and what is in the address of their requests."""


_READABLE = re.compile("encodings: UTF|contents: NaN|bulk: ")
"""Faults that leave the answer with the tokens as it is, or readable as JSON in another encoding."""


@dataclass
class LoginOutcome:
    """What became of a login under a fault. ``stored``: the tokens are kept."""

    login: str
    fault: Fault
    code: int = 0
    sentence: str = ""
    stored: bool = False
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)


class OAuthServer(RawServer):
    """The small Matomo with an authorization server, in place of the demo."""

    def __init__(self) -> None:
        self.oauth = OAuthMatomo()
        super().__init__(DemoMatomo())
        self.oauth.base = f"http://localhost:{self.port}"

    def good(self, sent: Sent) -> Answered:
        form = dict(parse_qsl(sent.body.decode("utf-8", "replace"), keep_blank_values=True))
        with self._demo_lock:
            is_read = sent.verb == "GET"
            answer = self.oauth.get(sent.target) if is_read else self.oauth.post(sent.target, form, sent.headers)
        headers = [*answer.headers.items(), ("Content-Length", str(len(answer.body)))]
        return answer.status, headers, answer.body


@contextmanager
def serving_logins() -> Iterator[OAuthServer]:
    """The server on the loopback interface."""
    server = OAuthServer()
    try:
        yield server
    finally:
        server.close()


def login_faults(fault: Fault) -> Iterator[Fault]:
    """``fault`` in place of every answer, or of those to one step of the login only."""
    if fault.place == "older":
        return  # this server has one version
    yield replace(fault, name=f"{fault.name}, from the beginning")
    if fault.act is not None:
        for step in STEPS:
            yield replace(fault, name=f"{fault.name}, {step}", act=_only(step, fault.act))


def _only(step: str, script: Script) -> Script:
    def act(wire: Wire, sent: Sent) -> None:
        if step_of(sent) == step:
            script(wire, sent)
        else:
            wire.send(as_http(*wire.server.good(sent)))

    return act


def step_of(sent: Sent) -> str:
    """The step of the login that a request belongs to."""
    if "action=authorize" in sent.target:
        return "browser"
    return next((step for step, part in STEPS.items() if part in sent.target), "")


def _opened(url: str) -> bool:
    """A browser that logs in by itself, whatever it gets."""

    def visit() -> None:
        with suppress(Exception), urllib.request.urlopen(url, timeout=5) as page:  # noqa: S310 (loopback)
            page.read()

    threading.Thread(target=visit, daemon=True).start()
    return True


def try_login(server: OAuthServer, fault: Fault) -> LoginOutcome:
    """Log in under ``fault`` in a home of its own, and once more when the server is good again."""
    outcome, started = LoginOutcome("login", fault), time.monotonic()
    sent = len(server.sent)
    with (
        tempfile.TemporaryDirectory() as folder,
        at_home(server, folder),
        patch.object(webbrowser, "open", _opened),
        patch.object(logging_in, "_has_browser", lambda _: True),
        patch.object(RedirectListener.code, "__defaults__", (BROWSER,)),
    ):
        with happening(server, fault):
            result = CliRunner().invoke(cli, WORDS, prog_name="matomo-tui")
        outcome.seconds, outcome.code = time.monotonic() - started, result.exit_code
        said = (result.stderr.strip() or result.output.strip()).splitlines()
        outcome.sentence = said[-1] if said else ""
        kept = [path for path in Path(folder).rglob("*") if path.is_file() and "logins" in path.parts]
        outcome.stored = any(path.suffix == ".json" for path in kept)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            outcome.problems.append(f"it crashed: {result.exception!r}")
        if "Traceback" in result.output + result.stderr:
            outcome.problems.append("a traceback")
        if any(path.suffix != ".json" and path.stat().st_size for path in kept):
            outcome.problems.append(f"left behind: {[path.name for path in kept]}")
        outcome.problems += _judge(server, fault, outcome, result.output + result.stderr, server.sent[sent:])
        if not outcome.stored:
            again = CliRunner().invoke(cli, WORDS, prog_name="matomo-tui")
            if again.exit_code:
                outcome.problems.append(f"no login afterwards: {again.output.strip().splitlines()[-1:]}")
    return outcome


def _judge(server: OAuthServer, fault: Fault, outcome: LoginOutcome, output: str, requests: list[Sent]) -> list[str]:
    found = []
    if outcome.code and not outcome.sentence:
        found.append("no sentence")
    if not outcome.code and not outcome.stored:
        found.append("exit code 0 without a login")
    breaks_tokens = fault.name.endswith(("beginning", "token")) and not _READABLE.match(f"{fault.group}: {fault.name}")
    if fault.state in ("stale", "stopped") and breaks_tokens and outcome.stored:
        found.append("a login is stored in spite of the fault")
    if any(secret in output for secret in server.oauth.every_secret()):
        found.append("a secret is shown")
    codes = Counter(dict(parse_qsl(one.body.decode("utf-8", "replace"))).get("code", "") for one in requests)
    del codes[""]
    if most := max(codes.values(), default=0):
        found += [f"the code was sent {most} times"] if most > 1 else []
    if any(urlsplit(one.target).query.count("token_auth") for one in requests):
        found.append("a token is in an address")
    if outcome.seconds > SLOWEST:
        found.append(f"it took {outcome.seconds:.0f} s")
    return found
