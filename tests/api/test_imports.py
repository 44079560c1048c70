"""The cost of imports: errors and calls do not import httpx, so that nothing waits for it before the first request."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("module", "without"),
    [
        ("matomo_tui.api", {"httpx", "msgspec", "asyncio", "ssl", "textual", "matomo_tui.api.client"}),
        ("matomo_tui.api.errors", {"httpx", "msgspec", "asyncio", "ssl", "textual"}),
        ("matomo_tui.api.address", {"httpx", "msgspec", "asyncio", "ssl", "idna", "textual"}),
        ("matomo_tui.api.client", {"httpx", "asyncio", "ssl", "textual"}),
        ("matomo_tui.api.live", {"httpx", "asyncio", "ssl", "textual"}),
        ("matomo_tui.api.http", {"httpx", "truststore", "textual"}),
    ],
)
def test_imports_load_no_unneeded_modules(module: str, without: set[str]) -> None:
    script = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert without.isdisjoint(done.stdout.split())
