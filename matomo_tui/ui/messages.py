"""Messages between wings, handled by the application."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message


@dataclass
class SwitchSite(Message):
    """Open the site switcher."""

    why: str = ""
    """A sentence in the switcher, if it opens without a key."""
