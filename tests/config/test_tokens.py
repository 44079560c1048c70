"""Pasted tokens are extracted from surrounding text, or refused before anything is sent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.config.secrets import SecretError, checked
from matomo_tui.config.tokens import token_in

HEX = "0123456789abcdef0123456789abcdef"
FIELD = Path(__file__).parents[1] / "recordings" / "field"
WORDPRESS: str = json.loads((FIELD / "mwp-app-password.json").read_text())["token"]


@pytest.mark.parametrize(
    ("line", "token"),
    [
        (HEX, HEX),
        (f"  {HEX}\u00a0", HEX),
        (f"\ufeff{HEX}", HEX),
        (f'"{HEX}"', HEX),
        (f"token_auth={HEX}", HEX),
        (f"&token_auth={HEX}&idSite=1", HEX),
        (f"https://stats.example/index.php?module=API&token_auth={HEX}#x", HEX),
        (f'"token_auth": "{HEX}"', HEX),
        (f"Bearer {HEX}", HEX),
        (f"bearer  {HEX}", HEX),
        (f"Authorization: Bearer {HEX}", HEX),
        ("anonymous", "anonymous"),
        (WORDPRESS, WORDPRESS),
        (WORDPRESS.replace(" ", ""), WORDPRESS.replace(" ", "")),
        (WORDPRESS.replace(" ", "\u00a0"), WORDPRESS),
        ("jürgen.müller:abcd EFGH ijkl MNOP qrst UVWX", "jürgen.müller:abcd EFGH ijkl MNOP qrst UVWX"),
        ("j@shop.example:abcdEFGHijklMNOPqrstUVWX", "j@shop.example:abcdEFGHijklMNOPqrstUVWX"),
        ("token_auth=editor%3Aabcd+EFGH", "editor:abcd EFGH"),
        ("eyJ0eXAi.eyJhdWQi.c2ln-_", "eyJ0eXAi.eyJhdWQi.c2ln-_"),
        ("eyJ0eXAi.eyJhdWQi.signature", "eyJ0eXAi.eyJhdWQi.signature"),
        ("stats.example:abcd EFGH ijkl", "stats.example:abcd EFGH ijkl"),
    ],
)
def test_the_token_is_found_in_pasted_text(line: str, token: str) -> None:
    assert token_in(line, "the field") == token
    assert checked(f"{line}\nsecond line", "the field").reveal() == token


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "no token in the field"),
        ("token_auth=", "no token in the field"),
        ("https://stats.example/", "is an address, not a token"),
        ("stats.example/matomo/", "is an address, not a token"),
        ("www.stats.example", "is an address, not a token"),
        ("http://stats.example/?idSite=1", "is an address, not a token"),
        ("stats.example.org", "is an address, not a token"),
        ("stats.example.org:8443", "is an address, not a token"),
        ("münchen.example:8443", "is an address, not a token"),
        ("localhost:8080", "is an address, not a token"),
        ("localhost", "is an address, not a token"),
        ("192.0.2.7:8080", "is an address, not a token"),
        ("analytics.example.org?x", "is an address, not a token"),
        ("two words", "characters that no token has"),
        ("größe", "characters that no token has"),
        ("abc\x1bdef", "characters that no token has"),
        ("x" * 20_000, "longer than"),
    ],
)
def test_invalid_pasted_tokens_are_refused_with_a_sentence(line: str, said: str) -> None:
    with pytest.raises(SecretError, match=said) as caught:
        checked(line, "the field")
    assert not line or line not in str(caught.value)


@given(st.text(max_size=80))
def test_whatever_is_pasted_is_a_printable_token_or_a_sentence(line: str) -> None:
    try:
        found = token_in(line, "the field")
    except ValueError as error:
        found = str(error)
    assert found
    assert found.isprintable()
