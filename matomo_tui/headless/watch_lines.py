"""The objects that ``matomo-tui watch`` prints. Their keys are an interface: they may be added to, but not changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from matomo_tui.api.site import Site
from matomo_tui.headless.visit_stream import NewAction, VisitUpdate
from matomo_tui.instants import local_time
from matomo_tui.live.snapshot import Count, Kind, LiveSnapshot, VisitRow

Line = dict[str, Any]


def instant(epoch: float) -> str:
    """A UTC epoch as ISO 8601: ``2026-11-24T08:30:05Z``."""
    return local_time(int(epoch)).strftime("%Y-%m-%dT%H:%M:%SZ")


def visit_line(update: VisitUpdate, site: Site) -> Line:
    """A visit that began or went on, with its new actions."""
    row = update.row
    return {
        "type": "visit",
        "id": update.actions[-1].id if update.actions else f"{row.id_visit}",
        "cursor": update.cursor,
        "at": instant(row.last_action_at),
        "site": site.id,
        "new": update.is_new,
        **_visitor(row),
        "began_at": instant(row.first_action_at),
        "duration": row.duration,
        "actions": row.actions,
        "page": row.page + row.page_variant,
        "page_title": row.page_title,
        "page_url": row.page_url,
        "revenue": row.revenue,
        "currency": row.currency or site.currency,
        "new_actions": [_action(action) for action in update.actions],
    }


def page_lines(update: VisitUpdate, site: Site) -> Iterator[Line]:
    """A line for each new page view."""
    for action in update.actions:
        if action.entry.kind is Kind.PAGE:
            yield {
                "type": "page",
                "id": action.id,
                "cursor": update.cursor,
                "at": instant(action.entry.at),
                "site": site.id,
                "page": action.entry.label + action.entry.variant,
                "page_title": action.entry.title,
                "page_url": action.entry.url,
                **_visitor(update.row),
            }


def counters_line(snapshot: LiveSnapshot) -> Line:
    """The counters after a poll; ``None`` for what is unknown."""
    row = snapshot.counters
    return {
        "type": "counters",
        "at": instant(snapshot.taken_at + snapshot.poll.server_offset),
        "site": snapshot.site.id,
        "visitors_active": _number(row.active),
        "visits_3_min": _number(row.visits_3),
        "actions_3_min": _number(row.actions_3),
        "visits_30_min": _number(row.visits_30),
        "actions_30_min": _number(row.actions_30),
        "visits_today": _number(row.today),
        "visits_yesterday_same_time": _whole(row.today.before),
        "conversions_today": _number(row.conversions),
        "revenue_today": row.revenue.value,
        "currency": snapshot.site.currency,
        "unique_visitors_today": _number(row.unique),
        "bounce_rate_today": row.bounce_rate.value,
        "average_duration_today": row.avg_time.value,
        "last_action_at": instant(snapshot.feed.visits[0].last_action_at) if snapshot.feed.visits else None,
    }


def _visitor(row: VisitRow) -> Line:
    return {
        "id_visit": row.id_visit,
        "visitor_id": row.visitor_id,
        "user_id": row.user_id,
        "ip": row.ip,
        "returning": row.returning,
        "visit_count": row.visit_count,
        "country": row.country,
        "country_code": row.country_code,
        "place": row.place,
        "source": row.source,
        "source_type": row.source_type,
        "keyword": row.keyword,
        "referrer_url": row.referrer_url,
        "device": row.device,
        "browser": row.browser,
        "operating_system": row.operating_system,
    }


def _action(action: NewAction) -> Line:
    entry = action.entry
    found: Line = {"id": action.id, "at": instant(entry.at), "kind": entry.kind.value, "label": entry.label}
    for key, value in (("title", entry.title), ("url", entry.url), ("revenue", entry.revenue)):
        if value not in ("", None):
            found[key] = value
    return found


def _number(count: Count) -> int | None:
    return _whole(count.value)


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
