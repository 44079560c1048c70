"""Writes an annotation once, logs it, and looks it up if the answer is lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date

from matomo_tui.admin import audit
from matomo_tui.admin.audit import AuditEntry, AuditError, AuditLog
from matomo_tui.admin.read_back import LOST, read_back
from matomo_tui.api.annotations import Annotation, add, get_all
from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError, NotAllowed
from matomo_tui.api.site import Site
from matomo_tui.sanitize import sanitize


class NotWritten(Exception):
    """The annotation was not written, or the result is unknown; the message says which, and why."""


@dataclass(frozen=True, slots=True)
class Annotator:
    """Writes annotations over one connection. ``profile`` and ``server`` are for the log; ``now`` is the time in
    seconds (epoch), and ``sleep`` waits for seconds."""

    client: Client
    log: AuditLog
    profile: str = ""
    server: str = ""
    now: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def write(self, site: Site, day: date, note: str) -> Annotation:
        """Call ``Annotations.add`` once; if the answer is lost, ``Annotations.getAll`` tells whether it took effect.
        Raises :class:`NotWritten`, and ``ValueError`` for an empty note."""
        call = add(site.id, str(day), note)
        identity = audit.new_id()
        try:
            before = {one.id for one in await self._same(site, day, note)}
        except MatomoError as error:
            raise NotWritten(f"Not sent: {error}") from error
        try:
            self._note(identity, site, day, note, audit.SENDING)
        except AuditError as error:
            raise NotWritten(f"Not sent: it could not be logged. {error}") from error
        word, detail = "unknown", "The program stopped waiting for the answer."
        try:
            written = await self.client.call(call)
            word, detail = "done", "Matomo has it."
        except LOST as error:

            async def read() -> list[Annotation]:
                return [one for one in await self._same(site, day, note) if one.id not in before]

            try:
                found = await read_back(read, bool, self.sleep)
            except MatomoError:
                word, detail = "unknown", f"Unknown whether it is written: {error} Check before you try again."
                raise NotWritten(detail) from error
            if not found:
                word, detail = "not done", f"Not written so far: {error} Check before you try again."
                raise NotWritten(detail) from error
            word, detail, written = "done", "The answer was lost, but Matomo has it.", found[0]
        except MatomoError as error:
            word, detail = ("not sent" if isinstance(error, NotAllowed) else "refused"), str(error)
            raise NotWritten(detail) from error
        finally:
            self._note_outcome(identity, site, day, note, word, detail)
        return written

    async def _same(self, site: Site, day: date, note: str) -> list[Annotation]:
        """The annotations of the day with the same text. Raises a ``MatomoError``."""
        there = await self.client.call(get_all(site.id, period="day", date=str(day)))
        return [one for one in there if sanitize(one.note).strip() == sanitize(note).strip()]

    def _note_outcome(self, identity: str, site: Site, day: date, note: str, word: str, detail: str) -> None:
        try:
            self._note(identity, site, day, note, word, detail)
        except AuditError:
            return  # the line "sending" is in the log already

    def _note(self, identity: str, site: Site, day: date, note: str, word: str, detail: str = "") -> None:
        self.log.write(
            AuditEntry(
                when=audit.utc(self.now()),
                method="Annotations.add",
                what=f"Annotate {day} at {sanitize(site.name, 80) or f'site {site.id}'}",
                outcome=word,
                id=identity,
                profile=self.profile,
                server=self.server,
                site=site.id,
                after={"date": str(day), "note": sanitize(note, 300)},
                detail=detail,
            )
        )
