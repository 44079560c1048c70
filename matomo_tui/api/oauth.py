"""OAuth 2.0 against Matomo's OAuth2 plug-in: authorization code with PKCE, client credentials, refresh and revocation.

The plug-in has no device grant and no registration: a superuser creates the client in Matomo. Refresh tokens rotate:
each is accepted once, so a new one must be stored before its access token is used.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit

from matomo_tui.api import responses
from matomo_tui.api.address import Address
from matomo_tui.api.errors import BadRequest, FeatureDisabled, MatomoError, NotMatomo, Redirected, TokenRejected
from matomo_tui.api.secret import Secret, without_secrets
from matomo_tui.api.transport import Response
from matomo_tui.sanitize import sanitize

Scope = Literal["read", "write", "admin", "superuser"]
SCOPES: tuple[Scope, ...] = ("read", "write", "admin", "superuser")
"""The plug-in's scopes without their prefix ``matomo:``; a token has exactly one. Rights are the lower of scope and
role."""

CODE_LIFETIME = 600.0
"""Seconds after which the server no longer accepts an authorization code."""
REFRESH_LIFETIME = 30 * 86_400.0
"""Seconds after which an unused refresh token expires; the server does not tell."""
_SHORTEST_LIFETIME = 1.0
_DEFAULT_LIFETIME = 3600.0
_METHOD = "OAuth2.token"
"""The name of the token endpoint in errors."""
_LONGEST_TOKEN = 16_384
_NO_PLUGIN = b"The plugin OAuth2 "
"""Begins what Matomo says where the plug-in is missing (5.8.0, status 404) or not active (5.0.2, status 500)."""


class OAuthRefused(BadRequest):
    """The authorization server refused the request; ``code`` is its error code, such as ``invalid_scope``."""

    def __init__(self, sentence: str, code: str = "") -> None:
        super().__init__(sentence)
        self.code = code


class LoginEnded(TokenRejected):
    """The server accepts the refresh token no longer: the user has to log in again. No rejected token was sent."""

    was_sent = False


class TokenlessTransport(Protocol):
    """Sends requests without a token, such as :class:`~matomo_tui.api.http.HttpTransport` does."""

    async def request(self, method: Literal["GET", "POST"], url: str, form: Sequence[tuple[str, str]] = ()) -> Response:
        """Send a request, with ``form`` as its body, and return the response of any status. Raises ``MatomoError``."""
        ...


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The URLs of one authorization server."""

    authorize: str
    token: str
    revoke: str = ""
    """``""`` if the server cannot revoke tokens."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """The answer of the token endpoint."""

    access: Secret
    expires_in: float
    """Seconds until the access token expires."""
    refresh: Secret | None
    scope: str
    """As granted, with its prefix; ``""`` if the server does not tell."""


@dataclass(frozen=True, slots=True)
class Pkce:
    """A proof key (RFC 7636): the server learns the challenge first, and the verifier with the code."""

    verifier: Secret
    challenge: str

    @classmethod
    def new(cls) -> Pkce:
        """Return a random one."""
        verifier = secrets.token_urlsafe(64)
        digest = hashlib.sha256(verifier.encode()).digest()
        return cls(Secret(verifier), base64.urlsafe_b64encode(digest).rstrip(b"=").decode())


def default_endpoints(address: Address) -> Endpoints:
    """Return the URLs that every Matomo with the plug-in has."""
    return Endpoints(
        f"{address.entry_point}?module=OAuth2&action=authorize", f"{address.entry_point}?module=OAuth2&action=token"
    )


async def discover(http: TokenlessTransport, address: Address) -> Endpoints:
    """Return the URLs that the server publishes (RFC 8414), or the default ones where it publishes none.

    A missing document proves nothing: many web servers keep ``/.well-known/`` to themselves. URLs of another origin are
    not used, since secrets would be sent there. Raises ``FeatureDisabled`` if the plug-in is missing, before a browser
    shows that, and another ``MatomoError`` if the server cannot be reached.
    """
    found = default_endpoints(address)
    document = _json_object(await _body(http, f"{address.base}/.well-known/oauth-authorization-server"))
    if not document and _NO_PLUGIN in await _body(http, found.authorize):
        raise _no_plugin()

    def endpoint(name: str, instead: str) -> str:
        url = document.get(name)
        return url if isinstance(url, str) and _is_of(address, url) else instead

    return Endpoints(
        endpoint("authorization_endpoint", found.authorize),
        endpoint("token_endpoint", found.token),
        endpoint("revocation_endpoint", ""),
    )


async def _body(http: TokenlessTransport, url: str) -> bytes:
    """The body of a page of any status; nothing for a redirect, such as to the login form."""
    try:
        return (await http.request("GET", url)).body
    except (NotMatomo, Redirected):
        return b""


def authorization_url(
    endpoints: Endpoints, *, client_id: str, redirect_uri: str, scope: Scope, state: str, challenge: str
) -> str:
    """Return the address to open in a browser. It contains no secret."""
    query = urlencode(
        {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": redirect_uri,
            "scope": f"matomo:{scope}",
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
    )
    return f"{endpoints.authorize}{'&' if '?' in endpoints.authorize else '?'}{query}"


def code_in(answer: str, state: str) -> Secret:
    """Return the authorization code in a redirect: its whole address, its path or only its query.

    Raises ``BadRequest`` if the user or Matomo refused, if the answer belongs to another login (another ``state``), or
    if there is no code in it.
    """
    text = answer.strip()
    found = dict(parse_qsl(urlsplit(text).query if "?" in text else text))
    if not found.get("state"):
        raise BadRequest("That is not the whole address: copy all of it from the browser's address bar.")
    if not secrets.compare_digest(found["state"].encode(), state.encode()):
        raise BadRequest("That answer belongs to another login. Use the page that was opened last.")
    if "error" in found:
        raise _refusal(found)
    if not found.get("code"):
        raise BadRequest("There is no code in that address: copy all of it from the browser's address bar.")
    return Secret(found["code"])


async def exchange_code(
    http: TokenlessTransport,
    endpoints: Endpoints,
    *,
    client_id: str,
    client_secret: Secret | None,
    code: Secret,
    redirect_uri: str,
    verifier: Secret,
) -> Tokens:
    """TokenlessTransport an authorization code for tokens. Raises a ``MatomoError``."""
    form = [
        ("grant_type", "authorization_code"),
        ("code", code.reveal()),
        ("redirect_uri", redirect_uri),
        ("code_verifier", verifier.reveal()),
    ]
    return await _tokens(http, endpoints, form, client_id, client_secret)


async def client_credentials(
    http: TokenlessTransport, endpoints: Endpoints, *, client_id: str, client_secret: Secret, scope: Scope
) -> Tokens:
    """Request an access token for a client of its own, without a person and without a refresh token."""
    form = [("grant_type", "client_credentials"), ("scope", f"matomo:{scope}")]
    return await _tokens(http, endpoints, form, client_id, client_secret)


async def refresh(
    http: TokenlessTransport, endpoints: Endpoints, *, client_id: str, client_secret: Secret | None, token: Secret
) -> Tokens:
    """Use up a refresh token. The new one in the answer must be stored before the access token is used.

    Raises ``LoginEnded`` if the server accepts it no longer (expired, revoked or used before), or another
    ``MatomoError``. After a lost answer it may or may not have been used up.
    """
    form = [("grant_type", "refresh_token"), ("refresh_token", token.reveal())]
    try:
        return await _tokens(http, endpoints, form, client_id, client_secret)
    except OAuthRefused as error:
        # Depending on its version the plug-in's library calls a refused refresh token invalid_request or invalid_grant.
        if error.code not in ("invalid_grant", "invalid_request", "invalid_client", "unauthorized_client"):
            raise
        raise LoginEnded(f"The login has ended: {error} Log in again with `matomo-tui login`.") from None


async def revoke(
    http: TokenlessTransport, endpoints: Endpoints, *, client_id: str, client_secret: Secret | None, token: Secret
) -> None:
    """Revoke a token (RFC 7009) at a server that has an endpoint for it. Raises a ``MatomoError``."""
    form = [("token", token.reveal()), *_client(client_id, client_secret)]
    response = await http.request("POST", endpoints.revoke, form)
    if response.status != 200:
        raise _error(response)


async def _tokens(
    http: TokenlessTransport,
    endpoints: Endpoints,
    form: Sequence[tuple[str, str]],
    client_id: str,
    client_secret: Secret | None,
) -> Tokens:
    response = await http.request("POST", endpoints.token, [*form, *_client(client_id, client_secret)])
    answer = _json_object(response.body)
    access, refreshed = answer.get("access_token"), answer.get("refresh_token")
    if response.status >= 400 or not _is_token(access):
        raise _error(response)
    kind = answer.get("token_type", "Bearer")
    if str(kind).lower() != "bearer":
        raise OAuthRefused(
            f"The server issued a token of the type {sanitize(str(kind), 40)!r}, where Bearer is needed."
        )
    return Tokens(
        Secret(str(access)),
        _lifetime(answer.get("expires_in")),
        Secret(str(refreshed)) if _is_token(refreshed) else None,
        sanitize(str(answer.get("scope") or ""), 80),
    )


def _client(client_id: str, client_secret: Secret | None) -> list[tuple[str, str]]:
    own = [("client_id", client_id)]
    return own if client_secret is None else [*own, ("client_secret", client_secret.reveal())]


def _is_token(value: object) -> bool:
    """True for text that can be sent in a header."""
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_TOKEN and value.isascii() and value.isprintable()


def _lifetime(value: object) -> float:
    try:
        seconds = float(value)  # type: ignore[arg-type] # anything else is a TypeError
    except (TypeError, ValueError, OverflowError):
        return _DEFAULT_LIFETIME
    return min(max(seconds, _SHORTEST_LIFETIME), 365 * 86_400.0) if seconds == seconds else _DEFAULT_LIFETIME


def _is_of(address: Address, url: str) -> bool:
    """True if ``url`` has the scheme, host and port of the Matomo."""
    try:
        return Address.parse(url).origin == address.origin
    except ValueError:
        return False


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _error(response: Response) -> MatomoError:
    """The error for an answer without tokens."""
    answer = _json_object(response.body)
    if isinstance(answer.get("error"), str):
        return _refusal(answer)
    try:
        responses.noticed_answer_of(response, _METHOD)
    except FeatureDisabled:
        return _no_plugin()
    except MatomoError as error:
        if _NO_PLUGIN in response.body:
            return _no_plugin()
        return error
    return responses.unreadable(_METHOD)


def _no_plugin() -> FeatureDisabled:
    return FeatureDisabled(
        "This Matomo has no OAuth2 plug-in, or it is not active: a superuser installs and activates it in the "
        "administration, under Plugins. Without it, use a token."
    )


_SENTENCES: Mapping[str, str] = {
    "access_denied": "Matomo or its user refused the login.",
    "invalid_client": "Matomo does not know this client, or its secret is wrong: a superuser finds both in the "
    "administration, under Platform, OAuth2.",
    "invalid_scope": "This client may not ask for that scope: choose another one with --scope, or a superuser allows "
    "it in the administration, under Platform, OAuth2.",
    "invalid_grant": "Matomo does not accept the code or the refresh token: it has expired or was used before.",
    "unauthorized_client": "This client may not log in in this way: a superuser allows it in the administration, under "
    "Platform, OAuth2.",
    "unsupported_grant_type": "Matomo does not offer this way to log in.",
    "temporarily_unavailable": "Matomo cannot answer logins at the moment.",
    "server_error": "Matomo failed to answer the login.",
}
"""The problem and its remedy by error code."""


def _refusal(answer: Mapping[str, Any]) -> OAuthRefused:
    """The error for the error fields of an answer or of a redirect, with the server's own words."""
    code = sanitize(str(answer.get("error", "")), 60)
    words = [answer.get(name) for name in ("error_description", "message", "hint")]
    said = list(dict.fromkeys(word.strip() for word in words if isinstance(word, str) and word.strip()))
    detail = without_secrets(sanitize(" ".join(said), 300)).strip()
    sentence = _SENTENCES.get(code, "Matomo refused the login.")
    end = "" if detail.endswith((".", "!", "?")) else "."
    return OAuthRefused(f"{sentence} It says: {detail or code}{end}", code)
