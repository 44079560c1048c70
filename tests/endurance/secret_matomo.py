"""The demo for the search for secrets: it logs requests as web servers do, and can repeat them in its errors."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from html import escape
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote_plus

from matomo_tui.demo.app import DemoMatomo

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

Echo = Literal["page", "message", "row", "header", "redirect"]
"""How a request is repeated: as an error page, in Matomo's own error, in a valid answer, in a header, or in the address
of a redirect."""
ECHOES: tuple[Echo, ...] = ("page", "message", "row", "header", "redirect")

_PRIVATE = (b"authorization", b"proxy-authorization", b"x-wall-key")
"""Headers that have a secret by right, and that no server logs."""


class SecretMatomo:
    """An ASGI application. ``tokens`` are further tokens of the superuser."""

    def __init__(self, *tokens: str) -> None:
        self.demo = DemoMatomo()
        for token in tokens:
            self.demo.world.add_token(token, "root", None)
        self.echo: Echo | None = None
        self.log = bytearray()
        """Method, path, query and headers of each request."""
        self.received: Counter[str] = Counter()
        """How often each value came where it may: the fields of the body, and the private headers."""
        self.requests = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self.requests += 1
        if scope["path"].startswith("http://"):  # from a client that takes this server for its proxy
            scope = {**scope, "path": "/" + scope["path"].split("/", 3)[3]}
        body = await _body(receive)
        self._note(scope, body)
        if self.echo is not None:
            await self._repeat(scope, body, send)
            return
        pending = [{"type": "http.request", "body": body, "more_body": False}]

        async def again() -> Message:
            return pending.pop() if pending else await receive()

        await self.demo(scope, again, send)

    def _note(self, scope: Message, body: bytes) -> None:
        public = [pair for pair in scope["headers"] if pair[0].lower() not in _PRIVATE]
        self.log += b"%s %s?%s %r\n" % (
            scope["method"].encode(),
            scope.get("raw_path") or scope["path"].encode(),
            scope["query_string"],
            public,
        )
        for name, value in scope["headers"]:
            if name.lower() in _PRIVATE:
                self.received[value.decode("latin-1").partition(" ")[2] or value.decode("latin-1")] += 1
        for _, text in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True):
            self.received[text] += 1
            for _, inner in parse_qsl(text.partition("?")[2] or text, keep_blank_values=True):
                self.received[inner] += 1

    async def _repeat(self, scope: Message, body: bytes, send: Send) -> None:
        """Repeat all of a request, as it came and decoded, as errors in PHP and proxies do."""
        sent = body.decode("utf-8", "replace")
        headers = "\n".join(f"{name.decode()}: {value.decode('latin-1')}" for name, value in scope["headers"])
        said = f"Error {headers}\n{sent}\n{unquote_plus(sent)}"
        extra: list[tuple[bytes, bytes]] = []
        status, kind, text = 500, b"text/html", f"<title>{escape(said)}</title><body><p>{escape(said)}</p></body>"
        if self.echo == "message":
            status, kind, text = 200, b"application/json", json.dumps({"result": "error", "message": said})
        elif self.echo == "row":
            status, kind, text = 200, b"application/json", json.dumps([{"label": said, "name": said, "value": said}])
        elif self.echo == "header":
            extra = [
                (b"x-error", said.replace("\n", " ").encode("utf-8")),
                (b"server", said[:400].replace("\n", " ").encode()),
            ]
        elif self.echo == "redirect":
            status = 302
            extra = [(b"location", b"/login?" + body + b"&" + said.replace("\n", "&").encode())]
        head = [(b"content-type", kind), (b"content-length", str(len(text.encode())).encode()), *extra]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": text.encode()})


async def _body(receive: Receive) -> bytes:
    data = b""
    while True:
        message = await receive()
        data += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return data
