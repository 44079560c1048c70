"""Addresses in every form that users type or paste."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.api.address import Address

FORMS = [
    # (typed, base)
    ("stats.example", "https://stats.example"),
    ("  stats.example\n", "https://stats.example"),
    ("Stats.EXAMPLE", "https://stats.example"),
    ("stats.example:8443", "https://stats.example:8443"),
    ("stats.example/matomo", "https://stats.example/matomo"),
    ("https://stats.example", "https://stats.example"),
    ("HTTPS://stats.example/", "https://stats.example"),
    ("https://stats.example:443/", "https://stats.example"),
    ("https://stats.example:80/", "https://stats.example:80"),
    ("http://stats.example:80", "http://stats.example"),
    ("http://stats.example:8080/a/b/", "http://stats.example:8080/a/b"),
    ("https://stats.example/index.php", "https://stats.example"),
    ("https://stats.example/matomo/index.php", "https://stats.example/matomo"),
    ("https://stats.example/matomo//index.php", "https://stats.example/matomo"),
    ("https://stats.example/matomo.php", "https://stats.example"),
    ("https://stats.example/index.php/", "https://stats.example"),
    ("https://stats.example/a/index.php/matomo.php//", "https://stats.example/a"),
    ("https://stats.example///", "https://stats.example"),
    ("https://stats.example/piwik/piwik.php", "https://stats.example/piwik"),
    ("https://stats.example/index.php.d", "https://stats.example/index.php.d"),
    ("https://stats.example/index.php?module=CoreHome&action=index&idSite=1#?period=day", "https://stats.example"),
    ("stats.example/?idSite=1", "https://stats.example"),
    ("https://stats.example/#top", "https://stats.example"),
    ("localhost", "https://localhost"),
    ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    ("http://[::1]:8000/matomo/", "http://[::1]:8000/matomo"),
    ("[2001:DB8:0::1]", "https://[2001:db8::1]"),
    ("https://bücher.example/statistik", "https://xn--bcher-kva.example/statistik"),
    ("https://MÜNCHEN.example", "https://xn--mnchen-3ya.example"),
    ("https://stats.example/größe/a%20b", "https://stats.example/gr%C3%B6%C3%9Fe/a%20b"),
    ("under_score.example", "https://under_score.example"),
    ("https://stats.example.", "https://stats.example."),
]


@pytest.mark.parametrize(("typed", "base"), FORMS)
def test_an_address_in_any_form(typed: str, base: str) -> None:
    address = Address.parse(typed)
    assert address.base == str(address) == base
    assert address.entry_point == f"{base}/index.php"
    assert address.tracker == f"{base}/matomo.php"
    assert Address.parse(address.base) == Address.parse(address.entry_point) == address


def test_the_parts_of_an_address() -> None:
    address = Address.parse("http://[::1]:8000/matomo/")
    assert (address.scheme, address.host, address.port, address.path) == ("http", "::1", 8000, "/matomo")
    assert address.origin == "http://[::1]:8000"
    assert Address.parse("stats.example").port == 443


REFUSED = [
    ("", "empty"),
    ("   ", "empty"),
    ("ftp://stats.example", "not ftp://"),
    ("file:///etc/passwd", "not file://"),
    ("javascript://stats.example", "not javascript://"),
    ("https://", "no host"),
    ("https:///matomo", "no host"),
    ("/matomo", "no host"),
    ("https://stats .example", "spaces"),
    ("https://stats.example/a b", "spaces"),
    ("https://stats.example\x1b[2J", "control"),
    ("https://stats.example\x7f", "control"),
    ("https://stats.example" + "/" * 2000, "longer than 2000 characters"),
    ("https://stats.example:port", "a port must be 1 to 65535"),
    ("https://stats.example:99999", "a port must be 1 to 65535"),
    ("https://stats.example:0", "Port 0"),
    ("https://[::1", "brackets"),
    ("https://[fe80::zz]", "brackets"),
    ("https://::1/", "brackets"),
    ("https://[1.2.3.4]", "brackets"),
    ("https://staff:hunter2@stats.example", "basic_auth_user"),
    ("staff:hunter2@stats.example/matomo", "basic_auth_user"),
    ("mailto:hunter2@stats.example", "basic_auth_user"),
    ("https://stats..example", "host name contains invalid characters"),
    ("https://-stats.example", "host name contains invalid characters"),
    ("https://stats.example\u202emoc", "host name contains invalid characters"),
    ("https://a" + "b" * 64 + ".example", "host name contains invalid characters"),
    ("https://st%61ts.example", "host name contains invalid characters"),
    ("https://stats.example\\@evil.example", "basic_auth_user"),
]


@pytest.mark.parametrize(("typed", "said"), REFUSED)
def test_invalid_addresses_are_refused_with_a_sentence(typed: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        Address.parse(typed)
    assert "hunter2" not in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("typed", "elsewhere"),
    [
        ("http://stats.example", True),
        ("http://192.168.1.7", True),
        ("http://[2001:db8::1]", True),
        ("http://localhost.example", True),
        ("http://localhost", False),
        ("http://localhost.:8000", False),
        ("http://demo.localhost:8000", False),
        ("http://127.0.0.1", False),
        ("http://127.1.2.3:81/matomo", False),
        ("http://[::1]:8000", False),
        ("https://stats.example", False),
    ],
)
def test_plain_http_is_harmless_only_to_this_machine(typed: str, elsewhere: bool) -> None:
    assert Address.parse(typed).is_plain_http_elsewhere is elsewhere


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from(["https://", "a", ".b", ":8", "/", "index.php", "?", "[::1]"])).map("".join)
)
def test_anything_typed_is_an_address_or_a_sentence(typed: str) -> None:
    try:
        address = Address.parse(typed)
    except ValueError as error:
        sentence = str(error)
    else:
        sentence = address.base
        assert Address.parse(sentence) == address
    assert sentence.isprintable()


def test_a_token_in_the_place_of_the_address_is_not_looked_up() -> None:
    with pytest.raises(ValueError, match="looks like a token") as refused:
        Address.parse("f776cdc0aabbccddeeff00112233328f")
    assert "f776" not in str(refused.value)
