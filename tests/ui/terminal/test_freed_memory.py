"""Freed memory below an object that stays goes back to the system."""

from __future__ import annotations

import platform

import psutil
import pytest

from matomo_tui.ui.terminal.freed_memory import return_freed_memory

MEGABYTE = 1024 * 1024


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_what_is_free_in_the_middle_of_the_heap_is_returned() -> None:
    process = psutil.Process()
    blocks = [bytes([number % 251]) * 16_384 for number in range(4_000)]
    kept = bytes(16_384)  # above all of them
    before = process.memory_info().rss
    blocks.clear()
    return_freed_memory()
    assert process.memory_info().rss < before - 32 * MEGABYTE
    assert kept
