"""Compares the answers of the agents' tools with the server's own, for each role."""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec

from matomo_tui.admin.audit import AuditLog
from matomo_tui.agents.connection import AgentConnection
from matomo_tui.agents.grants import Grants
from matomo_tui.agents.service import AgentService
from matomo_tui.agents.writing import NotConfirmed, Question, Writing
from matomo_tui.api import sites
from matomo_tui.api.client import ServerInfo
from matomo_tui.api.site import Site
from matomo_tui.config.agent_settings import AgentSettings, SiteGrants
from matomo_tui.config.settings import Settings
from matomo_tui.session import Session
from tests.real.raw import Raw
from tests.real.stage import Stage

_READS = SiteGrants({"visits": "read", "pages": "read", "live": "read", "goals": "read", "referrers": "read"})
_ROWS = 5


class Nobody:
    """No person is there to confirm anything."""

    async def ask(self, question: Question) -> str:
        raise NotConfirmed(f"Nobody confirms {question.title}.")


async def check(stage: Stage) -> None:
    """Compare counters, visits and a report, and see that another site is denied without a request."""
    site_id = await stage.choose_site()
    for role in stage.tokens.roles:
        info = await stage.client(role).server_info()
        if info.access.role(site_id) == "noaccess":
            stage.judge.skipped(f"agents: {role}", f"the token may not view site {site_id}")
            continue
        with tempfile.TemporaryDirectory() as folder:
            await _one(stage, role, site_id, info, AuditLog(Path(folder) / "audit.jsonl"))


async def _one(stage: Stage, role: str, site_id: int, info: ServerInfo, log: AuditLog) -> None:
    client, judge = stage.client(role), stage.judge
    site = await client.call(sites.get_site_from_id(site_id))
    session = Session(client, Settings(url=stage.url), site, info.access, info.version, stage.url)

    async def connect() -> Session:
        return session

    async def renew(_: Session) -> Session | None:
        return None

    grants = Grants(AgentSettings("judge", common=_READS, on_sites=frozenset({site_id})))
    connection = AgentConnection(connect, renew, clock=stage.clock)
    service = AgentService(lambda: grants, connection, Writing("judge", log, Nobody()), now=stage.clock.now)

    async def ask(tool: str, **arguments: Any) -> Any:
        answer = await service.call(tool, arguments)
        return answer.error if answer.value is None else msgspec.to_builtins(answer.value)

    desk = await connection.open()
    try:
        await _compare(stage, role, site, ask, desk.today(site) - timedelta(days=1))
    finally:
        await desk.live.aclose()
    sent = client.requests_sent
    denied = await ask("list_visits", site=site_id + 1)
    judge.same(f"agents: {role}: another site is denied", str(denied).startswith("Denied."), True)
    judge.same(f"agents: {role}: without a request", client.requests_sent, sent)
    judge.same(f"agents: {role}: and logged", log.read()[0][-1].outcome, "denied")


async def _compare(stage: Stage, role: str, site: Site, ask: Callable[..., Awaitable[Any]], day: date) -> None:
    judge, raw = stage.judge, stage.raw(role)
    where = {"idSite": site.id, "period": "day", "date": day}
    report = await ask("get_report", report="Actions.getPageUrls", period=str(day), limit=_ROWS)
    pages = await raw.value("Actions.getPageUrls", {**where, "filter_limit": _ROWS, "filter_sort_column": "nb_hits"})
    judge.same(
        f"agents: {role}: the report of pages",
        [(row["label"], row["values"].get("nb_hits")) for row in report["rows"]],
        [(str(row["label"]).strip(), row["nb_hits"]) for row in pages],
    )
    visits = await ask("list_visits", period=str(day), limit=_ROWS)
    details = await raw.value(
        "Live.getLastVisitsDetails", {**where, "period": "range", "date": f"{day},{day}", "filter_limit": _ROWS}
    )
    judge.same(
        f"agents: {role}: the visits of a day",
        [row["visit"] for row in visits["rows"]],
        [int(one["idVisit"]) for one in details],
    )
    before = await _visits_of_30_minutes(raw, site)
    counters = {row["name"]: row["value"] for row in (await ask("counters"))["rows"]}
    served = sorted((before, await _visits_of_30_minutes(raw, site)))
    shown = counters["visits_30"]
    # A visit may come or get too old while they are read.
    judge.same(f"agents: {role}: visits of 30 minutes", shown, min(max(shown, served[0]), served[1]))


async def _visits_of_30_minutes(raw: Raw, site: Site) -> int:
    (row,) = await raw.value("Live.getCounters", {"idSite": site.id, "lastMinutes": 30})
    return int(row["visits"])
