"""Searches bytes for secrets in every form in which a program could give them away."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote, quote_plus

PIECE = 12
"""Characters in a row that count as giving a secret away; of base64 and hexadecimal digits, those of as many."""

_OSC_52 = re.compile(rb"\x1b\]52;[^;]*;([A-Za-z0-9+/=]*)")
_SEQUENCE = re.compile(rb"\x1b\[[0-9;?<>=]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][A-Z0-9]|\x1b[=>78M]")


def encodings(value: str) -> Iterator[tuple[str, bytes, int]]:
    """Yield all forms of ``value``: a name, the bytes, and how many of them in a row are a find."""
    raw = value.encode()
    for name, text in (("plain", value), ("without spaces", value.replace(" ", ""))):
        yield name, text.encode(), PIECE
        yield f"{name}, reversed", text[::-1].encode(), PIECE
        for quoted in (quote(text, safe=""), quote_plus(text)):
            yield f"{name}, URL-quoted", quoted.encode(), PIECE
            yield f"{name}, URL-quoted twice", quote(quoted, safe="").encode(), PIECE
            yield (
                f"{name}, URL-quoted in lower case",
                re.sub("%..", lambda found: found[0].lower(), quoted).encode(),
                PIECE,
            )
        yield f"{name}, JSON", json.dumps(text)[1:-1].encode(), PIECE
        yield f"{name}, HTML", html.escape(text).encode(), PIECE
    for shift in range(3):
        # Within a longer text, the digits of base64 depend on where in a group of three bytes the secret begins.
        coded = base64.b64encode(b"\0" * shift + raw)[(0, 2, 3)[shift] : -4]
        yield "base64", coded, PIECE * 4 // 3
        yield "base64 for URLs", coded.translate(bytes.maketrans(b"+/", b"-_")), PIECE * 4 // 3
    yield "hexadecimal", raw.hex().encode(), PIECE * 2
    yield "hexadecimal", raw.hex().upper().encode(), PIECE * 2
    yield "UTF-16", value.encode("utf-16-le"), PIECE * 2


class Search:
    """Searches for ``secrets``, by what they are. Each has at least ``PIECE`` characters.

    Raises ``ValueError`` for a shorter one, which could be found by chance.
    """

    def __init__(self, secrets: Mapping[str, str] | None = None) -> None:
        self._pieces: dict[bytes, dict[bytes, str]] = {}
        self.secrets: dict[str, str] = {}
        for name, value in (secrets or {}).items():
            self.add(name, value)

    def add(self, name: str, value: str) -> None:
        """Search for one more."""
        if len(value) < PIECE:
            raise ValueError(f"{name} is too short to search for")
        self.secrets[name] = value
        for form, coded, length in encodings(value):
            for start in range(len(coded) - length + 1):
                piece = coded[start : start + length]
                self._pieces.setdefault(piece[:PIECE], {}).setdefault(piece, f"{name}, {form}")

    def find(self, data: bytes) -> list[str]:
        """Return what was found, by secret and form, each once."""
        found: dict[str, None] = {}
        pieces = self._pieces
        for start in range(len(data) - PIECE + 1):
            if data[start : start + PIECE] in pieces:
                for piece, name in pieces[data[start : start + PIECE]].items():
                    if data.startswith(piece, start):
                        found[name] = None
        return list(found)


def of_terminal(output: bytes) -> dict[str, bytes]:
    """What can be searched in the output of a terminal: its bytes, its text, and what went to the clipboard."""
    copied = b"\n".join(base64.b64decode(found) for found in _OSC_52.findall(output))
    return {"terminal": output, "text on the terminal": _SEQUENCE.sub(b"", output), "clipboard": copied}
