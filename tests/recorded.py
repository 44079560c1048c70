"""Recorded answers of a real Matomo 5.0.2 (``recordings/``), and transports in memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from matomo_tui.api.errors import MatomoError
from matomo_tui.api.transport import Response
from matomo_tui.demo.http import entry, flat, parse_str

FOLDER = Path(__file__).parent / "recordings"
BULK = "API.getBulkRequest"
JSON_TYPE = {"content-type": "application/json; charset=utf-8"}

Fields = Sequence[tuple[str, str]]
Answer = Response | MatomoError


@dataclass(frozen=True)
class Exchange:
    """One recorded request of a role's token and its answer. ``json`` is ``None`` for an HTML page."""

    topic: str
    role: str
    params: Mapping[str, str]
    status: int
    headers: Mapping[str, str]
    body: bytes
    json: Any

    @property
    def method(self) -> str:
        """The requested API method, or ``""``."""
        return self.params.get("method", "")

    @property
    def name(self) -> str:
        """A short name for test ids."""
        rest = ",".join(f"{key}={value}" for key, value in self.params.items() if key != "method")
        return f"{self.topic}:{self.role}:{self.method}({rest})"[:120]

    def response(self) -> Response:
        """The answer as a transport returns it."""
        return Response(self.status, self.body, self.headers)


@cache
def load(topic: str) -> tuple[Exchange, ...]:
    """All exchanges of one recording, such as ``live`` or ``errors``."""
    rows = json.loads((FOLDER / f"{topic}.json").read_text(encoding="utf-8"))
    return tuple(
        Exchange(
            topic=topic,
            role=row["role"],
            params={key: str(value) for key, value in row["params"].items()},
            status=row["status"],
            headers={key.lower(): value for key, value in row["headers"].items()},
            body=(row["answer"]["text"] if "text" in row["answer"] else json.dumps(row["answer"]["json"])).encode(),
            json=row["answer"].get("json"),
        )
        for row in rows
    )


@dataclass(frozen=True)
class RecordedPoll:
    """One of 24 polls of ``live_session``, 5 s apart. ``answer`` has one part for each of ``urls``."""

    at: float
    urls: tuple[str, ...]
    answer: tuple[Any, ...]

    @property
    def visits(self) -> list[dict[str, Any]]:
        """The rows of ``Live.getLastVisitsDetails``."""
        return list(self.answer[2])


@cache
def session_polls() -> tuple[RecordedPoll, ...]:
    """The recorded live session, without columns that the program does not request (icons, formatted copies)."""
    rows = json.loads((FOLDER / "live_session.json").read_text(encoding="utf-8"))
    return tuple(RecordedPoll(row["at"], tuple(row["urls"]), tuple(row["answer"])) for row in rows)


def json_response(value: Any, status: int = 200, **headers: str) -> Response:
    """``value`` as Matomo sends it."""
    return Response(status, json.dumps(value).encode(), {**JSON_TYPE, **headers})


def html_response(title: str, heading: str = "", status: int = 200, **headers: str) -> Response:
    """A page of HTML such as Matomo, a proxy or a login wall sends."""
    page = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h2>{heading}</h2></body></html>"
    return Response(status, page.encode(), {"content-type": "text/html; charset=utf-8", **headers})


def refusal(message: str) -> dict[str, str]:
    """Matomo's refusal of a call, as a part of a bulk answer or (with ``json_response``) as the whole answer."""
    return {"result": "error", "message": message}


def calls_sent(fields: Fields) -> list[dict[str, str]]:
    """The API calls of one request as Matomo reads them: a single call, or each part of a bulk request.

    Each ``urls[n]`` is parsed once, after the form's own decoding: ``decisive.json`` has the effect of values encoded
    twice. The order is that of the request; parts without a method and nested bulk requests are omitted.
    """
    form = parse_str(urlencode(fields))
    urls = form.pop("urls", {}) if form.get("method") == BULK else {}
    if form.get("method") != BULK or not isinstance(urls, dict):
        return [flat({**form, **({"urls": urls} if urls else {})})]
    parts = [{**form, **entry(url)} for url in urls.values() if isinstance(url, str)]
    return [flat(part) for part in parts if part["method"] != BULK]


@dataclass
class FakeTransport:
    """Answers with a function of the fields, or with a sequence of answers (errors are raised).

    ``sent`` has the fields of every request, in order.
    """

    answers: Callable[[Fields], Answer] | Iterable[Answer]
    sent: list[Fields] = field(default_factory=list)
    closed: bool = False

    def __post_init__(self) -> None:
        self._queue = None if callable(self.answers) else iter(self.answers)

    async def post(self, fields: Fields, *, timeout: float | None = None) -> Response:
        self.sent.append(fields)
        if callable(self.answers):
            answer = self.answers(fields)
        else:
            assert self._queue is not None
            answer = next(self._queue)
        if isinstance(answer, MatomoError):
            raise answer
        return answer

    async def aclose(self) -> None:
        self.closed = True


Handler = Callable[[dict[str, str]], Any]


def fake_matomo(handlers: Mapping[str, Any | Handler]) -> FakeTransport:
    """A Matomo that answers each method with a JSON value, or with a function of the parameters.

    A ``MatomoError`` from a handler fails the whole request, as a broken connection does; ``refusal(…)`` fails only its
    part. Methods without a handler do not exist.
    """

    def one(call: dict[str, str]) -> Any:
        method = call.get("method", "")
        if method not in handlers:
            return refusal(f"The method '{method}' does not exist or is not available in the module.")
        handler = handlers[method]
        value = handler(call) if callable(handler) else handler
        if isinstance(value, MatomoError):
            raise value
        return value

    def answer(fields: Fields) -> Answer:
        calls = calls_sent(fields)
        bulk = dict(fields).get("method") == "API.getBulkRequest"
        return json_response([one(call) for call in calls] if bulk else one(calls[0]))

    return FakeTransport(answer)
