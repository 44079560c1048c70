"""Tokens and passwords of a run, searched for in everything that it wrote, showed and started."""

from __future__ import annotations

import base64
import secrets
import threading
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.endurance.lines import Lines
from tests.endurance.secret_crashes import crashes
from tests.endurance.secret_matomo import ECHOES, Echo
from tests.endurance.secret_places import (
    DOWN,
    ENTER,
    ESCAPE,
    LIVE,
    PARTS,
    REPORTS,
    RIGHT,
    TAB,
    Stage,
    random_hex,
    random_jwt,
    random_password,
    random_wordpress,
    staged,
)
from tests.endurance.secret_profile import of_a_profile
from tests.endurance.secret_run import Place, Ran, command, screen
from tests.endurance.secret_search import Search, encodings, of_terminal
from tests.oauth_matomo import OAuthMatomo, serving_oauth


def itself(lines: Lines) -> None:
    """The search finds each kind of secret, in each form and in part."""
    missed = []
    for kind, value in (
        ("hex", random_hex()),
        ("jwt", random_jwt()),
        ("wordpress", random_wordpress()),
        ("password", random_password()),
    ):
        search = Search({kind: value})
        for form, coded, length in encodings(value):
            middle = len(coded) // 2
            piece = coded[max(0, middle - length) : middle + length]
            if not search.find(b"before " + piece + b" after"):
                missed.append(f"{kind}, {form}")
        copied = b"\x1b]52;c;" + base64.b64encode(b"copied: " + value.encode()) + b"\x07"
        if not any(search.find(data) for name, data in of_terminal(copied).items() if name == "clipboard"):
            missed.append(f"{kind}, clipboard")
    lines.equal("the search finds planted secrets in every form", missed, [])


def environment_token(lines: Lines) -> None:
    """A superuser's token in the environment: all screens, with a recording, an export, pictures, and its replay."""
    token, password = random_hex(), "root-password"
    with staged(lines, {"token": token}, environment={"MATOMO_TOKEN": token}, tokens=[token]) as on:
        recording = on.place.home / "session.mtr"
        words = ["--url", on.address, "--interval", "2", "--record", str(recording)]
        ran = screen(on.place, words, (*LIVE, *REPORTS, *PARTS))
        on.check("every screen with a token in MATOMO_TOKEN, recorded", ran, must_send=["token"])
        new, own = f"Zq{secrets.token_urlsafe(12)}&%", password
        on.search.add("password of a new user", new)
        on.search.add("own password", own)
        on.matomo.demo.world.put_user(replace(on.matomo.demo.world.users["root"], password=own))
        keys = (
            *(b"9", "Goals 4", b"l", "▸ Goals", DOWN, "▸ Sites", DOWN, "▸ Users", ENTER, "Users 1", b"\x05", "EDITING"),
            *(
                b"a",
                "Login",
                b"zoe.new",
                TAB,
                b"zoe@example.org",
                TAB,
                RIGHT,
                "that I type",
                TAB,
                new.encode(),
                b"\x13",
            ),
            *(b"\x0f", "write", b"\x13", b"y", "zoe.new", ENTER, "New password", TAB, b"another" + new.encode()),
            *(b"\x0f", "Your own Matomo password", b"wrong" + own.encode(), b"\x13", ENTER, "again"),
            *(own.encode(), b"\x13", ENTER, "Users 1", b"\x13"),
        )
        ran = screen(on.place, ["--url", on.address, "--record", str(recording) + "2"], keys)
        on.check("passwords typed in the administration", ran, must_send=["token", "password of a new user"])
        ran = screen(on.place, ["replay", str(recording)], (b"?", ESCAPE, b"2", b"3", b"1"), ready=b"Pages now")
        on.check("the replay of the recording", ran)


def all_kinds(lines: Lines) -> None:
    """Each kind of token: the live screen, and check."""
    kinds = {"hex": random_hex(), "JWT": random_jwt(), "WordPress": f"root:{random_wordpress()}"}
    for kind, token in kinds.items():
        auth = "bearer" if kind == "JWT" else "post"
        with staged(lines, {kind: token}, tokens=[token, token.replace(" ", "")]) as on:
            file = on.place.secret_file("token", token)
            words = ["--url", on.address, "--token-file", file, "--auth", auth]
            debug = {
                "PYTHONDEVMODE": "1",
                "PYTHONASYNCIODEBUG": "1",
                "PYTHONFAULTHANDLER": "1",
                "TEXTUAL": "debug",
                "TEXTUAL_LOG": str(on.place.home / "textual.log"),
            }
            ran = screen(on.place, words, (*LIVE, b"3", b"1"), environment=debug)
            on.check(f"live screen with a {kind} token, all debugging on", ran, must_send=[kind])
            ran = command(on.place, ["check", *words], environment=debug)
            on.check(f"check with a {kind} token, all debugging on", ran, must_send=[kind])


def typed(lines: Lines) -> None:
    """A token that is pasted or typed on the connect screen, and then saved with a profile."""
    for how in ("pasted", "typed"):
        token = random_hex()
        with staged(lines, {"token": token}, tokens=[token]) as on:
            on.place.allowed |= {on.place.configuration.parent / "tokens" / "shop"}
            given = b"\x1b[200~" + token.encode() + b"\x1b[201~" if how == "pasted" else token.encode()
            keys = (
                on.address.encode(),
                TAB,
                given,
                b"\x13",
                b"\x14",
                b"",
                b"\x13",
                b"\x0f",
                b"",
                b"",
                *LIVE,
                b"3",
                b"1",
            )
            log = {"TEXTUAL_LOG": str(on.place.home / "textual.log"), "TEXTUAL": "debug"}
            ran = screen(on.place, [], keys, ready=b"Address", environment=log)
            on.place.allowed |= set((on.place.configuration.parent / "tokens").glob("*"))
            ran.places = {name: data for name, data in ran.places.items() if "/tokens/" not in name}
            on.check(f"a token {how} on the connect screen and saved", ran, must_send=["token"])


def echoes(lines: Lines) -> None:
    """A server that repeats the whole request in its errors: nothing of it is shown or recorded."""
    for kind, auth in (("hex", "post"), ("JWT", "bearer")):
        values = {
            "token": random_hex() if kind == "hex" else random_jwt(),
            "gate password": random_password(),
            "wall key": secrets.token_urlsafe(24),
        }
        with staged(lines, values, tokens=[values["token"]]) as on:
            place = on.place
            gate = f'basic_auth_user = "gate"\nbasic_auth_password_command = ["{place.folder}/print-gate"]\n'
            for name in ("token", "gate password"):
                file = place.secret_file(name.replace(" ", "-"), values[name])
                place.witness(f"print-{name.split()[0]}", f"print(open({file!r}).read(), end='')")
            headers = f'headers = {{ "X-Wall-Key" = "{values["wall key"]}" }}\n'
            place.configuration.write_text(
                f'default = "work"\n[profiles.work]\nurl = "{on.address}"\nauth = "{auth}"\n{headers}'
                f'token_command = ["{place.folder}/print-token"]\n' + (gate if auth == "post" else "")
            )
            place.configuration.chmod(0o600)
            place.allowed.add(place.configuration)
            used = ["token", "wall key", *(["gate password"] if auth == "post" else [])]
            for echo in ECHOES:
                on.matomo.echo = echo
                for words in (
                    "check",
                    "get API.getMatomoVersion",
                    "report Visits",
                    "watch --fail-fast",
                    "metrics --once",
                ):
                    ran = command(place, words.split())
                    on.check(f"{words}, {auth}, repeated as {echo}", ran, must_send=used, codes=range(4))
                on.matomo.echo = None

                def begin(on: Stage = on, echo: Echo = echo) -> None:
                    on.matomo.echo = echo

                turn = threading.Timer(6.0, begin)
                turn.start()
                record = ["--record", str(place.home / f"{echo}.mtr"), "--interval", "2"]
                ran = screen(
                    place, record, (b"i", b"\x1b", *[b"?", b"\x1b"] * 12, b"3", b"8", b"V", b"9", b"1"), quiet=0.3
                )
                turn.join()
                on.check(f"the dashboard, recorded, {auth}, repeated as {echo}", ran, must_send=used)


def login(lines: Lines) -> None:
    """OAuth 2.0: the login in a browser, a renewal on the live screen, and the logout."""
    matomo = OAuthMatomo(lifetime=90.0)
    with TemporaryDirectory() as folder, serving_oauth(matomo) as address:
        place = Place(Path(folder), {"MATOMO_TOKEN": random_hex(), "DISPLAY": ":9"})
        seen = place.seen / "page"
        opens = f"import urllib.request; open({str(seen)!r}, 'wb').write(urllib.request.urlopen(sys.argv[-1]).read())"
        place.environment["BROWSER"] = place.witness("browser", f"if os.fork() == 0:\n    {opens}")
        search = Search({"token of the environment": place.environment["MATOMO_TOKEN"]})

        def check(line: str, ran: Ran) -> None:
            for number, value in enumerate(sorted(matomo.every_secret())):
                if len(value) >= 12:
                    search.add(f"secret {number} of OAuth", value)
            # The authorization code is in the address by which the browser comes back, as OAuth has it.
            ran.places["access log"] = "\n".join(matomo.urls).encode()
            kept = {name: data for name, data in ran.places.items() if "/logins/" not in name}
            found = [f"{name}: {what}" for name, data in kept.items() for what in search.find(data)]
            if ran.code != 0:
                found.append(f"exit code {ran.code}: {ran.places.get('errors', b'')[-300:]!r}")
            lines.equal(line, found, [], secrets=len(search.secrets), bytes=ran.size)

        words = ["login", "--url", address, "--profile", "work", "--client-id", "tui"]
        check("login in a browser", command(place, words))
        del place.environment["MATOMO_TOKEN"]
        check("check with a login", command(place, ["check"]))
        matomo.clock = lambda: time.time() + 80.0
        keys = ("● live", b"?", ESCAPE, b"i", ESCAPE)
        check("the live screen with a login that is renewed", screen(place, [], keys, ready=b"live"))
        check("logout", command(place, ["logout"]))


def all_subjects(lines: Lines, rounds: int) -> None:
    """All places, ``rounds`` times, with other secrets each time."""
    for _ in range(rounds):
        for part in (itself, environment_token, all_kinds, typed, of_a_profile, echoes, login, crashes):
            part(lines)
