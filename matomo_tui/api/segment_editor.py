"""Matomo's SegmentEditor module: saved segments."""

from __future__ import annotations

import msgspec

from matomo_tui.api import json_decoding
from matomo_tui.api.calls import EVERY, Call, Params
from matomo_tui.api.write_encoding import as_typed, done


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
    """``SegmentEditor.add``: the ID of the new segment.

    ``site_id`` 0 offers it on all sites. That and ``enable_all_users`` need a superuser; anything else needs view
    access, unless the server's ``adding_segment_requires_access`` names more. Raises ``ValueError`` for an empty name
    or definition.
    """
    params = _written(site_id, name, definition, auto_archive, enable_all_users)
    return Call("SegmentEditor.add", params, json_decoding.scalar(json_decoding.integer), writes=True)


def update(
    segment_id: int,
    site_id: int,
    name: str,
    definition: str,
    *,
    auto_archive: bool,
    enable_all_users: bool,
) -> Call[None]:
    """``SegmentEditor.update``, which overwrites every field. A superuser may change any segment, others only their
    own; only a superuser may change ``enable_all_users``. Raises ``ValueError`` as :func:`add` does."""
    params = {"idSegment": segment_id, **_written(site_id, name, definition, auto_archive, enable_all_users)}
    return Call("SegmentEditor.update", params, done, writes=True)


def delete(segment_id: int) -> Call[None]:
    """``SegmentEditor.delete``: for its owner and for superusers."""
    return Call("SegmentEditor.delete", {"idSegment": segment_id}, done, writes=True)


def _written(site_id: int, name: str, definition: str, auto_archive: bool, enable_all_users: bool) -> Params:
    if not name.strip() or not definition:
        raise ValueError("A saved segment needs a name and at least one condition.")
    params: Params = {
        "name": as_typed(name.strip()),
        "definition": as_typed(definition),
        "autoArchive": int(auto_archive),
        "enabledAllUsers": int(enable_all_users),
    }
    return {**params, "idSite": site_id} if site_id else params
