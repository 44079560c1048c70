"""When alerts fire and end: a pure function from measures and the state before to events and the state after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from matomo_tui.alerts.observations import Measure, is_met, is_quiet
from matomo_tui.alerts.rules import Rule
from matomo_tui.api.site import Site

Key = tuple[str, int]
"""A rule's name and a site's id; the id is 0 for a rule about the whole Matomo."""
GAP = 120.0
"""Seconds without a known figure after which it is not known if a condition held meanwhile: its time begins anew."""


class AlertChange(StrEnum):
    """What happened to an alert."""

    FIRED = "fired"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class UntoldEnd:
    """The end, in quiet hours, of an alert that was delivered: it is passed on after them. Instants are epochs of this
    computer."""

    fired_at: float
    at: float


@dataclass(frozen=True, slots=True)
class AlertState:
    """The state of one rule on one site. Instants are epochs of this computer."""

    met_since: float | None = None
    """Since when the condition holds; ``None`` if it does not."""
    unmet_since: float | None = None
    """Since when it does not hold, while the alert lasts."""
    fired_at: float | None = None
    """``None`` unless the alert lasts."""
    is_delivered: bool = False
    """False if it fired in quiet hours, and nobody was told yet."""
    known_at: float | None = None
    """When the figure was known last."""
    untold_end: UntoldEnd | None = None
    """That of an alert before this one."""


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """An alert that fired or ended."""

    at: float
    """Epoch of this computer."""
    change: AlertChange
    rule: Rule
    site: Site
    measure: Measure
    """Without a value if the alert ended because its site is no longer watched."""
    fired_at: float
    """When the alert fired; of an end it is earlier than ``at``."""
    deliver: bool
    """False in quiet hours, and for the end of an alert that nobody was told of."""
    is_news: bool = True
    """False if the alert fired or ended before, in quiet hours, and that is only delivered now."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A rule on a site with its figure at one instant."""

    rule: Rule
    site: Site
    measure: Measure

    @property
    def key(self) -> Key:
        """Identifies the alert."""
        return self.rule.name, self.site.id


def evaluate(
    states: Mapping[Key, AlertState], measured: Iterable[Measured], now: float
) -> tuple[Mapping[Key, AlertState], tuple[AlertEvent, ...]]:
    """Return the states after ``measured`` at ``now`` (epoch), and what fired or ended.

    An alert fires once, after its condition has held for the rule's ``lasting``, and not again before it ended. A
    figure that is not known for a moment changes nothing. States of alerts that were not measured stay.
    """
    after = dict(states)
    events: list[AlertEvent] = []
    for one in measured:
        state, event = _step(states.get(one.key, AlertState()), one, now)
        after[one.key] = state
        if event is not None:
            events.append(event)
    return after, tuple(events)


def _step(state: AlertState, one: Measured, now: float) -> tuple[AlertState, AlertEvent | None]:
    met, rule = is_met(one.rule, one.measure), one.rule
    if met is None:
        return state, None
    if state.known_at is not None and now - state.known_at > GAP:
        state = replace(state, met_since=None, unmet_since=None)
    state = replace(state, known_at=now)
    end = told_late(state, rule, one.site, one.measure, now)
    if end is not None:
        return replace(state, untold_end=None), end
    if not met:
        return _unmet(state, one, now)
    # A clock that was set back must not put the alert off.
    since = now if state.met_since is None else min(state.met_since, now)
    state = replace(state, met_since=since, unmet_since=None)
    quiet = is_quiet(rule, now)
    if state.fired_at is None:
        if now - since < rule.lasting:
            return state, None
        fired = replace(state, fired_at=now, is_delivered=not quiet)
        return fired, AlertEvent(now, AlertChange.FIRED, rule, one.site, one.measure, now, deliver=not quiet)
    if not state.is_delivered and not quiet:
        told = replace(state, is_delivered=True, untold_end=None)
        event = AlertEvent(
            now, AlertChange.FIRED, rule, one.site, one.measure, state.fired_at, deliver=True, is_news=False
        )
        return told, event
    return state, None


def _unmet(state: AlertState, one: Measured, now: float) -> tuple[AlertState, AlertEvent | None]:
    if state.fired_at is None:
        return AlertState(untold_end=state.untold_end), None
    since = now if state.unmet_since is None else min(state.unmet_since, now)
    if now - since < one.rule.ends_after:
        return replace(state, met_since=None, unmet_since=since), None
    return ended(state, state.fired_at, one.rule, one.site, one.measure, now)


def ended(
    state: AlertState, fired_at: float, rule: Rule, site: Site, measure: Measure, now: float
) -> tuple[AlertState, AlertEvent]:
    """The state after the end of an alert that lasted since ``fired_at``, and its end, which is not delivered yet in
    quiet hours."""
    quiet = is_quiet(rule, now)
    untold = UntoldEnd(fired_at, now) if state.is_delivered and quiet else state.untold_end
    deliver = state.is_delivered and not quiet
    event = AlertEvent(now, AlertChange.ENDED, rule, site, measure, fired_at, deliver=deliver)
    return AlertState(untold_end=untold), event


def told_late(state: AlertState, rule: Rule, site: Site, measure: Measure, now: float) -> AlertEvent | None:
    """The end that is still to be told, once the quiet hours are over; ``None`` if there is none, or an alert lasts
    again."""
    end = state.untold_end
    if end is None or state.fired_at is not None or is_quiet(rule, now):
        return None
    return AlertEvent(end.at, AlertChange.ENDED, rule, site, measure, end.fired_at, deliver=True, is_news=False)
