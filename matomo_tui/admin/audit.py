"""The audit log: every write sent or refused, and every call of an AI agent, as JSON lines in a file readable only by
its owner.

One line is written before a request is sent (``outcome`` is ``sending``) and one with the same ``id`` when the outcome
is known; if the program ends in between, the first line remains. A write that cannot be logged is not sent, and a call
of an agent is not answered. The file only grows: a line has a few kilobytes at most, that of a call some 400 bytes.
"""

from __future__ import annotations

import getpass
import json
import os
import secrets
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from matomo_tui.page_url import shown
from matomo_tui.sanitize import sanitize

SENDING = "sending"
"""The outcome in the line that is written before the request."""

TRACKER = "matomo.php"
"""The method of a tracking hit, whose fields are parameters instead of changes."""

ALLOWED, DENIED, FAILED = "allowed", "denied", "failed"
"""The decisions about an agent's call; ``failed`` if it was allowed, but Matomo gave no answer."""

CHANGED = ("done", "differs", "already")
"""Outcomes after which the server has the values in ``after``."""
_OPEN = (SENDING, "unknown")

_NOTHING = "–"
_LONGEST = 2_000
_MOST_FIELDS = 60
_MOST_BYTES = 256 * 1024 * 1024
_REMOVED = "•••"


class AuditError(Exception):
    """The log cannot be written or read; the message gives the reason."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the log."""

    when: str
    """UTC, ISO 8601."""
    method: str
    """The Matomo method, such as ``Goals.addGoal``, or the tool that an agent called, such as ``mcp.list_visits``."""
    what: str
    """What was written, or asked for by an agent, in plain English."""
    outcome: str
    """``sending``, the ``OutcomeKind`` of the outcome, or the decision about an agent's call."""
    id: str = ""
    """The same for all lines of one write."""
    profile: str = ""
    server: str = ""
    """Matomo's address."""
    site: int | None = None
    """The id of the site; None if no site is concerned."""
    login: str = ""
    """The login of the token's user; ``""`` if unknown."""
    user: str = ""
    """The user name on this machine."""
    agent: str = ""
    """The AI agent that called; ``""`` if a person did it."""
    created: int | None = None
    """The id of a new entity."""
    before: Mapping[str, str] = field(default_factory=dict)
    """The values of the changed fields as they were opened."""
    after: Mapping[str, str] = field(default_factory=dict)
    """The values as they were stored, or as they were requested if ``outcome`` is not in ``CHANGED``."""
    detail: str = ""
    """The outcome as a sentence."""


def utc(now: float) -> str:
    """An epoch in seconds in the format of the log."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def new_id() -> str:
    """A random id for the lines of one write."""
    return secrets.token_hex(6)


@cache
def machine_user() -> str:
    """The user name on this machine; ``""`` if there is none."""
    try:
        return sanitize(getpass.getuser(), 100)
    except (OSError, KeyError, ImportError):
        return ""


def change_lines(entry: AuditEntry) -> list[str]:
    """One line for each field: its change, or the requested change if it was not made."""
    names = dict.fromkeys([*entry.before, *entry.after])
    lines = []
    for name in names:
        old, new = entry.before.get(name, _NOTHING), entry.after.get(name, _NOTHING)
        if entry.method == TRACKER:
            lines.append(f"{name}: {new}")
        elif entry.outcome == "already":
            lines.append(f"{name}: {new}, unchanged")
        elif entry.outcome in CHANGED:
            lines.append(f"{name}: {old} → {new}")
        elif entry.outcome in _OPEN:
            lines.append(f"{name}: {old} → {new}, if it took effect")
        else:
            lines.append(f"{name}: {_wanted(old, new)}")
    return lines


def _wanted(old: str, new: str) -> str:
    """A requested change that was not made, in words that cannot be read as a change."""
    if new == _NOTHING:
        return f"{old}, not deleted by this program"
    return f"{new} was requested" if old == _NOTHING else f"{new} was requested instead of {old}"


def who(entry: AuditEntry) -> str:
    """The author of an entry, as far as known: ``agent claude, alice, as jane at this machine``."""
    user = f"{entry.user} at this machine" if entry.user else ""
    person = ", as ".join((entry.login, user)) if entry.login and user else entry.login or user
    agent = f"agent {entry.agent}" if entry.agent else ""
    return ", ".join((agent, person)) if agent and person else agent or person


class AuditLog:
    """The log file. Several processes may write it at the same time."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def write(self, entry: AuditEntry, *, without: Iterable[str] = ()) -> None:
        """Append one line with a single write, below a line that was cut off. ``without`` are passwords to remove from
        all texts.

        Raises :class:`AuditError`.
        """
        line = json.dumps(as_object(_without(entry, tuple(without))), ensure_ascii=False, separators=(",", ":"))
        data = line.encode("utf-8", "replace") + b"\n"
        try:
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
            descriptor = os.open(self.file, flags, 0o600)
            try:
                self._check(descriptor)
                if _is_cut_off(descriptor):
                    data = b"\n" + data
                written = os.write(descriptor, data)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise AuditError(f"The audit log {self.file} cannot be written: {error.strerror}.") from None
        if written != len(data):
            raise AuditError(f"The audit log {self.file} was only partly written: is the disk full?")

    def _check(self, descriptor: int) -> None:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise AuditError(f"The audit log {self.file} is not a regular file.")
        if os.name == "posix" and status.st_mode & 0o077:
            os.fchmod(descriptor, 0o600)

    def read(self) -> tuple[list[AuditEntry], int]:
        """All writes, oldest first, each with its last outcome; and the number of unreadable lines.

        A missing file counts as empty. Raises :class:`AuditError`.
        """
        entries: dict[str, AuditEntry] = {}
        unreadable = 0
        for number, line in enumerate(self._lines()):
            entry = _entry(line)
            if entry is None:
                unreadable += bool(line.strip())
                continue
            key = entry.id or f"line {number}"
            first = entries.get(key)
            entries[key] = entry if first is None else replace(entry, when=first.when)
        return list(entries.values()), unreadable

    def _lines(self) -> Iterator[bytes]:
        try:
            with self.file.open("rb") as stream:
                if os.fstat(stream.fileno()).st_size > _MOST_BYTES:
                    raise AuditError(f"The audit log {self.file} is too big to read: move it away.")
                yield from stream
        except FileNotFoundError:
            return
        except OSError as error:
            raise AuditError(f"The audit log {self.file} cannot be read: {error.strerror}.") from None


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Selects entries. ``since`` and ``until`` are epochs in seconds; ``text`` is searched in all texts, ignoring
    case. Empty fields select everything."""

    since: float | None = None
    until: float | None = None
    site: int | None = None
    method: str = ""
    outcome: str = ""
    profile: str = ""
    text: str = ""
    agent: str = ""

    @property
    def is_set(self) -> bool:
        """True if it may leave entries out."""
        return self != AuditFilter()

    def wants(self, entry: AuditEntry) -> bool:
        """True if the filter selects the entry."""
        return (
            (self.since is None or entry.when >= utc(self.since))
            and (self.until is None or entry.when <= utc(self.until))
            and (self.site is None or entry.site == self.site)
            and self.method.casefold() in entry.method.casefold()
            and (not self.outcome or entry.outcome == self.outcome)
            and (not self.profile or entry.profile == self.profile)
            and (not self.agent or self.agent == entry.agent)
            and (not self.text or self.text.casefold() in _everything(entry))
        )


def as_object(entry: AuditEntry) -> dict[str, Any]:
    """An entry as the JSON object of its line."""
    return {
        "when": entry.when,
        "id": entry.id,
        "profile": entry.profile,
        "server": entry.server,
        "site": entry.site,
        "login": entry.login,
        "user": entry.user,
        "agent": entry.agent,
        "method": entry.method,
        "what": entry.what,
        "before": dict(entry.before),
        "after": dict(entry.after),
        "created": entry.created,
        "outcome": entry.outcome,
        "detail": entry.detail,
    }


def _is_cut_off(descriptor: int) -> bool:
    """True if the last line has no end, as after the disk was full. An empty line too many is not read."""
    if os.lseek(descriptor, 0, os.SEEK_END) == 0:
        return False
    os.lseek(descriptor, -1, os.SEEK_END)
    return os.read(descriptor, 1) != b"\n"


def _entry(line: bytes) -> AuditEntry | None:
    try:
        value = json.loads(line)
        return AuditEntry(
            when=_word(value["when"]),
            method=_word(value["method"]),
            what=_word(value["what"]),
            outcome=_word(value["outcome"]),
            id=_word(value.get("id", "")),
            profile=_word(value.get("profile", "")),
            server=_word(value.get("server", "")),
            site=value["site"] if type(value.get("site")) is int else None,
            login=_word(value.get("login", "")),
            user=_word(value.get("user", "")),
            agent=_word(value.get("agent", "")),
            created=value["created"] if type(value.get("created")) is int else None,
            before=_fields(value.get("before")),
            after=_fields(value.get("after")),
            detail=_word(value.get("detail", "")),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _word(value: Any) -> str:
    return shown(str(value), _LONGEST)


def _fields(value: Any) -> dict[str, str]:
    return {_word(name): _word(text) for name, text in value.items()} if type(value) is dict else {}


def _everything(entry: AuditEntry) -> str:
    fields = (*entry.before.values(), *entry.after.values())
    people = (entry.login, entry.user, entry.agent)
    words = (entry.method, entry.what, entry.server, *people, entry.detail, *fields)
    return " ".join(words).casefold()


def redact(text: str, passwords: Iterable[str]) -> str:
    """``text``, sanitized and without the passwords: an error message of the server may repeat them."""
    forms = {form for word in passwords if word for form in (word, sanitize(word, _LONGEST)) if form}
    longest_first = sorted(forms, key=len, reverse=True)
    for form in longest_first:
        text = text.replace(form, _REMOVED)
    text = sanitize(text, _LONGEST)
    for form in longest_first:  # passwords that sanitizing joined together
        text = text.replace(form, _REMOVED)
    return text


def _without(entry: AuditEntry, passwords: Sequence[str]) -> AuditEntry:
    def fields(values: Mapping[str, str]) -> dict[str, str]:
        return {name: redact(text, passwords) for name, text in list(values.items())[:_MOST_FIELDS]}

    return replace(
        entry,
        what=redact(entry.what, passwords),
        detail=redact(entry.detail, passwords),
        before=fields(entry.before),
        after=fields(entry.after),
    )
