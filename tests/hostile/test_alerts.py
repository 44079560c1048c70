"""Hostile texts in alerts: notifications of the terminal, and what a rule's command gets."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matomo_tui.alerts.dispatcher import alert_values
from matomo_tui.alerts.evaluation import AlertChange, AlertEvent
from matomo_tui.alerts.observations import Measure
from matomo_tui.alerts.rule_values import filled
from matomo_tui.alerts.terminal_notification import notification_sequence
from matomo_tui.alerts.wording import message
from matomo_tui.api.site import Site
from tests.alerts.rules_of import rules_of
from tests.hostile.corpus import TEXTS
from tests.hostile.scanner import Scan, bad_characters, is_stacked

ANYTHING = st.text(st.characters()) | st.sampled_from(sorted(TEXTS.values()))


def event(name: str) -> AlertEvent:
    """An alert about a site with this name."""
    (rule,) = rules_of({"name": "Rush", "metric": "visits_30", "above": 1})
    return AlertEvent(0.0, AlertChange.FIRED, rule, Site(id=1, name=name), Measure(5.0), 0.0, deliver=True)


@settings(max_examples=50)
@given(ANYTHING, ANYTHING, st.sampled_from(["9", "99", "777"]))
def test_a_notification_is_one_sequence_whatever_its_text(title: str, body: str, code: str) -> None:
    sent = notification_sequence(code, title, body)
    assert list(Scan(80, 24, notifies=True).problems(sent)) == []
    assert sent.count("\x1b]") == (2 if code == "99" else 1)
    assert len(sent) < 500


@pytest.mark.parametrize("name", TEXTS)
def test_a_command_gets_words_that_are_neither_options_nor_sequences(name: str) -> None:
    found = event(TEXTS[name])
    values = alert_values(found, message(found))
    for value in values.values():
        assert not bad_characters(value)
        assert not is_stacked(value)
        assert len(value) <= 512
    assert not filled("{site}", values).startswith("-")
