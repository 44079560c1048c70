"""What holds for every test."""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import settings

# The suite runs in parallel on shared cores: how long one example takes says nothing about the code.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Everything imported and collected stays until the end. Looking through it again and again, as each started
    application fills the young generation, took two fifths of the suite's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: now and then a test waits for a process or a thread."""
    return (os.cpu_count() or 1) + 1
