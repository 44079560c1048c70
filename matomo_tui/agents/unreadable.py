"""Answers the lines on standard input that are no messages of the protocol. The SDK drops them without a word, and a
client would wait for an answer for ever."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import mcp_types as types
from anyio import EndOfStream
from mcp.shared._stream_protocols import ReadStream, WriteStream
from mcp.shared.message import SessionMessage
from pydantic import ValidationError

_NO_JSON = "The line is no JSON that can be read. A text in it may have half of a character, such as \\ud83d alone."
_NO_REQUEST = "The line is no request of JSON-RPC 2.0."
_LONGEST_ID = 200
_BYTE_ORDER_MARK = "\ufeff"


class AnsweringReader:
    """The messages from ``lines`` without those that cannot be read: these are answered with an error to
    ``answers``."""

    def __init__(self, lines: ReadStream[SessionMessage | Exception], answers: WriteStream[SessionMessage]) -> None:
        self._lines = lines
        self._answers = answers

    @property
    def last_context(self) -> Any:
        """The context in which the last message was sent, which the SDK asks its own streams for."""
        return getattr(self._lines, "last_context", None)

    async def receive(self) -> SessionMessage | Exception:
        """Return the next message that can be read."""
        item = await self._lines.receive()
        while isinstance(item, ValidationError):
            if (error := _error(item)) is not None:
                await self._answers.send(SessionMessage(error))
            item = await self._lines.receive()
        return item

    async def aclose(self) -> None:
        """Close the stream of lines."""
        await self._lines.aclose()

    def __aiter__(self) -> AnsweringReader:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        try:
            return await self.receive()
        except EndOfStream:
            raise StopAsyncIteration from None

    async def __aenter__(self) -> AnsweringReader:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


def _error(unreadable: ValidationError) -> types.JSONRPCError | None:
    """The answer to a line; ``None`` to an empty one, and to what JSON-RPC leaves unanswered."""
    found = unreadable.errors(include_url=False)
    if found[0]["type"] != "json_invalid":
        # Of the kinds of messages that were tried, one at least missed something in the whole object.
        whole = next((one["input"] for one in found if one["type"] == "missing"), None)
        return _answer(types.INVALID_REQUEST, _NO_REQUEST, whole)
    line = str(found[0]["input"]).removeprefix(_BYTE_ORDER_MARK)
    if not line.strip():
        return None
    try:
        message = json.loads(line)  # takes half a character, and so finds the id
    except (ValueError, RecursionError):
        message = None
    return _answer(types.PARSE_ERROR, _NO_JSON, message)


def _answer(code: int, sentence: str, message: object) -> types.JSONRPCError | None:
    if isinstance(message, dict) and _is_unanswered(message):
        return None
    error = types.ErrorData(code=code, message=sentence)
    return types.JSONRPCError(jsonrpc="2.0", id=_id_of(message), error=error)


def _is_unanswered(message: Mapping[str, object]) -> bool:
    """Return True for a notification, and for the client's answer to a request of the server."""
    if "method" in message:
        return "id" not in message
    return "result" in message or "error" in message


def _id_of(message: object) -> int | str | None:
    """The id of a request, ``None`` if it has none that can be repeated."""
    found = message.get("id") if isinstance(message, dict) else None
    if isinstance(found, int) and not isinstance(found, bool) and abs(found) < 1 << 53:
        return found
    if isinstance(found, str) and len(found) <= _LONGEST_ID and found.isprintable():
        return found
    return None
