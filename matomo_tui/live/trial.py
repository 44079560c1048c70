"""Tests whether the live screen would work, with the poller's own calls and strict checks.

A server, or what stands in front of it, may answer a question that it did not understand with nothing: ``[[]]`` reads
as no visits, and a screen without a visit looks like a quiet site.
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
from matomo_tui.api.sites import Site
from matomo_tui.live.poll_plan import Part
from matomo_tui.live.site_state import ClockPair, SiteState

_COUNTERS = (Part.COUNTERS_3, Part.COUNTERS_30)
_EMPTY = "answered without the requested columns: something between here and the Matomo changes requests."


@dataclass(frozen=True, slots=True)
class Trial:
    """``visits`` and ``actions`` of the last 30 minutes, ``logged`` visits of today (a page of them at most); each is
    ``None`` where it could not be read, and then the ``…_fault`` beside it is the sentence that says why."""

    visits: int | None = None
    actions: int | None = None
    logged: int | None = None
    counters_fault: str = ""
    log_fault: str = ""


class FirstPoll:
    """The calls of a poller's first poll of ``site``, with what judges their answers."""

    def __init__(self, client: Client, site: Site) -> None:
        now = time.time()
        moment = ClockPair(now, now + client.server_offset)
        asked = SiteState(site, "").calls(moment, clock_known=client.clock_offset is not None)
        self.calls: dict[Part, Call[Any]] = {
            part: replace(call, decode=_both(call, part in _COUNTERS)) for part, call in asked.items()
        }

    def judge(self, answers: Mapping[Part, Any]) -> Trial:
        """What ``answers`` to ``calls`` (each an error, or what the call's decoder made of it) mean for the screen."""
        fault = next((found for part in _COUNTERS if (found := _counters_fault(answers[part]))), "")
        log = answers[Part.VISITS]
        log_fault = _log_fault(log)
        visits = actions = None
        if not fault:
            counters = answers[Part.COUNTERS_30][0]
            visits, actions = counters.visits, counters.actions
        return Trial(visits, actions, None if log_fault else len(log[0]), fault, log_fault)


async def try_live(client: Client, site: Site) -> Trial:
    """Ask what a poller asks first. Raises a ``MatomoError`` where the request as a whole fails."""
    first = FirstPoll(client, site)
    return first.judge(dict(zip(first.calls, await client.bulk(list(first.calls.values())), strict=True)))


def _both(call: Call[Any], counters: bool) -> Any:
    """A decoder that gives the model, and the JSON that it was read from; of counters that are JSON but cannot be read
    ``None`` for a model, since there is more to say of them than that."""

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
