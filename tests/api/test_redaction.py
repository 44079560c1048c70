"""Known secrets are removed from texts in all their encodings."""

from __future__ import annotations

import html
import json
from urllib.parse import quote, quote_plus

import httpx
import pytest

from matomo_tui.api import responses, secret, server
from matomo_tui.api.address import Address
from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError, NoAccess, TokenRejected, WrongPassword
from matomo_tui.api.http import HttpTransport
from matomo_tui.api.secret import Secret, forms, redact, without_secrets
from matomo_tui.api.transport import Response
from matomo_tui.config.crash_file import crash_message, crash_text
from tests.api.wire import Wire

TOKEN = "jürgen:abcd EFGH ijkl&MN<P"
JWT = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJtYXRvbW8ifQ.c2lnbmF0dXJl-_x"
FORMS = {
    "plain": TOKEN,
    "form": quote_plus(TOKEN),
    "url": quote(TOKEN, safe=""),
    "url, lower case": quote_plus(TOKEN).replace("%C3%BC", "%c3%bc").replace("%3A", "%3a").replace("%3C", "%3c"),
    "without spaces": TOKEN.replace(" ", ""),
    "json": json.dumps(TOKEN)[1:-1],
    "html": html.escape(TOKEN),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_known_secret_is_struck_out(form: str) -> None:
    secret = Secret(TOKEN)
    assert redact(f"before {FORMS[form]} after") == "before *** after"
    assert secret


@pytest.mark.parametrize("form", ["plain", "form", "url", "without spaces", "json", "html"])
@pytest.mark.parametrize("auth", ["post", "bearer"])
async def test_an_answer_that_repeats_the_request_does_not_show_its_token(form: str, auth: str) -> None:
    body = f"<html><title>Bad request: {FORMS[form]}</title><body>x".encode()
    wire = Wire(lambda _: httpx.Response(400, content=body, headers={"X-Said": quote_plus(TOKEN)}))
    transport = HttpTransport(
        Address.parse("stats.example"), Secret(TOKEN), auth="post" if auth == "post" else "bearer", httpx_transport=wire
    )
    response = await transport.post([("module", "API")])
    assert b"abcd" not in response.body
    assert response.headers["x-said"] == "***"
    with pytest.raises(MatomoError) as caught:
        await Client(transport).call(server.get_matomo_version())
    assert "abcd" not in str(caught.value)


@pytest.mark.parametrize(
    ("word", "said", "kind"),
    [
        ("access", "You can't access this resource as it requires 'view' access for the website id = 1.", NoAccess),
        ("password", "The current password you entered is not correct.", WrongPassword),
        ("authenticate", "Unable to authenticate with the provided token.", TokenRejected),
    ],
)
def test_a_secret_equal_to_a_word_of_an_answer_does_not_change_its_meaning(
    word: str, said: str, kind: type[MatomoError]
) -> None:
    secret = Secret(word)
    error = responses.refused(said)
    assert type(error) is kind
    assert kind is not WrongPassword or str(error) == "The current *** you entered is not correct."
    page = Response(401, f"<html><title>Error</title><h2>{said}</h2></html>".encode())
    assert kind is not TokenRejected or _page_error(page) is TokenRejected
    assert secret


def _page_error(page: Response) -> type[MatomoError]:
    with pytest.raises(MatomoError) as caught:
        responses.answer_of(page, "API.getMatomoVersion")
    return type(caught.value)


@pytest.mark.parametrize("value", [" " * 9, "t      ", "  h  e  "])
def test_a_secret_that_is_short_without_its_spaces_leaves_other_texts_as_they_are(value: str) -> None:
    secret = Secret(value)
    text = "Matomo refused: the password is too short."
    assert redact(text) == text
    assert secret.reveal() == value


def test_secrets_may_be_made_while_a_text_is_redacted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread creates one between any two of those examined."""
    held = [Secret(f"secret number {n}") for n in range(3)]

    def meanwhile(found: Secret | None) -> frozenset[str]:
        held.append(Secret(f"another {len(held)}"))
        return forms(found)

    monkeypatch.setattr(secret, "forms", meanwhile)
    assert redact("secret number 1") == "***"
    assert len(held) > 3


async def test_a_bearer_of_any_letters_is_sent_as_it_is() -> None:
    seen: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.extend(value for name, value in request.headers.raw if name.lower() == b"authorization")
        return httpx.Response(200, content=b'{"value": "5.8.0"}')

    transport = HttpTransport(
        Address.parse("stats.example"), Secret(TOKEN), auth="bearer", httpx_transport=Wire(answer)
    )
    await Client(transport).call(server.get_matomo_version())
    assert seen == [f"Bearer {TOKEN}".encode()]


async def test_everybodys_token_is_no_bearer() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert "authorization" not in request.headers
        return httpx.Response(200, content=b'{"value": "5.8.0"}')

    transport = HttpTransport(
        Address.parse("stats.example"), Secret("anonymous"), auth="bearer", httpx_transport=Wire(answer)
    )
    assert await Client(transport).call(server.get_matomo_version()) == "5.8.0"


def test_a_crash_tells_no_known_secret_and_no_jwt() -> None:
    secret = Secret("pass word:1")
    error = RuntimeError(f"cannot send {secret.reveal()} or {quote(secret.reveal())} or {JWT}")
    for text in (crash_text(error), crash_message(error, None)):
        assert "pass" not in text.partition("cannot send")[2].partition("\n")[0]
        assert "eyJ" not in text


@pytest.mark.parametrize("text", [f"Bearer {JWT}", f"token {JWT}.", f"x={JWT}&y=1", f'"{JWT}"'])
def test_a_jwt_is_struck_out_even_where_it_is_not_known(text: str) -> None:
    assert "eyJ" not in without_secrets(text)
    assert "c2ln" not in without_secrets(text)
