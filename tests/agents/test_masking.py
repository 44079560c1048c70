"""Personal data is masked in ids and in the texts of visitors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.agents.masking import HIDDEN, AgentMasker
from matomo_tui.agents.selection import is_personal
from matomo_tui.sanitize import sanitize


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Welcome jane.doe+x@mail.example.org!", f"Welcome {HIDDEN}!"),
        ("https://x.example/?email=jane%40mail.example&b=1", f"https://x.example/?email={HIDDEN}&b=1"),
        (
            "/thanks?firstName=Jane&last_name=Doe&page=2#uid=7",
            f"/thanks?firstName={HIDDEN}&last_name={HIDDEN}&page=2#uid={HIDDEN}",
        ),
        ("/a?user%5Bname%5D=Jane", "/a?user%5Bname%5D=Jane"),
        ("from 95.202.13.7, or 2001:db8::7.", f"from {HIDDEN}, or {HIDDEN}."),
        ("http://10.0.0.1/x", f"http://{HIDDEN}/x"),
        ("Video at 12:30:45, version 1.2.3", "Video at 12:30:45, version 1.2.3"),
        ("/products/oak-table", "/products/oak-table"),
        ("\x1b[2J\x9b1mhi\u202e", "[2J1mhi"),
        ("?token_auth=0123456789abcdef0123456789abcdef", "?token_auth=***"),
    ],
)
def test_texts(text: str, shown: str) -> None:
    assert AgentMasker().text(text) == shown


def test_a_pseudonym_is_the_same_for_the_same_id_and_says_nothing_about_it() -> None:
    masker = AgentMasker()
    one = masker.pseudonym("visitor", "a1b2c3d4e5f60718")
    assert one == masker.pseudonym("visitor", "a1b2c3d4e5f60718") != masker.pseudonym("user", "a1b2c3d4e5f60718")
    assert one.startswith("visitor-")
    assert one != AgentMasker().pseudonym("visitor", "a1b2c3d4e5f60718")
    assert masker.pseudonym("visitor", "") == ""
    assert masker.hide("1.2.3.4") is None


def test_granted_personal_data_is_shown_but_sanitized() -> None:
    masker = AgentMasker(reveal=True)
    assert masker.pseudonym("user", "jane\x1b]0;x\x07") == "jane]0;x"
    assert masker.text("jane@mail.example from 1.2.3.4") == "jane@mail.example from 1.2.3.4"
    assert masker.hide("1.2.3.4") == "1.2.3.4"


@given(st.text(max_size=200))
def test_masking_never_adds_what_a_terminal_interprets(text: str) -> None:
    shown = AgentMasker().text(text)
    assert sanitize(shown) == shown
    assert len(shown) <= 900


@pytest.mark.parametrize(
    ("segment", "personal"),
    [
        ("countryCode==de", False),
        ("pageUrl=@userid-guide", True),
        ("visitIp>=1.2.3.0", True),
        ("countryCode==de;USERID==x", True),
        ("%2576isitorId==x", True),
        ("%" + "25" * 40 + "41", True),
        ("", False),
    ],
)
def test_personal_segments_are_found_in_any_encoding(segment: str, personal: bool) -> None:
    assert is_personal(segment) is personal
