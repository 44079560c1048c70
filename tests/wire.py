"""Exchanges as they were on the wire between this program's requests and a real Matomo (``recordings/wire``).

``decisive.json`` has those on which requests stand or fall, each with a line ``why``; ``walk.json`` one of each kind
that the program sends on its way through all sections. Long lists are cut to a few rows, texts of the server's own left
out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from matomo_tui.api.transport import Response
from tests.recorded import FOLDER

VERSIONS = ("5.0.2", "5.8.0")


@dataclass(frozen=True)
class Wired:
    """One exchange: the fields after the form's own decoding, with ``{token}`` for the token of ``role``; ``auth`` says
    where that was sent (``body``, ``header``, ``both``). ``json`` is ``None`` for a page, which is ``text``."""

    version: str
    topic: str
    number: int
    why: str
    role: str
    auth: str
    fields: tuple[tuple[str, str], ...]
    status: int
    content_type: str
    json: Any
    text: str

    @property
    def params(self) -> Mapping[str, str]:
        """The fields by name."""
        return dict(self.fields)

    @property
    def method(self) -> str:
        """The API method asked for."""
        return self.params.get("method", "")

    @property
    def name(self) -> str:
        """A short name for a test's id."""
        return f"{self.version}:{self.topic}{self.number}:{self.why or self.method}"[:90]

    def response(self) -> Response:
        """The answer as a transport gives it."""
        body = self.text.encode() if self.json is None else json.dumps(self.json).encode()
        return Response(self.status, body, {"content-type": self.content_type})


@cache
def exchanges(version: str, *topics: str) -> Sequence[Wired]:
    """The exchanges of one version: of ``decisive`` and ``walk``, or of those named."""
    return tuple(
        Wired(
            version=version,
            topic=topic,
            number=number,
            why=row["why"],
            role=row["role"],
            auth=row["auth"],
            fields=tuple((name, value) for name, value in row["fields"]),
            status=row["status"],
            content_type=row["type"],
            json=row["answer"].get("json"),
            text=row["answer"].get("text", ""),
        )
        for topic in topics or ("decisive", "walk")
        for number, row in enumerate(
            json.loads((FOLDER / "wire" / version / f"{topic}.json").read_text(encoding="utf-8"))
        )
    )


def every_exchange() -> list[Wired]:
    """All of them, of both versions."""
    return [exchange for version in VERSIONS for exchange in exchanges(version)]
