"""Converts exceptions of httpx, TLS and the operating system to errors with a sentence and a remedy."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urljoin

from matomo_tui.api.address import Address
from matomo_tui.api.errors import (
    AnswerDamaged,
    ConnectionLost,
    MatomoError,
    NotMatomo,
    Redirected,
    TLSFailed,
    Unreachable,
)
from matomo_tui.late_pattern import late_pattern
from matomo_tui.sanitize import sanitize

_ERRNO = {
    errno.ECONNREFUSED: "{host} refuses connections on port {port}: is the address right, and is the web server up?",
    errno.ENETUNREACH: "There is no network to reach {host}: is this machine online?",
    errno.EHOSTUNREACH: "There is no route to {host}: is this machine online, and is a VPN needed?",
    errno.EACCES: "This machine does not allow a connection to {host} (a firewall or a sandbox).",
    errno.EMFILE: "This machine has too many open files to connect to {host}.",
}
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL"})
# X509_V_ERR numbers of OpenSSL. Systems with their own verification report texts instead; see _untrusted().
_TOO_EARLY = frozenset({9})
_EXPIRED = frozenset({10})
_OTHER_NAME = frozenset({62, 63, 64})
# Messages of h11 and httpcore about a connection that ended early; all others are about what was sent.
_ENDED = late_pattern(r"disconnected|closed connection")
_BREAKS = frozenset({"RemoteProtocolError", "ReadError", "WriteError", "CloseError", "ConnectionResetError"})


def connection_error(error: BaseException, address: Address) -> MatomoError:
    """Return the ``MatomoError`` for an exception of httpx, ssl or socket, without a reference to the request."""
    causes = list(_causes(error))
    for explain in (_explain_tls, _explain_name, _explain_errno, _explain_no_http):
        for cause in causes:
            if found := explain(cause, address):
                return found
    names = {type(cause).__name__ for cause in causes}
    host, port = address.host, address.port
    if "ProxyError" in names:
        return Unreachable(f"The proxy that the environment names (HTTPS_PROXY) would not connect to {host}.")
    if "ConnectError" in names:
        return Unreachable(f"No connection to {host} on port {port}: is the address right, and is this machine online?")
    if "DecodingError" in names:
        return damaged(address)
    if names & _BREAKS:
        return ConnectionLost(f"The connection to {host} broke before the answer was complete.")
    return Unreachable(f"{host} gave no answer.")


def damaged(address: Address) -> AnswerDamaged:
    """The error for an answer that cannot be decompressed."""
    return AnswerDamaged(f"The answer of {address.host} arrived damaged: its compression is not the declared one.")


def _explain_tls(cause: BaseException, address: Address) -> MatomoError | None:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return TLSFailed(_untrusted(cause, address.host))
    if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        if cause.reason in _NO_TLS:
            plain = address.with_scheme("http")
            failed = TLSFailed(
                f"Port {address.port} of {address.host} does not speak https. For plain http, write "
                f"{plain} (the token then travels unencrypted)."
            )
            # Only on a private network: over the internet, one key press must not send the token unencrypted.
            failed.offer = plain if address.is_nearby else None
            return failed
        reason = sanitize((cause.reason or "").replace("_", " ").lower(), 80) or "no reason given"
        return TLSFailed(
            f"A secure connection to {address.host} failed ({reason}): does port {address.port} speak https?"
        )
    return None


def _explain_name(cause: BaseException, address: Address) -> MatomoError | None:
    if not isinstance(cause, socket.gaierror):
        return None
    return Unreachable(
        f"The host name {address.host} was not found: is it spelled correctly, and is this machine online?"
    )


def _explain_errno(cause: BaseException, address: Address) -> MatomoError | None:
    if not isinstance(cause, OSError) or cause.errno not in _ERRNO:
        return None
    return Unreachable(_ERRNO[cause.errno].format(host=address.host, port=address.port))


def _explain_no_http(cause: BaseException, address: Address) -> MatomoError | None:
    """Explain an answer that is not HTTP: TLS on a port addressed with plain http, or invalid headers or lengths."""
    name, message = type(cause).__name__, str(cause)
    # httpx parses the target of a redirect even if it is not followed.
    if name == "InvalidURL" or (name == "RemoteProtocolError" and "location header" in message):
        return Redirected(f"{address.host} redirects to something that is not a web address.", "")
    if name != "RemoteProtocolError" or _ENDED.search(message):
        return None
    # h11's message if the first byte is a control character, as in a TLS alert.
    if "illegal request line" in message and address.scheme == "http":
        return wants_https(address)
    return NotMatomo(f"The answer of {address.host} on port {address.port} is not valid HTTP and was not read.")


def wants_https(address: Address) -> TLSFailed:
    """The error for plain http to an https port. The token was sent unencrypted."""
    secure = address.with_scheme("https")
    failed = TLSFailed(f"Port {address.port} of {address.host} seems to speak https, not plain http: use {secure}")
    failed.offer, failed.was_sent = secure, True
    return failed


def redirected(address: Address, location: str, status: int) -> Redirected:
    """The error for a redirect to ``location`` (the header's value), with an address to offer if that is safe."""
    shown = sanitize(location, 200)
    try:
        target = Address.parse(urljoin(address.entry_point, location))
    except ValueError:
        return Redirected(f"{address.host} redirects ({status}) to something that is not a web address.", shown)
    if target.host == address.host and target.path == address.path:
        if address.scheme == "http" and target.scheme == "https":
            return Redirected(
                f"{address.host} requires https: use {target.base} (the token was not sent there).", shown, target.base
            )
        if target.scheme == address.scheme and target.port == address.port:
            return Redirected(
                f"{address.host} redirects ({status}) the API to another of its pages, such as a login wall: {shown}",
                shown,
            )
    return Redirected(
        f"{address.host} redirects ({status}) to {target.base}. The token was not sent there: "
        "if that is your Matomo, use it as the address.",
        shown,
    )


def _untrusted(error: ssl.SSLCertVerificationError, host: str) -> str:
    code = getattr(error, "verify_code", 0)
    why = sanitize(error.verify_message or error.reason or "it cannot be verified", 160).strip()
    if code in _EXPIRED or "expired" in why:
        return (
            f"The certificate of {host} has expired ({why}): the server's administrator must renew "
            "it. If it is valid for others, check this computer's clock. Nothing was sent."
        )
    if code in _TOO_EARLY or "not yet valid" in why:
        return (
            f"The certificate of {host} is not valid yet ({why}): check this computer's date and time. "
            "Nothing was sent."
        )
    if code in _OTHER_NAME or "mismatch" in why.lower() or "not valid for" in why:
        return (
            f"The certificate at {host} is for another name ({why}): is the address the same as in "
            "the browser, and is this the right server? Nothing was sent."
        )
    return (
        f"The certificate of {host} is not trusted ({why}). If it is signed by your own authority, "
        "name its certificate in ca_bundle."
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield ``error``, its causes and contexts, and the members of exception groups among them; each once."""
    pending, seen = [error], set[int]()
    while pending:
        current = pending.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        if isinstance(current, BaseExceptionGroup):
            pending.extend(current.exceptions)
        pending.extend(cause for cause in (current.__cause__, current.__context__) if cause is not None)
