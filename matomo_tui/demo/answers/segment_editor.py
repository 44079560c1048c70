"""Matomo's SegmentEditor module: saved segments."""

from __future__ import annotations

import time

from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.engine.segments import compile_segment
from matomo_tui.demo.errors import ApiError
from matomo_tui.demo.method_registry import SUCCESS, method
from matomo_tui.demo.stored_annotations import StoredSegment


def _written(at: float | None) -> str | None:
    return None if at is None else time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at))


def _told(segment: StoredSegment) -> dict[str, Json]:
    return {
        "idsegment": segment.id,
        "name": segment.name,
        "definition": segment.definition,
        "hash": segment.hash,
        "login": segment.login,
        "enable_all_users": int(segment.for_all_users),
        "enable_only_idsite": segment.site_id,
        "auto_archive": int(segment.auto_archive),
        "ts_created": _written(segment.created),
        "ts_last_edit": _written(segment.edited),
        "deleted": 0,
    }


@method("SegmentEditor.getAll")
def get_all(ask: ApiRequest) -> Json:
    """The segments that the user may use, on one site or on any."""
    site_id = ask.site().id if ask.params.get("idSite") else None
    ask.check_somewhere("view")
    return [_told(segment) for segment in ask.store.notes.segments_for(ask.user.login, site_id)]


@method("SegmentEditor.get")
def get(ask: ApiRequest) -> Json:
    """One segment."""
    return _told(_own(ask, reading=True))


def _own(ask: ApiRequest, *, reading: bool = False) -> StoredSegment:
    wanted = ask.number("idSegment")
    found = next((segment for segment in ask.store.notes.segments if segment.id == wanted), None)
    if found is None:
        raise ApiError("Requested segment not found")
    if not ask.user.superuser and found.login != ask.user.login and not (reading and found.for_all_users):
        raise ApiError("You can only edit the custom segments you have created yourself. ")
    return found


def _checked(ask: ApiRequest) -> tuple[str, str, int, bool]:
    """Name, definition, site (0 for all) and whether it is for all users. Raises ``ApiError``."""
    ask.check_signed_in()
    site_id = ask.site().id if ask.params.get("idSite", "0") not in ("", "0", "false") else 0
    ask.check_somewhere("view")
    name, definition = ask.typed("name", most=255).strip(), ask.text("definition")
    if not name:
        raise ApiError("Invalid name for this custom segment.")
    compile_segment(definition)
    for_all = ask.flag("enabledAllUsers")
    if for_all and not ask.user.superuser:
        raise ApiError("enabledAllUsers=1 requires Super User access")
    return name, definition, site_id, for_all


@method("SegmentEditor.add", writes=True)
def add(ask: ApiRequest) -> Json:
    """Save a segment; answers its number, as a text."""
    name, definition, site_id, for_all = _checked(ask)
    made = ask.store.notes.save(
        name, definition, ask.user.login, site_id, ask.now, for_all_users=for_all, auto_archive=ask.flag("autoArchive")
    )
    return str(made.id)


@method("SegmentEditor.update", writes=True)
def update(ask: ApiRequest) -> Json:
    """Change a segment of one's own."""
    segment = _own(ask)
    segment.name, segment.definition, segment.site_id, segment.for_all_users = _checked(ask)
    segment.auto_archive, segment.edited = ask.flag("autoArchive"), ask.now
    return SUCCESS


@method("SegmentEditor.delete", writes=True)
def delete(ask: ApiRequest) -> Json:
    """Delete a segment of one's own."""
    ask.check_signed_in()
    segment = _own(ask)
    ask.store.notes.segments.remove(segment)
    return SUCCESS
