"""A Matomo every text of which is hostile: the demo's answers, or recorded ones, with the texts in them replaced."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any, Literal
from zlib import crc32

from tests.hostile import corpus

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Callable[[], Awaitable[Message]], Send], Awaitable[None]]

MEANT = {
    *(
        "result",
        "uniqueId",
        "module",
        "action",
        "type",
        "parameters",
        "period",
        "segment",
        "date",
        "serverDate",
        "login",
    ),
    *("idSubtable", "pattern_type", "match_attribute", "access", "role", "format", "timezone", "currency", "dimension"),
    *(
        "token",
        "visitorId",
        "fingerprint",
        "columnName",
        "actionToLoadSubTables",
        "metric",
        "invite_status",
        "definition",
    ),
}
"""Names of fields that the program reads the meaning of: with another text there, a screen does not open."""
FLOODS = 6
"""Floods in one answer."""


Refuses = Literal["", "all", "parts"]


class Poison:
    """Replaces texts. ``numbers`` has one of so many numbers replaced too, 0 none; ``names`` are those of the corpus.

    With ``everything`` no field and no key keeps its text."""

    def __init__(
        self,
        names: tuple[str, ...] = tuple(corpus.TEXTS),
        *,
        numbers: int = 0,
        everything: bool = False,
        turn: int = 0,
        floods: int = FLOODS,
    ) -> None:
        self.names, self.numbers, self.everything, self.turn = names, numbers, everything, turn
        self.used: set[str] = set()
        self._short = tuple(name for name in names if name in corpus.SHORT) or ("empty",)
        self._most_floods, self._floods = floods, 0
        self._refused = 0
        self.refuses: Refuses = ""
        """Answer everything, or each part of a bulk request, with a refusal."""

    def __call__(self, answer: Any) -> Any:
        """``answer`` with hostile texts in the places of its texts, at most ``floods`` of them longer than others: the
        program takes no answer of many megabytes."""
        self._floods = self._most_floods
        if self.refuses == "parts" and isinstance(answer, list):
            return [self._refusal() for _ in answer]
        if self.refuses:
            return self._refusal()
        return self._poisoned(answer, "", top=True)

    def _poisoned(self, value: Any, name: str, *, top: bool = False) -> Any:
        if isinstance(value, dict):
            if value.get("result") == "error" and isinstance(value.get("message"), str):
                return {**value, "message": f"{value['message']} {self.text('message', '')}"}
            if top and set(value) == {"value"} and not self.everything:
                return value  # a version, or a yes or no
            return {self._key(key, name): self._poisoned(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._poisoned(inner, name, top=top) for inner in value]
        if isinstance(value, str):
            return self._text(value, name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self._number(value, name)
        return value

    def _refusal(self) -> dict[str, str]:
        self._refused += 1
        return {"result": "error", "message": self.text(f"Refused {self._refused}.", "message")}

    def text(self, value: str, name: str) -> str:
        """The hostile text in the place of ``value``, which stays readable in it."""
        place = crc32(f"{name}{value}{self.turn}".encode("utf-8", "replace"))
        chosen = self.names[place % len(self.names)]
        if chosen not in corpus.SHORT:
            self._floods -= 1
            chosen = chosen if self._floods >= 0 else self._short[place % len(self._short)]
        self.used.add(chosen)
        return corpus.TEXTS[chosen] + value

    def _key(self, key: str, parent: str) -> str:
        return self.text(key, parent) if self.everything else key

    def _text(self, value: str, name: str) -> Any:
        if not self.everything and (name in MEANT or name.startswith("id")):
            return value
        if value.replace(",", "").replace(".", "", 1).lstrip("-").isdigit():
            return self._number(value, name)
        return self.text(value, name)

    def _number(self, value: Any, name: str) -> Any:
        meant = name.startswith("id") or name.endswith(("Id", "Timestamp", "timestamp"))
        if not self.numbers or (meant and not self.everything):
            return value
        place = crc32(f"{name}{value}{self.turn}".encode("utf-8", "replace"))
        return corpus.number_for(f"{place}") if place % self.numbers == 0 else value


class HostileMatomo:
    """An ASGI application around another one, whose answers of JSON it poisons."""

    def __init__(self, inner: Application, poison: Callable[[Any], Any]) -> None:
        self.inner, self.poison = inner, poison

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        sent: list[Message] = []

        async def keep(message: Message) -> None:
            sent.append(message)

        await self.inner(scope, receive, keep)
        if not sent:
            return
        body = b"".join(message.get("body", b"") for message in sent)
        with suppress(ValueError):  # a page of HTML
            body = json.dumps(self.poison(json.loads(body))).encode()
        headers = [(key, value) for key, value in sent[0]["headers"] if key.lower() != b"content-length"]
        await send({**sent[0], "headers": [*headers, (b"content-length", str(len(body)).encode())]})
        await send({"type": "http.response.body", "body": body})


class Aside:
    """An ASGI application that answers in a thread of its own, one request after the other: its work is not that of the
    thread that asks."""

    def __init__(self, inner: Application) -> None:
        self._inner = inner
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
        question, sent = await receive(), list[Message]()

        async def received() -> Message:
            return question

        async def keep(message: Message) -> None:
            sent.append(message)

        async def answer() -> None:
            await self._inner(scope, received, keep)

        async with self._turn:
            await asyncio.to_thread(asyncio.run, answer())
        for message in sent:
            await send(message)
