"""Tracked URLs are split without exceptions, and their tokens are masked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.page_url import before_token, mask_tokens, shown, split_page_url


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("https://shop.example/a?p=1#/home", ("https", "shop.example", "/a", "?p=1", "#/home")),
        ("http://shop[.example/x", ("http", "shop[.example", "/x", "", "")),
        ("HTTPS://u:p@shop.example:8443", ("https", "u:p@shop.example:8443", "", "", "")),
        ("shop.example/a?b", ("", "", "shop.example/a", "?b", "")),
        ("localhost:8080/x", ("", "", "localhost:8080/x", "", "")),
        ("mailto:ann@shop.example", ("mailto", "", "ann@shop.example", "", "")),
        ("/a#b?c", ("", "", "/a", "", "#b?c")),
        ("", ("", "", "", "", "")),
    ],
)
def test_parts(text: str, parts: tuple[str, ...]) -> None:
    assert tuple(split_page_url(text)) == parts


@given(st.text(alphabet=st.sampled_from(list("aZ09:/?#[]@&=%.-_\\ \x00\x1bé‮"))) | st.text())
def test_any_text_is_taken_apart_and_put_together_again(text: str) -> None:
    url = split_page_url(text)
    rest = url.path + url.query + url.fragment
    assert text.endswith(rest)
    assert text[: len(text) - len(rest)].lower().startswith(url.scheme)
    assert url.host in text


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://m.example/?module=API&token_auth=0123abcd&x=1", "https://m.example/?module=API&token_auth=***&x=1"),
        ("https://m.example/#?token_auth=0123abcd", "https://m.example/#?token_auth=***"),
        (
            "/go?to=https%3A%2F%2Fm%2F%3Ftoken_auth%3D0123abcd%26x%3D1",
            "/go?to=https%3A%2F%2Fm%2F%3Ftoken_auth%3D***%26x%3D1",
        ),
        ("see token_auth=0123abcd there", "see token_auth=*** there"),
        ("/?token_auth[]=0123abcd&x=1", "/?token_auth[]=***&x=1"),
        ("/?token_auth%5B0%5D=0123abcd&x=1", "/?token_auth%5B0%5D=***&x=1"),
        ("/go?a=%2526token_auth%253D0123abcd%2526x%253D1", "/go?a=%2526token_auth%253D***%2526x%253D1"),
        ("/?%74oken%5Fauth=0123abcd", "/?%74oken%5Fauth=***"),
        ("/?force_api_session=1&x=2", "/?force_api_session=1&x=2"),
        ("/docs/token_auth", "/docs/token_auth"),
        ("/?my_token_auth=x", "/?my_token_auth=x"),
    ],
)
def test_tokens_in_addresses_are_masked(url: str, shown: str) -> None:
    assert mask_tokens(url) == shown
    assert mask_tokens(shown) == shown


def test_what_is_dropped_from_a_text_parts_no_name_of_a_token() -> None:
    assert shown("/?tok\u200ben_auth=0123abcd&x=1") == "/?token_auth=***&x=1"
    assert shown("/?token_auth=\x1b[0123abcd") == "/?token_auth=***"


def test_what_stands_before_a_token() -> None:
    assert before_token("/?a=***&token_auth=0123abcd&b=2") == "/?a=***&token_auth="
    assert before_token("/?a=***") is None
