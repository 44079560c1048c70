"""Matomo's SegmentEditor module: saved segments."""

from __future__ import annotations

import msgspec

from matomo_tui.api import json_decoding
from matomo_tui.api.calls import EVERY, Call, Params


class SavedSegment(msgspec.Struct, frozen=True, kw_only=True):
    """A saved segment."""

    id: int = msgspec.field(name="idsegment")
    name: str = ""
    definition: str = ""
    """The segment expression."""
    login: str = ""
    """The owner."""
    enable_all_users: bool = False
    only_site_id: int = msgspec.field(name="enable_only_idsite", default=0)
    """The only site it is for; 0 for all sites."""
    auto_archive: bool = False
    """True if its reports are processed ahead of time, False if on request."""


def get_all(site_id: int) -> Call[tuple[SavedSegment, ...]]:
    """``SegmentEditor.getAll``: saved segments that the token's user may apply to the site."""
    return Call("SegmentEditor.getAll", {"idSite": site_id, **EVERY}, json_decoding.records(SavedSegment))


def add(
    site_id: int, name: str, definition: str, *, auto_archive: bool = False, enable_all_users: bool = False
) -> Call[int]:
    """``SegmentEditor.add`` (a write); returns the id of the new segment.

    Raises ``ValueError`` for an empty name or definition."""
    if not name.strip() or not definition:
        raise ValueError("A saved segment needs a name and at least one condition.")
    params: Params = {
        "name": name,
        "definition": definition,
        "idSite": site_id,
        "autoArchive": int(auto_archive),
        "enabledAllUsers": int(enable_all_users),
    }
    return Call("SegmentEditor.add", params, json_decoding.scalar(json_decoding.integer), writes=True)
