"""A profile's ``allow`` list, and the state folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from matomo_tui.config.paths import audit_file, state_dir
from matomo_tui.config.profile_store import read_profiles
from matomo_tui.config.settings import Settings, resolve
from matomo_tui.config.validation import ConfigError


def values(tmp_path: Path, line: str) -> Settings:
    file = tmp_path / "config.toml"
    file.write_text(f'[profiles.a]\nurl = "x.example"\n{line}\n')
    return resolve({}, {}, read_profiles(file).values("a", file), "a")


def test_a_profile_restricts_the_permissions(tmp_path: Path) -> None:
    assert values(tmp_path, 'allow = ["read", "goals", "goals"]').allow == ("read", "goals")
    assert values(tmp_path, "read_only = true").read_only is True
    assert values(tmp_path, "").allow is None


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('allow = "read"', "must be a list"),
        ("allow = [1]", "must be a list"),
        ('allow = ["read", "everything"]', "cannot name 'everything'"),
        ("allow = []", 'must name "read"'),
        ('allow = ["goals"]', 'must name "read"'),
    ],
)
def test_an_invalid_allow_list_is_reported_with_its_line(tmp_path: Path, line: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        values(tmp_path, line)
    assert says in str(caught.value)
    assert "config.toml, line 3" in str(caught.value)


def test_another_address_does_not_extend_a_profiles_permissions(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[profiles.a]\nurl = "x.example"\nallow = ["read"]\nread_only = true\n')
    settings = resolve({"url": "y.example"}, {}, read_profiles(file).values("a", file), "a")
    assert (settings.allow, settings.read_only) == (("read",), True)


def test_the_state_folder_is_the_platforms_or_the_one_named(tmp_path: Path) -> None:
    assert state_dir({"MATOMO_TUI_STATE_DIR": str(tmp_path)}) == tmp_path
    assert state_dir({}).name == "matomo-tui"
    assert audit_file(tmp_path).parent == tmp_path
