"""A state folder of its own for each test, and one demo Matomo behind a socket for those that go over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from matomo_tui.admin.audit import AuditLog
from matomo_tui.config import paths
from tests.demo.test_server import running


@dataclass(frozen=True)
class Server:
    """Where it listens, and a token for each role."""

    address: str
    tokens: dict[str, str]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    pytest.importorskip("uvicorn")
    with running() as (_, address, tokens):
        yield Server(address, tokens)


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATOMO_TUI_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture
def log() -> AuditLog:
    """What the application of this test writes to."""
    return AuditLog(paths.audit_file(paths.state_dir()))
