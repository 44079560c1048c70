"""Matomo's tracking API: hits for ``matomo.php`` and its answers.

A hit is a mapping of parameters by the names of Matomo's Tracking HTTP API (``idsite``, ``rec``, ``url`` …).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Struct

from matomo_tui.api import json_decoding, responses
from matomo_tui.api.calls import EVERY, Call
from matomo_tui.api.entities import unescape
from matomo_tui.api.errors import BadRequest, NotMatomo, RateLimited, ServerError
from matomo_tui.api.secret import redact
from matomo_tui.api.transport import Response
from matomo_tui.late_pattern import late_pattern
from matomo_tui.page_url import shown
from matomo_tui.sanitize import sanitize

Hit = Mapping[str, str]

PRIVILEGED = ("cip", "cdt", "country", "region", "city", "lat", "long")
"""Parameters that the tracker accepts only with a token that has at least write access to the site."""

_TAG = late_pattern(r"<[^>]{0,1000}>")
_HEAD = late_pattern(r"<(head|style|script)\b.{0,20000}?</\1>", re.IGNORECASE | re.DOTALL)
_MESSAGE = late_pattern(r"<h2[^>]{0,200}>(.{0,500}?)</h2", re.IGNORECASE | re.DOTALL)
_PAGE_READ = 32_768
"""Bytes of an error page that are examined."""


def _clean(value: Any) -> str | None:
    found = json_decoding.text(value)
    return None if found is None else sanitize(found, 500)


def _shown(value: Any) -> str | None:
    found = json_decoding.text(value)
    return None if found is None else shown(found, 500)


class TrackerAnswer(Struct, frozen=True):
    """The tracker's answer to one or many hits."""

    status: int
    """HTTP status."""
    tracked: int
    """Number of accepted hits."""
    invalid: int = 0
    """Number of invalid hits."""
    invalid_indices: tuple[int, ...] = ()
    """Positions of the invalid hits, which the tracker lists only for requests with a token."""


class TrackingFailure(msgspec.Struct, frozen=True, kw_only=True):
    """A refused hit of the last two days. Texts are sanitized."""

    site_id: int = msgspec.field(name="idsite", default=0)
    """The site named by the hit; it may not exist."""
    site_name: Annotated[str, _clean] = ""
    when: Annotated[str, _clean] = msgspec.field(name="date_first_occurred", default="")
    """UTC, ``2026-11-28 23:30:47``."""
    url: Annotated[str, _shown] = ""
    """URL of the page, with tokens masked."""
    problem: Annotated[str, _clean] = ""
    """Matomo's description of the problem."""
    solution: Annotated[str, _clean] = ""
    """Matomo's advice."""


def get_tracking_failures() -> Call[tuple[TrackingFailure, ...]]:
    """``CoreAdminHome.getTrackingFailures``: refused hits to the sites that the token administers.

    Superusers get those to all sites, unknown ones included. Requires admin access to a site."""
    return Call("CoreAdminHome.getTrackingFailures", EVERY, json_decoding.records(TrackingFailure))


def hit(site_id: int, url: str, **parameters: str | int | float) -> Hit:
    """A page view of ``url``, or with the right ``parameters`` any other hit. The answer is requested without image."""
    more = {name: str(value) for name, value in parameters.items() if value != ""}
    return {"idsite": str(site_id), "rec": "1", "apiv": "1", "send_image": "0", "url": url, **more}


def page_view(site_id: int, url: str, title: str, **parameters: str | int | float) -> Hit:
    """A page view with a title."""
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
    """An event. ``ca=1`` marks it as a custom action, which is not counted as a page view."""
    worth = "" if value is None else f"{value:g}"
    return hit(site_id, url, e_c=category, e_a=action, e_n=name, e_v=worth, ca=1, **parameters)


def site_search(
    site_id: int, url: str, keyword: str, category: str = "", count: int | None = None, **parameters: str | int | float
) -> Hit:
    """An internal site search; ``count`` is the number of results."""
    found = "" if count is None else count
    return hit(site_id, url, search=keyword, search_cat=category, search_count=found, **parameters)


def goal(site_id: int, url: str, goal_id: int, revenue: float | None = None, **parameters: str | int | float) -> Hit:
    """A conversion of a goal; ``revenue`` defaults to the goal's revenue."""
    worth = "" if revenue is None else f"{revenue:g}"
    return hit(site_id, url, idgoal=goal_id, revenue=worth, **parameters)


def answer_of(response: Response, sent: int) -> TrackerAnswer:
    """Interpret the tracker's ``response`` to ``sent`` hits.

    Raises ``BadRequest`` if it refused the hits, ``TokenRejected`` or ``LockedOut`` if the token was the reason,
    ``RateLimited``, ``ServerError``, or ``NotMatomo`` for the answer of another program."""
    status, body = response.status, response.body.strip()
    if status == 429:
        raise RateLimited("The server limits the rate of requests; it did not accept the hits.")
    if body.startswith(b"{"):
        found = _bulk_answer(status, body)
        if found is not None:
            return found
    if status >= 400 and (error := responses.token_error(_plain(body))):
        raise error
    if status >= 500:
        raise ServerError(f"The tracker failed ({status})" + _quoted(body), status)
    if status >= 400:
        raise BadRequest(f"The tracker refused the hits ({status})" + _quoted(body))
    if status == 204 or body.startswith(b"GIF8"):
        return TrackerAnswer(status, sent)
    raise NotMatomo(
        f"matomo.php answered {status} with something other than a tracker's answer"
        + _quoted(body)
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
        plain = sanitize(unescape(json_decoding.text(value.get("message")) or ""), 200).strip()
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


def _quoted(body: bytes) -> str:
    """Return the end of a sentence: a colon with the page's text if there is any, and a full stop."""
    text = redact(_plain(body))
    return f": {text.rstrip('.')}." if text and not text.startswith(("{", "[")) else "."


def _plain(body: bytes) -> str:
    """Return the sanitized, unredacted text of a page."""
    page = body[:_PAGE_READ].decode("utf-8", "replace")
    found = _MESSAGE.search(page)
    words = found[1] if found else _HEAD.sub(" ", page)
    return sanitize(unescape(" ".join(_TAG.sub(" ", words).split())), 200).strip()
