"""Matomo's UsersManager module: so far only what tells the token's own role."""

from __future__ import annotations

from matomo_tui.api import loose
from matomo_tui.api.calls import Call


def has_super_user_access() -> Call[bool]:
    """``UsersManager.hasSuperUserAccess`` of the token itself."""
    return Call("UsersManager.hasSuperUserAccess", {}, loose.scalar(loose.flag))
