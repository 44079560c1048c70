"""Matomo's Annotations module: notes on dates."""

from __future__ import annotations

from typing import Any

import msgspec

from matomo_tui.api import json_decoding
from matomo_tui.api.calls import Call, Params, PeriodKind


class Annotation(msgspec.Struct, frozen=True, kw_only=True):
    """A note on a date."""

    id: int = msgspec.field(name="idNote", default=0)
    """Unique within its site."""
    date: str = ""
    """``2026-11-20``, in the site's time zone."""
    note: str = ""
    starred: bool = False
    user: str = ""
    may_edit: bool = msgspec.field(name="canEditOrDelete", default=False)


def get_all(site_id: int, *, period: PeriodKind = "day", date: str = "", last: int = 0) -> Call[tuple[Annotation, ...]]:
    """``Annotations.getAll``: the notes of one period, of the ``last`` periods up to ``date``, or, without a ``date``,
    all notes."""
    params: dict[str, str | int] = {"idSite": site_id}
    if date:
        params |= {"date": date, "period": period}
    if last:
        params["lastN"] = last
    return Call("Annotations.getAll", params, _all)


def add(site_id: int, date: str, note: str, *, starred: bool = False) -> Call[Annotation]:
    """``Annotations.add`` (a write). Requires write access to the site; view access is enough in older versions.

    Raises ``ValueError`` for an empty note."""
    if not note.strip():
        raise ValueError("An annotation needs a text.")
    params: Params = {"idSite": site_id, "date": date, "note": note, "starred": int(starred)}
    return Call("Annotations.add", params, json_decoding.record(Annotation), writes=True)


def _all(body: bytes) -> tuple[Annotation, ...]:
    """Read the notes from one list per site; Matomo sends these lists in a list or in an object by ``idSite``."""
    value = json_decoding.parse(body)
    if type(value) is dict:
        value = list(value.values())
    if type(value) is not list:
        raise ValueError("not annotations")
    return tuple(note for site in value for note in _of_site(site))


def _of_site(value: Any) -> tuple[Annotation, ...]:
    return json_decoding.build_each(Annotation, [value] if type(value) is dict and "note" in value else value)
