"""``matomo-tui config``: where each value comes from, every mistake at once, and an editor that loses no text."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from matomo_tui.cli.config_check import CHECKERS
from matomo_tui.config.document import TABLES
from matomo_tui.config.reference import SETTINGS, first_file
from matomo_tui.config.settings import Settings
from matomo_tui.config.validation import CHECKS
from tests.cli.conftest import Invoke

GOOD = '[profiles.work]\nurl = "https://work.example"\ninterval = 9\nheaders = { "X-Key" = "h3ader" }\n'
BAD = """\
default = "wrk"
colour = 3
[profiles.work]
url = "ftp://work.example"
intervall = 3
color = "truecolour"
allow = ["read", "gols"]
theme = "drakula"
ca_bundle = "/nowhere.pem"
token_command = "no-such-program show"
token = "s3cr3t-value"

[keys]
"report.srot" = "o"
report.flat = "entr"
preset = "emacs"
"""


@pytest.fixture
def file(config: Path) -> Path:
    return config / "config.toml"


def shown(invoke: Invoke, *flags: str, **variables: str) -> dict[str, str]:
    """The source of each setting."""
    result = invoke("config", "show", "--json", *flags, MATOMO_TUI_STATE_DIR="/nowhere", **variables)
    assert result.exit_code == 0, result.output
    return {key: one["from"] for key, one in json.loads(result.output)["settings"].items()}


def test_the_path(invoke: Invoke, file: Path) -> None:
    assert invoke("config", "path").output == f"{file}\n"


def test_each_value_has_its_source(invoke: Invoke, file: Path) -> None:
    file.write_text(f'default = "work"\n{GOOD}')
    found = shown(invoke, "--site", "3", MATOMO_TUI_INTERVAL="7", NO_COLOR="1", LANG="de_DE.UTF-8", LC_ALL="")
    assert found["profile"] == "default of the file, line 1"
    assert found["url"] == "profile work, line 3"
    assert found["site"] == "--site"
    assert found["interval"] == "MATOMO_TUI_INTERVAL"
    assert found["color"] == "NO_COLOR"
    assert found["language"] == "LANG"
    assert found["timeout"] == "built in"
    assert shown(invoke, "--profile", "work")["profile"] == "--profile"
    assert shown(invoke, MATOMO_TUI_PROFILE="work")["profile"] == "MATOMO_TUI_PROFILE"


def test_every_setting_is_shown_also_those_before_the_command(invoke: Invoke, file: Path) -> None:
    file.write_text(GOOD)
    output = invoke("--ascii", "--no-mouse", "config", "show", "--interval", "3").output
    rows = {line.split()[0]: line.split() for line in output.splitlines()[1:]}
    assert CHECKS.keys() <= rows.keys()
    assert rows["ascii"] == ["ascii", "true", "--ascii"]
    assert rows["mouse"] == ["mouse", "false", "--no-mouse"]
    assert rows["interval"] == ["interval", "3", "--interval"]
    assert rows["theme"][:2] == ["theme", '"matomo-dark"']


def test_a_file_of_certificates_is_known_by_its_whole_path(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own.pem").write_text("-----BEGIN CERTIFICATE-----")
    (tmp_path / "ca.pem").symlink_to("own.pem")
    monkeypatch.chdir(tmp_path)
    result = invoke("config", "show", "--json", "--url", "m.example", "--ca-bundle", "ca.pem")
    shown = json.loads(result.output)["settings"]["ca_bundle"]["value"]
    assert shown == str(tmp_path / "ca.pem"), "a profile that it is saved in reads it from another folder"


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_secrets_are_never_shown(invoke: Invoke, config: Path, file: Path, more: list[str]) -> None:
    file.write_text(f"{GOOD}token_command = ['echo', 't0ken-in-a-command']\n")
    (config / "tokens").mkdir()
    (config / "tokens" / "work").write_text("t0ken-in-a-file")
    output = invoke("config", "show", *more, MATOMO_TOKEN="t0ken-in-the-environment").output
    assert "t0ken" not in output
    assert "h3ader" not in output
    assert "X-Key" in output
    assert "MATOMO_TOKEN" in output
    assert "the command 'echo'" in invoke("config", "show", *more).output
    file.write_text(GOOD)
    assert str(config / "tokens" / "work") in invoke("config", "show", *more).output


def test_the_kiosks_settings_are_written_as_their_options_are(invoke: Invoke) -> None:
    rows = [line.split() for line in invoke("--kiosk", "--rotate", "1m", "config", "show").output.splitlines()]
    assert ["kiosk", "true", "--kiosk"] in rows
    assert ["rotate", "60", "--rotate"] in rows
    assert not {"kiosk_sites", "night"} & {row[0] for row in rows if row}, "no key of the file"


def test_keys_and_agents_are_shown_with_their_lines(invoke: Invoke, file: Path) -> None:
    file.write_text(f"{GOOD}[keys]\nreport.sort = 'Q'\n[agents.claude]\npages = 'read'\nsite.2.pages = 'off'\n")
    rows = [line.split() for line in invoke("config", "show").output.splitlines()]
    assert ["keys.report.sort", '"Q"', "[keys],", "line", "6"] in rows
    assert ["agents.claude.pages", '"read"', "[agents.claude],", "line", "8"] in rows
    assert ["agents.claude.site.2.pages", '"off"', "[agents.claude],", "line", "9"] in rows


def test_another_address_names_what_it_does_not_use(invoke: Invoke, file: Path) -> None:
    file.write_text(GOOD)
    output = invoke("config", "show", "--url", "other.example").output
    assert "Not used, because the address is not the profile's: headers." in output
    assert "X-Key" not in output


def test_a_theme_chosen_by_key_has_its_source(invoke: Invoke, file: Path, tmp_path: Path) -> None:
    file.write_text(GOOD)
    entry = {"theme": {"work": {"chosen": "nord", "configured": ""}}}
    (tmp_path / "remembered.json").write_text(json.dumps(entry))
    output = invoke("config", "show", MATOMO_TUI_STATE_DIR=str(tmp_path)).output
    assert '"nord"' in output
    assert "chosen in the dashboard with t" in output


def test_every_mistake_is_named_with_line_key_and_nearest_word(invoke: Invoke, file: Path, config: Path) -> None:
    file.write_text(BAD)
    (config / "themes").mkdir()
    (config / "themes" / "mine.toml").write_text('accent = "blue"\ncurser = "#000"\n')
    result = invoke("config", "check", "--json")
    assert result.exit_code == 1
    found = {(one["key"], one["line"]): one["problem"] for one in json.loads(result.output)["problems"]}
    for place, words in {
        ("default", 1): "Did you mean 'work'?",
        ("colour", 2): "unknown key 'colour'",
        ("profiles.work.url", 4): "https:// or http://",
        ("profiles.work.intervall", 5): "Did you mean 'interval'?",
        ("profiles.work.color", 6): "Did you mean 'truecolor'?",
        ("profiles.work.allow", 7): "Did you mean 'goals'?",
        ("profiles.work.theme", 8): "Did you mean 'dracula'?",
        ("profiles.work.ca_bundle", 9): "there is no file /nowhere.pem",
        ("profiles.work.token_command", 10): "no program 'no-such-program'",
        ("profiles.work.token", 11): "a secret does not belong in this file",
        ("keys.report.srot", 14): "Did you mean 'report.sort'?",
        ("keys.report.flat", 15): "there is no key 'entr'",
        ("keys.preset", 16): "there is no preset 'emacs'",
        ("accent", 1): "must be a colour",
        ("curser", 2): "Did you mean 'cursor'?",
        (None, None): "background and foreground must be given",
    }.items():
        assert words in found.pop(place), place
    assert found == {}
    assert "s3cr3t" not in result.output


def test_mistakes_of_alert_rules_are_named_too(invoke: Invoke, file: Path) -> None:
    rule = "[[profiles.work.alerts]]\nname = 'quiet'\nno_hits = '10m'\n"
    file.write_text(f"{GOOD}{rule}nottify = ['bell']\n[[profiles.work.alerts]]\nmetric = 'visitss'\nabove = 3\n")
    result = invoke("config", "check", "--json")
    found = {(one["key"], one["line"]): one["problem"] for one in json.loads(result.output)["problems"]}
    assert "Did you mean 'notify'?" in found["profiles.work.alerts.0.nottify", 8]
    assert found.keys() == {("profiles.work.alerts.0.nottify", 8), ("profiles.work.alerts.1.metric", 10)}
    file.write_text(GOOD + rule)
    assert invoke("config", "check").exit_code == 0
    assert '["quiet"]' in invoke("config", "show").output


def test_mistakes_of_agents_are_named_too(invoke: Invoke, file: Path) -> None:
    file.write_text(f"{GOOD}[agents.claude]\nprofile = 'wrk'\npagess = 'read'\nlive = 'reed'\n")
    found = {
        (one["key"], one["line"]): one["problem"]
        for one in json.loads(invoke("config", "check", "--json").output)["problems"]
    }
    assert "Did you mean 'work'?" in found["agents.claude.profile", 6]
    assert "Did you mean 'pages'?" in found["agents.claude.pagess", 7]
    assert "Did you mean 'read'?" in found["agents.claude.live", 8]
    assert len(found) == 3


def test_the_mistakes_for_reading(invoke: Invoke, file: Path) -> None:
    file.write_text('[profiles.work]\nurl = "x.example"\nintervall = 3\n')
    result = invoke("config", "check")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        str(file),
        "  line 3    profiles.work.intervall  unknown key 'intervall' in profile 'work'. Did you mean 'interval'?",
    ]
    assert result.stderr == "1 mistake.\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[profiles.a\n", "line 1"),
        ('[profiles.a]\nurl = "x.example"\nurl = "y.example"\n', "line 3"),
        ("keys = 3\n", "keys must be a table"),
        ("profiles = 3\n", "profiles must be tables"),
    ],
)
def test_a_file_of_another_shape_has_its_line(invoke: Invoke, file: Path, text: str, words: str) -> None:
    file.write_text(text)
    result = invoke("config", "check")
    assert result.exit_code == 1
    assert words in result.output


def test_a_right_file_and_none(invoke: Invoke, file: Path) -> None:
    assert invoke("config", "check").exit_code == 0
    file.write_text(GOOD)
    result = invoke("config", "check")
    assert (result.exit_code, result.output) == (0, f"{file} has no mistakes.\n")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("oauth_secret_command = 'echo x'\n", 5, "without oauth_client_id"),
        ("basic_auth_password_command = 'echo x'\n", 5, "without basic_auth_user"),
        ("auth = 'bearer'\nbasic_auth_user = 'u'\n", 6, "one Authorization header"),
        ("oauth_client_id = 'x'\nauth = 'post'\n", 6, "has no effect with oauth_client_id"),
        (f"verify_tls = false\nca_bundle = '{__file__}'\n", 6, "has no effect with verify_tls = false"),
    ],
)
def test_settings_that_contradict_each_other_are_mistakes(
    invoke: Invoke, file: Path, text: str, line: int, words: str
) -> None:
    file.write_text(GOOD + text)
    (problem,) = json.loads(invoke("config", "check", "--json").output)["problems"]
    assert problem["line"] == line
    assert words in problem["problem"]


def test_a_token_file_that_others_can_read_is_a_mistake(invoke: Invoke, file: Path, config: Path) -> None:
    file.write_text(f"{GOOD}token_file = 'token.txt'\n")
    assert "there is no file" in invoke("config", "check").output
    (config / "token.txt").write_text("5ec2e7")
    (config / "token.txt").chmod(0o644)
    assert "chmod 600" in invoke("config", "check").output
    (config / "token.txt").chmod(0o600)
    assert invoke("config", "check").exit_code == 0


def test_every_table_and_every_setting_is_known_to_checkers_and_reference() -> None:
    assert set(TABLES) - {"default"} <= set(CHECKERS)
    assert sorted(setting.key for setting in SETTINGS) == sorted(CHECKS), "config.reference describes every setting"
    assert {setting.key for setting in SETTINGS} <= {*Settings.__struct_fields__}


def test_the_first_file_is_right_with_and_without_its_comment_signs(invoke: Invoke, file: Path) -> None:
    file.write_text(first_file())
    assert invoke("config", "check").exit_code == 0
    lines = [line.removeprefix("# ") for line in first_file().splitlines()[3:]]
    settings = [line for line in lines if line.startswith(("[", "default")) or (" = " in line and line[0] not in " #")]
    assert len(settings) > len(SETTINGS)
    unset = ("site", "allow", "token_file", "ca_bundle", "token_command", "basic_auth_password_command", "oauth")
    file.write_text("\n".join(line for line in settings if not line.startswith(unset)))
    assert invoke("config", "check").exit_code == 0, invoke("config", "check").output


class Editor:
    """An editor that replaces texts in its file, one pair at each start, and then ends with an exit code."""

    def __init__(self, folder: Path) -> None:
        self.script = folder / "editor.sh"
        self.starts = folder / "starts"
        self.environment = folder / "environment"

    def does(self, *commands: str) -> str:
        """The editor's command line: at its n-th start it runs the n-th shell command, which has the file as ``$1``."""
        cases = "".join(f"{number}) {command};;\n" for number, command in enumerate(commands, 1))
        head = f"#!/bin/sh\necho . >> {self.starts}\nenv > {self.environment}\n"
        self.script.write_text(f"{head}case $(wc -l < {self.starts} | tr -d ' ') in\n{cases}esac\n")
        self.script.chmod(0o700)
        return str(self.script)


@pytest.fixture
def editor(tmp_path: Path) -> Editor:
    return Editor(tmp_path)


def kept(config: Path) -> list[str]:
    return sorted(found.name for found in config.iterdir() if "edited" in found.name)


def test_a_right_text_is_saved(invoke: Invoke, config: Path, file: Path, editor: Editor) -> None:
    file.write_text(GOOD)
    visual = editor.does('sed -i s/9/30/ "$1"')
    result = invoke("config", "edit", VISUAL=visual, EDITOR="false", MATOMO_TOKEN="t0ken-of-the-run")
    assert result.exit_code == 0, result.output
    assert file.read_text() == GOOD.replace("9", "30")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "no mistakes" in result.output
    assert kept(config) == []
    assert "t0ken" not in editor.environment.read_text()


def test_mistakes_are_shown_and_edited_again(invoke: Invoke, config: Path, file: Path, editor: Editor) -> None:
    file.write_text(GOOD)
    command = editor.does('sed -i s/interval/intervall/ "$1"', 'sed -i s/intervall/timeout/ "$1"')
    result = invoke("config", "edit", EDITOR=command, VISUAL="", input="e\n")
    assert result.exit_code == 0, result.output
    assert "Did you mean 'interval'?" in result.output
    assert "timeout = 9" in file.read_text()
    assert kept(config) == []


@pytest.mark.parametrize("answer", ["k\n", ""])
def test_a_text_with_mistakes_is_kept_in_a_file(
    invoke: Invoke, config: Path, file: Path, editor: Editor, answer: str
) -> None:
    file.write_text(GOOD)
    result = invoke("config", "edit", EDITOR=editor.does('echo "[broken" > "$1"'), VISUAL="", input=answer)
    assert result.exit_code == 1
    assert file.read_text() == GOOD
    assert kept(config) == ["config.edited.toml"]
    assert (config / "config.edited.toml").read_text() == "[broken\n"
    assert str(config / "config.edited.toml") in result.output


def test_a_text_with_mistakes_can_be_saved(invoke: Invoke, config: Path, file: Path, editor: Editor) -> None:
    file.write_text(GOOD)
    result = invoke("config", "edit", EDITOR=editor.does('echo "[broken" > "$1"'), VISUAL="", input="s\n")
    assert result.exit_code == 0
    assert file.read_text() == "[broken\n"
    assert kept(config) == []


def test_an_older_kept_text_is_not_overwritten(invoke: Invoke, config: Path, file: Path, editor: Editor) -> None:
    (config / "config.edited.toml").write_text("older")
    invoke("config", "edit", EDITOR=editor.does('echo "[broken" > "$1"'), VISUAL="", input="k\n")
    assert kept(config) == ["config.edited.toml", "config.edited2.toml"]
    assert (config / "config.edited.toml").read_text() == "older"


def test_a_change_by_another_program_is_not_lost_either(
    invoke: Invoke, config: Path, file: Path, editor: Editor
) -> None:
    file.write_text(GOOD)
    command = editor.does(f'sed -i s/9/30/ "$1"; echo "# by another" > {file}')
    result = invoke("config", "edit", EDITOR=command, VISUAL="")
    assert result.exit_code == 2
    assert "changed by another program" in result.output
    assert file.read_text() == "# by another\n"
    assert "interval = 30" in (config / "config.edited.toml").read_text()


def test_an_editor_that_fails_or_changes_nothing_saves_nothing(
    invoke: Invoke, config: Path, file: Path, editor: Editor
) -> None:
    file.write_text(GOOD)
    result = invoke("config", "edit", EDITOR=editor.does("true"), VISUAL="")
    assert (result.exit_code, kept(config)) == (0, [])
    assert "Nothing has changed" in result.output
    editor.starts.unlink()
    result = invoke("config", "edit", EDITOR=editor.does("exit 3"), VISUAL="")
    assert (result.exit_code, kept(config)) == (1, [])
    editor.starts.unlink()
    result = invoke("config", "edit", EDITOR=editor.does('echo "# mine" > "$1"; exit 3'), VISUAL="")
    assert (result.exit_code, kept(config)) == (1, ["config.edited.toml"])
    assert file.read_text() == GOOD


def test_without_a_file_the_editor_gets_a_commented_one(
    invoke: Invoke, config: Path, file: Path, editor: Editor, tmp_path: Path
) -> None:
    command = editor.does(f'cp "$1" {tmp_path}/first.toml; echo "default = \'\'" > "$1"')
    assert invoke("config", "edit", EDITOR=command, VISUAL="").exit_code == 0
    assert (tmp_path / "first.toml").read_text() == first_file()
    assert file.read_text() == "default = ''\n"


@pytest.mark.parametrize("editor_command", ["no-such-editor", "'unclosed"])
def test_without_an_editor_it_says_so(invoke: Invoke, file: Path, editor_command: str) -> None:
    result = invoke("config", "edit", EDITOR=editor_command, VISUAL="")
    assert result.exit_code == 2
    assert "EDITOR" in result.output
    assert "Traceback" not in result.output
