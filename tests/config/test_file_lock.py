"""Locks: one holder at a time, and a sentence for those who wait too long."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from matomo_tui.config.file_lock import locked
from matomo_tui.config.profile_edits import edit_profiles
from matomo_tui.config.profile_store import read_profiles
from matomo_tui.config.validation import ConfigError


def test_a_lock_that_is_held_is_waited_for_no_longer_than_asked(tmp_path: Path) -> None:
    lock = tmp_path / "folder" / "a.lock"
    with locked(lock):
        with pytest.raises(ConfigError, match="Another matomo-tui holds"), locked(lock, patience=0):
            pass
        with locked(tmp_path / "folder" / "b.lock", patience=0):
            pass
    with locked(lock, patience=0):
        assert lock.read_bytes() == b""


def test_an_error_inside_frees_the_lock(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), locked(tmp_path / "a.lock"):
        raise RuntimeError
    with locked(tmp_path / "a.lock", patience=0):
        pass


def test_a_lock_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"), locked(tmp_path / "file" / "a.lock"):
        pass


def test_changes_at_the_same_time_lose_none(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"

    def add(number: int) -> None:
        edit_profiles(file, f"p{number}", {"url": f"https://{number}.example"}, default=False)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add, range(16)))
    assert {*read_profiles(file).by_name} == {f"p{number}" for number in range(16)}
