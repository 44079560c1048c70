"""Reads alert rules from ``config.toml``. A rule that cannot be understood is named with file, line and key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from matomo_tui.alerts import rule_values as read
from matomo_tui.alerts.feed_figures import KINDS
from matomo_tui.alerts.ranking_figures import RANKINGS
from matomo_tui.alerts.rules import (
    COMPARABLE,
    COUNTERS,
    CounterFigure,
    CountFigure,
    Deliveries,
    FailureFigure,
    FeedFigure,
    Figure,
    RankingFigure,
    ReportFigure,
    Rule,
    RuleComparison,
    RuleCondition,
    Targets,
)
from matomo_tui.api.calls import PeriodKind
from matomo_tui.config.alert_settings import AlertSetting
from matomo_tui.config.locations import nearest_word
from matomo_tui.config.validation import ConfigError

T = TypeVar("T")

MOST_RULES = 200
KEYS = (
    "name", "site", "group", "segment",
    "metric", "feed", "matching", "minutes", "ranking", "row", "report", "period", "date", "params",
    "above", "below", "rises_by", "falls_by", "weeks", "at_least",
    "no_hits", "poll_failing", "seen",
    "for", "ends_after", "quiet", "notify", "command", "apprise",
)  # fmt: skip
"""All keys of a rule."""
_SUBJECTS = ("metric", "feed", "ranking", "report", "no_hits", "poll_failing", "seen")
_COMPLETE = ("no_hits", "poll_failing", "seen")
"""Keys that are a figure and a condition in one."""
_SEEN = ("error_page", "empty_search")
_NOTIFY = ("bell", "terminal", "osc9", "osc99", "osc777")
_COUNT = re.compile(r"(visits|actions)_(\d{1,4})")
_METHOD = re.compile(r"([A-Z]\w*)[._]([a-z]\w*)")
_PERIODS: Mapping[str, PeriodKind] = {"day": "day", "week": "week", "month": "month", "year": "year"}
_UNKNOWN: tuple[Figure, RuleCondition] = FailureFigure(), RuleCondition(RuleComparison.ABOVE, 0.0)
"""Stands for what a rule with mistakes does not say."""
_STEADY = 60.0
"""Default of ``ends_after`` for figures that may swing around their bound, in seconds."""


def read_rules(settings: Iterable[AlertSetting]) -> tuple[Rule, ...]:
    """Return the rules. Raises :class:`ConfigError` for the first that is wrong."""
    rules, problems = _read(settings)
    if problems:
        raise problems[0]
    return rules


class RuleError(ConfigError):
    """A rule that is wrong: the text has file and line, and the sentence."""

    def __init__(self, setting: AlertSetting, key: str, sentence: str) -> None:
        super().__init__(f"{setting.place(key)}: {sentence}")
        self.setting = setting
        self.key = key
        """The wrong key; ``""`` for the whole rule."""
        self.sentence = sentence


def rule_problems(settings: Iterable[AlertSetting]) -> tuple[RuleError, ...]:
    """Return every mistake of each rule."""
    return _read(settings)[1]


def _read(settings: Iterable[AlertSetting]) -> tuple[tuple[Rule, ...], tuple[RuleError, ...]]:
    rules: list[Rule] = []
    names: set[str] = set()
    problems: list[RuleError] = []
    for number, setting in enumerate(settings, 1):
        if number > MOST_RULES:
            problems.append(RuleError(setting, "", f"a profile has at most {MOST_RULES} alert rules."))
            continue
        table = _Table(setting, number)
        rule = table.rule()
        problems += table.problems
        if table.name in names:
            sentence = f"there are two rules {table.name!r}; each needs a name of its own."
            problems.append(RuleError(setting, "name", sentence))
        elif rule is not None:
            rules.append(rule)
        names.add(table.name)
    return tuple(rules), tuple(problems)


class _Table:
    """Reads one table and notes its mistakes. What is wrong is read as if the key were missing."""

    def __init__(self, setting: AlertSetting, number: int) -> None:
        self.problems: list[RuleError] = []
        self._setting = setting
        self._values = setting.values
        self._unknown = {key: nearest_word(key, KEYS) for key in self._values if key not in KEYS}
        self.name = self._take("name", read.text, f"rule {number}")

    def rule(self) -> Rule | None:
        """Return the rule; ``None`` if there are ``problems``."""
        for key, hint in self._unknown.items():
            self._wrong(key, f"unknown key {key!r} in an alert rule. {hint}")
        subject = self._only(_SUBJECTS, "what it is about")
        figure, condition = self._complete(subject) if subject in _COMPLETE else self._compared(subject)
        if subject:
            self._check_leftovers(subject)
        found = Rule(
            name=self.name,
            figure=figure,
            condition=condition,
            targets=self._targets() if subject != "poll_failing" else Targets(),
            segment=self._take("segment", read.text, ""),
            lasting=self._take("for", read.duration, 0.0),
            ends_after=self._take("ends_after", read.duration, 0.0 if subject in _COMPLETE else _STEADY),
            quiet=self._take("quiet", read.quiet_hours, ()),
            deliveries=self._deliveries(),
            place=self._setting.place(),
        )
        return None if self.problems else found

    def _complete(self, subject: str) -> tuple[Figure, RuleCondition]:
        """``no_hits``, ``poll_failing`` and ``seen``."""
        if subject == "no_hits":
            minutes = self._take(subject, read.minutes, 0)
            return CountFigure("actions", minutes), RuleCondition(RuleComparison.BELOW, 1.0)
        if subject == "poll_failing":
            for key in ("segment", "site", "group"):
                if key in self._values:
                    self._wrong(key, f"a rule with poll_failing is about the whole Matomo: leave out {key!r}.")
            return FailureFigure(), RuleCondition(RuleComparison.ABOVE, self._take(subject, read.duration, 0.0))
        kind = self._take(subject, read.one_of(_SEEN), "")
        minutes = self._take("minutes", read.whole(1, 30), 30)
        return FeedFigure(kind, minutes, matching=self._take("matching", read.text, "")), RuleCondition(
            RuleComparison.ABOVE, 0.0
        )

    def _compared(self, subject: str) -> tuple[Figure, RuleCondition]:
        """A figure with ``above``, ``below``, ``rises_by`` or ``falls_by``."""
        figures: Mapping[str, Callable[[], Figure]] = {
            "metric": self._counter,
            "feed": self._feed,
            "ranking": self._ranking,
            "report": self._report,
        }
        if subject not in figures:
            return _UNKNOWN
        comparison = self._only(tuple(RuleComparison), "when it fires")
        mistakes = len(self.problems)
        figure = figures[subject]()
        is_known = len(self.problems) == mistakes
        weeks = self._take("weeks", read.whole(1, 12), 4)
        at_least = self._take("at_least", read.number, 10.0)
        if not comparison:
            return figure, _UNKNOWN[1]
        how = RuleComparison(comparison)
        reader = read.fraction if how in (RuleComparison.RISES, RuleComparison.FALLS) else read.number
        condition = RuleCondition(how, self._take(comparison, reader, 0.0), weeks, at_least)
        if condition.is_change and is_known:
            self._check_comparable(subject, figure, how)
        return figure, condition

    def _check_comparable(self, subject: str, figure: Figure, comparison: RuleComparison) -> None:
        if isinstance(figure, ReportFigure):
            if (figure.period, figure.date) != ("day", "yesterday"):
                self._wrong(
                    "date",
                    f'{comparison} compares whole days of a report: it needs period = "day", date = "yesterday".',
                )
        elif subject != "metric" or self._values["metric"] not in COMPARABLE:
            self._wrong(comparison, f"{comparison} needs a report, or one of the metrics {', '.join(COMPARABLE)}.")

    def _counter(self) -> Figure:
        name = self._take("metric", read.text, "")
        if count := _COUNT.fullmatch(name):
            if not 1 <= int(count[2]) <= read.LONGEST_MINUTES:
                self._wrong("metric", f"metric {name!r}: minutes are 1 to {read.LONGEST_MINUTES}.")
            return CountFigure(count[1], int(count[2]))
        if name and name not in COUNTERS:
            known = (*COUNTERS, "visits_3", "visits_30", "visits_60", "actions_3", "actions_30", "actions_60")
            self._wrong(
                "metric",
                f"metric cannot be {name!r}. {nearest_word(name, known)} The number in visits_30 and actions_30 is any "
                f"number of minutes up to {read.LONGEST_MINUTES}.",
            )
        return CounterFigure(name)

    def _feed(self) -> Figure:
        return FeedFigure(
            self._take("feed", read.one_of(tuple(KINDS)), ""),
            self._take("minutes", read.whole(1, 30), 30),
            self._take("metric", read.one_of(("count", "visitors", "revenue")), "count"),
            self._take("matching", read.text, ""),
        )

    def _ranking(self) -> Figure:
        if "row" not in self._values:
            self._wrong("ranking", 'a rule about a ranking needs row = "…", the label of the row.')
        return RankingFigure(
            self._take("ranking", read.one_of(tuple(RANKINGS)), ""),
            self._take("row", read.text, ""),
            self._take("metric", read.one_of(("here", "recent")), "here"),
        )

    def _report(self) -> Figure:
        name = self._take("report", read.text, "")
        method = _METHOD.fullmatch(name)
        if name and method is None:
            self._wrong("report", f'report must be Matomo\'s name of it, such as "Actions.getPageUrls", not {name!r}.')
        elif method is not None and not method[2].startswith("get"):
            self._wrong("report", f"report must be one that only reads, such as Actions.getPageUrls, not {name!r}.")
        return ReportFigure(
            f"{method[1]}.{method[2]}" if method is not None else "",
            self._take("metric", read.text, "nb_visits"),
            self._take("row", read.text, ""),
            _PERIODS[self._take("period", read.one_of(tuple(_PERIODS)), "day")],
            self._take("date", read.one_of(("today", "yesterday")), "today"),
            self._take("params", read.parameters, ()),
        )

    def _targets(self) -> Targets:
        if "site" in self._values and "group" in self._values:
            self._wrong("group", "a rule has a site or a group, not both.")
        if "group" in self._values:
            return Targets(group=self._take("group", read.text, ""))
        return self._take("site", read.sites, Targets())

    def _deliveries(self) -> Deliveries:
        given = self._values.get("notify", ["bell"])
        words = given if isinstance(given, list) else [given]
        for word in words:
            if word not in _NOTIFY:
                hint = nearest_word(str(word), _NOTIFY)
                self._wrong("notify", f'notify is a list such as ["bell", "terminal"], not {word!r}. {hint}')
        terminal = next((word.removeprefix("osc") for word in words if word in _NOTIFY and word != "bell"), "")
        return Deliveries(
            bell="bell" in words,
            terminal="auto" if terminal == "terminal" else terminal,
            command=self._take("command", read.command, ()),
            apprise=self._take("apprise", read.addresses, ()),
        )

    def _check_leftovers(self, subject: str) -> None:
        """Refuse keys that have no effect together with the subject: they are a mistake about it."""
        used = {
            "metric": {"metric"},
            "feed": {"feed", "metric", "minutes", "matching"},
            "ranking": {"ranking", "metric", "row"},
            "report": {"report", "metric", "row", "period", "date", "params"},
            "seen": {"seen", "minutes", "matching"},
        }.get(subject, {subject})
        comparisons = set() if subject in _COMPLETE else {*RuleComparison, "at_least", "weeks"}
        always = {"name", "site", "group", "segment", "for", "ends_after", "quiet", "notify", "command", "apprise"}
        for key in self._values:
            if key not in used | comparisons | always and key not in self._unknown:
                self._wrong(key, f"{key} has no effect together with {subject}: remove one of them.")

    def _only(self, keys: tuple[str, ...], meaning: str) -> str:
        """Return the one key of ``keys`` that the table has; ``""`` if it has none or several. ``metric`` also belongs
        to feed, ranking and report."""
        found = [key for key in keys if key in self._values]
        if len(found) > 1 and "metric" in found:
            found.remove("metric")
        if len(found) == 1:
            return str(found[0])
        if found:
            last = max(found, key=list(self._values).index)
            self._wrong(last, f"a rule has only one of {', '.join(keys)}; this one has {' and '.join(found)}.")
        elif not any(f"Did you mean '{key}'?" in self._unknown.values() for key in keys):
            self._wrong("", f"the rule does not say {meaning}: it needs one of {', '.join(keys)}.")
        return ""

    def _take(self, key: str, reader: Callable[[Any], T], default: T) -> T:
        if key not in self._values:
            return default
        try:
            return reader(self._values[key])
        except ValueError as error:
            self._wrong(key, f"{key} {error}{'' if str(error).endswith(('.', '?')) else '.'}")
            return default

    def _wrong(self, key: str, sentence: str) -> None:
        self.problems.append(RuleError(self._setting, key, sentence))
