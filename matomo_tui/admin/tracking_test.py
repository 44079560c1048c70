"""The tracking test: sends hits with a unique mark and waits for them to appear in Live."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlencode

from matomo_tui.admin import audit
from matomo_tui.admin.audit import AuditEntry, AuditError, AuditLog
from matomo_tui.admin.input_parsing import amount, thousands_warning
from matomo_tui.admin.state import Problem
from matomo_tui.api import live, tracking
from matomo_tui.api.client import Client
from matomo_tui.api.errors import ConnectionLost, MatomoError, ServerError, TimedOut
from matomo_tui.api.live import Visit
from matomo_tui.api.tracking import Hit, TrackerAnswer
from matomo_tui.page_url import split_page_url
from matomo_tui.sanitize import sanitize

HitKind = Literal["page view", "event", "site search", "goal", "batch"]
Stage = Literal["sending", "answered", "watching", "arrived", "not arrived", "failed"]

MARK = "matomo_tui_test"
"""The URL parameter with the mark of a test. For a site search the mark is in the category, because Live has no URL."""

WATCHED = 60.0
"""Seconds to wait for the hit in Live: a Matomo with a tracking queue writes hits with a delay."""

_PAUSES = (0.3, 0.7, 1.0, 1.0, 2.0, 2.0, 3.0)  # seconds between two polls; the last one repeats
_LOST = (TimedOut, ConnectionLost, ServerError)
_VISITS_LOOKED_AT = 50
_COLUMNS = ("idVisit", "visitorId", "lastActionTimestamp", "actionDetails")


@dataclass(frozen=True, slots=True)
class HitDraft:
    """The values of the form. ``kind`` decides which fields are used.

    ``url`` is a page of the site. ``ip`` and ``when`` (UTC, ``2026-11-24 08:30:00``) need a token with write access. A
    ``batch`` is ``count`` page views in one request.
    """

    kind: HitKind = "page view"
    url: str = ""
    title: str = "Tracking test"
    category: str = "Tracking test"
    action: str = "try"
    name: str = ""
    value: str = ""
    keyword: str = "tracking test"
    goal_id: int | None = None
    revenue: str = ""
    count: int = 3
    ip: str = ""
    when: str = ""

    @property
    def is_privileged(self) -> bool:
        """True if it needs a token."""
        return bool(self.ip.strip() or self.when.strip())

    def problems(self) -> tuple[Problem, ...]:
        """Its errors."""
        found = []
        page = split_page_url(self.url)
        if page.scheme not in ("http", "https") or not page.host:
            found.append(Problem("url", "The page must be a whole URL, such as https://example.org/."))
        elif re.search(r"\s", self.url):
            found.append(Problem("url", "A URL contains no spaces: browsers send %20."))
        if self.kind == "event" and not (self.category.strip() and self.action.strip()):
            found.append(Problem("category", "An event needs a category and an action."))
        if self.kind == "event":
            found += _amount_problems("value", self.value, "The value of an event must be a number.")
        if self.kind == "site search" and not self.keyword.strip():
            found.append(Problem("keyword", "A search needs a keyword."))
        if self.kind == "goal" and self.goal_id is None:
            found.append(Problem("goal_id", "Choose the goal to convert."))
        if self.kind == "goal":
            found += _amount_problems("revenue", self.revenue, "Revenue must be a number.")
        if self.kind == "batch" and not 1 <= self.count <= 50:
            found.append(Problem("count", "A test batch has 1 to 50 hits."))
        if self.ip.strip() and not _is_ip(self.ip.strip()):
            found.append(Problem("ip", "That is not an IP address."))
        if self.when.strip() and _moment(self.when) is None:
            found.append(Problem("when", "The time must be UTC, such as 2026-11-24 08:30:00."))
        return tuple(found)


def _amount_problems(field: str, text: str, not_a_number: str) -> list[Problem]:
    if text and amount(text) is None:
        return [Problem(field, not_a_number)]
    sentence = thousands_warning(text)
    return [Problem(field, sentence, is_warning=True)] if sentence else []


@dataclass(frozen=True, slots=True)
class Probe:
    """Hits ready to be sent."""

    site_id: int
    kind: HitKind
    hits: tuple[Hit, ...]
    mark: str
    """Identifies the hits in Live: it is the visitor id, and a URL parameter."""
    is_batch: bool
    is_privileged: bool

    @property
    def http(self) -> str:
        """The request for display, without the token."""
        queries = [urlencode(list(hit.items())) for hit in self.hits]
        with_token = " token_auth=***" if self.is_privileged else ""
        if self.is_batch:
            return sanitize(f"POST matomo.php {len(queries)} hits, the first ?{queries[0]}{with_token}")
        return sanitize(f"POST matomo.php {queries[0]}{with_token}")


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a test."""

    stage: Stage
    sentence: str
    """The progress in plain English."""
    answer: TrackerAnswer | None = None
    seconds: float | None = None
    """Seconds between the tracker's answer (or its timeout) and the arrival."""
    visit_id: int | None = None
    """The visit in which the hit arrived."""


def prepare(site_id: int, draft: HitDraft) -> Probe:
    """The hits of a draft without errors, with a new mark."""
    mark = secrets.token_hex(8)
    url = _marked(draft.url, mark)
    extra: dict[str, Any] = {"_id": mark, "new_visit": "1", "bots": "1"}
    if draft.ip.strip():
        extra["cip"] = draft.ip.strip()
    if draft.when.strip():
        extra["cdt"] = draft.when.strip()
    hit: Hit
    if draft.kind == "event":
        value = amount(draft.value) if draft.value else None
        hit = tracking.event(site_id, url, draft.category, draft.action, draft.name, value, **extra)
    elif draft.kind == "site search":
        hit = tracking.site_search(site_id, url, draft.keyword, f"{MARK} {mark}", **extra)
    elif draft.kind == "goal" and draft.goal_id is not None:
        revenue = amount(draft.revenue) if draft.revenue else None
        hit = tracking.goal(site_id, url, draft.goal_id, revenue, **extra)
    else:
        hit = tracking.page_view(site_id, url, draft.title, **extra)
    hits = (hit,) if draft.kind != "batch" else tuple(_nth(hit, index) for index in range(draft.count))
    return Probe(site_id, draft.kind, hits, mark, draft.kind == "batch", draft.is_privileged)


class TrackingTest:
    """Sends tests over one connection and waits for their arrival. Every test is logged in the audit log."""

    def __init__(
        self,
        client: Client,
        log: AuditLog,
        *,
        profile: str = "",
        server: str = "",
        agent: str = "",
        read_login: Callable[[], Awaitable[str]] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._log = log
        self._profile = profile
        self._server = server
        self._agent = agent
        self._read_login = read_login
        self._login = ""
        self._sleep = sleep
        self._monotonic = monotonic
        self._now = now

    async def run(
        self, probe: Probe, on_progress: Callable[[Progress], None] = lambda _: None, *, watched: float = WATCHED
    ) -> Progress:
        """Send the hits and poll Live for at most ``watched`` seconds. ``on_progress`` is called for each stage; the
        last one is returned: ``arrived``, ``not arrived`` or ``failed``."""
        identity = audit.new_id()
        if self._read_login is not None and probe.is_privileged:
            self._login = await self._read_login()
        try:
            self._write_line(identity, probe, audit.SENDING, "")
        except AuditError as error:
            return _report(on_progress, Progress("failed", f"Not sent: it could not be logged. {error}"))
        on_progress(Progress("sending", "Sending …"))
        started = self._now() + self._client.server_offset
        answer: TrackerAnswer | None = None
        try:
            answer = await self._client.track(probe.hits, batch=probe.is_batch, authenticated=probe.is_privileged)
            word, sentence = ("differs" if answer.invalid else "done"), answer_words(answer)
        except _LOST as error:
            word, sentence = "unknown", f"{error} The tracker may still have accepted it."
        except asyncio.CancelledError:
            self._try_to_log(identity, probe, "unknown", "The program stopped waiting for the answer.")
            raise
        except MatomoError as error:
            self._try_to_log(identity, probe, "refused", str(error))
            return _report(on_progress, Progress("failed", str(error)))
        self._try_to_log(identity, probe, word, sentence)
        answered = self._monotonic()
        on_progress(Progress("answered", sentence, answer))
        if answer is not None and not answer.tracked:
            return _report(on_progress, Progress("failed", sentence, answer))
        return _report(on_progress, await self._watch(probe, answer, started, answered, watched, on_progress))

    async def _watch(
        self,
        probe: Probe,
        answer: TrackerAnswer | None,
        started: float,
        answered: float,
        watched: float,
        on_progress: Callable[[Progress], None],
    ) -> Progress:
        on_progress(
            Progress(
                "watching", f"Waiting for it to appear in Live, at most {watched:.0f} s: esc stops waiting.", answer
            )
        )
        polls = 0
        trouble = ""
        while (passed := self._monotonic() - answered) < watched:
            await self._sleep(_PAUSES[min(polls, len(_PAUSES) - 1)])
            polls += 1
            try:
                found = await self._find_visit(probe, int(started))
                trouble = ""
            except MatomoError as error:
                found, trouble = None, str(error)
                if error.stops_polling:
                    break
            seconds = self._monotonic() - answered
            if found is not None:
                sentence = f"Arrived in Live {seconds:.1f} s after it was sent."
                return Progress("arrived", sentence, answer, seconds, found.id_visit)
            on_progress(
                Progress(
                    "watching",
                    f"Not in Live after {passed:.0f} of at most {watched:.0f} s: esc stops waiting.",
                    answer,
                )
            )
        return Progress("not arrived", trouble or _missing_words(answer, watched), answer)

    async def _find_visit(self, probe: Probe, started: int) -> Visit | None:
        """The visit of the hit (``Live.getLastVisitsDetails``), searched by its visitor id and among the newest visits,
        because the tracker may attribute the hit to a known visitor."""
        old = any("cdt" in hit for hit in probe.hits)
        since = None if old else started - 60
        by_visitor, newest = await self._client.gather(
            live.get_last_visits_details(
                probe.site_id, limit=5, min_timestamp=since, segment=f"visitorId=={probe.mark}", columns=_COLUMNS
            ),
            live.get_last_visits_details(
                probe.site_id, limit=_VISITS_LOOKED_AT, min_timestamp=started - 60, columns=_COLUMNS
            ),
        )
        if isinstance(by_visitor, MatomoError) and isinstance(newest, MatomoError):
            raise newest
        visits = [visit for part in (by_visitor, newest) if isinstance(part, tuple) for visit in part]
        return next((visit for visit in visits if _is_of(visit, probe.mark)), None)

    def _write_line(self, identity: str, probe: Probe, outcome: str, detail: str) -> None:
        self._log.write(
            AuditEntry(
                when=audit.utc(self._now()),
                method=audit.TRACKER,
                what=f"Tracking test: {probe.kind}, {len(probe.hits)} {'hit' if len(probe.hits) == 1 else 'hits'}",
                outcome=outcome,
                id=identity,
                profile=self._profile,
                server=self._server,
                site=probe.site_id,
                login=self._login,
                user=audit.machine_user(),
                agent=self._agent,
                after={name: value for name, value in probe.hits[0].items() if name != "token_auth"},
                detail=detail,
            )
        )

    def _try_to_log(self, identity: str, probe: Probe, outcome: str, detail: str) -> None:
        try:
            self._write_line(identity, probe, outcome, detail)
        except AuditError:
            return  # the line "sending" is in the log already


def answer_words(answer: TrackerAnswer) -> str:
    """The tracker's answer in plain English."""
    if answer.invalid:
        which = ", ".join(str(index + 1) for index in answer.invalid_indices)
        numbers = f" (number {which})" if which else ""
        return f"The tracker answered {answer.status}: {answer.tracked} hits taken, {answer.invalid} refused{numbers}."
    many = "the hit was taken" if answer.tracked == 1 else f"{answer.tracked} hits were taken"
    nothing = " (no content, as asked)" if answer.status == 204 else ""
    return f"The tracker answered {answer.status}{nothing}: {many}."


def _missing_words(answer: TrackerAnswer | None, watched: float) -> str:
    taken = "The tracker took it, but it" if answer is not None else "It"
    return (
        f"{taken} is not in Live after {watched:.0f} s: it may be excluded (IP address, user "
        "agent or URL in the site's settings), an old time may hide it, or a tracking queue is slow."
    )


def _report(on_progress: Callable[[Progress], None], progress: Progress) -> Progress:
    on_progress(progress)
    return progress


def _is_of(visit: Visit, mark: str) -> bool:
    """True if the visit has an action with the mark."""
    return any(mark in action.url or mark in action.site_search_category for action in visit.action_details)


def _marked(url: str, mark: str) -> str:
    page = split_page_url(url)
    query = f"{page.query}&" if len(page.query) > 1 else "?"
    return f"{page.scheme}://{page.host}{page.path or '/'}{query}{MARK}={mark}{page.fragment}"


def _nth(hit: Hit, index: int) -> Hit:
    """One page view of a batch. Only the first begins a new visit."""
    more = {"action_name": f"{hit.get('action_name', '')} {index + 1}".strip()}
    return {name: value for name, value in {**hit, **more}.items() if index == 0 or name != "new_visit"}


def _is_ip(text: str) -> bool:
    import ipaddress

    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
