"""Recorded exchanges between this program's requests and real Matomos (``recordings/wire``).

``decisive.json`` has the exchanges that show how requests must be encoded, each with a line ``why``. ``walk.json`` has
one of each kind from a walk through all sections. Long lists are cut to a few rows, and the server's own texts are
omitted.
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
    """One exchange: the fields after the form's decoding, with ``{token}`` for the token of ``role``. ``auth`` is the
    place of the token (``body``, ``header``, ``both``). ``json`` is ``None`` for a page, which is in ``text``."""

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
        """The requested API method."""
        return self.params.get("method", "")

    @property
    def name(self) -> str:
        """A short name for test ids."""
        return f"{self.version}:{self.topic}{self.number}:{self.why or self.method}"[:90]

    def response(self) -> Response:
        """The answer as a transport returns it."""
        body = self.text.encode() if self.json is None else json.dumps(self.json).encode()
        return Response(self.status, body, {"content-type": self.content_type})


@cache
def exchanges(version: str, *topics: str) -> Sequence[Wired]:
    """The exchanges of one version: those of ``decisive`` and ``walk``, or of the named files."""
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
    """All exchanges of both versions."""
    return [exchange for version in VERSIONS for exchange in exchanges(version)]
