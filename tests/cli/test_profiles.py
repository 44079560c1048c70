"""``matomo-tui profiles``: list, rename, remove, default; tokens and remembered choices go along."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from matomo_tui.api.secret import Secret
from matomo_tui.config.keyrings import SystemKeyring
from tests.cli.conftest import Invoke
from tests.config.keyrings import MemoryKeyring

GOOD = """\
default = "work"
[profiles.work] # w
url = "https://work.example"
[profiles.home]
url = "home.example"
site = "Shop"
token_command = "pass show home"
"""


@pytest.fixture
def file(config: Path) -> Path:
    (config / "config.toml").write_text(GOOD)
    (config / "tokens").mkdir()
    (config / "tokens" / "work").write_text("5ec2e7d0aa11\n")
    (config / "tokens" / "work").chmod(0o600)
    (config / "remembered.json").write_text(json.dumps({"theme": {"work": {"chosen": "nord"}}, "live": {"feed": [1]}}))
    return config / "config.toml"


def remembered(config: Path) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = json.loads((config / "remembered.json").read_text())
    return found


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> MemoryKeyring:
    memory = MemoryKeyring()
    monkeypatch.setattr(SystemKeyring, "installed", lambda self: True)
    monkeypatch.setattr(SystemKeyring, "load", lambda self, profile: memory.load(profile))
    monkeypatch.setattr(SystemKeyring, "store", lambda self, profile, token: memory.store(profile, token))
    monkeypatch.setattr(SystemKeyring, "delete", lambda self, profile: memory.delete(profile))
    return memory


def test_the_list(invoke: Invoke, file: Path) -> None:
    lines = invoke("profiles", "list").output.splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["*", "work", "https://work.example"],
        ["home", "home.example", "Shop"],
    ]
    assert str(file.parent / "tokens" / "work") in lines[0]
    assert "the command 'pass'" in lines[1]
    assert "5ec2e7d0aa11" not in "".join(lines)
    rows = [json.loads(line) for line in invoke("profiles", "list", "--json").output.splitlines()]
    assert [(row["name"], row["default"], row["site"]) for row in rows] == [
        ("work", True, None),
        ("home", False, "Shop"),
    ]


def test_no_profile_is_said_on_standard_error(invoke: Invoke) -> None:
    result = invoke("profiles", "list")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "There is no profile" in result.stderr


def test_renaming_takes_token_default_and_choices_along(invoke: Invoke, file: Path, config: Path) -> None:
    result = invoke("profiles", "rename", "work", "office", MATOMO_TUI_STATE_DIR=str(config))
    assert result.exit_code == 0, result.output
    assert file.read_text() == GOOD.replace("profiles.work", "profiles.office").replace('"work"', '"office"')
    assert (config / "tokens" / "office").read_text() == "5ec2e7d0aa11\n"
    assert not (config / "tokens" / "work").exists()
    assert remembered(config) == {"theme": {"office": {"chosen": "nord"}}, "live": {"feed": [1]}}


def test_renaming_and_removing_take_the_keyrings_entry_along(
    invoke: Invoke, file: Path, config: Path, keyring: MemoryKeyring
) -> None:
    keyring.kept["home"] = Secret("k3yring-token")
    assert "the keyring" in invoke("profiles", "rename", "home", "flat", MATOMO_TUI_STATE_DIR=str(config)).output
    assert keyring.kept == {"flat": Secret("k3yring-token")}
    assert "the keyring" in invoke("profiles", "remove", "flat", input="y\n", MATOMO_TUI_STATE_DIR=str(config)).output
    assert keyring.kept == {}


def test_a_token_under_the_new_name_is_not_overwritten(invoke: Invoke, file: Path, config: Path) -> None:
    (config / "tokens" / "office").write_text("another")
    result = invoke("profiles", "rename", "work", "office", MATOMO_TUI_STATE_DIR=str(config))
    assert result.exit_code == 2
    assert (config / "tokens" / "office").read_text() == "another"
    assert file.read_text() == GOOD


def test_the_name_of_another_profile_is_refused_before_its_token(invoke: Invoke, file: Path, config: Path) -> None:
    for old, new, says in (
        ("home", "work", "There is a profile 'work' in"),
        ("work", "work", "The profile 'work' has this name already."),
    ):
        result = invoke("profiles", "rename", old, new, MATOMO_TUI_STATE_DIR=str(config))
        assert result.exit_code == 2
        assert says in " ".join(result.output.split())
        assert "has a token" not in result.output
    assert file.read_text() == GOOD


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_removing_asks_and_takes_anything_but_yes_for_no(invoke: Invoke, file: Path, config: Path, answer: str) -> None:
    result = invoke("profiles", "remove", "work", input=answer, MATOMO_TUI_STATE_DIR=str(config))
    assert result.exit_code == 1
    assert "https://work.example" in result.output
    assert file.read_text() == GOOD
    assert (config / "tokens" / "work").exists()


def test_removing_leaves_nothing_of_it(invoke: Invoke, file: Path, config: Path) -> None:
    result = invoke("profiles", "remove", "work", "--yes", MATOMO_TUI_STATE_DIR=str(config))
    assert result.exit_code == 0
    assert "The default is home." in result.output
    assert file.read_text() == GOOD[GOOD.index("[profiles.home]") :]
    assert not (config / "tokens" / "work").exists()
    assert remembered(config) == {"theme": {}, "live": {"feed": [1]}}


def test_without_a_default_profile_every_command_says_how_to_choose_one(
    invoke: Invoke, file: Path, config: Path
) -> None:
    file.write_text(GOOD + '[profiles.old]\nurl = "old.example"\n')
    invoke("profiles", "default", "old")
    removed = invoke("profiles", "remove", "old", "--yes", MATOMO_TUI_STATE_DIR=str(config))
    assert "No profile is the default now: choose one with `matomo-tui profiles default NAME`." in removed.output
    for arguments in (
        ["check"],
        ["report", "pages"],
        ["get", "API.getMatomoVersion"],
        ["sites"],
        ["watch"],
        ["--plain"],
        ["alerts", "list"],
        ["alerts", "test"],
        ["alerts", "watch"],
    ):
        result = invoke(*arguments, MATOMO_TUI_STATE_DIR=str(config))
        assert result.exit_code == (0 if "list" in arguments else 2), arguments
        assert "--profile NAME, or a default one with `matomo-tui profiles default NAME`" in result.stderr, arguments
        assert "Profiles: work, home." in result.stderr


def test_the_default(invoke: Invoke, file: Path) -> None:
    assert invoke("profiles", "default").output == "work\n"
    assert invoke("profiles", "default", "home").exit_code == 0
    assert file.read_text() == GOOD.replace('default = "work"', 'default = "home"')
    assert invoke("profiles", "default").output == "home\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["rename", "nope", "x"], "no profile 'nope'"),
        (["rename", "work", "home"], "There is a profile 'home'"),
        (["rename", "work", "a/b"], "letters, digits"),
        (["remove", "nope"], "no profile 'nope'"),
        (["default", "nope"], "no profile 'nope'"),
        (["remove"], "Missing argument"),
    ],
)
def test_what_cannot_be_done_is_exit_code_2_and_a_sentence(
    invoke: Invoke, file: Path, config: Path, arguments: list[str], says: str
) -> None:
    result = invoke("profiles", *arguments, MATOMO_TUI_STATE_DIR=str(config))
    assert result.exit_code == 2
    assert says in " ".join(result.output.split())
    assert file.read_text() == GOOD
