"""OAuth 2.0 calls against hostile and broken servers: each ends in a sentence, and no secret goes elsewhere."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.api import oauth
from matomo_tui.api.address import Address
from matomo_tui.api.errors import BadRequest, FeatureDisabled, LockedOut, MatomoError, NotMatomo, Redirected
from matomo_tui.api.oauth import Endpoints, LoginEnded, OAuthRefused, Pkce
from matomo_tui.api.secret import Secret
from matomo_tui.api.transport import Response
from tests.recorded import html_response, json_response

ADDRESS = Address.parse("https://m.example/matomo")
ENDPOINTS = oauth.default_endpoints(ADDRESS)


@dataclass
class Server:
    """Answers every request with ``answer``."""

    answer: Response | MatomoError
    sent: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    async def request(self, method: Literal["GET", "POST"], url: str, form: Sequence[tuple[str, str]] = ()) -> Response:
        self.sent.append((method, url, dict(form)))
        if isinstance(self.answer, MatomoError):
            raise self.answer
        return self.answer


async def as_client(server: Server) -> oauth.Tokens:
    secret = Secret("cl13nt-s3cr3t")
    return await oauth.client_credentials(server, ENDPOINTS, client_id="ops", client_secret=secret, scope="read")


async def refreshed(server: Server) -> oauth.Tokens:
    token = Secret("r3fr3sh-t0ken")
    return await oauth.refresh(server, ENDPOINTS, client_id="tui", client_secret=None, token=token)


def test_the_default_endpoints() -> None:
    assert ENDPOINTS.authorize == "https://m.example/matomo/index.php?module=OAuth2&action=authorize"
    assert ENDPOINTS.token == "https://m.example/matomo/index.php?module=OAuth2&action=token"
    assert ENDPOINTS.revoke == ""


async def test_published_endpoints_are_used_if_they_are_of_the_same_origin() -> None:
    document = {
        "authorization_endpoint": "https://m.example/oauth2/authorize",
        "token_endpoint": "https://evil.example/token",
        "revocation_endpoint": "http://m.example/revoke",
    }
    server = Server(json_response(document))
    found = await oauth.discover(server, ADDRESS)
    assert found == Endpoints("https://m.example/oauth2/authorize", ENDPOINTS.token, "")
    assert server.sent == [("GET", "https://m.example/matomo/.well-known/oauth-authorization-server", {})]


async def test_a_matomo_without_the_plugin_is_found_out_before_a_browser_opens() -> None:
    for words in ("The plugin OAuth2 was not found.", "The plugin OAuth2 is not enabled. You can activate it."):
        with pytest.raises(FeatureDisabled, match="no OAuth2 plug-in"):
            await oauth.discover(Server(html_response(ERROR, words, 404)), ADDRESS)


@pytest.mark.parametrize(
    "answer",
    [
        html_response("404 Not Found", "Not Found", 404),
        json_response({"token_endpoint": 3}),
        json_response(["token_endpoint"]),
        Response(200, b"\xff{"),
        NotMatomo("too long"),
        Redirected("elsewhere", "https://other.example/"),
    ],
)
async def test_a_missing_or_odd_document_proves_nothing(answer: Response | MatomoError) -> None:
    assert await oauth.discover(Server(answer), ADDRESS) == ENDPOINTS


def test_the_page_has_a_challenge_and_no_secret() -> None:
    pkce = Pkce.new()
    page = oauth.authorization_url(
        ENDPOINTS,
        client_id="my app&x",
        redirect_uri="http://127.0.0.1:50000/callback",
        scope="read",
        state="st",
        challenge=pkce.challenge,
    )
    query = dict(parse_qsl(urlsplit(page).query))
    assert query == {
        "module": "OAuth2",
        "action": "authorize",
        "response_type": "code",
        "client_id": "my app&x",
        "redirect_uri": "http://127.0.0.1:50000/callback",
        "scope": "matomo:read",
        "state": "st",
        "code_challenge": pkce.challenge,
        "code_challenge_method": "S256",
    }
    digest = hashlib.sha256(pkce.verifier.reveal().encode()).digest()
    assert base64.urlsafe_b64decode(pkce.challenge + "=") == digest
    assert 43 <= len(pkce.verifier.reveal()) <= 128
    assert pkce.verifier.reveal() not in page
    assert Pkce.new() != pkce


@pytest.mark.parametrize(
    "answer",
    [
        "http://127.0.0.1:5000/callback?code=c0de&state=st",
        " /callback?state=st&code=c0de \n",
        "code=c0de&state=st",
    ],
)
def test_the_code_in_an_answer(answer: str) -> None:
    assert oauth.code_in(answer, "st") == Secret("c0de")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("c0de", "not the whole address"),
        ("", "not the whole address"),
        ("http://127.0.0.1/callback?code=c0de", "not the whole address"),
        ("http://127.0.0.1/callback?code=c0de&state=other", "another login"),
        ("http://127.0.0.1/callback?error=access_denied&state=other", "another login"),
        ("http://127.0.0.1/callback?state=st", "no code"),
        ("http://127.0.0.1/callback?error=access_denied&state=st", "refused the login"),
        ("http://127.0.0.1/callback?error=%1b[31m&error_description=%1b[2Jx&state=st", "It says: [2Jx"),
        ("http://127.0.0.1/callback?code=c0de&state=%C3%A4", "another login"),
    ],
)
def test_another_answer_is_refused_with_a_sentence(answer: str, words: str) -> None:
    with pytest.raises(BadRequest) as error:
        oauth.code_in(answer, "st")
    assert words in str(error.value)
    assert "\x1b" not in str(error.value)


@given(st.text())
def test_any_other_text_is_a_sentence(text: str) -> None:
    with pytest.raises(BadRequest) as error:
        oauth.code_in(text, "state-of-the-login")
    assert str(error.value).isprintable()


async def test_the_tokens_of_an_answer() -> None:
    answer = {"token_type": "Bearer", "expires_in": 900, "access_token": "acc3ss", "refresh_token": "r3fr3sh"}
    server = Server(json_response(answer))
    tokens = await as_client(server)
    assert tokens == oauth.Tokens(Secret("acc3ss"), 900.0, Secret("r3fr3sh"), "")
    ((method, url, form),) = server.sent
    assert (method, url) == ("POST", ENDPOINTS.token)
    assert form == {
        "grant_type": "client_credentials",
        "scope": "matomo:read",
        "client_id": "ops",
        "client_secret": "cl13nt-s3cr3t",
    }
    assert "acc3ss" not in repr(tokens)


@pytest.mark.parametrize("expires_in", [None, "soon", [], float("nan"), "nan"])
async def test_a_lifetime_that_is_none_is_an_hour(expires_in: Any) -> None:
    answer = Response(200, json.dumps({"access_token": "acc3ss", "expires_in": expires_in}).encode())
    assert (await as_client(Server(answer))).expires_in == 3600


@pytest.mark.parametrize(("expires_in", "seconds"), [(-5, 1), (0, 1), ("60", 60), (1e99, 365 * 86_400)])
async def test_a_lifetime_is_bounded(expires_in: Any, seconds: float) -> None:
    answer = json_response({"access_token": "acc3ss", "expires_in": expires_in})
    assert (await as_client(Server(answer))).expires_in == seconds


ERROR = "Matomo › Error"
LEAGUE = {"error": "invalid_client", "message": "Client authentication failed"}


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (json_response(LEAGUE, 401), OAuthRefused, "does not know this client"),
        (json_response({"error": "invalid_scope", "hint": "Check the `x` scope"}, 400), OAuthRefused, "--scope"),
        (json_response({"error": "new_error"}, 400), OAuthRefused, "new_error"),
        (json_response({"error": "x", "message": "\x1b]0;t\x07cl13nt-s3cr3t"}, 400), OAuthRefused, "***"),
        (json_response({"access_token": "x", "token_type": "mac"}), OAuthRefused, "'mac', where Bearer is needed"),
        (json_response({"access_token": 3}), NotMatomo, "not in Matomo's format"),
        (json_response({"access_token": "a\nb"}), NotMatomo, "not in Matomo's format"),
        (json_response({"access_token": "x" * 20_000}), NotMatomo, "not in Matomo's format"),
        (json_response([]), NotMatomo, "not in Matomo's format"),
        (html_response("Login", "Sign in to the proxy", 200), NotMatomo, "Login"),
        (html_response(ERROR, "The plugin OAuth2 was not found.", 404), FeatureDisabled, "no OAuth2 plug-in"),
        (html_response(ERROR, "The plugin OAuth2 is not enabled.", 500), FeatureDisabled, "no OAuth2 plug-in"),
        (html_response("Too many failed logins", "Too many failed logins", 403), LockedOut, "locked"),
    ],
)
async def test_an_answer_without_tokens_is_a_sentence(answer: Response, kind: type[MatomoError], words: str) -> None:
    with pytest.raises(kind) as error:
        await as_client(Server(answer))
    assert words in str(error.value)
    assert str(error.value).isprintable()
    assert "cl13nt-s3cr3t" not in str(error.value)


@pytest.mark.parametrize("code", ["invalid_grant", "invalid_request", "invalid_client", "unauthorized_client"])
async def test_a_refused_refresh_token_ends_the_login(code: str) -> None:
    answer = json_response({"error": code, "message": "The refresh token is invalid.", "hint": "r3fr3sh-t0ken"}, 401)
    with pytest.raises(LoginEnded) as error:
        await refreshed(Server(answer))
    assert not error.value.was_sent
    assert "r3fr3sh-t0ken" not in str(error.value)


async def test_a_server_that_fails_does_not_end_the_login() -> None:
    with pytest.raises(OAuthRefused):
        await refreshed(Server(json_response({"error": "server_error"}, 500)))


async def test_revoking() -> None:
    endpoints = Endpoints("a", "t", "https://m.example/revoke")
    server = Server(Response(200, b""))
    await oauth.revoke(server, endpoints, client_id="tui", client_secret=None, token=Secret("acc3ss"))
    assert server.sent == [("POST", "https://m.example/revoke", {"token": "acc3ss", "client_id": "tui"})]
    refused = Server(json_response(LEAGUE, 401))
    with pytest.raises(OAuthRefused):
        await oauth.revoke(refused, endpoints, client_id="tui", client_secret=None, token=Secret("acc3ss"))
