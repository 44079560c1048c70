"""When alerts fire and end: pure evaluation with a clock of the test's own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.alerts.evaluation import AlertChange, AlertEvent, AlertState, Key, Measured, evaluate
from matomo_tui.alerts.observations import Measure
from matomo_tui.alerts.rules import Rule
from matomo_tui.api.site import Site
from tests.alerts.rules_of import rule_of

SHOP = Site(id=1, name="Shop")
NOON = datetime(2026, 11, 23, 12).timestamp()


class Course:
    """One rule on one site, and what happened to it."""

    def __init__(self, rule: Rule, states: Mapping[Key, AlertState] | None = None) -> None:
        self.rule = rule
        self.states: Mapping[Key, AlertState] = states or {}
        self.events: list[AlertEvent] = []
        self.measured_at = NOON

    def at(self, minutes: float, value: float | None, usual: float | None = None) -> list[str]:
        """What happens ``minutes`` after noon with this figure."""
        self.measured_at = NOON + minutes * 60
        measured = [Measured(self.rule, SHOP, Measure(value, usual))]
        self.states, events = evaluate(self.states, measured, NOON + minutes * 60)
        self.events += events
        return [event.change.value for event in events]

    def until(self, minutes: int, value: float) -> list[str]:
        """What happens up to ``minutes`` after noon with this figure at each minute."""
        first = 1 + round((self.measured_at - NOON) / 60)
        return [change for minute in range(first, minutes + 1) for change in self.at(minute, value)]


def rush(**more: Any) -> Course:
    return Course(rule_of(metric="visits_30", above=10, **more))


def test_an_alert_fires_once_until_it_ends() -> None:
    course = rush(ends_after="0s")
    assert [course.at(n, value) for n, value in enumerate((10, 11, 50, 11, 10, 11))] == [
        [], ["fired"], [], [], ["ended"], ["fired"],
    ]  # fmt: skip
    assert course.events[1].fired_at == NOON + 60


def test_the_condition_must_hold_for_long_enough_without_a_gap() -> None:
    course = rush(for_="10m")
    assert course.at(0, 11) == []
    assert course.until(9, 11) == []
    assert course.at(9.5, 3) == []
    assert course.at(10, 11) == []
    assert course.until(19, 11) == []
    assert course.at(20, 11) == ["fired"]


def test_a_figure_that_swings_around_its_bound_is_one_alert() -> None:
    course = rush()
    assert course.at(0, 11) == ["fired"]
    assert [course.at(n / 2, 9 + n % 3) for n in range(1, 9)] == [[]] * 8
    assert course.at(10, 9) == []
    assert course.at(11, 9) == ["ended"]


def test_an_unknown_figure_changes_nothing() -> None:
    course = rush(for_="5m", ends_after="0s")
    course.at(0, 11)
    assert course.until(3, 11) == []
    assert course.at(4, None) == []
    assert course.at(5, 11) == ["fired"]
    assert course.at(6, None) == []
    assert course.at(7, 3) == ["ended"]


def test_time_in_which_the_figure_was_not_known_is_not_time_that_the_condition_held() -> None:
    course = rush(for_="5m", ends_after="5m")
    course.at(0, 11)
    assert course.at(1, None) == []
    assert course.at(60, 11) == []
    assert course.until(64, 11) == []
    assert course.at(65, 11) == ["fired"]
    assert course.at(66, 3) == []
    assert course.at(120, 3) == []
    assert course.until(124, 3) == []
    assert course.at(125, 3) == ["ended"]


def test_in_quiet_hours_an_alert_is_only_noted_and_delivered_if_it_still_lasts_afterwards() -> None:
    course = rush(quiet="11:00-12:30", ends_after="0s")
    assert course.at(0, 11) == ["fired"]
    assert course.at(29, 11) == []
    assert course.at(30, 11) == ["fired"]
    assert [(event.deliver, event.is_news) for event in course.events] == [(False, True), (True, False)]
    assert course.events[1].fired_at == NOON
    assert course.at(31, 3) == ["ended"]
    assert course.events[2].deliver


def test_nobody_is_told_of_the_end_of_an_alert_that_nobody_was_told_of() -> None:
    course = rush(quiet="11:00-13:00", ends_after="0s")
    course.at(0, 11)
    assert course.at(70, 3) == ["ended"]
    assert [event.deliver for event in course.events] == [False, False]


def told(course: Course) -> list[tuple[str, bool, bool]]:
    return [(event.change.value, event.deliver, event.is_news) for event in course.events]


def test_the_end_in_quiet_hours_of_an_alert_that_was_delivered_is_passed_on_after_them() -> None:
    course = rush(quiet="12:30-13:00", ends_after="0s")
    course.at(0, 11)
    assert course.at(40, 3) == ["ended"]
    assert course.at(50, 3) == []
    assert course.at(60, None) == []
    assert course.at(61, 4) == ["ended"]
    assert told(course) == [("fired", True, True), ("ended", False, True), ("ended", True, False)]
    late = course.events[-1]
    assert (late.fired_at, late.at, late.measure.value) == (NOON, NOON + 2400, 4)
    assert course.at(62, 4) == []


def test_an_alert_that_fires_again_in_quiet_hours_has_no_end_to_tell_as_long_as_it_lasts() -> None:
    course = rush(quiet="12:30-13:00", ends_after="0s")
    for minutes, value in ((0, 11), (40, 3), (50, 12), (61, 12), (62, 3), (63, 3)):
        course.at(minutes, value)
    assert told(course) == [
        ("fired", True, True), ("ended", False, True), ("fired", False, True), ("fired", True, False),
        ("ended", True, True),
    ]  # fmt: skip
    again = rush(quiet="12:30-13:00", ends_after="0s")
    for minutes, value in ((0, 11), (40, 3), (50, 12), (55, 3), (61, 3), (62, 3)):
        again.at(minutes, value)
    assert told(again)[2:] == [("fired", False, True), ("ended", False, True), ("ended", True, False)]
    assert (again.events[-1].fired_at, again.events[-1].at) == (NOON, NOON + 2400)


def test_change_is_measured_against_the_usual_figure() -> None:
    falls = Course(rule_of(metric="visits_60", falls_by="50%", ends_after="0s"))
    assert falls.at(0, 51, 100) == []
    assert falls.at(1, 50, 100) == ["fired"]
    assert falls.at(2, 50, None) == []
    assert falls.at(3, 51, 100) == ["ended"]
    assert falls.at(4, 0, 9) == [], "a usual figure below at_least is too small"
    rises = Course(rule_of(metric="visits_60", rises_by="100%"))
    assert rises.at(0, 199, 100) == []
    assert rises.at(1, 200, 100) == ["fired"]


def test_a_clock_that_was_set_back_does_not_put_an_alert_off() -> None:
    course = rush(for_="10m")
    course.at(0, 11)
    assert course.at(-600, 11) == []
    assert course.until(-591, 11) == []
    assert course.at(-590, 11) == ["fired"]


def test_an_alert_that_lasted_before_the_program_started_does_not_fire_again() -> None:
    course = Course(rule_of(metric="visits_30", above=10, ends_after="0s"))
    course.states = {("rule 1", 1): AlertState(NOON - 600, None, NOON - 600, is_delivered=True)}
    assert course.at(0, 11) == []
    assert course.at(1, 5) == ["ended"]
    assert course.events[0].at - course.events[0].fired_at == 660


@given(st.lists(st.one_of(st.none(), st.integers(0, 20)), max_size=60))
def test_fired_and_ended_alternate(values: list[int | None]) -> None:
    course = rush(for_="2m", ends_after="1m")
    for minute, value in enumerate(values):
        course.at(minute, value)
    changes = [event.change for event in course.events]
    assert (
        changes == [AlertChange.FIRED, AlertChange.ENDED][: len(changes)] * 1
        if len(changes) < 2
        else all(
            change is (AlertChange.FIRED if place % 2 == 0 else AlertChange.ENDED)
            for place, change in enumerate(changes)
        )
    )
