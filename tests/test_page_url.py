"""Addresses as visitors sent them: taken apart without an exception, and without other people's tokens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.page_url import mask_tokens, split_page_url


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
        ("/docs/token_auth", "/docs/token_auth"),
        ("/?my_token_auth=x", "/?my_token_auth=x"),
    ],
)
def test_tokens_in_addresses_are_masked(url: str, shown: str) -> None:
    assert mask_tokens(url) == shown
    assert mask_tokens(shown) == shown
