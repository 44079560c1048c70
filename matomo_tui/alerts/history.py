"""The history of alerts that fired and ended: a file of the state folder, a line of JSON for each, bounded."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from matomo_tui.alerts.evaluation import AlertChange, AlertState, Key, UntoldEnd
from matomo_tui.config.files import write_private
from matomo_tui.config.validation import ConfigError
from matomo_tui.instants import is_plausible
from matomo_tui.sanitize import sanitize

FILE = "alerts.jsonl"
MOST_RECORDS = 1_000
"""Records that are kept; the file is cut to them when it has twice as many."""
_LONGEST_LINE = 4_096
SENT = "sent"
"""The state of a record about an alert that fired or ended in quiet hours, which was delivered after them."""


@dataclass(frozen=True, slots=True)
class AlertRecord:
    """One line of the history."""

    at: float
    """Epoch."""
    state: str
    """``fired``, ``ended``, ``sent``, or ``failed``: a delivery that did not succeed."""
    profile: str
    rule: str
    site_id: int
    """0 for a rule about the whole Matomo."""
    site: str
    message: str
    delivered: bool = True
    """False if nothing was sent: in quiet hours."""


class AlertHistory:
    """Reads and appends records. Nothing here raises: an unreadable file is an empty one, and records that cannot be
    written are kept until the program ends."""

    def __init__(self, folder: Path | None) -> None:
        """``folder`` is the state folder; with ``None`` nothing outlives the program."""
        self._file = None if folder is None else folder / FILE
        self._records: list[AlertRecord] | None = None

    def records(self) -> tuple[AlertRecord, ...]:
        """Return all records, the oldest first."""
        return tuple(self._loaded())

    def add(self, record: AlertRecord) -> None:
        """Append a record."""
        records = self._loaded()
        records.append(record)
        if self._file is None:
            del records[:-MOST_RECORDS]
            return
        with suppress(OSError, ConfigError):
            if len(records) >= 2 * MOST_RECORDS:
                del records[:-MOST_RECORDS]
                write_private(self._file, "".join(map(_line, records)))
            else:
                self._append(_line(record))

    def lasting(self, profile: str, *, untold_since: float = float("-inf")) -> Mapping[Key, AlertState]:
        """Return the states of the alerts of a profile that fired and did not end before the program ended, and of
        those that ended in quiet hours after ``untold_since`` (epoch) so that it was not delivered yet."""
        states: dict[Key, AlertState] = {}
        for record in self._loaded():
            key = record.rule, record.site_id
            if record.profile != profile:
                continue
            before = states.get(key, AlertState())
            if record.state == AlertChange.FIRED.value:
                untold = None if record.delivered else before.untold_end
                states[key] = AlertState(record.at, None, record.at, record.delivered, untold_end=untold)
            elif record.state == AlertChange.ENDED.value:
                untold = before.untold_end
                if before.fired_at is not None and before.is_delivered:
                    untold = None if record.delivered else UntoldEnd(before.fired_at, record.at)
                states[key] = AlertState(untold_end=untold)
            elif record.state == SENT:
                states[key] = replace(before, is_delivered=before.fired_at is not None, untold_end=None)
        return {key: state for key, state in states.items() if _matters(state, untold_since)}

    def _loaded(self) -> list[AlertRecord]:
        if self._records is None:
            self._records = list(_read(self._file))[-2 * MOST_RECORDS :]
        return self._records

    def _append(self, line: str) -> None:
        assert self._file is not None  # noqa: S101 (add returned before)
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)


def _matters(state: AlertState, untold_since: float) -> bool:
    end = state.untold_end
    return state.fired_at is not None or (end is not None and end.at >= untold_since)


def _read(file: Path | None) -> Iterable[AlertRecord]:
    if file is None:
        return
    try:
        with file.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - 4 * MOST_RECORDS * _LONGEST_LINE))
            lines = stream.read().split(b"\n")
    except OSError:
        return
    for line in lines:
        record = _record(line)
        if record is not None:
            yield record


def _record(line: bytes) -> AlertRecord | None:
    try:
        values: Any = json.loads(line)
        at, site_id = values["at"], values["site_id"]
        if type(at) not in (int, float) or not is_plausible(at) or type(site_id) is not int:
            return None
        texts = {key: sanitize(str(values[key])) for key in ("state", "profile", "rule", "site", "message")}
        return AlertRecord(at=float(at), site_id=site_id, delivered=values.get("delivered") is not False, **texts)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _line(record: AlertRecord) -> str:
    values = {
        "at": round(record.at, 1),
        "state": record.state,
        "profile": record.profile,
        "rule": record.rule,
        "site_id": record.site_id,
        "site": record.site,
        "message": record.message,
        "delivered": record.delivered,
    }
    return json.dumps(values) + "\n"
