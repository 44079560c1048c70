"""PHP notices before or after the JSON, as text or HTML: the JSON is read, and the first notice is quoted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from matomo_tui.api import server
from matomo_tui.api.client import Client
from matomo_tui.api.errors import BadRequest, NotMatomo
from matomo_tui.api.notices import split_notices
from matomo_tui.api.transport import Response
from tests.recorded import FakeTransport

FIELD = Path(__file__).parents[1] / "recordings" / "field"
VERSION = '{"value": "5.8.0"}'
CASES = {path.stem: json.loads(path.read_text()) for path in sorted(FIELD.glob("php-notice-*.json"))}


def around(case: dict[str, str], body: str) -> Response:
    return Response(200, f"{case.get('raw_prefix', '')}{body}{case.get('raw_suffix', '')}".encode())


@pytest.mark.parametrize("name", CASES)
async def test_the_json_is_read_and_the_first_notice_is_quoted(name: str) -> None:
    client = Client(FakeTransport([around(CASES[name], VERSION), around(CASES[name], f"[{VERSION}]")]))
    assert await client.call(server.get_matomo_version()) == "5.8.0"
    assert client.notice.startswith(("Deprecated: X\\Y::z(): something old is used in ", "Warning: Unknown: open("))
    assert "<" not in client.notice
    assert await client.bulk([server.get_matomo_version()]) == ["5.8.0"]


@pytest.mark.parametrize("name", CASES)
async def test_a_refusal_among_notices_is_a_refusal(name: str) -> None:
    body = '{"result": "error", "message": "no such thing"}'
    with pytest.raises(BadRequest, match="no such thing"):
        await Client(FakeTransport([around(CASES[name], body)])).call(server.get_matomo_version())


@pytest.mark.parametrize(
    "body",
    [
        b"{}", b"[]", b'{"a": "Warning: x on line 3"}', b"", b"<!DOCTYPE html><html></html>", b"[[[[",
        b'{"a": 1} and then something else', b"Warning: nothing else", b"<br />\n<b>Warning</b>: " + b"x" * 9000,
        b"Deprecated: a on line 3\n<html>", b"[" * 100_000 + b"x",
    ],
)  # fmt: skip
def test_text_that_is_not_json_stays_unchanged_among_notices(body: bytes) -> None:
    assert split_notices(body) == (body, "")


def test_many_notices_and_hostile_ones_are_one_clean_sentence() -> None:
    one = b"\nWarning: \x1b[2J\xe2\x80\xaegpj in /var/www/a.php on line 7\n"
    json_body, notice = split_notices(one * 3000 + b'{"value": 1}' + one)
    assert json_body == b'{"value": 1}'
    assert notice == "Warning: [2Jgpj in /var/www/a.php on line 7"


async def test_a_page_stays_a_page() -> None:
    with pytest.raises(NotMatomo):
        await Client(FakeTransport([Response(200, b"Warning: x on line 3\n<html><title>Hi</title>")])).call(
            server.get_matomo_version()
        )
