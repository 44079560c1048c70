"""What is remembered between two runs, and that losing it breaks nothing."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from matomo_tui.config.remembered import FILE, Remembered


def test_the_next_run_remembers_it(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    Remembered(folder).put("theme", "work", {"chosen": "nord"})
    assert Remembered(folder).get("theme", "work") == {"chosen": "nord"}
    assert Remembered(folder).get("theme", "home") is None
    assert sorted(file.name for file in folder.iterdir()) == [f".{FILE}.lock", FILE]


def test_two_programs_do_not_undo_each_other(tmp_path: Path) -> None:
    one, other = Remembered(tmp_path), Remembered(tmp_path)
    assert one.get("theme", "a") is other.get("theme", "a") is None
    one.put("theme", "a", 1)
    other.put("theme", "b", 2)
    fresh = Remembered(tmp_path)
    assert (fresh.get("theme", "a"), fresh.get("theme", "b")) == (1, 2)


def test_what_programs_remember_at_the_same_time_is_all_kept(tmp_path: Path) -> None:
    def program(name: str) -> None:
        remembered = Remembered(tmp_path)
        for number in range(8):
            remembered.put("theme", f"{name}{number}", number)

    with ThreadPoolExecutor() as pool:
        list(pool.map(program, "abcd"))
    kept = json.loads((tmp_path / FILE).read_text())["theme"]
    assert len(kept) == 32


def test_none_forgets(tmp_path: Path) -> None:
    Remembered(tmp_path).put("theme", "a", 1)
    Remembered(tmp_path).put("theme", "a", None)
    assert Remembered(tmp_path).get("theme", "a") is None


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b'{"theme": 3}', b"[" * 100_000])
def test_a_broken_file_is_an_empty_one(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    remembered = Remembered(tmp_path)
    assert remembered.get("theme", "a") is None
    remembered.put("theme", "a", 1)
    assert Remembered(tmp_path).get("theme", "a") == 1


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    remembered = Remembered(tmp_path / "file" / "state")
    remembered.put("theme", "a", 1)
    assert remembered.get("theme", "a") == 1


def test_without_a_folder_it_lasts_as_long_as_the_program() -> None:
    remembered = Remembered(None)
    remembered.put("theme", "a", 1)
    assert remembered.get("theme", "a") == 1


def test_a_renamed_profile_keeps_its_choices_and_a_removed_one_leaves_none(tmp_path: Path) -> None:
    remembered = Remembered(tmp_path)
    remembered.put("theme", "work", "nord")
    remembered.put("theme", "home", "light")
    remembered.put("tabs", "open", ["work", "home"])
    remembered.put("columns", "report", ["work"])
    remembered.rename_profile("work", "office")
    again = Remembered(tmp_path)
    assert (again.get("theme", "office"), again.get("theme", "work")) == ("nord", None)
    assert again.get("tabs", "open") == ["office", "home"]
    assert again.get("columns", "report") == ["work"]
    again.rename_profile("office", "")
    assert (again.get("theme", "office"), again.get("theme", "home")) == (None, "light")
    assert again.get("tabs", "open") == ["home"]
