"""Every write of the administration, in a site and with users that are made for it and removed again."""

from __future__ import annotations

import tempfile
from pathlib import Path

from matomo_tui.admin.audit import AuditLog
from tests.real import goal_writes, site_writes, user_writes
from tests.real.office import Office, attempted, own_sites
from tests.real.rows import listed
from tests.real.stage import Stage


async def check(stage: Stage) -> None:
    """Make the site and the users, write everything there, and take all of it away, whatever happened."""
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
    """Remove what is left, by the server's own methods."""
    raw = office.raw
    for user in listed(await raw.value("UsersManager.getUsers", filter_limit=-1)):
        if str(user["login"]).startswith(office.name):
            await attempted(raw, "UsersManager.deleteUser", userLogin=user["login"])
    segments = await attempted(raw, "SegmentEditor.getAll")
    for segment in listed(segments):
        if str(segment.get("name", "")).startswith(office.name):
            await attempted(raw, "SegmentEditor.delete", idSegment=segment["idsegment"])
    for site in await own_sites(office):
        for note in listed(await attempted(raw, "Annotations.getAll", idSite=site)):
            await attempted(raw, "Annotations.delete", idSite=site, idNote=note.get("idNote", 0))
        await attempted(raw, "SitesManager.deleteSite", idSite=site)
    left = [
        *await own_sites(office),
        *(
            user["login"]
            for user in listed(await raw.value("UsersManager.getUsers", filter_limit=-1))
            if str(user["login"]).startswith(office.name)
        ),
    ]
    office.stage.judge.same("write: nothing of it is left on the server", left, [])
