"""Classification of responses: all kinds of pages, all wordings of refusals, statuses and Retry-After."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.api import responses
from matomo_tui.api.errors import (
    BadRequest,
    FeatureDisabled,
    LockedOut,
    MatomoError,
    NoAccess,
    NotMatomo,
    RateLimited,
    ServerError,
    TokenRejected,
)
from matomo_tui.api.transport import Response
from matomo_tui.sanitize import sanitize
from tests.recorded import html_response, json_response, refusal

METHOD = "Live.getCounters"


def error_of(response: Response) -> MatomoError:
    with pytest.raises(MatomoError) as caught:
        responses.answer_of(response, METHOD)
    return caught.value


def plain(body: str, status: int = 200, **headers: str) -> Response:
    return Response(status, body.encode(), headers)


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"value": 1}', b'[{"result": "error"}]', b'{"result":"success"}'])
def test_json_is_the_answer_as_it_is(body: bytes) -> None:
    assert responses.answer_of(Response(200, body), METHOD) == body


@pytest.mark.parametrize(
    "before",
    [
        b"\xef\xbb\xbf",
        b"\n\n  ",
        b"<br />\n<b>Deprecated</b>:  Return type of A::b() in <b>/var/www/core/A.php</b> on line <b>12</b><br />\n",
        b"<br />\n<b>Warning</b>:  x in <b>/a.php</b> on line <b>1</b><br />\n"
        b"<br />\n<b>Notice</b>:  y in <b>/b.php</b> on line <b>2</b><br />\n",
    ],
    ids=["byte order mark", "white space", "a PHP notice", "two of them"],
)
def test_php_output_before_the_json_is_harmless(before: bytes) -> None:
    assert responses.answer_of(Response(200, before + b'{"value": 1}'), METHOD) == b'{"value": 1}'


PAGES = [
    # A page that is no Matomo's: the title says whose.
    (html_response("Welcome to nginx!"), NotMatomo, "“Welcome to nginx!”"),
    (html_response("Sign in &ndash; Single <b>Sign</b>-On"), NotMatomo, "“Sign in – Single Sign -On”"),
    (html_response("", "Nothing"), NotMatomo, "something else"),
    (html_response("My blog: Fatal error: what to do", "Fatal error:"), NotMatomo, "“My blog"),
    (plain(""), NotMatomo, "an empty answer"),
    (plain("", 204), NotMatomo, "an empty answer"),
    (plain("It works!"), NotMatomo, "something else"),
    (html_response("404 Not Found", status=404), NotMatomo, "no Matomo at this address"),
    (html_response("403 Forbidden", status=403), NotMatomo, "refused (403)"),
    (html_response("Method Not Allowed", status=405), NotMatomo, "405"),
    (html_response("Error response", status=501), NotMatomo, "accepts no POST requests (501)"),
    (json_response({"error": "no such route"}, 404), NotMatomo, "404"),
    (Response(304, b""), NotMatomo, "an empty answer"),
    # The server itself.
    (html_response("502 Bad Gateway", status=502), ServerError, "(502): 502 Bad Gateway"),
    (html_response("Matomo › Error", "SQLSTATE[HY000] [2002]", status=500), ServerError, "SQLSTATE[HY000] [2002]"),
    (html_response("Matomo", "Matomo is in scheduled maintenance.", status=503), ServerError, "not available now"),
    (html_response("Matomo is in maintenance", "Back soon"), ServerError, "not available now: Back soon"),
    (plain("", 500), ServerError, "The server failed (500)."),
    (plain("upstream connect error", 503), ServerError, "upstream connect error"),
    (json_response({"message": "no healthy upstream"}, 503), ServerError, "(503)"),
    (plain("<br /><b>Fatal error</b>:  Uncaught TypeError"), ServerError, "Fatal error"),
    (plain("PHP Fatal error:  Allowed memory size of 134217728 bytes exhausted"), ServerError, "Allowed memory size"),
    # The token.
    (html_response("Matomo › Error", "Unable to authenticate with the provided token.", 401), TokenRejected, "token"),
    (html_response("Matomo › Error", "Unable to authenticate with the provided token.", 200), TokenRejected, "token"),
    (
        html_response("Acme Analytics › Fehler", "Das Token ist falsch.", 401),
        TokenRejected,
        "does not accept the token",
    ),
    (json_response({"error": "invalid_token"}, 401), TokenRejected, "does not accept the token"),
    (
        html_response("Matomo › Error", "You are not allowed to log in because you had too many failed logins", 403),
        LockedOut,
        "locked out",
    ),
    # A web server's own login, which is not the token's fault.
    (
        html_response("401 Unauthorized", status=401, **{"www-authenticate": 'Basic realm="staging"'}),
        NotMatomo,
        "basic_auth_user",
    ),
    (html_response("401", status=401, **{"www-authenticate": "Bearer"}), TokenRejected, "does not accept the token"),
]


@pytest.mark.parametrize(("response", "kind", "said"), PAGES, ids=[f"{p[0].status} {p[2]}" for p in PAGES])
def test_a_page_is_the_error_it_means(response: Response, kind: type[MatomoError], said: str) -> None:
    error = error_of(response)
    assert type(error) is kind
    assert said in str(error)


def test_the_title_of_the_page_is_kept_and_is_clean() -> None:
    error = error_of(html_response("\x1b]0;pwned\x07Sign\u202e in &#27;[2J"))
    assert isinstance(error, NotMatomo)
    assert error.title == "]0;pwnedSign in [2J"
    assert "\x1b" not in str(error)


REFUSALS = [
    ("Visits log is deactivated globally. A user with super user access can enable it.", FeatureDisabled),
    ("Visits log is deactivated in website settings. A user with at least admin access can …", FeatureDisabled),
    ("Visitor profile is deactivated globally.", FeatureDisabled),
    ("Visitor profile is deactivated in website settings.", FeatureDisabled),
    ("Visits log is disabled for this site.", FeatureDisabled),
    ("The plugin Live is not enabled. You can activate the plugin on Settings &gt; Plugins.", FeatureDisabled),
    ("The plugin Live is not activated.", FeatureDisabled),
    ("Unable to authenticate with the provided token. It is either invalid, expired or is required …", TokenRejected),
    ("The access token is invalid or has expired", TokenRejected),
    ("Too many failed logins. Please wait and try logging in again later.", LockedOut),
    ("The user has to be either a Super User or the user 'alice' itself.", NoAccess),
    ("You must be logged in to access this functionality.", NoAccess),
    ("You can't access this resource as it requires the capability 'tagmanager_write'.", NoAccess),
    ("You cannot use Matomo as your IP 203.0.113.7 is not allowlisted.", NoAccess),
    ("The query took too long to execute. Please try again.", ServerError),
    ("SQLSTATE[40001]: Serialization failure: 1213 Deadlock found when trying to get lock", ServerError),
    ("SQLSTATE[HY000] [1040] Too many connections", ServerError),
    ("SQLSTATE[42S22]: Column not found: 1054 Unknown column 'a' in 'field list'", BadRequest),
    ("The segment 'visitorProfile==x' is not supported.", BadRequest),
    ("The date 'token' is expired.", BadRequest),
    ("", BadRequest),
]


@pytest.mark.parametrize(("message", "kind"), REFUSALS, ids=[refused[0][:50] for refused in REFUSALS])
def test_a_refusal_is_the_error_it_means(message: str, kind: type[MatomoError]) -> None:
    alone = error_of(json_response(refusal(message)))
    assert type(alone) is kind
    assert str(alone)
    with pytest.raises(kind):
        responses.part_of(json_response(refusal(message)).body)


def test_the_error_names_the_missing_role_and_site() -> None:
    error = error_of(json_response(refusal("… requires an 'admin' access for the website id = 31."), 401))
    assert isinstance(error, NoAccess)
    assert (error.role, error.site_id) == ("admin", 31)
    assert str(error) == "The token has no 'admin' access to site 31: ask a Matomo administrator for it."


@pytest.mark.parametrize(
    ("status", "kind"), [(200, BadRequest), (400, BadRequest), (403, NoAccess), (500, ServerError)]
)
def test_the_status_decides_where_the_message_does_not(status: int, kind: type[MatomoError]) -> None:
    error = error_of(json_response(refusal("An odd &quot;thing&quot;"), status))
    assert type(error) is kind
    assert str(error) == 'An odd "thing"'


def test_a_message_is_shown_without_the_servers_insides() -> None:
    message = (
        "Column not found: 1054 in /var/www/matomo/core/Db.php:12\n\n  --&gt; #0 /var/www/matomo/core/Db.php(12)\n#1 x"
    )
    assert str(error_of(json_response(refusal(message)))) == "Column not found: 1054"


def test_a_refusal_is_seen_whatever_else_the_object_has() -> None:
    error = error_of(Response(200, b'{"extra": [1, {"a": null}], "message": "bad \xff", "result": "error"}'))
    assert str(error) == "bad \ufffd"
    for message in ("null", "[]", '{"a": 1}'):
        body = f'{{"result": "error", "message": {message}}}'.encode()
        assert str(error_of(Response(200, body))) == "Matomo refused without saying why."


@pytest.mark.parametrize("body", [b'{"result": "error"', b'{"result": "error", "a": ' + b'{"a":' * 100_000])
def test_an_answer_that_only_begins_like_a_refusal_is_left_to_the_decoder(body: bytes) -> None:
    assert responses.answer_of(Response(200, body), METHOD) == body


@pytest.mark.parametrize(
    ("value", "date", "seconds"),
    [
        ("120", "", 120.0),
        (" 5 ", "", 5.0),
        ("0", "", 0.0),
        ("999999999", "", 86_400.0),
        ("Tue, 24 Nov 2026 12:01:30 GMT", "Tue, 24 Nov 2026 12:00:00 GMT", 90.0),
        ("Tue, 24 Nov 2026 11:00:00 GMT", "Tue, 24 Nov 2026 12:00:00 GMT", 0.0),
        ("soon", "", None),
        ("-3", "", None),
        ("1e9", "", None),
        ("9" * 400, "", None),
        ("", "", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, date: str, seconds: float | None) -> None:
    error = error_of(Response(429, b"", {"retry-after": value, "date": date}))
    assert isinstance(error, RateLimited)
    assert error.retry_after == seconds
    assert ("wait" in str(error)) == bool(seconds)


def test_retry_after_a_date_is_counted_from_our_clock_where_the_server_does_not_tell_its_own() -> None:
    until = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 600))
    assert responses.retry_after(Response(503, b"", {"retry-after": until})) == pytest.approx(600, abs=5)


@pytest.mark.parametrize("response", [html_response("Busy", status=503), json_response(refusal("busy"), 503)])
def test_maintenance_may_say_when_to_come_back(response: Response) -> None:
    error = error_of(Response(503, response.body, {**response.headers, "retry-after": "30"}))
    assert isinstance(error, ServerError)
    assert (error.status, error.retry_after) == (503, 30.0)


@given(st.binary(max_size=300), st.sampled_from([200, 204, 301, 400, 401, 403, 404, 429, 500, 502, 503, 599]))
def test_whatever_comes_back_is_an_answer_or_an_error_that_can_be_shown(body: bytes, status: int) -> None:
    try:
        answer: bytes | MatomoError = responses.answer_of(Response(status, body), METHOD)
    except MatomoError as error:
        answer = error
    if isinstance(answer, MatomoError):
        assert str(answer) == sanitize(str(answer))
        assert str(answer).strip()
    else:
        assert status < 400
        assert answer[:1] in (b"{", b"[")


@given(st.text(max_size=300), st.sampled_from([200, 401, 500]))
def test_whatever_matomo_says_can_be_shown(message: str, status: int) -> None:
    error = responses.refused(message, status)
    assert str(error) == sanitize(str(error))
    assert str(error).strip()


@pytest.mark.parametrize("filler", ["<h2>", "<title>", "<", " ", "<br /><b>Warning</b>", "in /", "requires a "])
def test_long_answers_are_classified_as_fast_as_short_ones(filler: str) -> None:
    body = (filler * 1_000_000)[:1_000_000]
    started = time.process_time()
    error_of(plain("<br" + body))
    error_of(json_response(refusal(body)))
    # A search that went back and forth would take minutes.
    assert time.process_time() - started < 10
