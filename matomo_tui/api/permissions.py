"""Areas that a profile's ``allow`` list can contain. Imports nothing, so that checking settings is cheap."""

from __future__ import annotations

from typing import Literal

Area = Literal["read", "goals", "sites", "users", "tracking", "segments", "annotations", "other"]
"""Area of a call. ``other`` are writes that no ``allow`` list can permit."""

AREAS: tuple[Area, ...] = ("read", "goals", "sites", "users", "tracking", "segments", "annotations")
"""Areas that an ``allow`` list can contain."""
