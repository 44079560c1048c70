"""Compares the program's session for each token with the server's own lists."""

from __future__ import annotations

from typing import Any

from matomo_tui.api.errors import MatomoError, NoAccess
from matomo_tui.api.secret import Secret
from matomo_tui.config.settings import Settings
from matomo_tui.session import open_session
from tests.real.raw import Raw, bare
from tests.real.stage import Stage

_LISTS = {
    "view": "SitesManager.getSitesIdWithViewAccess",
    "write": "SitesManager.getSitesIdWithWriteAccess",
    "admin": "SitesManager.getSitesIdWithAdminAccess",
}


async def check(stage: Stage) -> None:
    """Compare version, roles and first site for each token."""
    for role in stage.tokens.missing:
        stage.judge.skipped(f"roles: {role}", "no token for it was given")
    for role in stage.tokens.roles:
        await _one(stage, role)


async def _one(stage: Stage, role: str) -> None:
    judge = stage.judge
    raw = stage.raw(role)
    expected = await access_of(raw)
    info = await stage.client(role).server_info()
    found = {site: str(has) for site, has in info.access.sites.items()}
    judge.same(f"roles: {role}: the role on each site", _shown(found), _shown(expected))
    version = await raw.ask("API.getMatomoVersion")
    wanted = "" if version.refusal is not None else bare(version.value)
    judge.same(f"roles: {role}: version", info.version, wanted)
    highest = "superuser" if "superuser" in expected.values() else _highest(expected)
    judge.same(f"roles: {role}: the token has this role", str(info.access.highest), highest)
    if highest != role:
        judge.differs(f"roles: {role}: the token given for it", f"given as {role}", highest)
    if stage.app is None:
        await _session(stage, role, expected)


async def _session(stage: Stage, role: str, expected: dict[int, str]) -> None:
    """Open a session as the program does."""
    what = f"roles: {role}: a session opens on the first site"
    try:
        session = await open_session(Settings(url=stage.url, read_only=True), Secret(stage.tokens.tokens[role]))
    except NoAccess as error:
        stage.judge.same(what, str(error) if expected else "no access", _shown(expected) if expected else "no access")
        return
    except MatomoError as error:
        stage.judge.differs(what, f"{type(error).__name__}: {error}", _shown(expected))
        return
    try:
        first = min(expected) if expected else None
        stage.judge.same(
            what, (session.site.id, str(session.access.role(session.site.id))), (first, expected.get(first or 0))
        )
    finally:
        await session.client.aclose()


async def access_of(raw: Raw) -> dict[int, str]:
    """The role on each site according to the server's complete lists."""
    superuser = await raw.ask("UsersManager.hasSuperUserAccess")
    is_superuser = superuser.refusal is None and bool(bare(superuser.value))
    found: dict[int, str] = {}
    for role, method in _LISTS.items():
        reply = await raw.ask(method, filter_limit=-1)
        ids: Any = [] if reply.refusal is not None else reply.value
        if type(ids) is dict:
            ids = list(ids.values())
        found |= {int(site): "superuser" if is_superuser else role for site in ids}
    return found


def _highest(roles: dict[int, str]) -> str:
    return next((role for role in ("admin", "write", "view") if role in roles.values()), "noaccess")


def _shown(roles: dict[int, str]) -> str:
    by_role: dict[str, list[int]] = {}
    for site, role in sorted(roles.items()):
        by_role.setdefault(role, []).append(site)
    return ", ".join(f"{role} on {len(sites)}: {sites}" for role, sites in sorted(by_role.items())) or "none"
