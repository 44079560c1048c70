"""Checks every write of the administration, in a temporary site and with temporary users."""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

from matomo_tui.admin.audit import AuditLog
from tests.real import goal_writes, site_writes, user_writes
from tests.real.office import Office, attempted, own_sites
from tests.real.raw import Refused, Rejected
from tests.real.rows import listed
from tests.real.stage import Stage


async def check(stage: Stage) -> None:
    """Create the site and users, run all writes, and remove everything even if a check fails."""
    if "superuser" not in stage.tokens.roles:
        stage.judge.skipped("write: all of them", "a throw-away site needs a superuser's token")
        return
    with tempfile.TemporaryDirectory() as scratch:
        office = Office(stage, AuditLog(Path(scratch) / "audit.jsonl"))
        try:
            if await site_writes.add(office):
                await user_writes.add(office)
                await user_writes.give_access(office)
                await user_writes.get_tokens(office)
                await site_writes.change(office)
                await goal_writes.goals(office)
                await goal_writes.dated_notes(office)
                await goal_writes.segments(office)
                await user_writes.change(office)
                await user_writes.superuser(office)
                await user_writes.invite(office)
                await user_writes.delete(office)
                await site_writes.delete(office)
        finally:
            await _clear(office)


async def _clear(office: Office) -> None:
    """Remove everything left, with raw requests: only objects whose names have this run's mark. Failed steps do not
    stop the others."""
    judge = office.stage.judge
    try:
        for step in (_clear_sites, _clear_users, _clear_segments):
            await _guarded(office, step)
        left = [*await own_sites(office), *await _own_users(office)]
    except (Rejected, Refused, httpx.HTTPError) as error:
        judge.differs(f"write: whether anything named {office.name} is left on the server", str(error), "nothing")
        return
    judge.same("write: nothing of it is left on the server", left, [])


async def _guarded(office: Office, step: Callable[[Office], Awaitable[None]]) -> None:
    try:
        await step(office)
    except (Refused, httpx.HTTPError, ValueError, LookupError, TypeError, AttributeError) as error:
        office.stage.judge.differs(f"write: {step.__name__.strip('_').replace('_', ' ')}", "", str(error))


async def _clear_sites(office: Office) -> None:
    raw = office.raw
    try:
        sites = await own_sites(office)
    except (Refused, httpx.HTTPError):
        sites = [office.site_id] if office.site_id else []
    for site in sites:
        for note in listed(await attempted(raw, "Annotations.getAll", idSite=site)):
            await attempted(raw, "Annotations.delete", idSite=site, idNote=note.get("idNote", 0))
        await attempted(raw, "SitesManager.deleteSite", idSite=site)


async def _own_users(office: Office) -> list[str]:
    users = listed(await office.raw.value("UsersManager.getUsers", filter_limit=-1))
    return [str(user["login"]) for user in users if office.owns(user.get("login"))]


async def _clear_users(office: Office) -> None:
    try:
        logins = await _own_users(office)
    except (Refused, httpx.HTTPError):
        logins = [office.login(role) for role in office.passwords]
    for login in logins:
        await attempted(office.raw, "UsersManager.deleteUser", userLogin=login)


async def _clear_segments(office: Office) -> None:
    for segment in listed(await attempted(office.raw, "SegmentEditor.getAll")):
        if office.owns(segment.get("name")):
            await attempted(office.raw, "SegmentEditor.delete", idSegment=segment["idsegment"])
