"""A slice of the table on the live screen; ``python -m tests.faults`` runs all of it on every screen."""

from __future__ import annotations

import os

import pytest

from tests.faults.live import try_live
from tests.faults.program import new_clock, program, serving
from tests.faults.table import FAULTS

SLICE = (
    "network: connection refused",
    "network: reset in the middle",
    "network: slow body",
    "network: endless headers",
    "network: endless body",
    "network: folded header",
    "lengths: negative",
    "encodings: br",
    "redirects: to javascript:",
    "contents: login wall",
    "contents: truncated",
    "contents: deep nesting",
    "statuses: 429, Retry-After: 120",
    "statuses: 503, Retry-After: Fri, 31 Dec 1999 23:59:59 GMT",
    "statuses: token rejected",
    "figures: huge",
    "clocks: Date of the year 9999",
    "bulk: one too few",
)


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


async def test_the_live_screen_survives_a_slice_of_the_faults() -> None:
    """Each has its state and its sentence, keeps the visits, asks when it should, and recovers."""
    faults = {f"{fault.group}: {fault.name}": fault for fault in FAULTS}
    assert len(faults) == len(FAULTS)
    clock = new_clock()
    with serving(clock) as server:
        async with program(server, clock) as on:
            for name in SLICE:
                outcome = await try_live(on, faults[name])
                assert not outcome.problems, f"{name}: {outcome}"
