"""``matomo-tui alerts``: lists rules, tries them over HTTP, and prints the history."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from matomo_tui.alerts.history import AlertHistory, AlertRecord
from tests.cli.conftest import Invoke
from tests.small_matomo import TOKENS, SmallMatomo, serving

RULES = """
[[profiles.shop.alerts]]
name = "Silent"
no_hits = "5m"

[[profiles.shop.alerts]]
name = "Rush"
metric = "visits_30"
above = 0
site = "all"
command = "touch {marker}"
"""


@pytest.fixture
def matomo() -> SmallMatomo:
    now = int(time.time())
    visit = {
        "idVisit": 1,
        "idSite": 1,
        "firstActionTimestamp": now - 1200,
        "lastActionTimestamp": now - 1200,
        "actionDetails": [{"type": "action", "url": "https://1.example/", "timestamp": now - 1200}],
    }
    return SmallMatomo(rows={"Live.getLastVisitsDetails": [visit]})


@pytest.fixture
def address(matomo: SmallMatomo) -> Iterator[str]:
    with serving(matomo) as url:
        yield url


@pytest.fixture
def profile(config: Path, address: str, tmp_path: Path) -> Path:
    file = config / "config.toml"
    rules = RULES.replace("{marker}", str(tmp_path / "ran"))
    file.write_text(f'[profiles.shop]\nurl = "{address}"\nsite = 1\n{rules}', encoding="utf-8")
    return file


def test_the_rules_are_listed_without_a_request(invoke: Invoke, profile: Path, matomo: SmallMatomo) -> None:
    result = invoke("alerts", "list")
    assert result.exit_code == 0, result.output
    assert result.output.splitlines() == [
        "Silent: no hits for 5 min → bell",
        "Rush: visits in the last 30 min above 0 (all sites) → bell, command touch",
    ]
    assert matomo.sent == []
    lines = [json.loads(line) for line in invoke("alerts", "list", "--json").output.splitlines()]
    assert lines[0]["place"] == f"{profile}, line 5"
    assert [line["name"] for line in lines] == ["Silent", "Rush"]


def test_a_rule_is_tried_against_the_last_hour(invoke: Invoke, profile: Path, tmp_path: Path) -> None:
    result = invoke("alerts", "test", "silent", MATOMO_TOKEN=TOKENS["view"])
    assert result.exit_code == 0, result.output
    head, *rest = result.output.splitlines()
    assert head == "Silent: no hits for 5 min → bell"
    assert "fired or before  Silent: Shop: no hits for 5 min." in rest[0]
    assert "ended  Silent: Shop: over after" in rest[1]
    assert rest[-1].startswith("  Shop: now no hits for 5 min; 0 to 1 in the last hour")
    assert not (tmp_path / "ran").exists()


def test_times_of_a_trial_are_those_of_the_site_with_the_name_of_their_zone(
    invoke: Invoke, profile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        before = time.time()
        lines = invoke("alerts", "test", "silent", MATOMO_TOKEN=TOKENS["view"]).output.splitlines()
    finally:
        monkeypatch.undo()
        time.tzset()
    when, zone = lines[1].split()[:2]
    assert zone == "Europe/Berlin"
    begun = {f"{datetime.fromtimestamp(before + late - 3600, ZoneInfo(zone)):%H:%M}" for late in range(-70, 70, 10)}
    assert when in begun


def test_a_rule_is_tried_on_each_of_its_sites(invoke: Invoke, profile: Path, tmp_path: Path) -> None:
    result = invoke("alerts", "test", "Rush", "--deliver", MATOMO_TOKEN=TOKENS["superuser"])
    assert result.exit_code == 0, result.output
    assert [name for name in ("Shop", "Blog", "Docs") if f"  {name}: " in result.output] == ["Shop", "Blog", "Docs"]
    assert "Rush: the test message was delivered." in result.output
    assert (tmp_path / "ran").exists()


def test_what_goes_wrong_is_a_sentence_with_an_exit_code(invoke: Invoke, profile: Path, matomo: SmallMatomo) -> None:
    wrong = invoke("alerts", "test", "Slient", MATOMO_TOKEN=TOKENS["view"])
    assert wrong.exit_code == 2
    assert "There is no alert rule 'Slient'. Did you mean 'Silent'?" in wrong.output
    profile.write_text(profile.read_text().replace("no_hits", "no_hit"))
    broken = invoke("alerts", "list")
    assert broken.exit_code == 2
    assert f"{profile}, line 7: unknown key 'no_hit' in an alert rule. Did you mean 'no_hits'?" in broken.output
    assert matomo.sent == []


def test_without_rules_it_says_how_to_get_some(invoke: Invoke, config: Path, address: str) -> None:
    result = invoke("alerts", "test", "--url", address)
    assert result.exit_code == 2
    assert "[[profiles.NAME.alerts]]" in result.output


def test_a_server_that_is_down_is_worth_another_try(invoke: Invoke, profile: Path) -> None:
    profile.write_text(profile.read_text().replace("127.0.0.1", "127.0.0.1:1/x?"))
    text = '[profiles.shop]\nurl = "http://127.0.0.1:9/"\n[[profiles.shop.alerts]]\nno_hits = "5m"\n'
    profile.write_text(text)
    assert invoke("alerts", "test", MATOMO_TOKEN=TOKENS["view"]).exit_code == 3


def test_the_history_is_printed(invoke: Invoke, tmp_path: Path) -> None:
    history = AlertHistory(tmp_path)
    for state in ("fired", "ended"):
        history.add(AlertRecord(1_795_437_064.0, state, "shop", "Rush", 1, "Shop", f"Rush: {state}."))
    state_dir = str(tmp_path)
    result = invoke("alerts", "history", MATOMO_TUI_STATE_DIR=state_dir)
    assert [line.split("  ", 1)[1] for line in result.output.splitlines()] == [
        "fired   shop  Rush: fired.",
        "ended   shop  Rush: ended.",
    ]
    moment = f"{datetime.fromtimestamp(1_795_437_064).astimezone():%Y-%m-%d %H:%M:%S %z}"
    assert {line.split("  ", 1)[0] for line in result.output.splitlines()} == {moment}
    one = invoke("alerts", "history", "--json", "--limit", "1", MATOMO_TUI_STATE_DIR=state_dir)
    assert json.loads(one.output)["state"] == "ended"
    none = invoke("alerts", "history", "--profile", "other", MATOMO_TUI_STATE_DIR=state_dir)
    assert (none.exit_code, none.output) == (0, "No alert has fired yet.\n")


def test_the_dashboard_does_not_start_with_a_wrong_rule(invoke: Invoke, profile: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("matomo_tui.cli.dashboard.ensure_terminal", lambda: None)
    profile.write_text(profile.read_text().replace('no_hits = "5m"', "no_hits = 5"))
    result = invoke(MATOMO_TOKEN=TOKENS["view"])
    assert result.exit_code == 2
    assert "line 7: no_hits must be a time with its unit" in result.output
