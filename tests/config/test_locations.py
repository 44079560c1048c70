"""The lines of keys in TOML files, and the nearest right word."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.config.locations import Locations, nearest_word

FILE = Path("config.toml")
TEXT = '''\
# a comment with "quotes" and [brackets]
default = "shop"

[profiles.shop]  # [profiles.none]
url = "https://x.example"
note = """
[profiles.fake]
url = 1
"""
headers = { "X-Proxy" = "a, b", 'Y.Z' = "c" }
token_command = [
  "pass",  # one
  # two
  "show",
]

[[profiles.shop.alerts]]
name = "first"
[[profiles.shop.alerts]]
name = "second"
deliver.command = ["a"]
[profiles.shop.alerts.quiet]
from = "22:00"

["profiles"."b.2"]
asci = true
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("default",), 2),
        (("profiles",), 4),
        (("profiles", "shop"), 4),
        (("profiles", "shop", "url"), 5),
        (("profiles", "shop", "note"), 6),
        (("profiles", "shop", "headers", "Y.Z"), 10),
        (("profiles", "shop", "token_command", 0), 12),
        (("profiles", "shop", "token_command", 1), 14),
        (("profiles", "shop", "alerts"), 17),
        (("profiles", "shop", "alerts", 0, "name"), 18),
        (("profiles", "shop", "alerts", 1), 19),
        (("profiles", "shop", "alerts", 1, "name"), 20),
        (("profiles", "shop", "alerts", 1, "deliver", "command"), 21),
        (("profiles", "shop", "alerts", 1, "quiet", "from"), 23),
        (("profiles", "b.2", "asci"), 26),
        (("profiles", "b.2", "missing"), 25),
        (("profiles", "fake"), 4),
    ],
)
def test_a_path_has_its_line(path: tuple[str | int, ...], line: int) -> None:
    tomllib.loads(TEXT)
    assert Locations(FILE, TEXT).line(*path) == line
    assert Locations(FILE, TEXT).at(*path) == f"config.toml, line {line}"


def test_without_a_line_only_the_file_is_named() -> None:
    assert Locations(FILE, "").line("a") is None
    assert Locations(FILE, "a = 1").at("b") == "config.toml"


@pytest.mark.parametrize(
    "text", ["[", "[[a", "a", "= 3", "a = [1, ", "a = {b", 'a = "x', "\x00", "[]\n", "a = [}]", "é = 1"]
)
def test_broken_text_ends_the_search(text: str) -> None:
    assert Locations(FILE, "first = 1\n" + text).line("first") == 1


_KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
_DOCUMENTS = st.dictionaries(
    _KEYS,
    st.recursive(
        st.one_of(st.text(max_size=8), st.integers(-9, 9), st.booleans()),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


def paths(value: Any, before: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [before] if before else []
    for key, below in inner:
        found += paths(below, (*before, key))
    return found


@given(_DOCUMENTS)
def test_every_key_of_any_document_is_found(document: dict[str, Any]) -> None:
    text = tomlkit.dumps(document)
    locations = Locations(FILE, text)
    for path in paths(tomllib.loads(text)):
        assert path in locations, (text, path)


def test_the_nearest_word() -> None:
    assert nearest_word("Intervall", ("url", "interval")) == "Did you mean 'interval'?"
    assert nearest_word("zzz", ("url", "interval")) == "Known: url, interval."
