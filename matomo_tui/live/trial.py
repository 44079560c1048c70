"""Tests whether the live screen would work, with the poller's own calls and strict checks.

A server or proxy may answer a request that it did not understand with an empty result: ``[[]]`` decodes to no visits,
and a screen without visits looks like a quiet site.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from matomo_tui.api import json_decoding
from matomo_tui.api.calls import Call
from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.live import Counters
from matomo_tui.api.site import Site
from matomo_tui.live.clock import ClockPair
from matomo_tui.live.poll_plan import Part
from matomo_tui.live.site_state import SiteState

_COUNTERS = (Part.COUNTERS_3, Part.COUNTERS_30)
_EMPTY = "answered without the requested columns: a proxy may be changing the requests."


@dataclass(frozen=True, slots=True)
class Trial:
    """The result of a first poll; figures are ``None`` if they could not be read."""

    visits: int | None = None
    """Visits of the last 30 minutes."""
    actions: int | None = None
    """Actions of the last 30 minutes."""
    logged: int | None = None
    """Visits in the visitor log of today, one page at most."""
    counters_fault: str = ""
    """The reason why ``visits`` and ``actions`` are unknown."""
    log_fault: str = ""
    """The reason why ``logged`` is unknown."""


class FirstPoll:
    """The calls of a poller's first poll of ``site``, and the check of their answers."""

    def __init__(self, client: Client, site: Site) -> None:
        now = time.time()
        moment = ClockPair(now, now + client.server_offset)
        asked = SiteState(site, "").calls(moment, clock_known=client.clock_offset is not None)
        self.calls: dict[Part, Call[Any]] = {
            part: replace(call, decode=_both(call, part in _COUNTERS)) for part, call in asked.items()
        }

    def judge(self, answers: Mapping[Part, Any]) -> Trial:
        """Check the answers to ``calls`` (each an error, or the result of the call's decoder)."""
        fault = next((found for part in _COUNTERS if (found := _counters_fault(answers[part]))), "")
        log = answers[Part.VISITS]
        log_fault = _log_fault(log)
        visits = actions = None
        if not fault:
            counters = answers[Part.COUNTERS_30][0]
            visits, actions = counters.visits, counters.actions
        return Trial(visits, actions, None if log_fault else len(log[0]), fault, log_fault)


async def try_live(client: Client, site: Site) -> Trial:
    """Make the first poll of a poller. Raises a ``MatomoError`` if the request as a whole fails."""
    first = FirstPoll(client, site)
    return first.judge(dict(zip(first.calls, await client.bulk(list(first.calls.values())), strict=True)))


def _both(call: Call[Any], counters: bool) -> Any:
    """Return a decoder whose result is the model and the JSON it was read from.

    For counters that are JSON but cannot be read, the model is ``None``: :func:`_counters_fault` explains them better
    than the decoder's error.
    """

    def decode(body: bytes) -> tuple[Any, Any]:
        sent = json_decoding.parse(body)
        try:
            return call.decode(body), sent
        except (msgspec.MsgspecError, ValueError):
            if not counters:
                raise
            return None, sent

    return decode


def _counters_fault(answer: Any) -> str:
    if isinstance(answer, MatomoError):
        return str(answer)
    return "" if isinstance(answer[0], Counters) else f"Live.getCounters {_EMPTY}"


def _log_fault(answer: Any) -> str:
    if isinstance(answer, MatomoError):
        return str(answer)
    for row in json_decoding.entries(answer[1]):
        whole = type(row) is dict and type(row.get("actionDetails")) in (list, dict)
        if not whole or any(
            json_decoding.integer(row.get(name)) is None for name in ("idVisit", "lastActionTimestamp")
        ):
            return f"Live.getLastVisitsDetails {_EMPTY}"
    return ""
