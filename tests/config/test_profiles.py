"""The profile file: strict reading with exact errors, and writing that keeps the user's text."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from matomo_tui.config.profile_edits import edit_profiles
from matomo_tui.config.profile_store import read_profiles
from matomo_tui.config.validation import ConfigError

GOOD = """\
# my Matomos
default = "shop"

[profiles.shop]   # the one that matters
url = "https://stats.example.org/matomo"
site = 3
interval = 10
token_command = "pass show 'matomo shop'"
headers = { "X-Proxy" = "yes" }

[profiles."b.2"]
url = "other.example"
auth = "bearer"
token_command = ["op", "read", "op://x/y"]
read_only = true
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_file_of_profiles_is_read_and_normalised(tmp_path: Path) -> None:
    file = write(tmp_path, GOOD)
    profiles = read_profiles(file)
    assert profiles.default == "shop"
    assert list(profiles.by_name) == ["shop", "b.2"]
    assert profiles.values("shop", file) == {
        "url": "https://stats.example.org/matomo",
        "site": "3",
        "interval": 10.0,
        "token_command": ("pass", "show", "matomo shop"),
        "headers": (("X-Proxy", "yes"),),
    }
    assert profiles.values("b.2", file)["token_command"] == ("op", "read", "op://x/y")
    assert profiles.values("", file) == {}


def test_no_file_is_no_profiles(tmp_path: Path) -> None:
    profiles = read_profiles(tmp_path / "none" / "config.toml")
    assert (profiles.default, dict(profiles.by_name)) == ("", {})


def test_a_single_profile_is_the_default(tmp_path: Path) -> None:
    assert read_profiles(write(tmp_path, '[profiles.only]\nurl = "x.example"\n')).default == "only"
    two = '[profiles.a]\nurl = "x.example"\n[profiles.b]\nurl = "y.example"\n'
    assert read_profiles(write(tmp_path, two)).default == ""


def test_the_error_for_an_unknown_profile_lists_the_existing_ones(tmp_path: Path) -> None:
    file = write(tmp_path, GOOD)
    with pytest.raises(ConfigError, match=r"no profile 'ship' in .*config\.toml.*shop, b\.2"):
        read_profiles(file).values("ship", file)


def test_certificates_are_found_beside_the_file_and_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    names = {"a": ("ca.pem", tmp_path / "ca.pem"), "b": ("~/ca.pem", "/home/me/ca.pem"), "c": ("/x.pem", "/x.pem")}
    text = "".join(f'[profiles.{name}]\nca_bundle = "{given}"\n' for name, (given, _) in names.items())
    found = read_profiles(write(tmp_path, text)).by_name
    assert {name: values["ca_bundle"] for name, values in found.items()} == {
        name: str(expected) for name, (_, expected) in names.items()
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"[profiles.a]\ninterval = 0x{'f' * 5000}\n", "the number of profiles.a.interval has too many digits"),
        (f"[profiles.a]\nallow = [0x{'f' * 5000}]\n", "the number of profiles.a.allow has too many digits"),
        (f"[profiles.a]\nallow = {'[' * 5000}{']' * 5000}\n", "nested too deeply"),
        (f"[profiles.a]\nallow{'.a' * 5000} = 0x{'f' * 5000}\n", "has too many digits"),
    ],
)
def test_numbers_and_tables_beyond_all_measure_are_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        read_profiles(write(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('default = "a"\n[profiles.a\nurl = "x"\n', 2, "config.toml"),
        ('default = "a"\n[profiles.a]\nurl = "x\n', 3, "config.toml"),
        ("default = ", 1, "not valid TOML: invalid value"),
        (f"[profiles.a]\ninterval = {'1' * 5000}\n", 2, "a number has too many digits"),
        ('[profiles.a]\nurl = "x.example"\nintervall = 3\n', 3, "Did you mean 'interval'"),
        ('[profiles.a]\nurl = "x.example"\nzzz = 3\n', 3, "unknown key 'zzz'"),
        ('[profiles.a]\nurl = "x.example"\n\ninterval = 1\n', 4, "interval must be 0 (paused) or 2 to 3600"),
        ('[profiles.a]\ninterval = nan\nurl = "x.example"\n', 2, "interval must be a number"),
        ('[profiles.a]\ninterval = true\nurl = "x.example"\n', 2, "interval must be a number"),
        ('[profiles.a]\nread_only = "yes"\n', 2, "read_only must be true or false"),
        ('[profiles.a]\nauth = "basic"\n', 2, "auth must be one of post, bearer"),
        ('[profiles.a]\ncolor = "pink"\n', 2, "color must be one of"),
        ('[profiles.a]\ntoken_command = "pass \'show"\n', 2, "cannot be split"),
        ("[profiles.a]\ntoken_command = []\n", 2, "must be a command"),
        ("[profiles.a]\ntimeout = 0\n", 2, "1 to 600 seconds"),
        ('[profiles.a]\nurl = "ftp://x.example"\n', 2, "https:// or http://"),
        ('[profiles.a.headers]\nCookie = "x"\n', 1, "must not set Cookie"),
        ('[profiles.a]\nurl = "x.example"\n["profiles"."b"]\nasci = true\n', 4, "Did you mean 'ascii'"),
        ('defaultt = "a"\n', 1, "unknown key 'defaultt'"),
        (
            '# x\ndefault = "b"\n[profiles.a]\nurl = "x.example"\n',
            2,
            "default must name a profile of this file. Known: a.",
        ),
        ("profiles = 3\n", 1, "profiles must be tables"),
        ('[profiles."a b"]\nurl = "x.example"\n', 1, "letters, digits"),
    ],
)
def test_errors_name_file_and_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    file = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        read_profiles(file)
    assert str(caught.value).startswith(f"{file}, line {line}")
    assert says in str(caught.value)


@pytest.mark.parametrize("key", ["token", "token_auth", "TOKEN", "password", "basic_auth_password"])
def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path: Path, key: str) -> None:
    file = write(tmp_path, f'[profiles.a]\nurl = "x.example"\n{key} = "8d1f3c5e7a9b"\n')
    with pytest.raises(ConfigError) as caught:
        read_profiles(file)
    assert "line 3" in str(caught.value)
    assert "token_command" in str(caught.value)
    assert "8d1f3c5e7a9b" not in str(caught.value)


def test_a_binary_file_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(b'default = "\xff"')
    with pytest.raises(ConfigError, match="UTF-8"):
        read_profiles(file)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_profiles(tmp_path)


def test_a_file_that_is_too_long_is_neither_read_nor_cut(tmp_path: Path) -> None:
    text = GOOD + "# long\n" * 150_000
    file = write(tmp_path, text)
    with pytest.raises(ConfigError, match=r"longer than 1,000,000 bytes"):
        edit_profiles(file, "shop", {"interval": 30.0}, default=False)
    assert file.read_text() == text


def test_line_ends_and_marks_of_windows_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert list(read_profiles(file).by_name) == ["shop", "b.2"]
    edit_profiles(file, "shop", {"interval": 30.0}, default=False)
    assert file.read_bytes() == GOOD.replace("interval = 10", "interval = 30.0").replace("\n", "\r\n").encode()


def test_saving_keeps_comments_order_and_everything_else(tmp_path: Path) -> None:
    file = write(tmp_path, GOOD)
    edit_profiles(file, "shop", {"interval": 30.0, "token_command": None}, default=False)
    assert file.read_text() == GOOD.replace("interval = 10\n", "interval = 30.0\n").replace(
        "token_command = \"pass show 'matomo shop'\"\n", ""
    )
    edit_profiles(file, "new", {"url": "https://new.example"}, default=True)
    text = file.read_text()
    assert "# my Matomos" in text
    assert "# the one that matters" in text
    profiles = read_profiles(file)
    assert profiles.default == "new"
    assert list(profiles.by_name) == ["shop", "b.2", "new"]


def test_the_first_profile_saved_becomes_the_default(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "config.toml"
    edit_profiles(file, "one", {"url": "https://one.example", "auth": "post"}, default=False)
    edit_profiles(file, "two", {"url": "https://two.example"}, default=False)
    profiles = read_profiles(file)
    assert profiles.default == "one"
    assert profiles.by_name["two"]["url"] == "https://two.example"


@pytest.mark.parametrize(
    "text",
    [
        '[profiles.a]\nurl = "x.example"\n',
        '# top\n\n[profiles.a]\nurl = "x.example" # c\n[profiles.b]\nurl = "y.example"\n',
        '[profiles]\na = { url = "x.example" }\n',
    ],
)
def test_a_default_is_added_above_the_tables_that_stand_there(tmp_path: Path, text: str) -> None:
    file = write(tmp_path, text)
    edit_profiles(file, "new", {"url": "https://new.example"}, default=True)
    profiles = read_profiles(file)
    assert profiles.default == "new"
    assert profiles.by_name["a"]["url"] == "x.example"
    assert profiles.by_name["new"]["url"] == "https://new.example"


def test_a_layout_that_cannot_be_added_to_is_left_alone(tmp_path: Path) -> None:
    file = write(tmp_path, 'profiles.a.url = "x.example"\n')
    with pytest.raises(ConfigError, match=r"\[profiles.NAME\]"):
        edit_profiles(file, "new", {"url": "https://new.example"}, default=True)
    assert file.read_text() == 'profiles.a.url = "x.example"\n'


def test_a_broken_file_is_not_overwritten(tmp_path: Path) -> None:
    file = write(tmp_path, "[profiles.a\n")
    with pytest.raises(ConfigError, match="line 1"):
        edit_profiles(file, "new", {"url": "https://new.example"}, default=True)
    assert file.read_text() == "[profiles.a\n"


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_the_file_is_readable_by_its_owner_only_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "made" / "config.toml"
    edit_profiles(file, "one", {"url": "https://one.example"}, default=False)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert sorted(os.listdir(file.parent)) == [".config.toml.lock", "config.toml"]
    assert (file.parent / ".config.toml.lock").read_bytes() == b""


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_an_unwritable_folder_is_reported_and_the_old_file_stays(tmp_path: Path) -> None:
    file = write(tmp_path, GOOD)
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(ConfigError, match="cannot be written"):
            edit_profiles(file, "shop", {"interval": 30.0}, default=False)
    finally:
        tmp_path.chmod(0o700)
    assert file.read_text() == GOOD


def test_a_symbolic_link_to_the_file_stays_one(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    real.write_text(GOOD)
    link = tmp_path / "config.toml"
    link.symlink_to(real)
    edit_profiles(link, "shop", {"interval": 30.0}, default=False)
    assert link.is_symlink()
    assert "interval = 30.0" in real.read_text()


@pytest.mark.parametrize("name", ["", ".", "../x", "a/b", "a b", "-x", "x" * 65, "a\n"])
def test_a_name_that_could_not_be_a_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="letters, digits"):
        edit_profiles(tmp_path / "config.toml", name, {"url": "https://x.example"}, default=False)


def test_a_token_cannot_be_written_into_the_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not a setting"):
        edit_profiles(tmp_path / "config.toml", "a", {"token": "x"}, default=False)
    assert not (tmp_path / "config.toml").exists()
