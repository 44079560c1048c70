"""An applier for an in-memory Matomo, with its own audit log and a manual clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from matomo_tui.admin.apply import Applier
from matomo_tui.admin.audit import AuditLog
from matomo_tui.admin.lock import EditLock
from matomo_tui.api.client import Client
from tests.admin.matomo import FaultyMatomo


@dataclass
class Hands:
    """A clock that is advanced by the test and by sleeping tasks."""

    now: float = 1_795_500_000.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def matomo() -> FaultyMatomo:
    return FaultyMatomo()


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    return AuditLog(tmp_path / "state" / "audit.jsonl")


@pytest.fixture
def lock(hands: Hands) -> EditLock:
    found = EditLock(monotonic=hands, now=hands)
    found.unlock()
    return found


@pytest.fixture
def applier(matomo: FaultyMatomo, log: AuditLog, lock: EditLock, hands: Hands) -> Applier:
    return Applier(
        Client(matomo), log, lock, profile="work", server="https://matomo.example", sleep=hands.sleep, now=hands
    )
