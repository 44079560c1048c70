"""Builds a call of any API method by its name, if the method only reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from matomo_tui.api.calls import Call, untyped
from matomo_tui.api.errors import BadRequest, NotAllowed
from matomo_tui.sanitize import sanitize

_METHOD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}\.[A-Za-z][A-Za-z0-9_]{0,119}")
_PARAMETER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}(?:\[[A-Za-z0-9_-]{0,40}\]){0,3}")
_READING = re.compile(r"(?:get|is|has|are|can|does|was|uses|find|detect)(?=[A-Z0-9_]|$)")
_ALSO_READING = frozenset(
    {"UsersManager.userExists", "UsersManager.userEmailExists", "TagManager.exportContainerVersion"}
)
_NOT_FOR_SURE = frozenset({"API.getBulkRequest"})
"""Begins with a verb that reads, but may contain any call."""
_SET_BY_US = {
    "module": "The module is always API.",
    "method": "The method is the first argument.",
    "format": "The server is always asked for JSON: choose the format of the output with --format.",
    "token_auth": "A command line can be read by every user of this machine: use MATOMO_TOKEN or --token-file FILE.",
    "force_api_session": "Sessions of a browser are not used: use MATOMO_TOKEN or --token-file FILE.",
    "passwordConfirmation": "Only writes require a password, and writes are refused.",
}


def is_read(method: str) -> bool:
    """Return True if ``method`` only reads, judging by its name.

    Matomo does not tell which methods write. Its own begin with a verb: ``get``, ``is``, ``has`` and their like read;
    any other verb counts as a write.
    """
    action = method.partition(".")[2]
    return method in _ALSO_READING or (bool(_READING.match(action)) and method not in _NOT_FOR_SURE)


def read_call(method: str, params: Mapping[str, str | int], *, timeout: float | None = None) -> Call[Any]:
    """A call of ``method`` (``VisitsSummary.get``) whose answer is plain parsed JSON; ``timeout`` is in seconds.

    Raises ``NotAllowed`` if the method may write, and ``BadRequest`` if it cannot be a method or one of ``params`` is
    invalid.
    """
    if not _METHOD.fullmatch(method):
        raise BadRequest(
            f"{sanitize(method, 80)!r} is not an API method: write Module.action, such as VisitsSummary.get."
        )
    for name in params:
        if not _PARAMETER.fullmatch(name):
            raise BadRequest(f"{sanitize(name, 80)!r} is not the name of a parameter.")
        if name in _SET_BY_US:
            raise BadRequest(f"The parameter {name} cannot be given. {_SET_BY_US[name]}")
    call = untyped(method, params)
    if not is_read(method) or call.is_write:
        raise NotAllowed(f"Not sent: {method}. {_why_not(method)} Nothing has changed.")
    return Call(call.method, call.params, call.decode, timeout=timeout)


def _why_not(method: str) -> str:
    if method in _NOT_FOR_SURE:
        return "It may contain any other call: send the calls one by one."
    return "By its name it does not only read, and this command sends no writes."
