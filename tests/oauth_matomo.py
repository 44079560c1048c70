"""A small Matomo with an authorization server, over real sockets.

It follows the OAuth2 plug-in and the library it is built on (league/oauth2-server): exactly one scope a token, PKCE
with S256, any port for 127.0.0.1 in a redirect address, codes for 600 s, access tokens for an hour, refresh tokens that
rotate and are refused when they are used again, and errors as JSON with ``error``, ``message`` and ``hint``.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from matomo_tui.api.transport import Response
from tests.recorded import html_response, json_response
from tests.small_matomo import TOKENS, SmallMatomo

REDIRECT = "http://127.0.0.1/callback"


@dataclass
class OAuthClient:
    """A client as a superuser makes it."""

    scopes: tuple[str, ...] = ("matomo:read", "matomo:write", "matomo:admin", "matomo:superuser")
    secret: str | None = None
    grants: tuple[str, ...] = ("authorization_code", "refresh_token", "client_credentials")


@dataclass
class Issued:
    """A code or a token."""

    client: str
    scope: str
    expires: float
    redirect: str = ""
    challenge: str = ""
    access: str = ""
    """The access token that belongs to a refresh token."""


@dataclass
class OAuthMatomo:
    """``refused_refresh`` is the error of a refresh token that was used before: it depends on the library's version."""

    clients: dict[str, OAuthClient] = field(
        default_factory=lambda: {"tui": OAuthClient(), "ops": OAuthClient(secret="0ps-s3cr3t-of-the-client")}
    )
    clock: Callable[[], float] = time.time
    lifetime: float = 3600.0
    publishes: bool = True
    """Whether there is a discovery document."""
    revokes: bool = True
    denies: bool = False
    """Whether the user refuses."""
    refused_refresh: str = "invalid_request"
    down: bool = False
    """Answer the token endpoint with 503."""
    codes: dict[str, Issued] = field(default_factory=dict)
    access: dict[str, Issued] = field(default_factory=dict)
    refresh: dict[str, Issued] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    """Refresh tokens that were used or revoked."""
    forms: list[dict[str, str]] = field(default_factory=list)
    """Every request to the token endpoint."""
    reused: int = 0
    """Refresh tokens that came a second time."""
    wrong_tokens: int = 0
    """API requests with a token that is invalid or has expired."""
    api_tokens: list[str] = field(default_factory=list)
    """The token of each API request that was answered."""
    urls: list[str] = field(default_factory=list)
    """Every path and query that was requested."""
    base: str = ""
    lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.matomo = SmallMatomo(rows={"API.getMatomoVersion": {"value": "5.8.0"}}, clock=self.clock)

    def get(self, target: str) -> Response:
        """Answer a GET request."""
        path, query = urlsplit(target).path, dict(parse_qsl(urlsplit(target).query))
        if path == "/.well-known/oauth-authorization-server" and self.publishes:
            document = {
                "authorization_endpoint": f"{self.base}/index.php?module=OAuth2&action=authorize",
                "token_endpoint": f"{self.base}/index.php?module=OAuth2&action=token",
            }
            revocation = {"revocation_endpoint": f"{self.base}/index.php?module=OAuth2&action=revoke"}
            return json_response({**document, **(revocation if self.revokes else {})})
        if query.get("action") == "authorize":
            return self._authorize(query)
        return html_response("404 Not Found", "Not Found", 404)

    def post(self, target: str, form: dict[str, str], headers: dict[str, str]) -> Response:
        """Answer a POST request."""
        query = dict(parse_qsl(urlsplit(target).query))
        if query.get("module") == "OAuth2":
            with self.lock:
                return self._revoke(form) if query["action"] == "revoke" else self._token(form)
        token = headers.get("authorization", "").removeprefix("Bearer ")
        issued = self.access.get(token)
        if issued is None or issued.expires <= self.clock() or "token_auth" in form:
            self.wrong_tokens += 1
            said = "Unable to authenticate with the provided token. It is either invalid, expired or requires POST."
            return html_response("Matomo › Error", said, 401)
        self.api_tokens.append(token)
        return self.matomo.respond(form, {"authorization": f"Bearer {TOKENS['admin']}"})

    def _authorize(self, query: dict[str, str]) -> Response:
        client = self.clients.get(query.get("client_id", ""))
        redirect = urlsplit(query.get("redirect_uri", ""))
        if client is None or f"http://{redirect.hostname}{redirect.path}" != REDIRECT:
            return refused("invalid_client", "Client authentication failed", 401)
        if query.get("response_type") != "code":
            return refused("unsupported_grant_type", "The authorization grant type is not supported", 400)
        if query.get("code_challenge_method") != "S256" or len(query.get("code_challenge", "")) != 43:
            return refused("invalid_request", "Code challenge must be provided for public clients", 400)
        answer = {"state": query.get("state", "")}
        if query.get("scope") not in client.scopes:
            answer |= {"error": "invalid_scope", "message": "The requested scope is invalid", "hint": "Check the scope"}
        elif self.denies:
            answer |= {"error": "access_denied", "message": "The resource owner or authorization server denied it."}
        else:
            code = secrets.token_hex(200)
            answer["code"] = code
            expires = self.clock() + 600
            self.codes[code] = Issued(
                query["client_id"], query["scope"], expires, query["redirect_uri"], query["code_challenge"]
            )
        return Response(302, b"", {"location": f"{query['redirect_uri']}?{urlencode(answer)}"})

    def _token(self, form: dict[str, str]) -> Response:
        self.forms.append(form)
        if self.down:
            return html_response("503 Service Unavailable", "Service Unavailable", 503)
        client = self.clients.get(form.get("client_id", ""))
        if client is None or (client.secret is not None and form.get("client_secret") != client.secret):
            return refused("invalid_client", "Client authentication failed", 401)
        grant = form.get("grant_type", "")
        if grant not in client.grants:
            return refused("unauthorized_client", "The client may not use this grant", 400)
        if grant == "authorization_code":
            return self._exchange(form)
        if grant == "refresh_token":
            return self._refresh(form)
        if form.get("scope") not in client.scopes:
            return refused("invalid_scope", "The requested scope is invalid, unknown, or malformed", 400)
        return self._issue(form["client_id"], form["scope"], with_refresh=False)

    def _exchange(self, form: dict[str, str]) -> Response:
        issued = self.codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if issued is None or issued.expires <= self.clock():
            return refused("invalid_grant", "The authorization code has expired or was revoked", 400)
        if (issued.client, issued.redirect) != (form["client_id"], form.get("redirect_uri")):
            return refused("invalid_request", "Invalid redirect URI", 400)
        if challenge.rstrip(b"=").decode() != issued.challenge:
            return refused("invalid_grant", "Failed to verify `code_verifier`.", 400)
        return self._issue(issued.client, issued.scope, "refresh_token" in self.clients[issued.client].grants)

    def _refresh(self, form: dict[str, str]) -> Response:
        token = form.get("refresh_token", "")
        issued = self.refresh.get(token)
        if token in self.used:
            self.reused += 1
        if issued is None or issued.client != form["client_id"] or token in self.used:
            return refused(self.refused_refresh, "The refresh token is invalid.", 401, "Token has been revoked")
        if issued.expires <= self.clock():
            return refused(self.refused_refresh, "The refresh token is invalid.", 401, "Token has expired")
        self.used.add(token)
        self.access.pop(issued.access, None)
        return self._issue(issued.client, issued.scope)

    def _revoke(self, form: dict[str, str]) -> Response:
        if not self.revokes:
            return html_response("404", "Not Found", 404)
        self.used.add(form.get("token", ""))
        self.access.pop(form.get("token", ""), None)
        return Response(200, b"", {})

    def _issue(self, client: str, scope: str, with_refresh: bool = True) -> Response:
        access, refresh = f"eyJ0eXAi.{secrets.token_hex(300)}.{secrets.token_hex(40)}", secrets.token_hex(300)
        self.access[access] = Issued(client, scope, self.clock() + self.lifetime)
        answer: dict[str, Any] = {"token_type": "Bearer", "expires_in": int(self.lifetime), "access_token": access}
        if with_refresh:
            self.refresh[refresh] = Issued(client, scope, self.clock() + 30 * 86_400, access=access)
            answer["refresh_token"] = refresh
        return json_response(answer)

    def every_secret(self) -> set[str]:
        """All codes, tokens, secrets and verifiers that this server has seen or issued."""
        sent = {
            form[name] for form in self.forms for name in ("code", "code_verifier", "refresh_token") if name in form
        }
        own = {client.secret for client in self.clients.values() if client.secret is not None}
        return sent | own | {*self.access, *self.refresh, *self.used}


def refused(code: str, message: str, status: int, hint: str = "") -> Response:
    """An error as the library writes it."""
    return json_response({"error": code, "message": message, **({"hint": hint} if hint else {})}, status)


@contextmanager
def serving_oauth(matomo: OAuthMatomo) -> Iterator[str]:
    """Serve it on a free port; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            matomo.urls.append(self.path)
            self._send(matomo.get(self.path))

        def do_POST(self) -> None:
            matomo.urls.append(self.path)
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            self._send(matomo.post(self.path, dict(parse_qsl(body, keep_blank_values=True)), headers))

        def _send(self, response: Response) -> None:
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            self.wfile.write(response.body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    matomo.base = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield matomo.base
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
