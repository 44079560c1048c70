"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

# The suite runs in parallel on shared cores: how long one example takes says nothing about the code.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")
