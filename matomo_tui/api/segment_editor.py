"""Matomo's SegmentEditor module: saved segments."""

from __future__ import annotations

import msgspec

from matomo_tui.api import json_decoding
from matomo_tui.api.calls import EVERY, Call, Params


class SavedSegment(msgspec.Struct, frozen=True, kw_only=True):
    """A saved segment; ``definition`` is the expression. ``auto_archive``: archived ahead rather than when asked."""

    id: int = msgspec.field(name="idsegment")
    name: str = ""
    definition: str = ""
    login: str = ""
    enable_all_users: bool = False
    only_site_id: int = msgspec.field(name="enable_only_idsite", default=0)
    auto_archive: bool = False


def get_all(site_id: int) -> Call[tuple[SavedSegment, ...]]:
    """``SegmentEditor.getAll``: those that the token's user may use on the site."""
    return Call("SegmentEditor.getAll", {"idSite": site_id, **EVERY}, json_decoding.records(SavedSegment))


def add(
    site_id: int, name: str, definition: str, *, auto_archive: bool = False, enable_all_users: bool = False
) -> Call[int]:
    """``SegmentEditor.add``: a write; the id of the new segment. Raises ``ValueError`` for an empty name."""
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
