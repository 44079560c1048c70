"""Alert rules from config.toml: what they mean, and how a wrong one is named."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from matomo_tui.alerts.rule_reader import KEYS, read_rules, rule_problems
from matomo_tui.alerts.rules import (
    CounterFigure,
    CountFigure,
    FailureFigure,
    FeedFigure,
    QuietHours,
    RankingFigure,
    ReportFigure,
    RuleComparison,
    RuleCondition,
    Targets,
)
from matomo_tui.alerts.wording import condition_text, delivery_text
from matomo_tui.cli.config_check import check_file
from matomo_tui.config.profile_store import read_profiles
from matomo_tui.config.validation import ConfigError
from tests.alerts.rules_of import rule_of, rules_of


def in_file(folder: Path, rule: str) -> Path:
    file = folder / "config.toml"
    file.write_text(f'[profiles.shop]\nurl = "x.example"\n\n[[profiles.shop.alerts]]\n{rule}\n', encoding="utf-8")
    return file


def test_rules_are_read_from_a_profile(tmp_path: Path) -> None:
    file = in_file(
        tmp_path,
        'name = "Silent"\nno_hits = "15m"\nsite = ["Shop", 4]\nquiet = "22:00-07:00"\nfor = "90s"\n'
        'notify = ["terminal"]\ncommand = "notify-send Matomo \'{message}\'"\napprise = "slack://a/b/c"\n'
        '[[profiles.shop.alerts]]\nmetric = "visits_60"\nfalls_by = "40%"\nweeks = 6\nsite = "all"\n',
    )
    silent, fewer = read_rules(read_profiles(file).by_name["shop"]["alerts"])
    assert (silent.name, silent.figure) == ("Silent", CountFigure("actions", 15))
    assert silent.condition == RuleCondition(RuleComparison.BELOW, 1.0)
    assert silent.targets == Targets(sites=("Shop", "4"))
    assert silent.quiet == (QuietHours(time(22), time(7)),)
    assert (silent.lasting, silent.ends_after) == (90.0, 0.0)
    assert silent.deliveries.command == ("notify-send", "Matomo", "{message}")
    assert (silent.deliveries.bell, silent.deliveries.terminal) == (False, "auto")
    assert silent.place == f"{file}, line 4"
    assert (fewer.name, fewer.figure, fewer.targets.all) == ("rule 2", CountFigure("visits", 60), True)
    assert fewer.condition == RuleCondition(RuleComparison.FALLS, 0.4, 6)
    assert (fewer.deliveries.bell, fewer.ends_after) == (True, 60.0)


def test_every_kind_of_figure_can_be_named() -> None:
    figures = [
        rule.figure
        for rule in rules_of(
            {"metric": "bounce_rate_today", "above": "60%"},
            {"feed": "order", "metric": "revenue", "minutes": 10, "above": 500},
            {"ranking": "pages", "row": "/cart", "below": 2},
            {
                "report": "Goals.get",
                "metric": "nb_conversions",
                "params": {"idGoal": 3},
                "date": "yesterday",
                "above": 1,
            },
            {"poll_failing": "5m"},
            {"seen": "empty search", "matching": "lamp"},
        )
    ]
    assert figures == [
        CounterFigure("bounce_rate_today"),
        FeedFigure("order", 10, "revenue"),
        RankingFigure("pages", "/cart"),
        ReportFigure("Goals.get", "nb_conversions", date="yesterday", params=(("idGoal", 3),)),
        FailureFigure(),
        FeedFigure("empty_search", 30, matching="lamp"),
    ]


@pytest.mark.parametrize(
    ("rule", "line", "says"),
    [
        ('metrik = "visits_30"\nabove = 1', 5, "unknown key 'metrik' in an alert rule. Did you mean 'metric'?"),
        ('metric = "visit_30"\nabove = 1', 5, "metric cannot be 'visit_30'. Did you mean 'visits_30'?"),
        ('metric = "visits_9999"\nabove = 1', 5, "minutes are 1 to 2880"),
        ('metric = "visits_30"', 4, "does not say when it fires: it needs one of above, below, rises_by, falls_by"),
        ("above = 3", 4, "does not say what it is about"),
        ('metric = "visits_30"\nabove = 1\nbelow = 3', 7, "only one of above, below"),
        ('no_hits = "5m"\nfeed = "order"', 6, "only one of"),
        ('no_hits = "15"', 5, 'no_hits must be a time with its unit, such as "90s"'),
        ('no_hits = "90s"', 5, "must be whole minutes, 1m to 48h"),
        ("no_hits = 15", 5, "must be a time with its unit"),
        ('no_hits = "5m"\nabove = 3', 6, "above has no effect together with no_hits"),
        ('no_hits = "5m"\nquiet = "22-7"', 6, "quiet must be hours such as"),
        ('no_hits = "5m"\nnotify = ["bel"]', 6, "Did you mean 'bell'?"),
        ('no_hits = "5m"\ncommand = "say {mesage}"', 6, "unknown {mesage}. Did you mean 'message'?"),
        ('no_hits = "5m"\ncommand = []', 6, "must be a command"),
        ('no_hits = "5m"\nsite = []', 6, 'must be "all", a site'),
        ('no_hits = "5m"\nsite = 1\ngroup = "a"', 7, "a site or a group, not both"),
        ('poll_failing = "5m"\nsite = 1', 6, "is about the whole Matomo"),
        ('seen = "error"', 5, "Did you mean 'error_page'?"),
        ('feed = "orders"\nabove = 1', 5, "feed cannot be 'orders'. Did you mean 'order'?"),
        ('ranking = "pages"\nabove = 1', 5, "needs row"),
        ('ranking = "page"\nrow = "/"\nabove = 1', 5, "Did you mean 'pages'?"),
        ('report = "pages"\nabove = 1', 5, 'such as "Actions.getPageUrls"'),
        ('report = "SitesManager.deleteSite"\nabove = 1', 5, "only reads"),
        ('report = "Goals.get"\nparams = { idSite = 3 }\nabove = 1', 6, "must not contain idSite"),
        ('report = "Goals.get"\nfalls_by = "10%"', 4, 'it needs period = "day", date = "yesterday"'),
        ('metric = "visits_30"\nfalls_by = "10%"', 6, "falls_by needs a report, or one of the metrics visits_60"),
        ('metric = "visits_60"\nfalls_by = 10', 6, 'must be a percentage in quotes, such as "50%"'),
        ('metric = "visits_60"\nabove = "many"', 6, "above must be a number"),
        ('metric = "visits_60"\nabove = 1\nweeks = 99', 7, "whole number from 1 to 12"),
        ('name = "a"\nno_hits = "5m"\n[[profiles.shop.alerts]]\nname = "a"\nno_hits = "6m"', 8, "two rules 'a'"),
    ],
)
def test_a_wrong_rule_is_named_with_its_line_and_the_nearest_word(
    tmp_path: Path, rule: str, line: int, says: str
) -> None:
    file = in_file(tmp_path, rule)
    settings = read_profiles(file).by_name["shop"]["alerts"]
    with pytest.raises(ConfigError) as caught:
        read_rules(settings)
    assert str(caught.value).startswith(f"{file}, line {line}: ")
    assert says in str(caught.value)
    assert [str(problem) for problem in rule_problems(settings)] == [str(caught.value)]


def test_alerts_that_are_no_tables_are_named(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[profiles.shop]\nurl = "x.example"\nalerts = "all"\n')
    with pytest.raises(ConfigError, match=r"line 3: alerts must be tables"):
        read_profiles(file)


def test_all_wrong_rules_are_found(tmp_path: Path) -> None:
    file = in_file(
        tmp_path, 'no_hits = 1\n[[profiles.shop.alerts]]\nabove = 1\n[[profiles.shop.alerts]]\nno_hits = "5m"'
    )
    assert len(rule_problems(read_profiles(file).by_name["shop"]["alerts"])) == 2


def test_every_mistake_in_a_rule_is_named(tmp_path: Path) -> None:
    file = in_file(
        tmp_path,
        'name = "a"\nmetric = "visits_99999"\nbelow = "x"\nbogus = 1\nquiet = ["25:00-99:00"]\nnotify = ["bel"]\n'
        'for = 3\nsite = 1\ngroup = "g"\n'
        '[[profiles.shop.alerts]]\nname = "b"\nmetric = "visits_30"\nweeks = 99\n'
        '[[profiles.shop.alerts]]\nname = "b"\nmetric = "visits_30"\nabove = 5\n'
        '[[profiles.shop.alerts]]\nname = "c"\nranking = "page"\nrises_by = "10%"\n'
        '[[profiles.shop.alerts]]\nname = "d"\n'
        '[[profiles.shop.alerts]]\nname = "e"\nreport = 5\nperiod = "decade"\nfalls_by = 3\n'
        '[[profiles.shop.alerts]]\nname = "f"\nmetric = "visits_60"\nfall_by = "3%"\n',
    )
    problems = check_file(file)
    assert [(problem.line, problem.key.removeprefix("profiles.shop.alerts.")) for problem in problems] == [
        (6, "0.metric"),
        (7, "0.below"),
        (8, "0.bogus"),
        (9, "0.quiet"),
        (10, "0.notify"),
        (11, "0.for"),
        (13, "0.group"),
        (14, "1"),
        (17, "1.weeks"),
        (19, "2.name"),
        (24, "3.ranking"),
        (24, "3.ranking"),
        (26, "4"),
        (30, "5.report"),
        (31, "5.period"),
        (32, "5.falls_by"),
        (36, "6.fall_by"),
    ]


def test_every_key_that_a_rule_about_the_whole_matomo_must_not_have_is_named(tmp_path: Path) -> None:
    problems = check_file(in_file(tmp_path, 'poll_failing = "5m"\nsite = 1\ngroup = "x"\nsegment = "a"'))
    about = "a rule with poll_failing is about the whole Matomo: leave out"
    assert [(problem.line, problem.sentence) for problem in problems] == [
        (6, f"{about} 'site'."),
        (7, f"{about} 'group'."),
        (8, f"{about} 'segment'."),
    ]


def test_one_way_of_notifying_needs_no_list() -> None:
    deliveries = rule_of(no_hits="5m", notify="bell").deliveries
    assert (deliveries.bell, deliveries.terminal) == (True, "")


def test_config_check_names_them_with_their_key(tmp_path: Path) -> None:
    file = in_file(tmp_path, "no_hits = 1\n[[profiles.shop.alerts]]\nmetrik = 3\n[profiles.other]\nalerts = 3")
    problems = check_file(file)
    assert [(problem.line, problem.key) for problem in problems] == [
        (5, "profiles.shop.alerts.0.no_hits"),
        (7, "profiles.shop.alerts.1.metrik"),
        (9, "profiles.other.alerts"),
    ]
    assert "Did you mean 'metric'?" in problems[1].sentence


def test_secrets_of_deliveries_are_not_shown() -> None:
    rule = rule_of(no_hits="5m", apprise=["slack://s3cret/b/c", "~/team.conf"], command=["say", "s3cret"])
    assert delivery_text(rule.deliveries) == "bell, command say, apprise slack, apprise ~/team.conf"
    assert "s3cret/b" not in repr(rule)


def test_a_condition_reads_as_a_sentence() -> None:
    rules = rules_of(
        {"metric": "visits_30", "above": 500, "for": "10m"},
        {"metric": "visits_60", "falls_by": "40%"},
        {"no_hits": "1h"},
        {"seen": "error_page"},
    )
    assert [condition_text(rule) for rule in rules] == [
        "visits in the last 30 min above 500 for 10 min",
        "visits in the last 60 min 40% below the usual of 4 weeks",
        "no hits for 60 min",
        "any error pages in the last 30 min",
    ]


def test_every_key_is_documented_once() -> None:
    assert len(set(KEYS)) == len(KEYS)
