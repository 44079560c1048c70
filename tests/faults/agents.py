"""Every fault under the tools of AI agents: a sentence in the answer, and an answer once the server is good again."""

from __future__ import annotations

import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from matomo_tui.admin.audit import AuditLog
from matomo_tui.agents.connection import AgentConnection
from matomo_tui.agents.grants import Grants
from matomo_tui.agents.service import AgentService
from matomo_tui.agents.writing import Question, Writing
from matomo_tui.api.address import Address
from matomo_tui.api.http import HttpTransport
from matomo_tui.api.secret import Secret
from matomo_tui.api.sites import get_site_from_id
from matomo_tui.config.agent_settings import read_agents
from matomo_tui.config.document import ConfigDocument
from matomo_tui.config.settings import Settings
from matomo_tui.session import Session
from tests.faults.answers import fault_of, good_answers, spoilings
from tests.faults.meters import LONGEST_STEP, LoopMeter
from tests.faults.program import TIMEOUT, NotingClient, happening, while_held
from tests.faults.raw_server import RawServer
from tests.faults.table import NOTHING, Fault
from tests.live.fake_clock import FakeClock

READING: Mapping[str, Mapping[str, Any]] = {
    "who_is_here": {},
    "counters": {},
    "audience_now": {},
    "pages_now": {},
    "sources_now": {},
    "events_now": {},
    "list_reports": {},
    "get_report": {"report": "Actions.getPageUrls", "compare": "previous"},
    "list_sites": {},
    "list_goals": {},
    "list_segments": {},
    "list_users": {},
    "get_tracking_code": {},
    "list_visits": {},
}
"""The tools that read, with their arguments."""
WRITING: Mapping[str, Mapping[str, Any]] = {"add_goal": {"name": "Tried", "pattern": "/tried"}}
TOOLS = {**READING, **WRITING}
_GRANTS = dict.fromkeys(
    ("visits", "pages", "referrers", "live", "goals", "events", "sites", "users", "tracking"), "full"
)
MOST_TOKENS = 2
PATIENCE = 60.0
"""Seconds after which a tool asks again at the latest, if the server did not ask for more."""


@dataclass
class AgentOutcome:
    """What a tool answered under a fault."""

    tool: str
    fault: Fault
    sentence: str = ""
    asked: int = 0
    seconds: float = 0.0
    held: float = 0.0
    problems: list[str] = field(default_factory=list)


class _Person:
    """Says yes to everything."""

    async def ask(self, question: Question) -> str:
        return question.confirm_text or "yes"


@asynccontextmanager
async def agent(server: RawServer, clock: FakeClock) -> AsyncIterator[AgentService]:
    """The service of an agent that may do everything, connected to ``server``."""
    url = f"http://localhost:{server.port}/"

    async def connect() -> Session:
        transport = HttpTransport(Address.parse(url), Secret(server.demo.tokens["superuser"]), timeout=TIMEOUT)
        client = NotingClient(transport, now=clock.now)
        info = await client.server_info()
        return Session(
            client, Settings(url=url), await client.call(get_site_from_id(1)), info.access, info.version, url
        )

    async def renew(_: Session) -> Session | None:
        return None

    table = {"agents": {"a": {"on_sites": [1], "personal_data": True, **_GRANTS}}}
    grants = Grants(read_agents(ConfigDocument(Path("config.toml"), "", table))["a"])
    connection = AgentConnection(connect, renew, clock=clock)
    with tempfile.TemporaryDirectory() as folder:
        writing = Writing("a", AuditLog(Path(folder, "audit.jsonl")), _Person())
        try:
            yield AgentService(lambda: grants, connection, writing, now=clock.now)
        finally:
            await connection.aclose()


async def try_tool(server: RawServer, clock: FakeClock, tool: str, fault: Fault) -> AgentOutcome:
    """Call ``tool`` under ``fault`` over a connection that was good before, and again afterwards."""
    outcome, started = AgentOutcome(tool, fault), time.monotonic()
    async with agent(server, clock) as service:
        first = await service.call("list_goals", {})
        if first.value is None:
            raise RuntimeError(first.error)  # without a fault the tools must work
        sent = len(server.sent)
        LoopMeter.reset()
        with happening(server, fault):
            call = service.call(tool, TOOLS[tool])
            # A write whose answer was lost is read back after some seconds.
            answer = await while_held(server, call, clock if tool in WRITING else None)
            outcome.held, outcome.sentence = LoopMeter.longest, answer.error
            for _ in range(2):
                if fault.state == "stopped":
                    await while_held(server, service.call(tool, TOOLS[tool]))
        requests = server.sent[sent:]
        outcome.asked = len(requests)
        outcome.problems += _judge(server, fault, outcome, answer.value is None)
        await clock.advance(PATIENCE + fault.retry_after)
        again = await while_held(server, service.call(tool, TOOLS[tool]))
        if again.value is None and fault.state != "stopped" and tool in READING:
            outcome.problems.append(f"no answer afterwards: {again.error}")
    outcome.seconds = time.monotonic() - started
    return outcome


def _judge(server: RawServer, fault: Fault, outcome: AgentOutcome, refused: bool) -> list[str]:
    found = []
    requests = server.sent[-outcome.asked :] if outcome.asked else []
    if refused and not outcome.sentence:
        found.append("no sentence")
    tells_nothing = fault.group == "bulk" or fault.name in NOTHING
    if not refused and fault.state in ("stale", "stopped") and not tells_nothing and outcome.tool in READING:
        found.append("an answer in spite of the fault")
    # The visit log has two minutes for an answer, other tools 20 s.
    says = fault.says.removesuffix(" 20 s")
    if says and refused and not tells_nothing and fault.group != "encodings" and says not in outcome.sentence:
        found.append(f"no word of “{fault.says}”")
    rejected = fault.state == "stopped" and fault.name != "no access"
    if rejected and sum(one.has_token for one in requests) > MOST_TOKENS:
        found.append(f"the token was sent {len(requests)} times")
    writes = sum(not one.changes_nothing for one in requests)
    if writes > 1:
        found.append(f"the write was sent {writes} times")
    token = server.demo.tokens["superuser"]
    if token in outcome.sentence or any(token in one.target for one in requests):
        found.append("the token is in an address or in the answer")
    if outcome.held > LONGEST_STEP:
        found.append(f"the event loop was held for {outcome.held:.2f} s")
    return found


async def tool_fields(server: RawServer, clock: FakeClock, tool: str) -> AsyncIterator[AgentOutcome]:
    """Call ``tool`` with wrong values in every field of every answer it reads."""
    async with agent(server, clock) as service:
        await service.call("list_goals", {})
        sent = len(server.sent)
        await service.call(tool, READING[tool])
        answers = good_answers(server, server.sent[sent:])
    for spoiled in spoilings(answers):
        fault = fault_of(spoiled)
        outcome = await try_tool(server, clock, tool, fault)
        yield outcome
