"""Every tool for AI agents on a hostile Matomo: the roads of text into a model's context."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from matomo_tui.admin.audit import AuditLog
from matomo_tui.agents.connection import AgentConnection
from matomo_tui.agents.grants import Grants
from matomo_tui.agents.service import AgentService, ToolAnswer
from matomo_tui.agents.writing import Question, Writing
from matomo_tui.api.address import Address
from matomo_tui.api.client import Client
from matomo_tui.api.http import HttpTransport
from matomo_tui.api.secret import Secret
from matomo_tui.api.sites import get_site_from_id
from matomo_tui.config.agent_settings import CAPABILITIES, read_agents
from matomo_tui.config.document import ConfigDocument
from matomo_tui.config.settings import Settings
from matomo_tui.demo.app import DemoMatomo
from matomo_tui.session import Session
from tests.hostile.hostile_matomo import HostileMatomo, Poison
from tests.hostile.scanner import bad_characters, is_stacked
from tests.live.fake_clock import START, FakeClock

MOST_BYTES = 64_000
"""Bytes of an answer; the program's own bound is 48 kB."""

CALLS: dict[str, dict[str, Any]] = {
    "counters": {},
    "who_is_here": {"minutes": 30, "limit": 200},
    "pages_now": {"limit": 200},
    "sources_now": {"limit": 200},
    "audience_now": {"by": "country", "limit": 200},
    "events_now": {"limit": 200},
    "list_visits": {"limit": 30, "period": "today"},
    "get_visit": {"visit": 0, "days": 1},
    "list_reports": {"limit": 200},
    "get_report": {"report": "Actions_getPageUrls", "period": "yesterday", "limit": 50, "compare": "previous"},
    "list_sites": {},
    "list_goals": {},
    "list_segments": {},
    "list_users": {},
    "get_tracking_code": {},
    "add_goal": {"name": "Tried", "pattern": "/tried"},
    "change_goal": {"goal": 1, "name": "Renamed"},
    "delete_goal": {"goal": 2},
    "change_site": {"name": "Renamed", "urls": ["https://lumen-oak.example"]},
    "set_access": {"login": "dave", "role": "write"},
    "send_test_hit": {"url": "https://lumen-oak.example/"},
}
"""The arguments of a call of each tool. The visit of ``get_visit`` is the first one of ``who_is_here``."""


WAITING = frozenset({"send_test_hit"})
"""Tools that wait until Matomo has what they sent."""


class Reader:
    """A person who confirms each write, and keeps what was asked."""

    def __init__(self) -> None:
        self.asked: list[Question] = []

    async def ask(self, question: Question) -> str:
        """The word that is asked for."""
        self.asked.append(question)
        return question.confirm_text or "yes"


class HostileTools:
    """An agent's service, and the person who is asked."""

    def __init__(self, service: AgentService, reader: Reader, clock: FakeClock) -> None:
        self.service, self.reader, self._clock = service, reader, clock
        self.answered: set[str] = set()
        """Tools that answered with data, not with an error."""
        self._visit = 1

    async def _called(self, name: str, arguments: dict[str, Any]) -> ToolAnswer:
        """Call a tool. Time passes while one waits for what it has sent."""
        call = asyncio.ensure_future(self.service.call(name, arguments))
        while name in WAITING and not (await asyncio.wait([call], timeout=0.2))[0]:
            await self._clock.advance(30.0)
        return await call

    async def problems(self, name: str) -> list[str]:
        """What is wrong with the answer of a tool as it leaves, and with what a person is asked for it."""
        arguments = dict(CALLS[name])
        if name == "get_visit":
            arguments["visit"] = self._visit
        asked = len(self.reader.asked)
        answer = await self._called(name, arguments)
        found = msgspec.to_builtins(answer.value)
        if answer.value is not None:
            self.answered.add(name)
        if name == "who_is_here" and found:
            self._visit = found["rows"][0]["visit"]
        sent = json.dumps(found, ensure_ascii=False) if answer.value is not None else answer.error
        texts = [*_texts(found), answer.error, *(text for one in self.reader.asked[asked:] for text in _texts(one))]
        wrong = [f"more than {MOST_BYTES} bytes"] if len(sent.encode("utf-8", "replace")) > MOST_BYTES else []
        for text in texts:
            if bad := bad_characters(text) - set("\n\t"):
                wrong.append(f"characters {sorted(map(ascii, bad))} in {text[:80]!a}")
            if is_stacked(text):
                wrong.append(f"combining marks in {text[:80]!a}")
        return [f"{name}: {problem}" for problem in dict.fromkeys(wrong)]


def _texts(value: Any) -> list[str]:
    """All texts within a value, keys included."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for key, inner in value.items() for text in (*_texts(key), *_texts(inner))]
    if isinstance(value, list | tuple):
        return [text for inner in value for text in _texts(inner)]
    fields = getattr(value, "__dataclass_fields__", None)
    return [text for name in fields for text in _texts(getattr(value, name))] if fields else []


@asynccontextmanager
async def hostile_tools(folder: Path, poison: Poison) -> AsyncIterator[HostileTools]:
    """The tools of an agent to whom everything is granted."""
    clock = FakeClock(START)
    demo = DemoMatomo(now=clock.now)
    token = Secret(demo.tokens["superuser"])
    address = Address.parse("http://127.0.0.1/")
    client = Client(HttpTransport(address, token, app=HostileMatomo(demo, poison)), now=clock.now)
    info = await client.server_info()
    settings = Settings(url=address.base)
    site = await client.call(get_site_from_id(1))
    session = Session(client, settings, site, info.access, info.version, address.base, token=token)

    async def connect() -> Session:
        return session

    async def renew(_: Session) -> Session | None:
        return None

    table: dict[str, Any] = dict.fromkeys(CAPABILITIES, "full")
    table |= {"on_sites": [1], "personal_data": True}
    document = ConfigDocument(Path("config.toml"), "", {"agents": {"reader": table}})
    grants = Grants(read_agents(document)["reader"])
    reader, log = Reader(), AuditLog(folder / "audit.jsonl")
    connection = AgentConnection(connect, renew, clock=clock)
    service = AgentService(
        lambda: grants, connection, Writing("reader", log, reader), profile="work", server="hostile", now=clock.now
    )
    try:
        yield HostileTools(service, reader, clock)
    finally:
        await connection.aclose()
