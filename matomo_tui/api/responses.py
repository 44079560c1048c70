"""Classifies responses as answers or errors, first by body and then by status.

Matomo sends refusals with status 200 or 401, and an HTML page for an invalid token. Proxies, login walls and PHP itself
send pages of their own with any status.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from matomo_tui.api import barriers, json_decoding
from matomo_tui.api.entities import unescape
from matomo_tui.api.errors import (
    NOT_RECORDED,
    BadRequest,
    BulkTooLong,
    FeatureDisabled,
    LockedOut,
    MatomoError,
    NoAccess,
    NotMatomo,
    NotRecorded,
    RateLimited,
    Role,
    ServerError,
    TokenRejected,
    WrongPassword,
)
from matomo_tui.api.notices import split_notices
from matomo_tui.api.secret import redact
from matomo_tui.api.transport import Response
from matomo_tui.instants import http_date
from matomo_tui.late_pattern import late_pattern
from matomo_tui.sanitize import sanitize

Error = TypeVar("Error", bound=MatomoError)

BULK = "API.getBulkRequest"

_PAGE_READ = 32_768
"""Bytes of a page that are examined: its title and heading are near the beginning."""
_MESSAGE_READ = 2_000
"""Characters of an error message that are examined."""
_LONGEST_WAIT = 86_400.0
_IN_MINUTES = 120.0
"""Seconds from which waiting times are written in minutes."""

_ROLES: Mapping[str, Role] = {
    "superuser": "superuser",
    "super user": "superuser",
    "admin": "admin",
    "write": "write",
    "view": "view",
}
_BAD_TOKEN = late_pattern(
    r"unable to authenticate with the provided token|(?:auth|access|bearer)[ _-]?token\b.{0,40}\b(?:invalid|expired)",
    re.IGNORECASE,
)
_LOCKED = late_pattern(r"too many failed log-?ins?|had too many failed", re.IGNORECASE)
_ACCESS = late_pattern(
    r"requires (?:an? )?'?(superuser|super user|admin|write|view)'? access(?: for the website id = (\d{1,18}))?",
    re.IGNORECASE,
)
_NO_ACCESS = late_pattern(
    r"you can'?t access this resource|you must be logged in|not allow?-?listed|has to be either a super user",
    re.IGNORECASE,
)
_DISABLED = late_pattern(
    r"^(?:the plugin \S{1,80} is not (?:enabled|activated)"
    r"|the period .{1,80} is not supported\b"
    r"|(?:visit(?:s|or)? log|visitor profiles?)\b.{0,60}\b(?:deactivated|disabled|not enabled))",
    re.IGNORECASE,
)
_BUSY = late_pattern(  # a database's codes: 40001 deadlock, 08… connection, HY000 whatever has none of its own
    r"query took too long|maximum execution time|lock wait timeout|deadlock found|too many connections"
    r"|server has gone away|lost connection to|SQLSTATE\[(?:40001|08\w{3}|HY000)\]",
    re.IGNORECASE,
)
_FATAL = late_pattern(
    r"(?:Fatal|Parse) error(?:</b>)?:|Allowed memory size of \d|Uncaught \w{0,40}(?:Exception|Error)\b"
)
_MAINTENANCE = late_pattern(r"in scheduled maintenance|<title>[^<]{0,100}\bmaintenance\b", re.IGNORECASE)
_BACKTRACE = late_pattern(r"\s{0,20}(?:-->|#0 |\bin /\S{1,300}\.php).*", re.DOTALL)
_WRONG_PASSWORD = late_pattern(r"(?=.{0,400}password).{0,400}\b(?:not correct|incorrect)\b", re.IGNORECASE | re.DOTALL)
_TOO_MANY_PARTS = late_pattern(r"maximum number of URLs\b.{0,80}\bis (\d{1,9})\b", re.IGNORECASE)
_TITLE = late_pattern(r"<title[^>]{0,200}>(.{0,400}?)</title", re.IGNORECASE | re.DOTALL)
_HEADING = late_pattern(r"<h2[^>]{0,200}>(.{0,500}?)</h2", re.IGNORECASE | re.DOTALL)
_TAG = late_pattern(r"<[^>]{0,1000}>")


class _Refusal(msgspec.Struct):
    result: Any = None
    message: Any = None


def answer_of(response: Response, method: str) -> bytes:
    """Return the JSON of a successful answer to ``method``. Raises a ``MatomoError`` for any other response."""
    return noticed_answer_of(response, method)[0]


def noticed_answer_of(response: Response, method: str) -> tuple[bytes, str]:
    """:func:`answer_of` with the first PHP notice around the JSON (``""`` if there is none)."""
    if response.status == 429:
        raise _wait(RateLimited, "The server limits the rate of requests.", response)
    body, notice = split_notices(response.body.removeprefix(b"\xef\xbb\xbf").strip())
    if body[:1] not in (b"{", b"["):
        raise _page_error(response, body, method)
    message = _refusal(body)
    if message is not None:
        error = refused(message, response.status)
        error.retry_after = retry_after(response)
        raise error
    # One refused part of a bulk request may set the HTTP status, but the other parts are still in the list.
    if response.status >= 400 and not (method == BULK and body.startswith(b"[")):
        raise _page_error(response, body, method)
    return body, notice


def part_of(body: bytes) -> bytes:
    """Return one part of a bulk answer. Raises a ``MatomoError`` if the part is a refusal."""
    if body.startswith(b"{") and (message := _refusal(body)) is not None:
        raise refused(message)
    return body


def unreadable(method: str) -> NotMatomo:
    """The error for JSON of a shape that ``method`` does not return."""
    return NotMatomo(
        f"The answer to {method} is not in Matomo's format: a proxy or filter in front of the Matomo may change "
        "answers, or another program answers at this address."
    )


def refused(message: str, status: int = 200) -> MatomoError:
    """Return the error for ``{"result": "error", "message": …}``; ``message`` is HTML-escaped, as received."""
    plain = unescape(message[:_MESSAGE_READ]).strip()
    # Stripped again, since sanitizing may leave only spaces.
    plain = sanitize(_BACKTRACE.sub("", plain), 400).strip()
    # The patterns below match the unredacted text: a secret that is a common word would hide their words.
    sentence = redact(plain) or "Matomo refused without saying why."
    if error := token_error(plain):
        return error
    if access := _ACCESS.search(plain):
        return _no_access(access)
    if _NO_ACCESS.search(plain):
        role: Role | None = "superuser" if "super user" in plain.lower() else None
        return NoAccess(sentence, role)
    if limit := _TOO_MANY_PARTS.search(plain):
        return BulkTooLong(sentence, int(limit[1]))
    if plain.startswith(NOT_RECORDED):
        return NotRecorded(sentence)
    if _DISABLED.search(plain):
        return FeatureDisabled(sentence)
    if status >= 500 or _BUSY.search(plain):
        return ServerError(sentence, status)
    if status in (401, 403):
        return NoAccess(sentence)
    return WrongPassword(sentence) if _WRONG_PASSWORD.match(plain) else BadRequest(sentence)


def token_error(message: str) -> LockedOut | TokenRejected | None:
    """Return the error if Matomo's ``message`` (plain text) refuses the token or this IP address; else ``None``."""
    if _LOCKED.search(message):
        return _locked_out()
    return _token_rejected() if _BAD_TOKEN.search(message) else None


def _refusal(body: bytes) -> str | None:
    """Return Matomo's message if ``body`` is a refusal, else ``None``."""
    if not body.startswith(b"{") or b'"error"' not in body:
        return None
    try:
        refusal = json_decoding.parse(body, _Refusal)
    except (msgspec.MsgspecError, ValueError):
        return None
    return (json_decoding.text(refusal.message) or "") if refusal.result == "error" else None


def _no_access(access: re.Match[str]) -> NoAccess:
    role = _ROLES[access[1].lower()]
    if role == "superuser":
        return NoAccess("This needs a token with 'superuser' access.", role)
    if access[2] is None:
        return NoAccess(f"The token has no '{role}' access to any site: ask a Matomo administrator for it.", role)
    site_id = int(access[2])
    return NoAccess(
        f"The token has no '{role}' access to site {site_id}: ask a Matomo administrator for it.", role, site_id
    )


def _page_error(response: Response, body: bytes, method: str) -> MatomoError:
    """Return the error for a body that is not JSON, or for unexpected JSON with a status of 400 or above."""
    page = body[:_PAGE_READ].decode("utf-8", "replace")
    title, heading = _element(_TITLE, page), _element(_HEADING, page)
    if _LOCKED.search(title):
        return _locked_out()
    if error := token_error(heading):
        return error
    title, heading = redact(title), redact(heading)
    status = response.status
    if barrier := barriers.barrier(response, page, title):
        return barrier
    if status in (405, 501):
        return NotMatomo(
            f"The server at this address accepts no POST requests ({status}), so it is no Matomo: check the address.",
            title,
        )
    maintenance = _MAINTENANCE.search(page) is not None
    if status >= 500 or maintenance or (not title and _FATAL.search(page)):
        return _server_error(response, heading or title or redact(_plain_words(page)), maintenance)
    if status == 401:
        if re.match(r"\s*(basic|digest|negotiate|ntlm)\b", response.headers.get("www-authenticate", ""), re.I):
            return NotMatomo(
                "The web server in front of the Matomo requires its own login (HTTP authentication): "
                "configure basic_auth_user and basic_auth_password_command.",
                title,
            )
        return _token_rejected()
    described = f"a page called “{title}”" if title else ("something else" if body else "an empty answer")
    return _not_matomo(response, page, title, described, method)


def _not_matomo(response: Response, page: str, title: str, described: str, method: str) -> NotMatomo:
    """Return the error for a page of another program; ``described`` is a phrase for it in the sentence."""
    status = response.status
    if barriers.is_wordpress(response, page):
        return NotMatomo(
            f"This address answers with a page of WordPress, {described}. Matomo for WordPress is below it: add "
            f"{barriers.WORDPRESS_PATH} to the address of the site.",
            title,
            wordpress=True,
        )
    if status == 404:
        return NotMatomo(
            f"There is no Matomo at this address: the server answered 404 (not found), {described}.", title
        )
    if status == 403:
        return NotMatomo(
            f"The server, or a firewall in front of it, refused (403) with {described}.", title, status=status
        )
    if status == 413:
        return NotMatomo(
            f"The server, or a proxy in front of it, refused the request as too long (413), with {described}.",
            title,
            status=status,
        )
    if status >= 400:
        return NotMatomo(
            f"The server answered {status} with {described}, not a Matomo's answer to {method}.", title, status=status
        )
    return NotMatomo(
        f"This address answers with {described}, not with a Matomo's answer to {method}: "
        "check the address, and for a login wall or a proxy in front of the Matomo.",
        title,
    )


def _server_error(response: Response, message: str, maintenance: bool) -> ServerError:
    status = response.status
    unavailable = status == 503 or maintenance or "maintenance" in message.lower()
    happened = "The server is not available now" if unavailable else "The server failed"
    # PHP reports fatal errors with status 200 if output had begun.
    sentence = happened + (f" ({status})" if status >= 400 else "") + (f": {message}" if message else ".")
    return _wait(lambda text: ServerError(text, status), sentence, response)


def _token_rejected() -> TokenRejected:
    return TokenRejected(
        "Matomo does not accept the token: it is invalid or has expired. "
        "Make a new one in Matomo under Personal settings › Security › Auth tokens."
    )


def _locked_out() -> LockedOut:
    return LockedOut(
        "Matomo has locked out this IP address after too many failed logins. Wait an hour, "
        "or have a superuser unblock it under Settings › General settings › Brute force detection."
    )


def _wait(make: Callable[[str], Error], sentence: str, response: Response) -> Error:
    """Make the error with the server's ``Retry-After`` in its attribute and in its sentence."""
    seconds = retry_after(response)
    if seconds:
        wait = f"{seconds:.0f} s" if seconds < _IN_MINUTES else f"{seconds / 60:.0f} min"
        sentence = f"{sentence.removesuffix('.')}. It asks you to wait {wait}."
    error = make(sentence)
    error.retry_after = seconds
    return error


def retry_after(response: Response) -> float | None:
    """Return ``Retry-After`` in seconds (at most a day), from seconds or an HTTP date; ``None`` without a valid one."""
    value = response.headers.get("retry-after", "").strip()
    if value.isdecimal() and len(value) <= 10:
        return min(float(value), _LONGEST_WAIT)
    until, now = http_date(value), http_date(response.headers.get("date", ""))
    if until is None:
        return None
    return min(max(0.0, until - (time.time() if now is None else now)), _LONGEST_WAIT)


def _element(pattern: re.Pattern[str], page: str) -> str:
    """Return the sanitized, unredacted text of the first element that ``pattern`` matches; ``""`` if there is none."""
    found = pattern.search(page)
    return _plain_words(found[1]) if found else ""


def _plain_words(page: str) -> str:
    """Return the sanitized, unredacted beginning of a page's text; ``""`` for JSON, which is not a sentence."""
    if page.startswith(("{", "[")):
        return ""
    return sanitize(" ".join(unescape(_TAG.sub(" ", page[:2000])).split()), 200).strip()
