"""Renaming and removing profiles: every other byte of the file stays, and nothing is written if that is impossible."""

from __future__ import annotations

from pathlib import Path

import pytest

from matomo_tui.config.profile_edits import edit_profiles, remove_profile, rename_profile, replace_text, set_default
from matomo_tui.config.profile_store import read_profiles
from matomo_tui.config.validation import ConfigError

GOOD = """\
# top
default = "work"

# The one at work
[profiles.work] # w
url = "https://work.example"  # address
[profiles.work.headers]
"X-A" = "work = [profiles.work]"

# The one at home
[profiles."ho.me"]
url = "home.example"
site = "work"

[keys]
preset = "vim"   # as at work
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_renaming_changes_only_the_name_and_the_default(tmp_path: Path) -> None:
    file = write(tmp_path, GOOD)
    rename_profile(file, "work", "of.fice")
    assert file.read_text() == GOOD.replace("\n[profiles.work", '\n[profiles."of.fice"').replace(
        'default = "work"', 'default = "of.fice"'
    )
    rename_profile(file, "ho.me", "home")
    assert "\n[profiles.home]\n" in file.read_text()
    rename_profile(file, "of.fice", "work")
    assert list(read_profiles(file).by_name) == ["work", "home"]
    assert read_profiles(file).default == "work"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[profiles]\na = { url = "x.example" }\n', '[profiles]\nb = { url = "x.example" }\n'),
        ('[profiles]\na.url = "x.example"\n', '[profiles]\nb.url = "x.example"\n'),
        ('profiles.a.url = "x.example"\n', 'profiles.b.url = "x.example"\n'),
        (
            '[profiles]\nb-a = { url = "x.example" }\na = { url = "a.example" }\n',
            '[profiles]\nb-a = { url = "x.example" }\nb = { url = "a.example" }\n',
        ),
        ("[ profiles . 'a' ]\nurl = 'x.example'\n", "[ profiles . b ]\nurl = 'x.example'\n"),
    ],
)
def test_renaming_in_other_layouts(tmp_path: Path, text: str, expected: str) -> None:
    file = write(tmp_path, text)
    rename_profile(file, "a", "b")
    assert file.read_text() == expected


def test_a_profile_is_removed_with_its_own_comment_only(tmp_path: Path) -> None:
    file = write(tmp_path, GOOD)
    remove_profile(file, "work")
    head, _, rest = GOOD.partition("# The one at home")
    assert file.read_text() == head[: head.index("default")] + "\n# The one at home" + rest
    assert read_profiles(file).default == "ho.me"
    remove_profile(file, "ho.me")
    assert file.read_text() == '# top\n\n[keys]\npreset = "vim"   # as at work\n'


@pytest.mark.parametrize(
    "text",
    [
        '[profiles]\na = { url = "x.example" }\nb = { url = "y.example" }\n',
        'profiles.a.url = "x.example"\nprofiles.b.url = "y.example"\n',
        '[profiles.a]\nurl = "x.example"\n[profiles.b]\nurl = "y.example"\n',
        '[profiles.b]\nurl = "y.example"\n[profiles.a]\nurl = "x.example"\n',
    ],
)
def test_removing_in_other_layouts(tmp_path: Path, text: str) -> None:
    file = write(tmp_path, text)
    remove_profile(file, "a")
    assert (
        file.read_text()
        == "\n".join(line for line in text.splitlines() if "x.example" not in line and ".a]" not in line) + "\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        'profiles = { a = { url = "x.example" } }\n',
        '[profiles]\na = { url = "x.example", headers = {\n"X-A" = "b" } }\n',
    ],
)
def test_a_layout_that_cannot_be_edited_is_left_alone(tmp_path: Path, text: str) -> None:
    file = write(tmp_path, text)
    with pytest.raises(ConfigError):
        remove_profile(file, "a")
    with pytest.raises(ConfigError, match=r"use tables, \[profiles\.NAME\]|not valid TOML"):
        edit_profiles(file, "new", {"url": "https://x.example"}, default=True)
    assert file.read_text() == text


def test_what_cannot_be_done_is_a_sentence_and_changes_nothing(tmp_path: Path) -> None:
    file = write(tmp_path, GOOD)
    with pytest.raises(ConfigError, match=r"There is a profile 'ho\.me' in"):
        rename_profile(file, "work", "ho.me")
    with pytest.raises(ConfigError, match=r"no profile 'nope'.*Profiles there: work, ho\.me"):
        rename_profile(file, "nope", "x")
    with pytest.raises(ConfigError, match="letters, digits"):
        rename_profile(file, "work", "../x")
    with pytest.raises(ConfigError, match="no profile 'nope'"):
        remove_profile(file, "nope")
    with pytest.raises(ConfigError, match="no profile 'nope'"):
        set_default(file, "nope")
    assert file.read_text() == GOOD


def test_the_default_is_changed_in_place_or_added_on_top(tmp_path: Path) -> None:
    file = write(tmp_path, GOOD)
    set_default(file, "ho.me")
    assert file.read_text() == GOOD.replace('default = "work"', 'default = "ho.me"')
    file = write(tmp_path, '[profiles.a]\nurl = "x.example"\n[profiles.b]\nurl = "y.example"\n')
    set_default(file, "b")
    assert read_profiles(file).default == "b"


@pytest.mark.parametrize("name", ["work", "ho.me"])
def test_the_only_profile_stays_the_default_when_a_second_one_is_saved(tmp_path: Path, name: str) -> None:
    file = write(tmp_path, f'# mine\n[profiles."{name}"]\nurl = "work.example"\n')
    edit_profiles(file, "agency", {"url": "agency.example"}, default=False)
    assert read_profiles(file).default == name
    assert set(read_profiles(file).by_name) == {name, "agency"}
    edit_profiles(file, "third", {"url": "third.example"}, default=True)
    assert read_profiles(file).default == "third"


def test_of_two_profiles_without_a_default_the_one_that_is_saved_becomes_it(tmp_path: Path) -> None:
    file = write(tmp_path, '[profiles.a]\nurl = "a.example"\n[profiles.b]\nurl = "b.example"\n')
    edit_profiles(file, "b", {"site": "2"}, default=False)
    assert read_profiles(file).default == "b"


def test_a_text_replaces_only_the_one_it_was_made_from(tmp_path: Path) -> None:
    file = write(tmp_path, GOOD)
    assert not replace_text(file, "older", "newer")
    assert file.read_text() == GOOD
    assert replace_text(file, GOOD, "newer")
    assert file.read_text() == "newer"
    assert replace_text(tmp_path / "none.toml", "", "first")


AGENTS = (
    '[agents.claude] # only at work\nprofile = "work"   # not at home\npages = "read"\n[agents.other]\nlive = "read"\n'
)


def test_agents_of_a_profile_follow_its_new_name_and_keep_it_from_being_removed(tmp_path: Path) -> None:
    file = write(tmp_path, GOOD + AGENTS)
    with pytest.raises(ConfigError, match=r"line 18: the agent claude uses the profile work\."):
        remove_profile(file, "work")
    assert file.read_text() == GOOD + AGENTS
    rename_profile(file, "work", "office")
    assert file.read_text().endswith(AGENTS.replace('"work"', '"office"'))
    assert read_profiles(file).agents["claude"].profile == "office"
