"""Which calls go into one bulk request, and how each is written in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from matomo_tui.api.calls import Call, encode_param
from matomo_tui.api.errors import BulkTooLong, NotMatomo

MOST_PARTS = 100
"""Calls in one bulk request. Matomo silently answers only the first hundred, since ``API.getBulkRequest`` applies the
default row limit to the list of answers too (observed on 5.0.2 and 5.8.0)."""
_SHORT = 4096
"""Bytes of calls that no server refuses as too long: a 413 then has another cause, and fewer calls do not help."""


class BulkLimits:
    """What a server takes in one request: learned from its refusals, and kept."""

    def __init__(self) -> None:
        self.parts: int | None = None
        """Calls, ``None`` if no request was refused because of their number."""
        self._bytes: int | None = None
        """About the bytes of the calls, ``None`` if no request was refused because of its length."""

    def first_of(self, rest: Sequence[Call[Any]]) -> Sequence[Call[Any]]:
        """The calls of ``rest`` for the next request, one at least, from the first on."""
        count = MOST_PARTS if self.parts is None else max(1, min(self.parts, MOST_PARTS))
        if self._bytes is not None:
            room = self._bytes
            for number, call in enumerate(rest[:count]):
                room -= _length(call)
                if room < 0:
                    return rest[: max(1, number)]
        return rest[:count]

    def learn(self, error: BulkTooLong | NotMatomo, sent: Sequence[Call[Any]]) -> bool:
        """Learn from the refusal of a request with the ``sent`` calls. Returns False if fewer would not help."""
        if isinstance(error, BulkTooLong):
            if error.limit >= len(sent):
                return False
            self.parts = error.limit
            return True
        if len(sent) == 1 or not is_too_long(error, sent):
            return False
        # A little more than half, so that two requests are enough.
        self._bytes = sum(map(_length, sent)) * 9 // 16
        return True


def is_too_long(error: BulkTooLong | NotMatomo, sent: Sequence[Call[Any]]) -> bool:
    """Whether a server or proxy refused a request with the ``sent`` calls because of its length."""
    return isinstance(error, NotMatomo) and error.status == 413 and sum(map(_length, sent)) >= _SHORT


def _length(call: Call[Any]) -> int:
    """About the bytes that ``call`` takes in the body of a request, where it is encoded once more."""
    return len(quote(bulk_url(call), safe=""))


def bulk_url(call: Call[Any]) -> str:
    """Encode ``call`` as one entry of ``urls`` in a bulk request.

    Matomo decodes the form and then parses each entry once, as PHP's ``parse_str`` does, so each value is encoded once
    here. Encoded twice, ``showColumns=a%252Cb`` would name the single column ``a%2Cb``, which no report has: a 200
    without any columns (``API.getBulkRequest``, observed on 5.0.2 and 5.8.0).
    """
    query = [f"method={call.method}"]
    query += [f"{quote(name, safe='[]')}={quote(encode_param(value), safe='')}" for name, value in call.params.items()]
    return "&".join(query)
