"""Limits that the configuration checks and that other packages rely on."""

from __future__ import annotations

MIN_INTERVAL = 2.0
"""The shortest interval between two polls, in seconds."""
MAX_INTERVAL = 3600.0
"""The longest interval between two polls, in seconds."""
