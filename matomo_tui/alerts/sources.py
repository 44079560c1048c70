"""Figures that rules need beyond the live screen's: their calls, how often they are due, and their last answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from matomo_tui.alerts.observations import ReportValue, SiteView
from matomo_tui.alerts.ranking_figures import RANKINGS
from matomo_tui.alerts.rules import CounterFigure, Figure, ReportFigure
from matomo_tui.api import live, reports, sites
from matomo_tui.api.calls import Call
from matomo_tui.api.errors import AnswerTooLong, MatomoError, TimedOut
from matomo_tui.api.live import Counters
from matomo_tui.api.reports import ReportTable
from matomo_tui.api.site import Site
from matomo_tui.instants import local_time
from matomo_tui.live.clock import ClockPair
from matomo_tui.live.poll_plan import REFUSED, Group, Part, is_refusal
from matomo_tui.live.site_state import SiteState
from matomo_tui.live.timezones import zone

LIVE_EVERY = 60.0
"""Seconds between two requests of live figures of a site that is not on the screen."""
REPORT_EVERY = 300.0
"""Seconds between two requests of a report. The server rebuilds those that include today every 900 s."""
SITES_EVERY = 3600.0
MOST_SITES = 100
"""Sites that one rule watches at most."""
_ROWS = 100


class Source(ABC):
    """Something to request again and again. Instants are server's epochs."""

    every: float = LIVE_EVERY
    put_off: float = LIVE_EVERY
    """Seconds after which a request is made again that may be why a poll took too long."""

    def __init__(self) -> None:
        self.due = 0.0
        self.came: float | None = None
        """When the last good answer came; ``None`` before, and after an error."""
        self.problem = ""
        """The sentence of the last error."""

    @abstractmethod
    def calls(self, now: ClockPair) -> Sequence[Call[Any]]:
        """Return the calls to send."""

    @abstractmethod
    def take(self, answers: Sequence[Any], now: ClockPair) -> None:
        """Keep the answers, none of which is an error unless the source says so."""

    def absorb(self, answers: Sequence[Any], now: ClockPair) -> None:
        """Take the answers, or the first error among them."""
        error = next((answer for answer in answers if isinstance(answer, MatomoError)), None)
        if error is not None:
            self.problem, self.came = str(error), None
            self.due = now.servers + (REFUSED if is_refusal(error) else self.every)
            return
        self.problem, self.came = "", now.servers
        self.due = now.servers + self.every
        self.take(answers, now)

    def failed(self, error: MatomoError, now: ClockPair) -> None:
        """Take note that the poll that carried the calls failed as a whole: if they may be why, the next goes without
        them."""
        if isinstance(error, TimedOut | AnswerTooLong):
            self.problem = str(error)
            self.due = now.servers + self.put_off

    def is_current(self, now: float, slack: float) -> bool:
        """Return True if the answer is recent; ``slack`` is the longest time between two polls in seconds."""
        return self.came is not None and -60.0 <= now - self.came <= 2 * self.every + slack


class CountSource(Source):
    """``Live.getCounters`` of a site."""

    def __init__(self, site_id: int, segment: str, minutes: int) -> None:
        super().__init__()
        self.counts = (0, 0)
        self._call = live.get_counters(site_id, minutes, segment=segment)

    def calls(self, now: ClockPair) -> Sequence[Call[Any]]:  # noqa: ARG002
        return (self._call,)

    def take(self, answers: Sequence[Any], now: ClockPair) -> None:  # noqa: ARG002
        counters: Counters = answers[0]
        self.counts = counters.visits or 0, counters.actions or 0


def groups_of(figure: Figure) -> frozenset[Group]:
    """Return the calls of the live screen that a figure needs. On a large site reports may take longer than a poll."""
    groups = {Group.COUNTERS, Group.VISITS}
    if isinstance(figure, CounterFigure) and figure.name.endswith("_today"):
        groups.add(Group.TODAY if figure.name == "visits_today" else Group.ARCHIVE)
    return frozenset(groups)


class ViewSource(Source):
    """The live screen's data of a site that is not on the screen, as far as ``groups`` of its calls bring them."""

    def __init__(self, site: Site, segment: str, groups: Collection[Group]) -> None:
        super().__init__()
        self.groups = frozenset(groups)
        self._state = SiteState(site, segment, self.groups)
        self._sent: tuple[Part, ...] = ()
        """The parts of the calls that were sent; empty if they were a further page of visits."""

    def calls(self, now: ClockPair) -> Sequence[Call[Any]]:
        page = self._state.next_page
        if page is not None and self.came is not None:
            self._sent = ()
            return (page,)
        calls = self._state.calls(now, clock_known=True)
        self._sent = tuple(calls)
        return tuple(calls.values())

    def absorb(self, answers: Sequence[Any], now: ClockPair) -> None:
        """Merge the answers; errors of single parts are kept by the state."""
        try:
            if self._sent:
                self._state.absorb(dict(zip(self._sent, answers, strict=True)), now)
            elif isinstance(answers[0], MatomoError):
                raise answers[0]
            else:
                self._state.absorb_page(answers[0], now)
        except MatomoError as error:
            super().absorb((error,), now)
            return
        super().absorb((), now)
        if self._state.next_page is not None:
            self.due = now.servers

    def failed(self, error: MatomoError, now: ClockPair) -> None:
        """Let the state adapt, too: it leaves its reports out, or requests fewer visits."""
        self._state.failed(self._sent, error, now)
        super().failed(error, now)

    def take(self, answers: Sequence[Any], now: ClockPair) -> None:
        """Nothing is left to keep."""

    def view(self, now: ClockPair) -> SiteView:
        """Return the data as of the last answer; ``now`` relates the two clocks."""
        came = now.servers if self.came is None else self.came
        derived = self._state.derive(ClockPair(now.ours - now.servers + came, came))
        rankings = {name: getattr(derived.rankings, part) for name, part in RANKINGS.items()}
        return SiteView(came, derived.counters, derived.feed, rankings, now.servers - now.ours)


class ReportSource(Source):
    """A figure of a report, and those of the same weekday before it if the rule compares with them."""

    every = REPORT_EVERY
    put_off = REFUSED

    def __init__(self, site: Site, segment: str, figure: ReportFigure, weeks: int) -> None:
        super().__init__()
        self.value = ReportValue(None)
        self._site, self._segment, self._figure, self._weeks = site, segment, figure, weeks
        self._earlier: tuple[str, tuple[float, ...]] = ("", ())
        """The day of the figure, and the figures of its weekday before it: they are requested once a day."""
        self._asked_for = ""
        """The day of the figure when it was requested: its answer may come after midnight."""

    def calls(self, now: ClockPair) -> Sequence[Call[Any]]:
        first = self._call(self._figure.date)
        day = self._day(now)
        self._asked_for = day.isoformat()
        if not self._weeks or self._earlier[0] == self._asked_for:
            return (first,)
        return (first, *(self._call((day - timedelta(weeks=week)).isoformat()) for week in range(1, self._weeks + 1)))

    def take(self, answers: Sequence[Any], now: ClockPair) -> None:  # noqa: ARG002
        if len(answers) > 1:
            figures = (self._read(table).value for table in answers[1:])
            self._earlier = self._asked_for, tuple(value for value in figures if value is not None)
        found = self._read(answers[0])
        self.value = ReportValue(found.value, self._earlier[1], found.remark)

    def _call(self, day: str) -> Call[ReportTable]:
        figure = self._figure
        return reports.table(
            figure.method,
            site_id=self._site.id,
            period=figure.period,
            date=day,
            segment=self._segment,
            params=dict(figure.params),
            # The pages of a report are folders otherwise; other reports would join the labels of their levels.
            flat="/" in figure.row,
            limit=_ROWS if figure.row else 2,
            pattern=_bare(figure.row),
        )

    def _day(self, now: ClockPair) -> date:
        return local_time(now.servers, zone(self._site.timezone)).date() - timedelta(days=1)

    def _read(self, table: ReportTable) -> ReportValue:
        figure = self._figure
        if not table.rows:
            return ReportValue(0.0, remark=f"no row {figure.row!r}" if figure.row else "")
        row = table.rows[0]
        if figure.row:
            wanted = _bare(figure.row).casefold()
            rows = [one for one in table if _bare(one.label).casefold() == wanted]
            if not rows:
                return ReportValue(0.0, remark=f"no row {figure.row!r}")
            row = rows[0]
        elif len(table.rows) > 1 or (row.label and not table.single):
            return ReportValue(None, remark="the report has rows: name one of them with row")
        value = row.number(figure.column)
        if value is None:
            return ReportValue(None, remark=f"the report has no figure {figure.column!r}")
        return ReportValue(value)


def _bare(label: str) -> str:
    """Return a label without what Matomo's versions add at the end of pages: ``/help/`` and ``/help/index``."""
    bare = label.strip().rstrip("/")
    return bare.removesuffix("/index") or label.strip()


class SitesSource(Source):
    """All sites that the token may view, to find those of the rules."""

    every = SITES_EVERY

    def __init__(self) -> None:
        super().__init__()
        self.sites: tuple[Site, ...] = ()

    def calls(self, now: ClockPair) -> Sequence[Call[Any]]:  # noqa: ARG002
        return (sites.get_sites_with_at_least_view_access(),)

    def take(self, answers: Sequence[Any], now: ClockPair) -> None:  # noqa: ARG002
        self.sites = tuple(answers[0])


def sources_by_key(kept: Mapping[Any, Source], wanted: Mapping[Any, Source]) -> dict[Any, Source]:
    """Return the ``wanted`` sources, those that were ``kept`` with their answers."""
    return {key: kept.get(key, source) for key, source in wanted.items()}
