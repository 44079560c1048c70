"""PHP's parsing of forms and bulk entries; the expected values are those of PHP 8.2's ``parse_str``."""

from __future__ import annotations

import pytest

from matomo_tui.demo.http import Nested, entry, flat, parse_str


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=1&b=%26&a=2", {"a": "2", "b": "&"}),
        ("a[]=1&a[]=2&a[9]=x&a[]=3", {"a": {"0": "1", "1": "2", "9": "x", "10": "3"}}),
        ("a[x][y]=1&a[x][z]=2", {"a": {"x": {"y": "1", "z": "2"}}}),
        ("a=1&a[]=2", {"a": {"0": "2"}}),
        ("a.b=1&c d=2&e[f=3", {"a_b": "1", "c_d": "2", "e_f": "3"}),
        (" a=1&=2&[x]=3&b", {"a": "1", "b": ""}),
        ("a%5B0%5D=b%3Dc%2526d", {"a": {"0": "b=c%26d"}}),
        ("a[ ]=1&a[x]y=2&a[%20z]=3", {"a": {"0": "1", "x": "2", " z": "3"}}),
        ("a+b=c+d&e=%C3%BC", {"a_b": "c d", "e": "ü"}),
        ("&&", {}),
    ],
)
def test_a_form_is_taken_apart_as_by_php(text: str, expected: Nested) -> None:
    assert parse_str(text) == expected


def test_arrays_are_flat_where_a_mapping_is_needed() -> None:
    assert flat(parse_str("a[]=1&a[x][y]=2&b=3")) == {"a[0]": "1", "a[x][y]": "2", "b": "3"}


def test_only_an_entry_that_is_one_empty_name_is_decoded_first() -> None:
    assert entry("method%3DA.b%26c%3D%2526") == {"method": "A.b", "c": "&"}
    assert entry("method=A.b&c=%2526") == {"method": "A.b", "c": "%26"}
    assert entry("?method=A.b") == {"?method": "A.b"}


def test_beyond_a_thousand_names_nothing_is_read() -> None:
    assert len(parse_str("&".join(f"n{index}=1" for index in range(1200)))) == 1000
