"""Recent activity of a site for testing goal patterns, fetched in one request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from matomo_tui.admin.patterns import VISITS, Sample, samples_of
from matomo_tui.api import live, reports
from matomo_tui.api.calls import PeriodKind
from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.reports import ReportRow, ReportTable

DAYS = 7
MOST_ROWS = 500
MOST_VISITS = 200

_COLUMNS = ("idVisit", "visitDuration", "actions", "actionDetails")
_EVENTS = {"Events.getCategory": "event_category", "Events.getAction": "event_action", "Events.getName": "event_name"}


@dataclass(frozen=True, slots=True)
class RecentActivity:
    """The samples that patterns are tested on."""

    samples: tuple[Sample, ...] = ()
    words: str = ""
    """The period of the actions, such as ``the last 7 days``."""
    trouble: str = ""
    """The error of a report that could not be loaded; ``""`` if all were."""
    visits: str = ""
    """The visits among the samples, such as ``the newest 200 visits``."""

    def words_for(self, attribute: str) -> str:
        """The samples that a goal with this attribute is tested on: ``the last 7 days``, ``the newest 200 visits``."""
        return self.visits or self.words if attribute in VISITS else self.words


async def gather(client: Client, site_id: int) -> RecentActivity:
    """Load the pages, titles, downloads, outlinks and events of the last days and the newest visits of a site.

    It is one bulk request of ``Actions``, ``Events`` and ``Live`` reports. Raises a ``MatomoError`` if it fails as a
    whole.
    """
    period: PeriodKind = "range"
    date = f"last{DAYS}"
    flat = [
        reports.table(method, site_id=site_id, period=period, date=date, flat=True, limit=MOST_ROWS)
        for method in ("Actions.getPageUrls", "Actions.getPageTitles", "Actions.getDownloads", "Actions.getOutlinks")
    ]
    events = [reports.table(method, site_id=site_id, period=period, date=date, limit=MOST_ROWS) for method in _EVENTS]
    visits = live.get_last_visits_details(site_id, limit=MOST_VISITS, period=period, date=date, columns=_COLUMNS)
    answers = await client.bulk([*flat, *events, visits])
    urls, titles, downloads, outlinks, *rest = answers
    found = [
        *(Sample("page", url=row.url, count=_hits(row)) for row in _rows(urls) if row.url),
        *(Sample("page", title=row.label.strip(), count=_hits(row)) for row in _rows(titles)),
        *(Sample("download", url=row.url or row.label, count=_hits(row)) for row in _rows(downloads)),
        *(Sample("outlink", url=row.url or row.label, count=_hits(row)) for row in _rows(outlinks)),
    ]
    for name, answer in zip(_EVENTS.values(), rest, strict=False):
        found += [_event(name, row) for row in _rows(answer)]
    newest = rest[-1] if isinstance(rest[-1], tuple) else ()
    seen = samples_of(newest)
    reported = {sample.kind for sample in found}
    found += [sample for sample in seen if sample.kind not in reported]
    failures = [answer for answer in answers if isinstance(answer, MatomoError)]
    days = f"the last {DAYS} days"
    which = f"the newest {MOST_VISITS} visits" if len(newest) >= MOST_VISITS else f"all visits of {days}"
    return RecentActivity(tuple(found), days, str(failures[0]) if failures else "", which)


def _rows(answer: Any) -> Iterator[ReportRow]:
    if isinstance(answer, ReportTable):
        yield from (row for row in answer.rows if not row.is_summary)


def _event(name: str, row: ReportRow) -> Sample:
    return Sample(
        "event",
        event_category=row.label if name == "event_category" else "",
        event_action=row.label if name == "event_action" else "",
        event_name=row.label if name == "event_name" else "",
        count=_hits(row),
    )


def _hits(row: ReportRow) -> int:
    return int(row.number("nb_hits") or row.number("nb_events") or row.number("nb_visits") or 1)
