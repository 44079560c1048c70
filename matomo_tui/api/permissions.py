"""Names of the areas a profile may allow. Imports nothing: settings are checked before anything is sent."""

from __future__ import annotations

from typing import Literal

Area = Literal["read", "goals", "sites", "users", "tracking", "segments", "annotations", "other"]
"""What a call is about; ``other`` is a write that no name allows."""

AREAS: tuple[Area, ...] = ("read", "goals", "sites", "users", "tracking", "segments", "annotations")
"""What a profile's ``allow`` list can name."""
