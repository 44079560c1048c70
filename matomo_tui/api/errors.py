"""All exceptions of this library, as subclasses of :class:`MatomoError`.

``str(error)`` is a sentence for the user: the problem and, if known, the remedy. It is sanitized
(``matomo_tui.sanitize``) and never contains a token.
"""

from __future__ import annotations

from typing import ClassVar, Literal, Self

Role = Literal["superuser", "admin", "write", "view", "noaccess"]


class MatomoError(Exception):
    """Base class of every error that a call can raise.

    >>> try:
    ...     await matomo.call(sites.get_site_from_id(4_000))
    ... except MatomoError as error:
    ...     print(f"{error.method}: {type(error).__name__}")
    SitesManager.getSiteFromId: BadRequest
    """

    stops_polling: ClassVar[bool] = False
    """True if nothing may be sent until the user acts."""
    retry_after: float | None = None
    """Seconds to wait as requested by the server (``Retry-After``), if any."""
    offer: str | None = None
    """Address to try instead, if the answer suggests one."""
    method: str = ""
    """Matomo method that failed (``Live.getCounters``), ``""`` for hits. The sentence does not contain it."""

    def __repr__(self) -> str:
        called = f", method={self.method!r}" if self.method else ""
        return f"{type(self).__name__}({str(self)!r}{called})"

    @property
    def is_about_segment(self) -> bool:
        """Whether the segment was refused, or may have been."""
        return False

    def reworded(self, sentence: str) -> Self:
        """Return a copy with another sentence and the same attributes."""
        error = type(self).__new__(type(self), sentence)
        error.args = (sentence,)
        vars(error).update(vars(self))
        return error


def _names_segment(error: MatomoError) -> bool:
    return "segment" in str(error).casefold()


class Unreachable(MatomoError):
    """No connection: name not found, refused, reset, no route."""


class ConnectionLost(Unreachable):
    """The connection broke after the request was sent. A write may have taken effect: read the state back first."""


class AnswerDamaged(ConnectionLost):
    """The answer came whole, but cannot be decompressed."""


class TimedOut(MatomoError):
    """No answer within the time limit. A write may have taken effect: read the state back before retrying."""


class TLSFailed(MatomoError):
    """The server's certificate could not be verified, or the handshake failed.

    ``was_sent`` is True if the request was sent before, unencrypted to a port that answers in TLS."""

    was_sent = False


class Redirected(MatomoError):
    """The server answered with a redirect, which is not followed: the token is sent to no other address.

    ``location`` is the sanitized target. ``upgrade`` is the https address if only the scheme changes.
    """

    def __init__(self, sentence: str, location: str, upgrade: str | None = None) -> None:
        super().__init__(sentence)
        self.location = location
        self.upgrade = self.offer = upgrade


class NotMatomo(MatomoError):
    """The answer is not Matomo's: an HTML page with ``title``, or JSON of another shape.

    ``status`` is the HTTP status (200 if it says nothing). ``wordpress`` is True for a page of WordPress, where Matomo
    may be installed under another path.
    """

    def __init__(self, sentence: str, title: str = "", *, status: int = 200, wordpress: bool = False) -> None:
        super().__init__(sentence)
        self.title = title
        self.status = status
        self.wordpress = wordpress

    @property
    def may_mean_the_request(self) -> bool:
        """True if a server in front of Matomo refused, perhaps because of the request's content (such as a segment)."""
        return self.status in (403, 406)

    @property
    def is_about_segment(self) -> bool:
        """Whether the request had a segment that may have been taken for an attack, as the sentence says then."""
        return self.may_mean_the_request and _names_segment(self)


class Blocked(NotMatomo):
    """Bot protection or a firewall in front of Matomo refused the request."""

    @property
    def may_mean_the_request(self) -> bool:
        """Always True: firewalls judge requests by their content."""
        return True


class AnswerTooLong(NotMatomo):
    """The answer exceeds the size limit; reading stopped there."""


class TokenRejected(MatomoError):
    """Matomo does not accept the token. Sending it again counts towards the lockout of this IP address."""

    stops_polling = True
    was_sent: bool = True
    """False if this request was held back because the token had been rejected before."""

    @classmethod
    def held_back(cls, sentence: str) -> Self:
        """The error of a request that was not sent."""
        error = cls(sentence)
        error.was_sent = False
        return error


class LockedOut(MatomoError):
    """Too many failed logins from this IP address: Matomo refuses all its requests for a while."""

    stops_polling = True


class NoAccess(MatomoError):
    """The token is valid but lacks ``role`` on ``site_id`` (``None`` if the error is not about one site)."""

    def __init__(self, sentence: str, role: Role | None = None, site_id: int | None = None) -> None:
        super().__init__(sentence)
        self.role = role
        self.site_id = site_id


class NoSite(NoAccess):
    """The Matomo has no site yet, which is why the token, a superuser's, has access to none."""


class FeatureDisabled(MatomoError):
    """Visitor log, visitor profiles, a plug-in or a kind of period are disabled on the server or for this site."""


NOT_RECORDED = "The recording has no answer to "
"""The beginning of the sentence of :class:`NotRecorded`."""


class NotRecorded(FeatureDisabled):
    """A replay was asked for what was not on the screen while it was recorded.

    ``has_everybody`` is True if it was asked for a segment while the visits of everybody were recorded."""

    has_everybody = False


class BadRequest(MatomoError):
    """Matomo refused the request; the sentence is Matomo's message."""

    @property
    def is_about_segment(self) -> bool:
        """Whether the segment was refused: all of Matomo's messages about one name it."""
        return _names_segment(self)


class SiteNotFound(BadRequest):
    """The site that was looked for by its id or name cannot be opened; the token is a valid one."""


class UnknownSite(SiteNotFound):
    """The token has access to no site with that id or name."""


class SeveralMatch(SiteNotFound):
    """The name is that of several sites. Nothing was refused by the server; the sentence asks for the id."""


class BulkTooLong(BadRequest):
    """The server accepts at most ``limit`` calls in one request (``API_bulk_request_limit``)."""

    def __init__(self, sentence: str, limit: int) -> None:
        super().__init__(sentence)
        self.limit = limit


class WrongPassword(BadRequest):
    """The password of the token's owner, which some writes require, is not correct."""


class ServerError(MatomoError):
    """The server failed (``status`` 5xx): PHP error, unreachable backend or maintenance."""

    def __init__(self, sentence: str, status: int = 500) -> None:
        super().__init__(sentence)
        self.status = status


class RateLimited(MatomoError):
    """The server limits the rate of requests (429)."""


class NotAllowed(MatomoError):
    """The client refused to send the request, such as a write in read-only mode. Nothing was sent."""
