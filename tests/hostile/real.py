"""Hostile texts on a real Matomo: ``python -m tests.hostile.real URL TOKENS SITE`` tracks visits to it, and looks.

Each text of the corpus is the title, the address, the referrer, a search, an event, and the name of a user of a visit,
as any visitor may send it. Use it on a Matomo of your own only: the visits stay there.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode, urlsplit

from tests.hostile import corpus, outputs
from tests.hostile.scanner import Scan
from tests.pty_harness import PtyProcess

SIZE = (120, 40)
LONGEST = 3_000
"""Characters of a text; more than a web server takes in a request are sent in no other way either."""
KEYS = (
    *("?", "\x1b", "/a\r", "\x1b", "\t", "\r", "y", "\x1b", "\r", "\t", "u", "\x1b", "\x1b", "i", "\x1b", "T", "\x1b"),
    *("3", "v", "\x1b", "g", "\x1b", "x", "4", "6", "7", "V", "\r", "\x1b", "\x1b", "1", "f", "\x1b", "s", "\x1b", "1"),
)
COMMANDS = (
    (
        "get Live.getLastVisitsDetails idSite={site} period=day date=today filter_limit=-1 --format json",
        outputs.json_document,
    ),
    ("get Live.getLastVisitsDetails idSite={site} period=day date=today --format csv", outputs.csv_file),
    ("get Live.getLastVisitsDetails idSite={site} period=day date=today --format table", outputs.table),
    ("report Actions.getPageTitles --site {site} --date today --flat --all", outputs.table),
    ("report Actions.getPageTitles --site {site} --date today --flat --all --format csv", outputs.csv_file),
    ("report Actions.getPageTitles --site {site} --date today --format markdown", outputs.markdown),
    ("report Events.getCategory --site {site} --date today --format tsv", outputs.tsv_file),
    ("report Actions.getSiteSearchKeywords --site {site} --date today", outputs.table),
    ("report UserId.getUsers --site {site} --date today", outputs.table),
    ("metrics --once --site {site}", outputs.metrics),
)


def hits(site: int) -> Iterator[dict[str, str]]:
    """The parameters of a hit for each road of each text."""
    for number, text in enumerate(corpus.TEXTS.values()):
        value = text[:LONGEST].encode("utf-8", "replace").decode()
        visitor = {"idsite": str(site), "rec": "1", "_id": f"{0xBAD00000 + number:016x}", "send_image": "0"}
        page = f"https://roll.example/{number}"
        yield {**visitor, "url": page, "action_name": value, "uid": value[:190], "urlref": f"https://{value}/"}
        yield {**visitor, "url": page + f"/{value}?q={value}", "action_name": f"At {value}"}
        yield {**visitor, "url": page, "search": value, "search_cat": value}
        yield {**visitor, "url": page, "e_c": value, "e_a": value, "e_n": value, "e_v": "1e308"}
        yield {**visitor, "url": page, "link": f"https://{value}", "download": value}
        yield {**visitor, "url": page, "c_n": value, "c_p": value, "c_t": value}


def main() -> int:
    """Run."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile.real", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("tokens", type=Path, help="JSON with a token of the role")
    parser.add_argument("site", type=int)
    parser.add_argument("--role", default="view")
    arguments = parser.parse_args()
    token = json.loads(arguments.tokens.read_text())[arguments.role]
    to, taken, tried = urlsplit(arguments.url), 0, 0
    for hit in hits(arguments.site):
        connection = HTTPConnection(to.hostname or "", to.port, timeout=30)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "Mozilla/5.0 (X11) Firefox/140.0"}
        connection.request("POST", f"{to.path.rstrip('/')}/matomo.php", urlencode(hit), headers)
        taken += connection.getresponse().status < 300
        tried += 1
        connection.close()
    broken = 0

    def line(name: str, found: list[str], **details: object) -> None:
        nonlocal broken
        broken += bool(found)
        told = {"line": name, "found": list(dict.fromkeys(found))[:8], **details, "kept": not found}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()

    line("tracked", [] if taken > tried / 2 else ["the Matomo took too few hits"], tried=tried, taken=taken)
    with TemporaryDirectory() as home:
        env = {"HOME": home, "MATOMO_TOKEN": token, **{f"XDG_{n}_HOME": home for n in ("CONFIG", "STATE", "CACHE")}}
        connected = ["--url", arguments.url, "--auth", "post"]
        argv = [sys.executable, "-m", "matomo_tui", *connected, "--site", str(arguments.site), "--interval", "2"]
        with PtyProcess(argv, width=SIZE[0], height=SIZE[1], env=env) as terminal:
            terminal.wait_for(b"live", 90)
            time.sleep(5)
            for key in KEYS:
                terminal.send(key.encode())
                time.sleep(1.2)
            terminal.send(b"\x11")
            code, _ = terminal.wait_exit(30)
            sent = terminal.output.decode()
        line("the screen", list(Scan(*SIZE).problems(sent)), code=code, bytes=len(sent))
        for words, check in COMMANDS:
            command = words.format(site=arguments.site)
            done = subprocess.run(
                [sys.executable, "-m", "matomo_tui", *command.split(), *connected],
                env=env,
                capture_output=True,
                check=False,
            )
            found = check(done.stdout.decode()) + outputs.remarks(done.stderr.decode())
            found += [f"exit code {done.returncode}: {done.stderr.decode()[-200:]}"] if done.returncode else []
            line(command, found, bytes=len(done.stdout))
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
