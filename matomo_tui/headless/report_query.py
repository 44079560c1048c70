"""The query of a report from words: site, period, date, segment, comparison."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from matomo_tui.api.calls import PeriodKind
from matomo_tui.api.site import Site
from matomo_tui.headless.choices import ChosenSegment
from matomo_tui.reports import period_parser
from matomo_tui.reports.periods import Period
from matomo_tui.reports.query import Comparison, Query

COMPARISONS: dict[str, Comparison] = {
    "previous": Comparison.PREVIOUS,
    "week": Comparison.WEEK,
    "year": Comparison.YEAR,
    "year-weekday": Comparison.YEAR_WEEKDAY,
}
"""Words for comparisons; any date or period is one too."""


@dataclass(frozen=True, slots=True)
class QueryWords:
    """What the user wrote; ``""`` for what is not given."""

    period: PeriodKind | None = None
    date: str = ""
    compare: str = ""


def build_query(site: Site, words: QueryWords, segment: ChosenSegment, today: date) -> Query:
    """Return the query; ``today`` is the date in the site's time zone. Without a date it is today.

    Raises ``ValueError`` with a sentence for the user.
    """
    period = _period(words, today)
    query = Query(site, period, segment.expression, segment.name)
    if not words.compare:
        return query
    comparison = COMPARISONS.get(words.compare.strip().lower())
    if comparison is not None:
        return query.compared(comparison)
    try:
        own = period_parser.parse(words.compare, today)
    except ValueError as error:
        raise ValueError(f"Compare with {', '.join(COMPARISONS)}, or a date: {error}") from None
    return query.compared(Comparison.OWN, own)


def _period(words: QueryWords, today: date) -> Period:
    parsed = period_parser.parse(words.date or "today", today)
    kind = words.period
    if kind is None or kind == parsed.kind:
        return parsed
    if kind == "range":
        return Period(parsed.first, min(parsed.last, today), "range")
    if parsed.kind == "range" and Period.containing(kind, parsed.first) != Period.containing(kind, parsed.last):
        raise ValueError(
            f"{words.date!r} is more than one {kind}: leave --period out for their sum, or use matomo-tui get, "
            f"which has rows for each {kind}."
        )
    if parsed.kind in ("week", "month", "year") and parsed.days > Period.containing(kind, parsed.first).days:
        raise ValueError(f"{words.date!r} is a {parsed.kind}, not a {kind}: leave --period out, or name a {kind}.")
    return Period.containing(kind, min(parsed.last, today))
