"""Saving, changing and deleting segments: each write is sent once, logged, and verified by reading back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

from matomo_tui.admin import audit
from matomo_tui.admin.audit import AuditEntry, AuditError, AuditLog
from matomo_tui.admin.identity import Identity
from matomo_tui.admin.read_back import LOST, read_back
from matomo_tui.api import segment_editor
from matomo_tui.api.access import Access
from matomo_tui.api.calls import Call
from matomo_tui.api.client import Client
from matomo_tui.api.errors import LockedOut, MatomoError, NoAccess, NotAllowed, TokenRejected, Unreachable
from matomo_tui.api.segment_editor import SavedSegment
from matomo_tui.api.site import Site
from matomo_tui.sanitize import sanitize


class NotSaved(Exception):
    """The write had no effect, or its effect is unknown; the sentence says which, and why."""


@dataclass(frozen=True, slots=True)
class SegmentDraft:
    """A segment to be stored."""

    name: str
    definition: str
    all_sites: bool = False
    """Offered on all sites instead of one; superusers only."""
    shared: bool = False
    """Offered to all users; superusers only."""
    auto_archive: bool = False
    """Archived in advance; kept as it is on the server."""

    @classmethod
    def of(cls, saved: SavedSegment) -> SegmentDraft:
        """``saved`` as a draft."""
        return cls(saved.name, saved.definition, not saved.only_site_id, saved.enable_all_users, saved.auto_archive)

    def is_stored_as(self, saved: SavedSegment) -> bool:
        """Return True if ``saved`` has these values. Matomo encodes some characters of a definition."""
        same_definition = unquote(saved.definition) == unquote(self.definition)
        return (
            same_definition
            and sanitize(saved.name).strip() == sanitize(self.name).strip()
            and saved.enable_all_users == self.shared
            and (not saved.only_site_id) == self.all_sites
        )


def save_refusal(client: Client, access: Access, site: Site, *, signed_in: bool) -> str:
    """Return why this token cannot save a segment for ``site``, as a sentence; ``""`` if it can."""
    if client.read_only:
        return "Read-only: segments cannot be saved."
    if client.allow is not None and "segments" not in client.allow:
        return "This profile's allow setting does not name segments."
    if not signed_in:
        return "Saving a segment needs a token: nobody is signed in."
    if not access.at_least("view", site.id):
        return f"Saving a segment needs view access to {sanitize(site.name) or 'the site'}."
    return ""


def change_refusal(saved: SavedSegment, access: Access, identity: Identity | None) -> str:
    """Return why this token cannot change or delete ``saved``, as a sentence; ``""`` if it can, or if only the server
    knows (the token's own user is not known to every token)."""
    if access.superuser:
        return ""
    name, owner = sanitize(saved.name, 60), sanitize(saved.login, 60)
    if identity is not None and identity.login is not None and saved.login != identity.login:
        return f"{name} belongs to {owner}: only {owner} or a superuser can change it."
    if not saved.only_site_id:
        return f"{name} is for all sites: only a superuser can change it."
    return ""


@dataclass(frozen=True, slots=True)
class SegmentWriter:
    """Writes saved segments over one connection. ``profile`` and ``server`` are for the log; ``now`` is the time in
    seconds (epoch), and ``sleep`` waits for seconds."""

    client: Client
    log: AuditLog
    profile: str = ""
    server: str = ""
    now: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def add(self, site: Site, draft: SegmentDraft) -> SavedSegment:
        """``SegmentEditor.add``, read back with ``getAll``. Raises :class:`NotSaved`, and ``ValueError`` for an empty
        name or definition."""
        call = segment_editor.add(
            0 if draft.all_sites else site.id,
            draft.name,
            draft.definition,
            auto_archive=draft.auto_archive,
            enable_all_users=draft.shared,
        )
        known = {saved.id for saved in await self._read_before(site)}

        def added(stored: Sequence[SavedSegment]) -> SavedSegment | None:
            return next((one for one in stored if one.id not in known and draft.is_stored_as(one)), None)

        found = await self._write(site, call, f"Save the segment {sanitize(draft.name, 80)}", added, after=draft)
        if found is None:
            raise NotSaved("Matomo did not store the segment.")
        return found

    async def update(self, site: Site, saved: SavedSegment, draft: SegmentDraft) -> SavedSegment:
        """``SegmentEditor.update`` of ``saved``, which keeps its site. Raises :class:`NotSaved`, also if somebody else
        has changed or deleted it meanwhile, and ``ValueError`` for an empty name or definition."""
        call = segment_editor.update(
            saved.id,
            0 if draft.all_sites else saved.only_site_id or site.id,
            draft.name,
            draft.definition,
            auto_archive=draft.auto_archive,
            enable_all_users=draft.shared,
        )
        self._require_unchanged(saved, await self._read_before(site))

        def updated(stored: Sequence[SavedSegment]) -> SavedSegment | None:
            return next((one for one in stored if one.id == saved.id and draft.is_stored_as(one)), None)

        what = f"Change the segment {sanitize(saved.name, 80)}"
        found = await self._write(site, call, what, updated, before=SegmentDraft.of(saved), after=draft)
        if found is None:
            raise NotSaved("Matomo did not store the change.")
        return found

    async def delete(self, site: Site, saved: SavedSegment) -> None:
        """``SegmentEditor.delete``. Raises :class:`NotSaved`, also if somebody else has changed it meanwhile."""
        self._require_unchanged(saved, await self._read_before(site))

        def deleted(stored: Sequence[SavedSegment]) -> SavedSegment | None:
            return None if any(one.id == saved.id for one in stored) else saved

        what = f"Delete the segment {sanitize(saved.name, 80)}"
        call = segment_editor.delete(saved.id)
        if await self._write(site, call, what, deleted, before=SegmentDraft.of(saved)) is None:
            raise NotSaved("Matomo did not delete the segment.")

    async def _read_before(self, site: Site) -> Sequence[SavedSegment]:
        try:
            return await self.client.call(segment_editor.get_all(site.id))
        except MatomoError as error:
            raise NotSaved(f"Not sent: {error}") from error

    def _require_unchanged(self, saved: SavedSegment, stored: Sequence[SavedSegment]) -> None:
        now = next((one for one in stored if one.id == saved.id), None)
        if now is None:
            raise NotSaved(f"Not sent: {sanitize(saved.name, 60)} has been deleted meanwhile.")
        if SegmentDraft.of(now) != SegmentDraft.of(saved):
            raise NotSaved(f"Not sent: {sanitize(saved.name, 60)} has been changed meanwhile. Open it again.")

    async def _write(
        self,
        site: Site,
        call: Call[Any],
        what: str,
        result: Callable[[Sequence[SavedSegment]], SavedSegment | None],
        *,
        before: SegmentDraft | None = None,
        after: SegmentDraft | None = None,
    ) -> SavedSegment | None:
        """Send ``call`` once and return what ``result`` finds in the list of segments read afterwards.

        Most errors prove nothing: the write may have taken effect in spite of them, or may do so yet.
        """
        entry = AuditEntry(
            when=audit.utc(self.now()),
            method=call.method,
            what=what,
            outcome=audit.SENDING,
            id=audit.new_id(),
            profile=self.profile,
            server=self.server,
            site=site.id,
            before=_fields(before),
            after=_fields(after),
        )
        try:
            self.log.write(entry)
        except AuditError as error:
            raise NotSaved(f"Not sent: it could not be logged. {error}") from error
        outcome, detail = "unknown", "The program stopped waiting for the answer."
        try:
            failure: MatomoError | None = None
            try:
                await self.client.call(call)
            except LOST as error:
                failure = error
            except (NoAccess, NotAllowed, TokenRejected, LockedOut, Unreachable) as error:
                outcome, detail = ("not sent" if isinstance(error, NotAllowed | Unreachable) else "refused"), str(error)
                raise NotSaved(detail) from error
            except MatomoError as error:
                failure = error

            async def read() -> SavedSegment | None:
                return result(await self.client.call(segment_editor.get_all(site.id)))

            is_lost = isinstance(failure, LOST)
            try:
                found = await (read_back(read, lambda one: one is not None, self.sleep) if is_lost else read())
            except MatomoError as error:
                detail = f"Unknown whether it took effect: {failure or error} Check before you try again."
                raise NotSaved(detail) from error
            if found is not None:
                outcome, detail = "done", "Matomo has it." if failure is None else f"Done, although: {failure}"
            elif failure is not None:
                outcome, detail = "refused", str(failure)
                if is_lost:
                    outcome, detail = "not done", f"No effect so far: {failure} Check before you try again."
                raise NotSaved(detail) from failure
            else:
                outcome, detail = "differs", "Matomo stored something else."
            return found
        finally:
            self._log_outcome(entry, outcome, detail)

    def _log_outcome(self, entry: AuditEntry, outcome: str, detail: str) -> None:
        try:
            self.log.write(replace(entry, when=audit.utc(self.now()), outcome=outcome, detail=detail))
        except AuditError:
            return  # the line that says "sending" is there


def _fields(draft: SegmentDraft | None) -> Mapping[str, str]:
    if draft is None:
        return {}
    return {
        "name": sanitize(draft.name, 120),
        "definition": sanitize(draft.definition, 1_000),
        "sites": "all" if draft.all_sites else "this one",
        "users": "all" if draft.shared else "only its owner",
    }
