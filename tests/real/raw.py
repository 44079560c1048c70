"""Raw requests to a Matomo without ``matomo_tui.api``, so that its errors cannot affect the reference values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlencode

import httpx


class Rejected(Exception):
    """The server rejected the token; nothing more may be sent."""


class Refused(Exception):
    """The server answered with an error; the text is its message."""


@dataclass(frozen=True)
class Reply:
    """An answer: ``value`` is parsed JSON, ``at`` the server's time from its ``Date`` header (UTC epoch)."""

    status: int
    body: bytes
    value: Any
    at: float

    @property
    def refusal(self) -> str | None:
        """The message of a refused request."""
        if type(self.value) is dict and self.value.get("result") == "error":
            return str(self.value.get("message"))
        return None


class Raw:
    """Requests with one token, one at a time, with the token in the body."""

    def __init__(self, url: str, token: str, http: httpx.AsyncClient) -> None:
        self._url = f"{url.rstrip('/')}/index.php"
        self._token = token
        self._http = http

    async def ask(self, method: str, params: Mapping[str, Any] | None = None, /, **more: Any) -> Reply:
        """Request ``method``. Raises :class:`Rejected`."""
        fields = {"module": "API", "method": method, "format": "json", "language": "en", "format_metrics": "0"}
        fields |= {name: str(value) for name, value in {**(params or {}), **more}.items()}
        fields["token_auth"] = self._token
        answer = await self._http.post(
            self._url,
            content=urlencode(fields).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        body = answer.content
        try:
            value = json.loads(body)
        except ValueError:
            if answer.status_code in (401, 403):
                raise Rejected(f"The server rejects the token ({answer.status_code}).") from None
            raise Rejected(
                f"The server answered {method} with something that is no JSON ({answer.status_code})."
            ) from None
        date = answer.headers.get("date")
        return Reply(answer.status_code, body, value, parsedate_to_datetime(date).timestamp() if date else 0.0)

    async def in_bulk(self, method: str, params: Mapping[str, Any]) -> Reply:
        """Request it as one of two parts of a bulk request, with each value encoded once within its entry."""
        entry = "&".join(
            [f"method={method}", *(f"{name}={quote(str(value), safe='')}" for name, value in params.items())]
        )
        reply = await self.ask("API.getBulkRequest", {"urls[0]": "method=API.getMatomoVersion", "urls[1]": entry})
        part = reply.value[1] if type(reply.value) is list and len(reply.value) == 2 else reply.value
        return Reply(reply.status, json.dumps(part).encode(), part, reply.at)

    async def value(self, method: str, params: Mapping[str, Any] | None = None, /, **more: Any) -> Any:
        """Request it and return the value. Raises :class:`Refused`."""
        reply = await self.ask(method, params, **more)
        if reply.refusal is not None:
            raise Refused(f"{method}: {reply.refusal}")
        return reply.value


def bare(value: Any) -> Any:
    """The value in ``{"value": …}``."""
    return value["value"] if type(value) is dict and set(value) == {"value"} else value


def figure(value: Any) -> float | str | None:
    """Read a cell as a number if possible (a rate as a fraction), else as text; ``None`` if empty."""
    if value is None or value is False or isinstance(value, list | dict):
        return None
    if isinstance(value, int | float):
        return float(value)
    text = str(value)
    try:
        return float(text)
    except ValueError:
        pass
    if text.endswith("%"):
        try:
            return float(text[:-1].replace("\u00a0", "").strip()) / 100
        except ValueError:
            return text
    return text


def near(one: Any, other: Any) -> bool:
    """Return True if two cells are equal, apart from rounding of fractions."""
    left, right = figure(one), figure(other)
    if isinstance(left, float) and isinstance(right, float):
        return abs(left - right) <= 1e-6 * max(1.0, abs(left), abs(right))
    return left == right
