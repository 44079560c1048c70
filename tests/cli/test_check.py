"""``matomo-tui check`` against a small Matomo over HTTP: its text, its JSON and its exit codes."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from matomo_tui.api.site import Site
from matomo_tui.cli import main
from matomo_tui.live.visit_rows import columns_for
from tests.cli.conftest import Invoke, Run
from tests.recorded import calls_sent, html_response
from tests.small_matomo import TOKENS, SmallMatomo, serving

FIELD = Path(__file__).parents[1] / "recordings" / "field"


@pytest.fixture
def matomo() -> SmallMatomo:
    return SmallMatomo()


@pytest.fixture
def address(matomo: SmallMatomo) -> Iterator[str]:
    with serving(matomo) as url:
        yield url


def checks(output: str) -> dict[str, tuple[str, str]]:
    answer: dict[str, Any] = json.loads(output)
    return {check["name"]: (check["state"], check["detail"]) for check in answer["checks"]}


@pytest.mark.parametrize("role", ["superuser", "admin", "write", "view"])
def test_every_role_that_sees_a_site_passes(invoke: Invoke, address: str, matomo: SmallMatomo, role: str) -> None:
    result = invoke("check", "--url", address, MATOMO_TOKEN=TOKENS[role])
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0] == f"matomo-tui check: {address}"
    assert lines[-1] == "The live screen works."
    assert "✓ Token            from MATOMO_TOKEN" in lines
    assert "✓ Matomo           version 5.2.1" in lines
    assert any(line.startswith("✓ Role ") and role in line for line in lines)
    assert any(line.split() == [role, "Shop", "(id", "1)"] for line in lines)
    assert "✓ Goals            active" in lines
    assert any(line.startswith("– McpServer ") for line in lines)
    assert "✗" not in result.output
    assert TOKENS[role] not in result.output
    assert len(matomo.sent) == 3


def test_a_token_without_access_fails_and_says_what_is_missing(invoke: Invoke, address: str) -> None:
    result = invoke("check", "--url", address, MATOMO_TOKEN=TOKENS["noaccess"])
    assert result.exit_code == 1
    assert "✗ Role" in result.output
    assert "has no access to any site" in result.output
    assert result.output.endswith("The live screen would not work.\n")


def test_the_json_has_everything(invoke: Invoke, address: str) -> None:
    result = invoke("check", "--json", "--site", "Blog", "--url", address, MATOMO_TOKEN=TOKENS["admin"])
    assert result.exit_code == 0
    answer = json.loads(result.output)
    assert list(answer) == [
        "works",
        "address",
        "profile",
        "version",
        "clock_offset",
        "role",
        "site",
        "sites_total",
        "sites",
        "checks",
    ]
    assert answer["works"] is True
    assert (answer["address"], answer["profile"], answer["version"]) == (address, None, "5.2.1")
    assert (answer["role"], answer["site"]) == ("admin", {"id": 2, "name": "Blog"})
    assert answer["sites"] == [{"id": 1, "name": "Shop", "role": "admin"}, {"id": 2, "name": "Blog", "role": "admin"}]
    assert answer["sites_total"] == 2
    assert abs(answer["clock_offset"]) < 5
    assert [check["name"] for check in answer["checks"]] == [
        "token",
        "connection",
        "tls",
        "matomo",
        "clock",
        "role",
        "site",
        "counters",
        "visitor_log",
        "visitor_profile",
        "goals",
        "mcp_server",
        "oauth2",
    ]
    assert {check["state"] for check in answer["checks"]} <= {"ok", "note", "warning", "failed"}


def test_the_json_of_a_failure_has_the_same_keys(invoke: Invoke, address: str) -> None:
    good = invoke("check", "--json", "--url", address, MATOMO_TOKEN=TOKENS["view"])
    bad = invoke("check", "--json", "--url", address, MATOMO_TOKEN="wrong-0123456789-json")
    assert bad.exit_code == 1
    assert list(json.loads(bad.output)) == list(json.loads(good.output))
    assert checks(bad.output)["token"][0] == "failed"
    assert "wrong-0123456789" not in bad.output


def test_options_may_stand_before_the_command(invoke: Invoke, address: str) -> None:
    assert invoke("--url", address, "--site", "2", "check", "--json", MATOMO_TOKEN=TOKENS["view"]).exit_code == 1
    result = invoke("--site", "2", "--url", address, "check", "--site", "1", MATOMO_TOKEN=TOKENS["view"])
    assert result.exit_code == 0


def test_without_an_address_it_is_wrong_usage(invoke: Invoke) -> None:
    result = invoke("check")
    assert result.exit_code == 2
    assert "--url" in result.output


def test_without_a_token_it_says_where_one_could_come_from(invoke: Invoke, address: str, matomo: SmallMatomo) -> None:
    result = invoke("check", "--url", address)
    assert result.exit_code == 1
    assert "✗ Token" in result.output
    assert "--token-file" in result.output
    assert matomo.sent == []


def test_a_token_file_that_others_can_read_is_refused(invoke: Invoke, address: str, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(TOKENS["view"])
    file.chmod(0o644)
    result = invoke("check", "--url", address, "--token-file", str(file))
    assert result.exit_code == 1
    assert f"chmod 600 {file}" in result.output
    file.chmod(0o600)
    assert invoke("check", "--url", address, "--token-file", str(file)).exit_code == 0


def test_a_profile_with_a_command(invoke: Invoke, address: str, config: Path, matomo: SmallMatomo) -> None:
    command = [sys.executable, "-c", f"print({TOKENS['view']!r})"]
    (config / "config.toml").write_text(f'[profiles.shop]\nurl = "{address}"\ntoken_command = {json.dumps(command)}\n')
    result = invoke("check")
    assert result.exit_code == 0, result.output
    assert f"{address}, profile shop" in result.output
    assert "from the command" in result.output
    elsewhere = invoke("check", "--url", "http://127.0.0.1:9")
    assert elsewhere.exit_code == 1
    assert "✗ Token" in elsewhere.output


def test_the_child_of_a_command_does_not_inherit_the_token(invoke: Invoke, address: str, config: Path) -> None:
    command = [sys.executable, "-c", "import os; print('MATOMO_TOKEN' in os.environ)"]
    (config / "config.toml").write_text(
        f'[profiles.shop]\nurl = "{address}"\nbasic_auth_user = "u"\n'
        f"basic_auth_password_command = {json.dumps(command)}\n"
    )
    result = invoke("check", MATOMO_TOKEN=TOKENS["view"])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("method", "message", "line", "code"),
    [
        ("Live.getLastVisitsDetails", "Visits log is deactivated for this website.", "visitor_log", 1),
        ("Live.getCounters", "The plugin Live is not enabled.", "counters", 1),
        ("Live.getVisitorProfile", "Visitor profile is deactivated for this website.", "visitor_profile", 0),
        ("API.isPluginActivated", "You can't do that.", "goals", 0),
    ],
)
def test_a_feature_that_is_switched_off_is_a_sentence(
    invoke: Invoke, address: str, matomo: SmallMatomo, method: str, message: str, line: str, code: int
) -> None:
    matomo.disabled[method] = message
    result = invoke("check", "--json", "--url", address, MATOMO_TOKEN=TOKENS["view"])
    assert result.exit_code == code
    state, detail = checks(result.output)[line]
    assert state == ("failed" if code else "warning" if line == "visitor_profile" else "note")
    assert detail.endswith((".", "only."))
    assert json.loads(result.output)["works"] is (code == 0)


def test_plugins_that_are_there_are_said(invoke: Invoke, address: str, matomo: SmallMatomo) -> None:
    matomo.plugins = frozenset({"Goals", "McpServer", "OAuth2"})
    found = checks(invoke("check", "--json", "--url", address, MATOMO_TOKEN=TOKENS["view"]).output)
    assert found["mcp_server"] == ("ok", "active")
    assert found["oauth2"] == ("ok", "active")


def test_a_clock_that_is_wrong_is_a_warning(invoke: Invoke, address: str, matomo: SmallMatomo) -> None:
    matomo.clock = lambda: time.time() - 600
    result = invoke("check", "--json", "--url", address, MATOMO_TOKEN=TOKENS["view"])
    assert result.exit_code == 0
    state, detail = checks(result.output)["clock"]
    assert state == "warning"
    assert detail == "The server's clock is 10 min behind this computer's."


def test_what_is_no_matomo_fails_with_the_title_it_saw(invoke: Invoke, address: str, matomo: SmallMatomo) -> None:
    matomo.answer = lambda _form, _headers: html_response("Sign in \x1b[31m&amp; out")
    result = invoke("check", "--url", address, MATOMO_TOKEN=TOKENS["view"])
    assert result.exit_code == 1
    assert "✓ Connection" in result.output
    assert "✗ Matomo" in result.output
    assert "Sign in" in result.output
    assert "\x1b" not in result.output


def test_nobody_there_fails_at_the_connection(invoke: Invoke) -> None:
    result = invoke("check", "--url", "http://127.0.0.1:9", MATOMO_TOKEN="abc")
    assert result.exit_code == 1
    assert "✗ Connection" in result.output


def test_many_sites_are_listed_within_a_bound(invoke: Invoke, address: str, matomo: SmallMatomo) -> None:
    matomo.sites = {n: f"Site {n}" for n in range(1, 2001)}
    matomo.tokens = {"many-0123456789": dict.fromkeys(matomo.sites, "view")}
    result = invoke("check", "--url", address, MATOMO_TOKEN="many-0123456789")
    assert result.exit_code == 0
    assert "view on 2,000 sites" in result.output
    assert "and 1,980 more" in result.output
    assert len(result.output.splitlines()) < 45
    answer = json.loads(invoke("check", "--json", "--url", address, MATOMO_TOKEN="many-0123456789").output)
    assert (len(answer["sites"]), answer["sites_total"]) == (50, 2000)


def test_a_hostile_site_name_is_harmless(invoke: Invoke, address: str, matomo: SmallMatomo) -> None:
    matomo.sites[1] = "\x1b]0;pwned\x07Sh\u202eop\r\n"
    result = invoke("check", "--url", address, MATOMO_TOKEN=TOKENS["view"])
    assert result.exit_code == 0
    assert "]0;pwnedShop (id 1)" in " ".join(result.output.split())
    assert not {"\x1b", "\x07", "\u202e", "\r"} & set(result.output)


def test_piped_into_something_that_reads_ascii_only(run: Run, address: str, matomo: SmallMatomo) -> None:
    matomo.sites[1] = "Läden"
    done = run("check", "--url", address, MATOMO_TOKEN=TOKENS["view"], PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    assert "ok Matomo" in done.stdout
    assert "L?den" in done.stdout
    assert done.stderr == ""


def test_the_demo_needs_no_network_and_no_token(invoke: Invoke) -> None:
    result = invoke("check", "--demo", "--json", MATOMO_TOKEN="unused-0123456789", MATOMO_URL="http://127.0.0.1:9")
    assert result.exit_code == 0
    answer = json.loads(result.output)
    assert (answer["works"], answer["address"], answer["role"]) == (True, "demo", "superuser")
    assert answer["version"]
    assert answer["sites_total"] > 1
    assert checks(result.output)["visitor_log"][0] == "ok"


def test_the_demo_takes_nothing_of_a_profiles_connection(invoke: Invoke, config: Path) -> None:
    (config / "config.toml").write_text(
        '[profiles.a]\nurl = "http://127.0.0.1:9"\nsite = "Nope"\ntoken_command = "x"\n'
    )
    result = invoke("check", "--demo", "--json", MATOMO_SITE="Nope either")
    assert result.exit_code == 0
    assert json.loads(result.output)["profile"] is None


@pytest.mark.parametrize(
    ("method", "rows", "line"),
    [
        ("Live.getCounters", [[]], "counters"),
        ("Live.getCounters", [], "counters"),
        ("Live.getCounters", [{"visits": 3}], "counters"),
        ("Live.getCounters", [{"visits": None, "actions": 1}], "counters"),
        ("Live.getLastVisitsDetails", [[]], "visitor_log"),
        ("Live.getLastVisitsDetails", [{"idVisit": 7}], "visitor_log"),
        ("Live.getLastVisitsDetails", [{"idVisit": 7, "lastActionTimestamp": 1700000000}], "visitor_log"),
    ],
)
def test_rows_without_their_columns_are_a_failure_and_no_zero(
    invoke: Invoke, address: str, matomo: SmallMatomo, method: str, rows: list[Any], line: str
) -> None:
    matomo.rows[method] = rows
    result = invoke("check", "--json", "--url", address, MATOMO_TOKEN=TOKENS["view"])
    assert result.exit_code == 1
    assert checks(result.output)[line][0] == "failed"


def test_it_asks_what_the_live_screen_asks(invoke: Invoke, address: str, matomo: SmallMatomo) -> None:
    invoke("check", "--url", address, MATOMO_TOKEN=TOKENS["view"])
    calls = calls_sent(list(matomo.sent[-1].items()))
    (log,) = [call for call in calls if call["method"] == "Live.getLastVisitsDetails"]
    assert log["filter_limit"] == "100"
    assert log["showColumns"].split(",") == list(columns_for(Site(id=1, name="Shop")))
    assert "icon" in log["hideColumns"]
    assert {call.get("lastMinutes") for call in calls if call["method"] == "Live.getCounters"} >= {"3", "30"}


@pytest.mark.parametrize(("limit", "requests"), [(5, 1 + 1 + 1 + 3), (1, 99)])
def test_a_bulk_limit_is_said_and_kept(
    invoke: Invoke, address: str, matomo: SmallMatomo, limit: int, requests: int
) -> None:
    matomo.bulk_limit = limit
    result = invoke("check", "--json", "--url", address, MATOMO_TOKEN=TOKENS["view"])
    assert result.exit_code == 0, result.output
    state, detail = checks(result.output)["bulk_limit"]
    assert (state, detail.startswith(f"the server takes {limit} call")) == ("note", True)
    assert len(matomo.sent) <= requests


@pytest.mark.parametrize("name", ["php-notice-html", "php-notice-plain", "php-notice-plain-suffix"])
def test_php_notices_are_said_once_and_harm_nothing(
    invoke: Invoke, address: str, matomo: SmallMatomo, name: str
) -> None:
    case = json.loads((FIELD / f"{name}.json").read_text())
    matomo.around = case.get("raw_prefix", ""), case.get("raw_suffix", "")
    result = invoke("check", "--json", "--url", address, MATOMO_TOKEN=TOKENS["view"])
    assert result.exit_code == 0, result.output
    state, detail = checks(result.output)["notices"]
    assert state == "warning"
    assert " on line " in detail
    assert detail.count("on line") == 1


@pytest.mark.parametrize("token", ["editor:abcd EFGH ijkl MNOP qrst UVWX", "müller:abcdEFGHijklMNOPqrstUVWX"])
def test_a_wordpress_application_password_is_sent_as_it_is_shown(
    invoke: Invoke, address: str, matomo: SmallMatomo, token: str
) -> None:
    matomo.tokens[token] = {1: "view"}
    result = invoke("check", "--url", address, MATOMO_TOKEN=token)
    assert result.exit_code == 0, result.output
    assert set(matomo.tokens_sent) == {token}


def test_an_address_in_place_of_the_token_is_not_sent(invoke: Invoke, address: str, matomo: SmallMatomo) -> None:
    result = invoke("check", "--url", address, MATOMO_TOKEN="https://stats.example/")
    assert result.exit_code == 1
    assert "is an address, not a token" in result.output
    assert matomo.sent == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is full")
@pytest.mark.parametrize("command", [["check", "--demo"], ["--version"], ["check", "--help"]])
def test_an_output_that_is_full_is_a_sentence(environment: dict[str, str], command: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "matomo_tui", *command], stdout=full, stderr=subprocess.PIPE, text=True,
            env=environment, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == "matomo-tui: the output cannot be written: No space left on device.\n"


def test_a_disk_that_is_full_elsewhere_is_not_taken_for_the_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_space(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(main, "cli", no_space)
    monkeypatch.setattr(main, "_give_up", lambda error: pytest.fail("the output can be written"))
    with pytest.raises(SystemExit):
        main.main()
    assert "crashed: OSError: [Errno 28] No space left" in capsys.readouterr().err
