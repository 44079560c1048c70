"""Watches the rules of one connection: evaluates them after each poll, and passes on what fires and ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from matomo_tui.alerts.collector import Collector
from matomo_tui.alerts.evaluation import (
    AlertChange,
    AlertEvent,
    AlertState,
    Key,
    Measured,
    ended,
    evaluate,
    told_late,
)
from matomo_tui.alerts.history import SENT, AlertHistory, AlertRecord
from matomo_tui.alerts.observations import Measure, measure
from matomo_tui.alerts.rules import Rule
from matomo_tui.alerts.wording import message
from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.site import Site
from matomo_tui.live.clock import Clock, ClockPair
from matomo_tui.live.companion import NoCompanion
from matomo_tui.live.poller import Poller
from matomo_tui.live.snapshot import LiveSnapshot, Phase
from matomo_tui.sanitize import sanitize

TICK = 10.0
"""Seconds between two evaluations at most: quiet hours end, and failing polls last, without any poll."""
HOURS_EVERY = 3600.0
"""Seconds between two requests of usual figures at least. They are needed once a day; the rest are further attempts."""

UNTOLD = 86_400.0
"""Seconds after which a program that starts does not pass on any more that an alert ended in quiet hours."""

Sink = Callable[[AlertEvent, str], None]


@dataclass(frozen=True, slots=True)
class LastingAlert:
    """An alert that fired and has not ended."""

    rule: str
    site: str
    """``""`` for a rule about the whole Matomo."""
    fired_at: float
    """Epoch."""
    message: str


class AlertMonitor:
    """Evaluates rules. ``sink`` is called in the event loop with each event and its sentence, and must not block.

    ``watch`` connects it with a poller; ``run`` is its task.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        client: Client,
        home: Site,
        *,
        clock: Clock,
        history: AlertHistory,
        sink: Sink,
        profile: str = "",
    ) -> None:
        """``home`` is the site of rules that name none."""
        self.rules = tuple(rules)
        self.history = history
        self.profile = profile
        self._client = client
        self._home = home
        self._clock = clock
        self._sink = sink
        self._collector = Collector(rules, home)
        names = {rule.name for rule in rules}
        self._states: Mapping[Key, AlertState] = {
            key: state
            for key, state in history.lasting(profile, untold_since=clock.now() - UNTOLD).items()
            if key[0] in names
        }
        self._messages: dict[Key, tuple[str, str]] = {
            (record.rule, record.site_id): (record.site, record.message)
            for record in history.records()
            if record.profile == profile and record.state == AlertChange.FIRED.value
        }
        self._hours_at: float | None = None
        self._polled: tuple[object, ...] = ()

    @property
    def lasting(self) -> tuple[LastingAlert, ...]:
        """The alerts that fired and have not ended, the newest first."""
        found = []
        for key, state in self._states.items():
            if state.fired_at is not None:
                site, sentence = self._messages.get(key, ("", key[0]))
                found.append(LastingAlert(key[0], site, state.fired_at, sentence))
        return tuple(sorted(found, key=lambda alert: -alert.fired_at))

    @property
    def problems(self) -> tuple[str, ...]:
        """Sentences about rules that cannot be followed at present."""
        return (*self._collector.problems, *self._collector.part_problems)

    def watch(self, poller: Poller) -> Callable[[], None]:
        """Let the rules' calls ride in the polls, and look at each snapshot. Returns a function that ends this."""
        poller.companion = self._collector
        unsubscribe = poller.subscribe(self.show)

        def unwatch() -> None:
            unsubscribe()
            if poller.companion is self._collector:
                poller.companion = NoCompanion()

        return unwatch

    def show(self, snapshot: LiveSnapshot) -> None:
        """Take a snapshot, and evaluate the rules if a poll has ended since the last one."""
        self._collector.show(snapshot, self._clock.now())
        polled = snapshot.poll.polls, snapshot.poll.phase, snapshot.site.id, snapshot.segment
        if polled != self._polled:
            self._polled = polled
            self.evaluate()

    async def run(self) -> None:
        """Fetch usual figures and evaluate from time to time, until cancelled."""
        while True:
            await self._fetch_hours()
            self.evaluate()
            await self._clock.wait(asyncio.Event(), TICK)

    def evaluate(self) -> None:
        """Evaluate all rules now, keep what happened in the history, and pass it on."""
        now = ClockPair(self._clock.now(), self._clock.now() + self._client.server_offset)
        self._end_unwatched(now.ours)
        seen = self._collector.observation(now)
        measured = [Measured(rule, site, measure(rule, site, seen)) for rule, site in self._collector.watched]
        self._states, events = evaluate(self._states, measured, now.ours)
        for event in events:
            self._pass_on(event)

    def delivery_failed(self, event: AlertEvent, problem: str) -> None:
        """Keep in the history that a delivery failed; ``problem`` is the end of a sentence."""
        sentence = sanitize(f"{event.rule.name}: not delivered: {problem}.", 240)
        self.history.add(self._record(event, "failed", sentence, delivered=False))

    def _end_unwatched(self, now: float) -> None:
        """End the alerts of sites that their rules no longer watch: nothing else would."""
        if not self._collector.knows_sites:
            return
        watched = {(rule.name, site.id) for rule, site in self._collector.watched}
        gone = {key: state for key, state in self._states.items() if key not in watched}
        if not gone:
            return
        states = {key: state for key, state in self._states.items() if key not in gone}
        rules = {rule.name: rule for rule in self.rules}
        ends: list[AlertEvent] = []
        for (name, site_id), before in gone.items():
            state, site = before, Site(id=site_id, name=self._messages.get((name, site_id), ("", ""))[0])
            if state.fired_at is not None:
                state, end = ended(state, state.fired_at, rules[name], site, Measure(), now)
                ends.append(end)
            elif (late := told_late(state, rules[name], site, Measure(), now)) is not None:
                state = AlertState()
                ends.append(late)
            if state.untold_end is not None:
                states[name, site_id] = state
        self._states = states
        for end in ends:
            self._pass_on(end)

    def _pass_on(self, event: AlertEvent) -> None:
        sentence = message(event, profile=self.profile)
        key = event.rule.name, event.site.id
        if event.change is AlertChange.FIRED:
            self._messages[key] = event.site.name, sentence
        state = event.change.value if event.is_news else SENT
        self.history.add(self._record(event, state, sentence, delivered=event.deliver))
        self._sink(event, sentence)

    def _record(self, event: AlertEvent, state: str, sentence: str, *, delivered: bool) -> AlertRecord:
        site = event.site
        return AlertRecord(
            self._clock.now(),
            state,
            self.profile,
            sanitize(event.rule.name),
            site.id,
            sanitize(site.name),
            sentence,
            delivered,
        )

    async def _fetch_hours(self) -> None:
        """Request the usual figures that are missing, at most once an hour and only while Matomo answers."""
        if self._polled[1:2] != (Phase.LIVE,):
            return
        now = self._clock.monotonic()
        calls = self._collector.hours_calls(self._clock.now() + self._client.server_offset)
        if not calls or (self._hours_at is not None and now - self._hours_at < HOURS_EVERY):
            return
        self._hours_at = now
        try:
            answers = await self._client.bulk(list(calls.values()))
        except MatomoError:
            return  # the poller shows that Matomo does not answer
        self._collector.take_hours(dict(zip(calls, answers, strict=True)))
