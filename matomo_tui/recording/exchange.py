"""The calls in a request, and the key by which a replay finds the answers to a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from urllib.parse import parse_qsl

from matomo_tui.api.calls import Call
from matomo_tui.api.responses import BULK
from matomo_tui.recording.frames import KEY

_OF_EVERY_REQUEST = frozenset({"module", "method", "format", "format_metrics"})
_LANGUAGE = "language", "en"
COUNTERS, VISITS = "Live.getCounters", "Live.getLastVisitsDetails"
_REPORTS = "API.getReportMetadata"
"""A list of what there is, whatever the day."""
FIXED_MINUTES = 30
"""Spans in minutes up to which counters are asked for the same span in each poll. A longer one, such as since midnight,
grows with the time of day."""
_POLLED_MINUTES = frozenset({3, 30})
"""Spans of the counters of each poll."""
_MOVING = frozenset({"minTimestamp", "filter_offset", "filter_limit", "hideColumns"})
"""Parameters of the visits of today that differ from poll to poll."""
_ADDED = frozenset({"truncatedActionsCount"})
"""Columns of visits that the feed did not ask for from the beginning. Files have the keys of their calls: with these
columns in them, no older recording would have the visits that the feed asks for."""


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A call as it was sent, without what every request has."""

    method: str
    params: Mapping[str, str]

    @property
    def is_write(self) -> bool:
        """True if the method changes something on the server."""
        return Call(self.method, {}, bytes).is_write

    @property
    def is_of_visits(self) -> bool:
        """True if the call asks for the visits of today, of which each poll brings those that are new."""
        return self.method == VISITS and (self.params.get("period"), self.params.get("date")) == ("day", "today")

    @property
    def is_of_present_day(self) -> bool:
        """True if the call asks for figures of today or yesterday, which are others after midnight."""
        dated = self.params.get("period") == "day" and self.params.get("date") in ("today", "yesterday")
        return dated and self.method != _REPORTS

    @property
    def is_of_counters(self) -> bool:
        """True if the call asks for live counters."""
        return self.method == COUNTERS

    @property
    def minutes(self) -> int:
        """The span of live counters in minutes; 0 if the call has none."""
        text = self.params.get("lastMinutes", "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0


def calls_of(fields: Sequence[tuple[str, str]]) -> tuple[tuple[RecordedCall, ...], bool]:
    """Return the calls in the ``fields`` of a request, and True if it is a bulk request."""
    method = next((value for name, value in fields if name == "method"), "")
    if method != BULK:
        return (_call(method, fields),), False
    urls = [value for name, value in fields if name.startswith("urls[")]
    pairs = [parse_qsl(url, keep_blank_values=True) for url in urls]
    return tuple(_call(dict(found).get("method", ""), found) for found in pairs), True


def polled(calls: Sequence[RecordedCall]) -> tuple[int, str] | None:
    """Return the site's id and the segment of a request with ``calls`` if it is a poll of the live screen.

    All sites and alerts ask for counters too, but not for both spans with the actions. Calls of alerts for other sites
    follow after a poll's own.
    """
    spans: dict[tuple[int, str], set[int]] = {}
    for call in calls:
        site = call.params.get("idSite", "")
        if not (site.isdecimal() and len(site) < 10):
            continue
        subject = int(site), call.params.get("segment", "")
        if call.is_of_counters and "actions" in call.params.get("showColumns", ""):
            spans.setdefault(subject, set()).add(call.minutes)
        if call.is_of_visits or spans.get(subject, set()) >= _POLLED_MINUTES:
            return subject
    return None


def _call(method: str, fields: Sequence[tuple[str, str]]) -> RecordedCall:
    kept = {name: value for name, value in fields if name not in _OF_EVERY_REQUEST and (name, value) != _LANGUAGE}
    return RecordedCall(method, kept)


def key_of(call: RecordedCall) -> bytes:
    """Return the key of ``call``: equal for calls that ask for the same figures at different times, in any version."""
    params = dict(call.params)
    if call.is_of_visits:
        params = {name: value for name, value in params.items() if name not in _MOVING}
        if "showColumns" in params:
            columns = params["showColumns"].split(",")
            params["showColumns"] = ",".join(column for column in columns if column not in _ADDED)
    elif call.is_of_counters and call.minutes > FIXED_MINUTES:
        params["lastMinutes"] = "more"
    listed = "\0".join((call.method, *(f"{name}={params[name]}" for name in sorted(params))))
    return blake2b(listed.encode("utf-8", "surrogatepass"), digest_size=KEY).digest()
