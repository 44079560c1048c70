"""The exceptions of this library, as one tree.

Each error's ``str()`` is a sentence for a person: what happened and, where it is known, what to do. It is clean
(``sanitize.sanitize``) and never contains a token. ``stops_polling`` marks the errors after which nothing may be sent
until a person acts; ``retry_after`` is the server's own wish in seconds, where it gave one; ``offer`` is an address
to try instead, where the answer shows which one is meant; ``method`` is the Matomo method that failed
(``Live.getCounters``; ``""``: none, as with a hit), for a log and for code: the sentence does not name it.
"""

from __future__ import annotations

from typing import ClassVar, Literal, Self

Role = Literal["superuser", "admin", "write", "view", "noaccess"]


class MatomoError(Exception):
    """The root: anything a call can end with other than its answer.

    >>> try:
    ...     await matomo.call(sites.get_site_from_id(4_000))
    ... except MatomoError as error:
    ...     print(f"{error.method}: {type(error).__name__}")
    SitesManager.getSiteFromId: BadRequest
    """

    stops_polling: ClassVar[bool] = False
    retry_after: float | None = None
    offer: str | None = None
    method: str = ""

    def __repr__(self) -> str:
        called = f", method={self.method!r}" if self.method else ""
        return f"{type(self).__name__}({str(self)!r}{called})"

    def reworded(self, sentence: str) -> Self:
        """The same error, with all that it tells besides, with another sentence."""
        error = type(self).__new__(type(self), sentence)
        error.args = (sentence,)
        vars(error).update(vars(self))
        return error


class Unreachable(MatomoError):
    """No connection: name not found, refused, reset, no route."""


class ConnectionLost(Unreachable):
    """The connection broke after the request had gone out. A write may have had its effect: read back first."""


class TimedOut(MatomoError):
    """No answer in the time allowed. A write may have had its effect: read back before trying again."""


class TLSFailed(MatomoError):
    """The server's certificate could not be verified, or the handshake failed."""


class Redirected(MatomoError):
    """The server pointed elsewhere. The token was not sent on; ``location`` is where it pointed.

    ``upgrade`` is the address to offer when the redirect is only from http to https on the same host.
    """

    def __init__(self, sentence: str, location: str, upgrade: str | None = None) -> None:
        super().__init__(sentence)
        self.location = location
        self.upgrade = self.offer = upgrade


class NotMatomo(MatomoError):
    """Something answered, but not Matomo: an HTML page (``title`` says which) or JSON of another shape.

    ``status`` is that of the answer, 200 where it has none to tell; ``wordpress``: it is a page of WordPress, where
    Matomo may answer further down.
    """

    def __init__(self, sentence: str, title: str = "", *, status: int = 200, wordpress: bool = False) -> None:
        super().__init__(sentence)
        self.title = title
        self.status = status
        self.wordpress = wordpress

    @property
    def may_mean_the_request(self) -> bool:
        """Whether what stands in front refused, which something in the request (a segment) may have brought about."""
        return self.status in (403, 406)


class Blocked(NotMatomo):
    """Something in front of the Matomo that keeps programs out refused: bot protection or a firewall."""

    @property
    def may_mean_the_request(self) -> bool:
        """A firewall looks at the request."""
        return True


class AnswerTooLong(NotMatomo):
    """The answer is larger than anything that was asked for could be; it was not read to its end."""


class TokenRejected(MatomoError):
    """Matomo does not accept the token. Sending it again counts towards the lockout of this IP address."""

    stops_polling = True
    was_sent: bool = True
    """False if this request was held back because the token had just been rejected."""


class LockedOut(MatomoError):
    """Too many failed logins from this IP address: every request from here is refused for a while."""

    stops_polling = True


class NoAccess(MatomoError):
    """The token is valid but lacks a role: ``role`` on ``site_id`` (``None``: not about one site)."""

    def __init__(self, sentence: str, role: Role | None = None, site_id: int | None = None) -> None:
        super().__init__(sentence)
        self.role = role
        self.site_id = site_id


class FeatureDisabled(MatomoError):
    """Visitor log, visitor profile or a plug-in is switched off on the server, for everybody or this site."""


class BadRequest(MatomoError):
    """Matomo understood the request and refused it; the sentence is Matomo's own, unescaped."""


class BulkTooLong(BadRequest):
    """The server takes at most ``limit`` calls in one request (``API_bulk_request_limit``)."""

    def __init__(self, sentence: str, limit: int) -> None:
        super().__init__(sentence)
        self.limit = limit


class WrongPassword(BadRequest):
    """The password of the token's owner, which a write needs beside the token, is not correct."""


class ServerError(MatomoError):
    """The server failed (5xx): a PHP error, a proxy's message, maintenance."""

    def __init__(self, sentence: str, status: int = 500) -> None:
        super().__init__(sentence)
        self.status = status


class RateLimited(MatomoError):
    """429: the server asks for fewer requests."""


class NotAllowed(MatomoError):
    """This program refused to send the request: a write while it is read-only. Nothing left the machine."""
