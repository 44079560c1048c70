"""An agent's service over the demo Matomo in this process, with a person who answers as the test says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from matomo_tui.admin.audit import AuditEntry, AuditLog
from matomo_tui.agents.connection import AgentConnection
from matomo_tui.agents.grants import Grants
from matomo_tui.agents.service import AgentService
from matomo_tui.agents.writing import NotConfirmed, Question, Writing
from matomo_tui.config.agent_settings import AgentSettings, read_agents
from matomo_tui.config.document import ConfigDocument
from matomo_tui.config.settings import Settings
from matomo_tui.session import Session, Wrap, open_demo
from tests.live.fake_clock import FakeClock

NOW = 1_795_521_600.0
"""24 November 2026, 12:00 UTC."""


def granted(name: str = "claude", /, **table: Any) -> AgentSettings:
    """The settings of an agent, from a table as in the configuration."""
    return read_agents(ConfigDocument(Path("config.toml"), "", {"agents": {name: table}}))[name]


@dataclass
class Person:
    """Types ``says`` at each question; nobody is there if it is None."""

    says: str | None = "yes"
    asked: list[Question] = field(default_factory=list)

    async def ask(self, question: Question) -> str:
        self.asked.append(question)
        if self.says is None:
            raise NotConfirmed("Nobody is there.")
        return self.says


@dataclass
class Stage:
    """A service and what surrounds it."""

    service: AgentService
    log: AuditLog
    session: Session
    person: Person
    clock: FakeClock
    requests: Callable[[], int]

    async def ask(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The answer of a call that must succeed, as JSON has it."""
        answer = await self.service.call(tool, arguments)
        assert answer.value is not None, answer.error
        found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(answer.value))
        return found

    async def refusal(self, tool: str, **arguments: Any) -> str:
        """The sentence of a call that must not succeed."""
        answer = await self.service.call(tool, arguments)
        assert answer.value is None, answer.value
        return answer.error

    @property
    def logged(self) -> list[AuditEntry]:
        return self.log.read()[0]


Staged = Callable[..., Any]


@pytest.fixture
async def staged(tmp_path: Path) -> AsyncIterator[Staged]:
    """``await staged(on_sites=[1], live="read")``; ``says`` and ``confirmed`` are about the person, ``language`` and
    ``wrap`` about the session."""
    opened: list[AgentConnection] = []

    async def build(
        says: str | None = "yes",
        confirmed: tuple[str, ...] = (),
        read_only: bool = False,
        language: str = "en",
        wrap: Wrap | None = None,
        **table: Any,
    ) -> Stage:
        clock = FakeClock(NOW)
        opened_with = Settings(demo=True, read_only=read_only, language=language)
        session = await open_demo(opened_with, now=clock.now, wrap=wrap)

        async def connect() -> Session:
            return session

        async def renew(_: Session) -> Session | None:
            return None

        connection = AgentConnection(connect, renew, clock=clock)
        opened.append(connection)
        person, log = Person(says), AuditLog(tmp_path / "state" / "audit.jsonl")
        settings = granted(**table)
        grants = Grants(settings)
        writing = Writing(settings.name, log, person, confirmed=confirmed)
        service = AgentService(
            lambda: grants, connection, writing, read_only=read_only, profile="work", server="demo", now=clock.now
        )
        return Stage(service, log, session, person, clock, lambda: session.client.requests_sent)

    yield build
    for connection in opened:
        await connection.aclose()
