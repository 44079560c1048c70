"""What is going on at several sites: what to ask of them, and what the answers mean."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from matomo_tui.api import live, visits_summary
from matomo_tui.api.calls import Call
from matomo_tui.api.errors import FeatureDisabled, MatomoError, NoAccess

RECENT, LATELY = 3, 30
"""The minutes of the two counters of visitors: Matomo's own, and the length of a visit."""
DAYS = 30
"""Days of the course."""
LOOKBACK = 30 * 86_400
"""Seconds that the last hit is searched in."""
OVERLAP = 60
"""Seconds before the last answer that hits are asked for again: they may be written late."""
MOST_HITS = 500
"""Visits in one answer about the hits of all sites."""
SUMMARY_EVERY = 300.0
"""Seconds between two requests for the visits of today and of the days before: Matomo archives every 15 minutes."""
REFUSED_FOR = 600.0
"""Seconds until a site that was refused is asked for again."""
FAILED_FOR = 60.0
"""Seconds until a site is asked for again that failed otherwise."""
_COUNTED_SECONDS = LATELY * 60

Calls = dict[Hashable, Call[Any]]


class SiteNow(Struct, frozen=True):
    """What is going on at one site. ``None`` means unknown."""

    visits_3: int | None = None
    """Visits with an action in the last 3 minutes."""
    visits_30: int | None = None
    last_hit_at: int | None = None
    """UTC epoch in seconds, of the server's clock."""
    is_silent: bool = False
    """True if there was no hit in the last 30 days."""
    today: int | None = None
    """Visits of today."""
    course: tuple[int | None, ...] = ()
    """Visits of the last days, the oldest first."""
    asked_at: float | None = None
    """When the figures above were asked for, by the server's clock."""
    error: MatomoError | None = None
    """Why the site's figures are unknown or old."""

    @property
    def is_awaited(self) -> bool:
        """True until the first figures came, or an error."""
        return self.asked_at is None and self.error is None


class Focus(Struct, frozen=True):
    """What is looked at."""

    sites: tuple[int, ...] = ()
    recent: bool = False
    """Ask for the visits of the last 3 minutes too."""
    today: bool = False
    """Ask for the visits of today too."""
    until: date | None = None
    """The last day of the course; ``None``: no course."""
    segment: str = ""


def _has_passed(seconds: float, since: float | None, now: float) -> bool:
    """Whether ``seconds`` have passed since ``since``; also if that is to come, as the server's clock was set back."""
    return since is None or now - since >= seconds or since > now + OVERLAP


class SiteActivity(Struct):
    """The sites looked at so far. One request asks for what is due of those in ``focus``.

    The counters of a site are only asked for if it had a hit within half an hour: otherwise they are 0. All sites whose
    last hit is known share one call for the hits since.
    """

    focus: Focus = field(default_factory=Focus)
    sites: dict[int, SiteNow] = field(default_factory=dict)
    _asked: Focus = field(default_factory=Focus)
    """What was looked at when the calls were made that are not answered yet."""
    _heard_until: dict[int, float] = field(default_factory=dict)
    """Until when the hits of a site are known, by the server's clock."""
    _summed_at: dict[tuple[str, int], float] = field(default_factory=dict)
    """When the visits of today and the course of a site were asked for."""
    _failed_at: dict[int, float] = field(default_factory=dict)
    """When a site was asked for last, if its ``error`` is known."""
    _no_log_at: dict[int, float] = field(default_factory=dict)
    """When the visits log of a site turned out to be closed."""

    def look_at(self, focus: Focus) -> None:
        """Look at other sites. Another segment makes all but the last hits unknown, another last day the courses."""
        if focus.segment != self.focus.segment:
            self.sites = {
                site: SiteNow(last_hit_at=now.last_hit_at, is_silent=now.is_silent) for site, now in self.sites.items()
            }
            self._summed_at.clear()
        if focus.until != self.focus.until:
            self.sites = {site: replace(now, course=(), asked_at=None) for site, now in self.sites.items()}
            self._summed_at.clear()
        if (focus.recent and not self.focus.recent) or (focus.today and not self.focus.today):
            self.sites = {site: replace(now, asked_at=None) for site, now in self.sites.items()}
        self.focus = focus

    def ask_again(self) -> None:
        """Let what failed or was refused be due at once."""
        self._failed_at.clear()
        self._no_log_at.clear()

    def due(self, now: float, age: float) -> tuple[int, ...]:
        """The sites in focus whose figures are older than ``age`` seconds, or unknown."""
        return tuple(site for site in self.focus.sites if self._is_due(site, now, age))

    def _is_due(self, site: int, now: float, age: float) -> bool:
        known = self._known(site)
        if known.error is None:
            return _has_passed(age, known.asked_at, now)
        rest = REFUSED_FOR if isinstance(known.error, NoAccess | FeatureDisabled) else FAILED_FOR
        return _has_passed(rest, self._failed_at.get(site), now)

    def calls(self, now: float, age: float) -> Calls:
        """The calls for what is due. ``now`` is the server's time as an epoch."""
        due = self.due(now, age)
        self._asked = self.focus
        calls: Calls = {}
        for site in due:
            if self._heard_until.get(site, now) > now + OVERLAP:
                del self._heard_until[site]  # The server's clock was set back.
        logged = [site for site in due if _has_passed(REFUSED_FOR, self._no_log_at.get(site), now)]
        heard = [site for site in logged if site in self._heard_until]
        if heard:
            since = min(self._heard_until[site] for site in heard) - OVERLAP
            calls["hits", tuple(heard)] = live.get_last_hits(heard, limit=MOST_HITS, min_timestamp=int(since))
        for site in logged:
            if site not in self._heard_until:
                calls["hit", site] = live.get_last_hits((site,), limit=1, min_timestamp=int(now - LOOKBACK))
        segment = self.focus.segment
        for site in due:
            if self._may_have_visitors(site, now):
                for minutes in (RECENT, LATELY) if self.focus.recent else (LATELY,):
                    columns = ("visits",)
                    calls["counter", site, minutes] = live.get_counters(site, minutes, columns=columns, segment=segment)
        self._add_summaries(calls, due, now)
        return calls

    def _may_have_visitors(self, site: int, now: float) -> bool:
        if site not in self._heard_until:
            return True
        last = self.sites[site].last_hit_at if site in self.sites else None
        return last is not None and now - last < _COUNTED_SECONDS + OVERLAP

    def _add_summaries(self, calls: Calls, due: Iterable[int], now: float) -> None:
        focus = self.focus

        def old(kind: str) -> tuple[int, ...]:
            return tuple(site for site in due if _has_passed(SUMMARY_EVERY, self._summed_at.get((kind, site)), now))

        if focus.today and (sites := old("today")):
            calls["today", sites] = visits_summary.get_visits_of_sites(sites, "day", "today", segment=focus.segment)
        if focus.until is not None and (sites := old("course")):
            dates = f"{focus.until - timedelta(days=DAYS - 1)},{focus.until}"
            calls["course", sites] = visits_summary.get_visits_of_sites_by_date(
                sites, "day", dates, segment=focus.segment
            )

    def absorb(self, answers: Mapping[Hashable, Any | MatomoError], now: float) -> None:
        """Take the answers to :meth:`calls`, which were asked for at ``now``. Those for another segment are dropped."""
        if self._asked.segment != self.focus.segment:
            return
        asked: set[int] = set()
        failed: dict[int, MatomoError] = {}
        hits: dict[int, list[int]] = {}
        for key, answer in answers.items():
            kind, about, *rest = key if isinstance(key, tuple) else (key, 0)
            if kind == "hit":
                self._take_hit(about, answer, now)
                asked.add(about)
            elif kind == "hits":
                self._take_hits(about, answer, now)
                asked |= set(about)
                for hit in () if isinstance(answer, MatomoError) else answer:
                    hits.setdefault(hit.id_site, []).append(hit.last_action_timestamp)
            elif kind == "counter" and isinstance(answer, MatomoError):
                failed[about] = answer
            elif kind == "counter":
                asked.add(about)
                visits = answer.visits  # type: ignore[union-attr]  # errors are handled above
                changes = {"visits_3": visits} if rest[0] == RECENT else {"visits_30": visits}
                self.sites[about] = replace(self._known(about), **changes)
        for site in asked:
            self._finish(site, answers, hits.get(site, ()), now)
        for site, error in failed.items():
            self.sites[site] = replace(self._known(site), error=error)
            self._failed_at[site] = now
        self._take_summaries(answers, now)

    def _known(self, site: int) -> SiteNow:
        return self.sites.get(site, SiteNow())

    def _finish(self, site: int, answers: Mapping[Hashable, Any], hits: Sequence[int], now: float) -> None:
        """Set the counters that were not asked for, because the site had no hit for half an hour: they are the visits
        that the answer about the hits brought."""
        asked, wanted = self._asked, self.focus
        is_all = (asked.recent or not wanted.recent) and (asked.today or not wanted.today)
        is_all &= asked.until == wanted.until
        changes: dict[str, Any] = {"asked_at": now if is_all else None, "error": None}
        for name, minutes in (("visits_3", RECENT), ("visits_30", LATELY)):
            if ("counter", site, minutes) in answers:
                continue
            found = sum(1 for at in hits if now - at < minutes * 60)
            is_known = site in self._heard_until and not (found and self.focus.segment)
            changes[name] = found if is_known and ("counter", site, LATELY) not in answers else None
        self._failed_at.pop(site, None)
        self.sites[site] = replace(self._known(site), **changes)

    def _take_hit(self, site: int, answer: Sequence[live.SiteHit] | MatomoError, now: float) -> None:
        if isinstance(answer, MatomoError):
            self._no_log_at[site] = now
            self.sites[site] = replace(self._known(site), last_hit_at=None, is_silent=False)
            return
        self._heard_until[site] = now
        last = answer[0].last_action_timestamp if answer else None
        self.sites[site] = replace(self._known(site), last_hit_at=last, is_silent=not answer)

    def _take_hits(self, sites: Sequence[int], answer: Sequence[live.SiteHit] | MatomoError, now: float) -> None:
        if isinstance(answer, MatomoError):
            # One of the sites is gone or has closed its log: each is asked alone the next time.
            for site in sites:
                self._heard_until.pop(site, None)
            return
        newest: dict[int, int] = {}
        for hit in answer:
            newest[hit.id_site] = max(newest.get(hit.id_site, 0), hit.last_action_timestamp)
        for site in sites:
            if site in newest:
                last = max(newest[site], self._known(site).last_hit_at or 0)
                self.sites[site] = replace(self._known(site), last_hit_at=last, is_silent=False)
                self._heard_until[site] = now
            elif len(answer) < MOST_HITS:
                self._heard_until[site] = now
            else:
                self._heard_until.pop(site, None)  # its hits may have been cut off

    def _take_summaries(self, answers: Mapping[Hashable, Any], now: float) -> None:
        for key, answer in answers.items():
            kind, about, *_ = key if isinstance(key, tuple) else (key, ())
            if kind not in ("today", "course") or (kind == "course" and self._asked.until != self.focus.until):
                continue
            for site in about:
                self._summed_at[kind, site] = now
                if not isinstance(answer, MatomoError) and site in answer:
                    changes = {"today": answer[site]} if kind == "today" else {"course": answer[site]}
                    self.sites[site] = replace(self._known(site), **changes)
