"""The search for secrets finds them: a search that finds nothing would keep every claim."""

from __future__ import annotations

import base64

import pytest

from tests.endurance.secret_places import random_hex, random_jwt, random_password, random_wordpress
from tests.endurance.secret_search import Search, encodings, of_terminal


@pytest.mark.parametrize(
    "make", [random_hex, random_jwt, random_wordpress, random_password], ids=lambda one: one.__name__
)
def test_a_part_of_a_secret_is_found_in_every_form(make: object) -> None:
    assert callable(make)
    value = make()
    search = Search({"it": value})
    assert search.find(b"nothing of it " * 50) == []
    for form, coded, length in encodings(value):
        piece = coded[len(coded) // 3 :][:length] if len(coded) // 3 + length <= len(coded) else coded[:length]
        assert len(piece) == length, form
        assert search.find(b"before " + piece + b" after"), form


def test_what_was_copied_is_searched_in_its_own_form() -> None:
    value = random_hex()
    copied = b"\x1b]52;c;" + base64.b64encode(f"xy{value}".encode()) + b"\x07"
    assert Search({"it": value}).find(of_terminal(copied)["clipboard"]) == ["it, plain"]


def test_a_drawn_text_is_searched_without_its_colours() -> None:
    value = random_hex()
    drawn = b"".join(b"\x1b[38;2;1;2;3m" + value[i : i + 3].encode() for i in range(0, 32, 3))
    assert Search({"it": value}).find(of_terminal(drawn)["terminal"]) == []
    assert Search({"it": value}).find(of_terminal(drawn)["text on the terminal"]) == ["it, plain"]
