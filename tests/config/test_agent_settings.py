"""The [agents.NAME] tables: nothing is granted by default, and a wrong grant is named with file, line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from matomo_tui.config.agent_settings import CAPABILITIES, AgentSettings, agent_problems
from matomo_tui.config.document import parse_document
from matomo_tui.config.profile_store import read_profiles
from matomo_tui.config.validation import ConfigError


def agents(folder: Path, text: str) -> dict[str, AgentSettings]:
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return dict(read_profiles(file).agents)


def test_nothing_is_granted_by_default(tmp_path: Path) -> None:
    found = agents(tmp_path, '[agents.claude]\n[agents.other]\npages = "read"\n')
    for agent in found.values():
        assert {agent.on(site).level(one) for site in (1, 2) for one in CAPABILITIES} == {"off"}
        assert not agent.on(1).personal_data


def test_grants_hold_on_the_sites_named_and_a_table_of_a_site_replaces_single_ones(tmp_path: Path) -> None:
    agent = agents(
        tmp_path,
        '[agents.claude]\non_sites = [1, 2]\npages = "read"\ngoals = "full"\n'
        '[agents.claude.site.2]\npages = "off"\n[agents.claude.site.7]\nlive = "read"\npersonal_data = true\n',
    )["claude"]
    assert [agent.on(site).level("pages") for site in (1, 2, 3, 7)] == ["read", "off", "off", "off"]
    assert [agent.on(site).level("goals") for site in (1, 2, 3, 7)] == ["full", "full", "off", "off"]
    assert agent.on(7).level("live") == "read"
    assert [agent.on(site).personal_data for site in (1, 7)] == [False, True]


def test_all_sites_may_be_named_with_exceptions(tmp_path: Path) -> None:
    agent = agents(tmp_path, '[agents.a]\non_sites = "all"\nlive = "read"\n[agents.a.site.3]\nlive = "off"\n')["a"]
    assert [agent.on(site).level("live") for site in (1, 3, 4000)] == ["read", "off", "read"]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('[agents.a]\non_sites = [1]\npagse = "read"', 3, "unknown key 'pagse' in [agents.a]. Did you mean 'pages'?"),
        ('[agents.a]\nvisits = "reed"', 2, 'visits must be "off", "read" or "full". Did you mean \'read\'?'),
        ("[agents.a]\nvisits = true", 2, 'visits must be "off", "read" or "full".'),
        ("[agents.a]\nsites = [1]", 2, "Name the sites in on_sites."),
        ('[agents.a]\non_sites = "1"', 2, "a list of site ids such as [1, 2]"),
        ("[agents.a]\non_sites = [0]", 2, "a list of site ids such as [1, 2]"),
        ('[agents.a]\npersonal_data = "yes"', 2, "personal_data must be true or false."),
        ('[agents.a.site.shop]\nlive = "read"', 1, "'shop' is not the id of a site"),
        ('[agents.a]\n[agents.a.site.1]\nprofile = "x"', 3, "unknown key 'profile' in [agents.a.site.1]"),
        ("[agents.a]\nsite = 1", 2, "site must be tables"),
        ('[agents.a]\nprofile = "shop"', 2, "profile must name a profile of this file. There is none yet."),
        ("[agents.a]\nprofile = 3", 2, "profile must name a profile"),
        ('[agents."a b"]\nlive = "read"', 1, "an agent's name is"),
        ("agents = 3", 1, "agents must be tables"),
        ('[agents.a]\ntoken = "x"', 2, "unknown key 'token'"),
    ],
)
def test_errors_name_file_line_and_the_nearest_right_word(tmp_path: Path, text: str, line: int, says: str) -> None:
    with pytest.raises(ConfigError) as raised:
        agents(tmp_path, text)
    assert str(raised.value).startswith(f"{tmp_path / 'config.toml'}, line {line}: ")
    assert says in str(raised.value)


def test_config_check_lists_every_mistake(tmp_path: Path) -> None:
    text = '[agents.a]\non_sites = [1]\npagse = "read"\nvisits = "reed"\n[agents.a.site.2]\nlive = 1\n'
    problems = agent_problems(parse_document(tmp_path / "config.toml", text))
    assert [(problem.line, problem.key) for problem in problems] == [
        (3, "agents.a.pagse"),
        (4, "agents.a.visits"),
        (6, "agents.a.site.2.live"),
    ]
