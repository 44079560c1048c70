"""One demo Matomo behind a socket for the tests of a file, and the log that a test's application writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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
    with running(quiet=True) as (_, address, tokens):
        yield Server(address, tokens)


@pytest.fixture
def log() -> AuditLog:
    """What the application of this test writes to."""
    return AuditLog(paths.audit_file(paths.state_dir()))
