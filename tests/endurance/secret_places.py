"""What the search for secrets shares: secrets, keys that lead everywhere, and a server and a home for each run."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.endurance.lines import Lines
from tests.endurance.secret_matomo import SecretMatomo
from tests.endurance.secret_run import Place, Ran
from tests.endurance.secret_search import Search
from tests.serving import served

ESCAPE, ENTER, TAB, RIGHT, DOWN = b"\x1b", b"\r", b"\t", b"\x1b[C", b"\x1b[B"

# Every section, the dialogs of the live screen and of reports, exports, pictures, copies, and all parts of the
# administration.
LIVE = (
    b"?",
    ESCAPE,
    b"\x10",
    ESCAPE,
    b"t",
    ESCAPE,
    b"N",
    ESCAPE,
    b"s",
    ESCAPE,
    b"i",
    ESCAPE,
    b"\x13",
    b"y",
    b"Z",
    b"Z",
)
REPORTS = (
    *(
        b"2",
        b"3",
        ENTER,
        b"v",
        ESCAPE,
        b"y",
        b"e",
        ENTER,
        ESCAPE,
        b"m",
        ESCAPE,
        b"d",
        ESCAPE,
        b"S",
        ESCAPE,
        b"c",
        ESCAPE,
    ),
    *(b"g", ESCAPE, b"n", ESCAPE, b"4", b"5", b"6", b"7", b"8", b"w", ESCAPE, b"0", b"V", ENTER, ESCAPE, b"\x13", b"1"),
)
PARTS = (b"9", *(b"l", DOWN, ENTER) * 7, b"\x13", b"1")


def random_hex() -> str:
    """A token as Matomo makes them."""
    return secrets.token_hex(16)


def random_jwt() -> str:
    """An access token of OAuth."""
    return f"eyJ{secrets.token_urlsafe(20)}.{secrets.token_urlsafe(180)}.{secrets.token_urlsafe(64)}"


def random_wordpress() -> str:
    """An application password of WordPress as it is shown."""
    letters = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    return " ".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(6))


def random_password() -> str:
    """A password with everything that an encoding changes."""
    return f"{secrets.token_urlsafe(9)}&%+ <ü>\"\\'{secrets.token_urlsafe(9)}"


@dataclass
class Stage:
    """A server and a place with its secrets."""

    matomo: SecretMatomo
    address: str
    place: Place
    search: Search
    lines: Lines

    def check(self, line: str, ran: Ran, *, must_send: Sequence[str] = (), codes: Sequence[int] = (0,)) -> None:
        """Print a line about what was found. ``must_send`` are secrets that the server must have received: a run that
        did not use them proves nothing."""
        ran.places["access log"] = bytes(self.matomo.log)
        missing = [name for name in must_send if not self._was_received(self.search.secrets[name])]
        found = [one for one in ran.found(self.search) if not _is_of_the_caller(one)]
        found = [*found, *(f"never sent: {name}" for name in missing)]
        if ran.code not in codes:
            found.append(f"exit code {ran.code}: {ran.places.get('errors', b'')[-200:].decode('utf-8', 'replace')}")
        self.lines.equal(line, found, [], places=len(ran.places), bytes=ran.size)
        self.matomo.received.clear()
        self.matomo.log.clear()

    def _was_received(self, value: str) -> bool:
        return any(
            value in text or base64.b64encode(value.encode())[4:-4].decode() in text or value in _basic(text)
            for text in self.matomo.received
        )


def _is_of_the_caller(found: str) -> bool:
    """True for the password of a proxy in the environment of a command: it was the caller's, and the command needs it
    to reach the network too."""
    return "proxy password" in found and found.startswith(("environment", "seen/"))


def _basic(text: str) -> str:
    with suppress(ValueError):
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    return ""


@contextmanager
def staged(
    lines: Lines, values: dict[str, str], *, environment: dict[str, str] | None = None, tokens: Sequence[str] = ()
) -> Iterator[Stage]:
    """A server that takes ``tokens``, and a home with nothing in it."""
    matomo = SecretMatomo(*tokens)
    with TemporaryDirectory() as folder, served(matomo) as address:
        yield Stage(matomo, address, Place(Path(folder), environment or {}), Search(values), lines)
