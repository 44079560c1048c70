"""Answers that come once, or keyed by site and by period: the same nesting for every report."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from matomo_tui.demo.ask import Ask, Json
from matomo_tui.demo.periods import Period, epoch, today
from matomo_tui.demo.totals import Totals
from matomo_tui.demo.world import Site

Compute = Callable[[Site, Period], Json]


def by_period(ask: Ask, compute: Compute) -> Json:
    """``compute`` for what ``idSite``, ``period`` and ``date`` ask for, nested as Matomo does."""
    sites, many_sites = ask.sites()
    answers: dict[str, Json] = {}
    for site in sites:
        periods, many_periods = ask.periods(site)
        if many_periods:
            answers[str(site.id)] = {period.key: compute(site, period) for period in periods}
        else:
            answers[str(site.id)] = compute(site, periods[0])
    return answers if many_sites else answers[str(sites[0].id)]


def totals_of(ask: Ask, site: Site, period: Period) -> Totals:
    """Sums over the visits of a period, day by day, so that days are computed only once."""
    accept = ask.accept()
    totals = Totals()
    first = max(period.first, today(ask.store.born, site.timezone))
    last = min(period.last, today(ask.now, site.timezone))
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        begin = epoch(date.fromordinal(ordinal), site.timezone)
        end = epoch(date.fromordinal(ordinal + 1), site.timezone)
        totals.add(ask.store.between(site, begin, end, ask.now, ask.segment, accept))
    return totals
