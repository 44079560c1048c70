"""A profile whose secrets are printed by commands: every command, the servers, and the programs that they start."""

from __future__ import annotations

import asyncio
import base64
import re
import secrets
import subprocess
import time
import urllib.request
from collections.abc import Sequence
from contextlib import suppress

import aiohttp

from tests.endurance.lines import Lines
from tests.endurance.secret_places import LIVE, PARTS, REPORTS, Stage, random_hex, random_password, staged
from tests.endurance.secret_run import command, screen


def of_a_profile(lines: Lines) -> None:
    """A profile whose secrets are printed by commands: every command, and the programs that it starts."""
    values = {
        "token": random_hex(),
        "gate password": random_password(),
        "wall key": secrets.token_urlsafe(32),
        "service password": secrets.token_urlsafe(18),
        "proxy password": secrets.token_urlsafe(18),
        "serve password": secrets.token_urlsafe(18),
        "client secret of mcp": secrets.token_urlsafe(32),
    }
    with staged(lines, values, tokens=[values["token"]]) as on:
        place = on.place
        for name in ("token", "gate password"):
            file = place.secret_file(name.replace(" ", "-"), values[name])
            place.witness(f"print-{name.split()[0]}", f"print(open({file!r}).read(), end='')")
        service = place.secret_file("apprise", f"json://hook:{values['service password']}@{on.address[7:]}hook")
        place.configuration.write_text(
            _PROFILE.format(folder=place.folder, url=on.address, wall=values["wall key"], service=service)
        )
        place.configuration.chmod(0o600)
        place.allowed.add(place.configuration)
        _commands_of_a_profile(on, values)


_PROFILE = """
default = "work"
[profiles.work]
url = "{url}"
token_command = ["{folder}/print-token"]
basic_auth_user = "gate"
basic_auth_password_command = ["{folder}/print-gate"]
headers = {{ "X-Wall-Key" = "{wall}" }}
[[profiles.work.alerts]]
name = "Any"
metric = "visits_30"
above = 1
command = ["{folder}/hook", "{{message}}"]
apprise = ["{service}"]
[agents.claude]
on_sites = "all"
live = "read"
visits = "read"
goals = "full"
users = "read"
"""


def _commands_of_a_profile(on: Stage, values: dict[str, str]) -> None:
    place = on.place
    hook, editor = place.witness("hook"), place.witness("editor", "open(sys.argv[-1], 'a').write('# more\\n')")
    place.environment |= {
        "MATOMO_TOKEN": "",
        "EDITOR": editor,
        "BROWSER": hook,
        "DISPLAY": ":9",
        "MATOMO_TUI_SERVE_PASSWORD": values["serve password"],
    }
    proxy = {"HTTP_PROXY": f"http://way:{values['proxy password']}@{on.address[7:]}", "NO_PROXY": ""}
    used = ["token", "gate password", "wall key"]
    for words in _WORDS:
        ran = command(place, words.split())
        on.check(words, ran, must_send=used if words.split()[0] not in _OFFLINE else (), codes=(0, 1))
    ran = command(place, ["check"], environment=proxy)
    on.check("check through a proxy with a password", ran, must_send=[*used, "proxy password"])
    for words in ("watch --interval 2", "watch counters --interval 2", "alerts watch", "--plain --interval 2"):
        ran = command(place, words.split(), act=lambda _: time.sleep(6))
        on.check(words, ran, must_send=used, codes=(0, -15, 143, 130))
    _servers(on, values, used)
    keys = (*LIVE, *REPORTS, *PARTS)
    ran = screen(place, [], keys, quiet=0.15)
    on.check("every screen of a profile with alerts and commands", ran, must_send=used)
    ran = screen(place, ["--kiosk"], (), ends=True)
    on.check("the kiosk", ran, must_send=used)
    for words in ("alerts history", "audit", "config show", "config check", "profiles list"):
        on.check(f"{words}, afterwards", command(place, words.split()), codes=(0, 1))


_OFFLINE = ("config", "profiles", "keys", "completion", "manual", "examples", "audit", "alerts")
_WORDS = (
    *("check", "sites", "goals", "segments", "report --list", "report Visits", "metrics --once", "alerts list"),
    *("get API.getMatomoVersion", "get UsersManager.getUsers --all", "get Live.getLastVisitsDetails", "alerts test"),
    *("config show", "config show --json", "config check", "config path", "config edit", "profiles list", "keys"),
    *("audit", "alerts history", "manual", "completion bash", "examples"),
)


def _servers(on: Stage, values: dict[str, str], used: Sequence[str]) -> None:
    place = on.place
    asked: list[bytes] = []

    def fetch(url: str, header: str = "", body: bytes | None = None) -> None:
        headers = {
            "Authorization": header,
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
        }
        request = urllib.request.Request(  # noqa: S310 (loopback)
            url, data=body, headers={name: text for name, text in headers.items() if text}
        )
        with suppress(OSError), urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 (loopback)
            asked.append(answer.read() + str(answer.headers).encode())

    def address(process: subprocess.Popen[bytes], pattern: bytes) -> str:
        """Read what a server prints at its start up to its address."""
        said = b""
        while not (found := re.search(pattern, said)):
            said += process.stderr.readline() if process.stderr is not None else b""
        asked.append(said)
        return found[0].decode()

    def metrics(process: subprocess.Popen[bytes]) -> None:
        url = address(process, rb"http://[0-9.:]+\S*")
        time.sleep(3)
        fetch(url)
        fetch(url.rsplit("/", 1)[0] + "/other?token_auth=x")

    def mcp(process: subprocess.Popen[bytes]) -> None:
        url = address(process, rb"http://[0-9.:]+/mcp")
        call = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"counters","arguments":{}}}'
        for header in (f"Bearer {values['client secret of mcp']}", "Bearer wrong", ""):
            fetch(url, header, call)

    def serve(process: subprocess.Popen[bytes]) -> None:
        url = address(process, rb"http://[0-9.:]+/")
        basic = base64.b64encode(f"x:{values['serve password']}".encode()).decode()
        fetch(url, f"Basic {basic}")
        fetch(url)
        asked.append(_page(url, basic))

    secret = place.secret_file("mcp-secret", values["client secret of mcp"])
    for line, words, act, sends in (
        ("metrics over HTTP", ["metrics", "--listen", "127.0.0.1:0"], metrics, used),
        ("mcp over HTTP", ["mcp", "--http", "0", "--secret-file", secret], mcp, used),
        ("serve, with a page open", ["serve", "--port", "0", "--interactive"], serve, used),
    ):
        asked.clear()
        ran = command(place, words, act=act)
        ran.places["answers"] = b"\n".join(asked)
        on.check(line, ran, must_send=sends, codes=(0, -15, 143))
    lines = [
        '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},'
        '"clientInfo":{"name":"search","version":"1"}}}',
        '{"jsonrpc":"2.0","method":"notifications/initialized"}',
        *(
            f'{{"jsonrpc":"2.0","id":{number},"method":"tools/call","params":{{"name":"{tool}","arguments":{{}}}}}}'
            for number, tool in enumerate(("counters", "who_is_here", "list_visits", "list_users", "list_goals"), 1)
        ),
    ]

    def speak(process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        for line in lines:
            process.stdin.write(line.encode() + b"\n")
            process.stdin.flush()
        time.sleep(6)

    ran = command(place, ["mcp"], act=speak)
    on.check("mcp on standard input and output", ran, must_send=used, codes=(0, -15, 143))


def _page(url: str, basic: str) -> bytes:
    """Open the socket of a page as a browser does, and return what comes."""

    async def look() -> bytes:
        got = b""
        headers = {"Authorization": f"Basic {basic}", "Origin": url.rstrip("/")}
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{url}ws?width=120&height=40", headers=headers) as page,
        ):
            with suppress(TimeoutError):
                async with asyncio.timeout(8):
                    async for message in page:
                        got += message.data if isinstance(message.data, bytes) else str(message.data).encode()
        return got

    return asyncio.run(look())
