"""Messages between wings, handled by the application."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message


@dataclass
class Reconnect(Message):
    """The user asked to connect with another token or address."""


@dataclass
class SwitchSite(Message):
    """Another site is wanted."""

    why: str = ""
    """The sentence to show where no key asked for it."""
