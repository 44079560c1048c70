"""The demo's refusals; their messages, worded as Matomo's, are in ``refusals.json``."""

from __future__ import annotations

import html
from typing import TypeVar

from matomo_tui.demo.data import load

T = TypeVar("T")


class ApiError(Exception):
    """Answered as JSON with ``status``, or with ``exact_status`` in versions with one for each kind of refusal."""

    def __init__(self, message: str, status: int = 200, exact_status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.exact_status = exact_status

    def as_json(self) -> dict[str, str]:
        return {"result": "error", "message": html.escape(self.message, quote=False).replace('"', "&quot;")}


class PageError(Exception):
    """Answered as an HTML page with ``status``, like Matomo's errors before the API is reached."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


def refusal(kind: str, **values: object) -> ApiError:
    message, *statuses = load("refusals")[kind]
    return ApiError(message.format(**values), *statuses)


def refuse_if(wrong: object, kind: str, **values: object) -> None:
    """Raise the refusal of that kind if something is wrong."""
    if wrong:
        raise refusal(kind, **values)


def found_or_refused(found: T | None, kind: str, **values: object) -> T:
    if found is None:
        raise refusal(kind, **values)
    return found
