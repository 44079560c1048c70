"""Grants follow the configuration while the server runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from matomo_tui.agents.grant_source import GrantSource
from matomo_tui.config.profile_store import read_profiles

GRANTED = '[agents.claude]\non_sites = [1]\nlive = "read"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "config.toml"
    found.write_text(GRANTED)
    return found


def source(file: Path, said: list[str]) -> GrantSource:
    return GrantSource(
        read_profiles(file).agents["claude"], file, lambda: read_profiles(file).agents.get("claude"), said.append
    )


def test_a_grant_that_is_taken_away_ends_at_once(file: Path) -> None:
    said: list[str] = []
    grants = source(file, said)
    assert grants().reads("live", 1)
    assert grants() is grants()
    file.write_text(GRANTED.replace('live = "read"', 'pages = "full"'))
    assert not grants().reads("live", 1)
    assert grants().decide("pages", "full", 1).is_allowed
    assert said == ["The grants of agent claude were read again."]


@pytest.mark.parametrize("text", ["", "[agents.other]\n", "not = [toml", '[agents.claude]\nlive = "rad"\n'])
def test_a_table_that_is_gone_or_wrong_grants_nothing(file: Path, text: str) -> None:
    said: list[str] = []
    grants = source(file, said)
    file.write_text(text)
    assert not grants().decide_anywhere("live").is_allowed
    assert len(said) == 1
    file.write_text(GRANTED)
    os.utime(file, ns=(1, 1))
    assert grants().reads("live", 1)


def test_a_file_that_is_gone_grants_nothing(file: Path) -> None:
    grants = source(file, [])
    file.unlink()
    assert not grants().decide_anywhere("live").is_allowed
