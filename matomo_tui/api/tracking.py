"""Matomo's tracking API: hits to ``matomo.php`` and its answers.

A hit is its parameters (``idsite``, ``rec``, ``url``, ``action_name`` …), by the names of Matomo's tracking HTTP API.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from matomo_tui.api import json_decoding, responses
from matomo_tui.api.calls import EVERY, Call
from matomo_tui.api.errors import BadRequest, NotMatomo, RateLimited, ServerError
from matomo_tui.api.secret import redact
from matomo_tui.api.transport import Response
from matomo_tui.page_url import shown
from matomo_tui.sanitize import sanitize

Hit = Mapping[str, str]

PRIVILEGED = ("cip", "cdt", "country", "region", "city", "lat", "long")
"""Parameters that the tracker takes only along with a token that has write access or more to the site."""

_TAG = re.compile(r"<[^>]{0,1000}>")
_HEAD = re.compile(r"<(head|style|script)\b.{0,20000}?</\1>", re.IGNORECASE | re.DOTALL)
_MESSAGE = re.compile(r"<h2[^>]{0,200}>(.{0,500}?)</h2", re.IGNORECASE | re.DOTALL)
_LOOKED_AT = 32_768


def _clean(value: Any) -> str | None:
    found = json_decoding.text(value)
    return None if found is None else sanitize(found, 500)


def _shown(value: Any) -> str | None:
    found = json_decoding.text(value)
    return None if found is None else shown(found, 500)


@dataclass(frozen=True, slots=True)
class TrackerAnswer:
    """What the tracker said: HTTP ``status``, how many hits it ``tracked`` and how many were ``invalid``;
    ``invalid_indices`` says which, where it tells (with a token)."""

    status: int
    tracked: int
    invalid: int = 0
    invalid_indices: tuple[int, ...] = ()


class TrackingFailure(msgspec.Struct, frozen=True, kw_only=True):
    """A hit that the tracker refused, as ``CoreAdminHome.getTrackingFailures`` keeps it for two days; its texts are
    clean. ``site_id`` is the one that the hit named, which may not exist; ``when`` is UTC (``2026-11-28 23:30:47``),
    ``url`` the page; ``problem`` and ``solution`` are Matomo's own sentences."""

    site_id: int = msgspec.field(name="idsite", default=0)
    site_name: Annotated[str, _clean] = ""
    when: Annotated[str, _clean] = msgspec.field(name="date_first_occurred", default="")
    url: Annotated[str, _shown] = ""
    problem: Annotated[str, _clean] = ""
    solution: Annotated[str, _clean] = ""


def get_tracking_failures() -> Call[tuple[TrackingFailure, ...]]:
    """``CoreAdminHome.getTrackingFailures``: hits to the sites that the token administers (for superusers: to any,
    unknown ones included) that were refused. For admins of a site."""
    return Call("CoreAdminHome.getTrackingFailures", EVERY, json_decoding.records(TrackingFailure))


def hit(site_id: int, url: str, **parameters: str | int | float) -> Hit:
    """A page view of ``url``; ``parameters`` make anything else of it. The answer is asked for without a picture."""
    more = {name: str(value) for name, value in parameters.items() if value != ""}
    return {"idsite": str(site_id), "rec": "1", "apiv": "1", "send_image": "0", "url": url, **more}


def page_view(site_id: int, url: str, title: str, **parameters: str | int | float) -> Hit:
    """A page view."""
    return hit(site_id, url, action_name=title, **parameters)


def event(
    site_id: int,
    url: str,
    category: str,
    action: str,
    name: str = "",
    value: float | None = None,
    **parameters: str | int | float,
) -> Hit:
    """An event; ``ca=1`` keeps it from counting as a page view."""
    worth = "" if value is None else f"{value:g}"
    return hit(site_id, url, e_c=category, e_a=action, e_n=name, e_v=worth, ca=1, **parameters)


def site_search(
    site_id: int, url: str, keyword: str, category: str = "", count: int | None = None, **parameters: str | int | float
) -> Hit:
    """A search on the site itself; ``count`` is the number of results."""
    found = "" if count is None else count
    return hit(site_id, url, search=keyword, search_cat=category, search_count=found, **parameters)


def goal(site_id: int, url: str, goal_id: int, revenue: float | None = None, **parameters: str | int | float) -> Hit:
    """A conversion of one goal; without ``revenue`` it has the goal's own."""
    worth = "" if revenue is None else f"{revenue:g}"
    return hit(site_id, url, idgoal=goal_id, revenue=worth, **parameters)


def answer_of(response: Response, sent: int) -> TrackerAnswer:
    """What ``response`` says about ``sent`` hits. Raises ``BadRequest`` where they were refused, ``TokenRejected`` or
    ``LockedOut`` where that is why, ``RateLimited``, ``ServerError``, or ``NotMatomo`` for anything that no tracker
    answers."""
    status, body = response.status, response.body.strip()
    if status == 429:
        raise RateLimited("The server asks for fewer requests; it did not take the hits.")
    if body.startswith(b"{"):
        found = _bulk_answer(status, body)
        if found is not None:
            return found
    if status >= 400 and (error := responses.token_error(_plain(body))):
        raise error
    if status >= 500:
        raise ServerError(f"The tracker failed ({status})" + _said(body), status)
    if status >= 400:
        raise BadRequest(f"The tracker refused the hits ({status})" + _said(body))
    if status == 204 or body.startswith(b"GIF8"):
        return TrackerAnswer(status, sent)
    raise NotMatomo(
        f"matomo.php answered {status} with something other than a tracker's answer"
        + _said(body)
        + " Is there a login wall, a proxy or a filter in front of it?"
    )


def _bulk_answer(status: int, body: bytes) -> TrackerAnswer | None:
    try:
        value: Any = json_decoding.parse(body)
    except ValueError:
        return None
    if type(value) is not dict or "tracked" not in value:
        return None
    tracked, invalid = json_decoding.integer(value["tracked"]) or 0, json_decoding.integer(value.get("invalid")) or 0
    if value.get("status") != "success":
        plain = sanitize(html.unescape(json_decoding.text(value.get("message")) or ""), 200).strip()
        if error := responses.token_error(plain):
            raise error
        message = redact(plain)
        raise BadRequest(
            f"The tracker stopped after {tracked} of the hits ({status})" + (f": {message}" if message else ".")
        )
    indices = tuple(
        index
        for entry in json_decoding.entries(value.get("invalid_indices"))
        if (index := json_decoding.integer(entry)) is not None
    )
    return TrackerAnswer(status, tracked, invalid, indices)


def _said(body: bytes) -> str:
    said = redact(_plain(body))
    return f": {said.rstrip('.')}." if said and not said.startswith(("{", "[")) else "."


def _plain(body: bytes) -> str:
    """What a page says, clean but not redacted."""
    page = body[:_LOOKED_AT].decode("utf-8", "replace")
    found = _MESSAGE.search(page)
    words = found[1] if found else _HEAD.sub(" ", page)
    return sanitize(html.unescape(" ".join(_TAG.sub(" ", words).split())), 200).strip()
