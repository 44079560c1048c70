"""Tools for the visit log: visits of any period, and one visit with its actions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from msgspec import Meta
from msgspec.structs import replace

from matomo_tui.agents.answers import ActionLine, Listing, VisitDetails, VisitLine
from matomo_tui.agents.live_tools import visit_line, visit_notes
from matomo_tui.agents.selection import SelectionArguments, query_of
from matomo_tui.agents.tool import PagedArguments, Tool, ToolContext, iso, page_of, sentences
from matomo_tui.api.errors import BadRequest
from matomo_tui.api.live import Visit
from matomo_tui.config.agent_settings import Capability
from matomo_tui.live.snapshot import Kind, TimelineEntry, VisitRow
from matomo_tui.live.timezones import zone
from matomo_tui.live.visit_rows import RowReader
from matomo_tui.reports.periods import Period
from matomo_tui.reports.query import Query
from matomo_tui.reports.visit_log import VisitLog

_DEEPEST = 1_000
"""Visits that are looked through for one answer."""
_PAGE = 100

_SHOWN_WITH: Mapping[Kind, Capability] = {
    Kind.PAGE: "pages",
    Kind.DOWNLOAD: "pages",
    Kind.OUTLINK: "pages",
    Kind.CONTENT: "pages",
    Kind.EVENT: "events",
    Kind.SEARCH: "events",
    Kind.GOAL: "goals",
    Kind.ORDER: "goals",
    Kind.CART: "goals",
}
"""The grant that each kind of action needs; the others need only that for visits."""


class VisitArguments(PagedArguments, frozen=True, kw_only=True):
    """Arguments of ``get_visit``."""

    visit: Annotated[int, Meta(ge=1, description="The number of the visit, from list_visits or who_is_here.")]
    days: Annotated[int, Meta(ge=1, le=3650, description="How many days back to look for it.")] = 30


async def list_visits(context: ToolContext, arguments: SelectionArguments) -> Listing[VisitLine]:
    """The visits of a period, newest action first."""
    wanted = arguments.offset + arguments.limit
    if wanted > _DEEPEST:
        raise ValueError(
            f"At most {_DEEPEST:,} visits can be listed: ask for a shorter period or a segment instead of a higher "
            "offset."
        )
    log = VisitLog(context.desk.loader, query_of(context, arguments), zone(context.site.timezone), page=_PAGE)
    while len(log.visits) < wanted and not log.complete:
        await log.load_more()
    rows = [visit_line(row, context) for row in _rows(context, log.visits[arguments.offset : wanted])]
    more = len(log.visits) > wanted or not log.complete
    return Listing[VisitLine](
        site=context.site_ref,
        rows=tuple(rows),
        offset=arguments.offset,
        next_offset=wanted if more else None,
        total=len(log.visits) if log.complete else None,
        note=sentences(f"There are more visits: ask with offset={wanted}." if more else "", *visit_notes(context)),
    )


async def get_visit(context: ToolContext, arguments: VisitArguments) -> VisitDetails:
    """One visit with its actions, oldest first."""
    last = context.desk.today(context.site)
    query = Query(context.site, Period.days_between(last - timedelta(days=arguments.days), last))
    log = VisitLog(
        context.desk.loader, replace(query, segment=f"visitId=={arguments.visit}"), zone(context.site.timezone), page=2
    )
    await log.load_more()
    row = next((row for row in _rows(context, log.visits) if row.id_visit == arguments.visit), None)
    if row is None:
        raise BadRequest(
            f"Site {context.site.id} has no visit {arguments.visit} in the last {arguments.days} days. Ask with a "
            "larger number of days, or take the number from list_visits."
        )
    shown = [_action_line(entry, context) for entry in row.timeline if _may_show(entry, context)]
    page = page_of(shown, arguments)
    hidden = len(row.timeline) - len(shown)
    withheld = f"{hidden} actions are withheld for lack of grants." if hidden else ""
    page["note"] = sentences(page["note"], withheld, context.withheld("referrers"), context.masked)
    return VisitDetails(site=context.site_ref, visit=visit_line(row, context), **page)


def _rows(context: ToolContext, visits: list[Visit]) -> list[VisitRow]:
    reader = RowReader(context.site)
    now = context.desk.clock.now() + context.desk.session.client.server_offset
    return [reader.read(visit, now=now, updated_at=now).row for visit in visits]


def _may_show(entry: TimelineEntry, context: ToolContext) -> bool:
    capability = _SHOWN_WITH.get(entry.kind)
    return capability is None or context.reads(capability)


def _action_line(entry: TimelineEntry, context: ToolContext) -> ActionLine:
    mask = context.masker
    return ActionLine(
        at=iso(entry.at),
        kind=entry.kind.value,
        label=mask.text(f"{entry.label}{entry.variant}"),
        title=mask.text(entry.title),
        url=mask.text(entry.url) if context.reads("pages") else "",
        seconds=entry.spent,
        revenue=entry.revenue if context.reads("goals") else None,
    )


TOOLS: tuple[Tool[Any], ...] = (
    Tool(
        "list_visits",
        "Visits",
        "Visits of a period, newest action first. get_visit tells the actions of one of them.",
        SelectionArguments,
        Listing[VisitLine],
        lambda asked: f"the visits of {asked.period}",
        list_visits,
        "visits",
    ),
    Tool(
        "get_visit",
        "One visit",
        "One visit with its pages, events, searches, downloads and conversions, oldest first.",
        VisitArguments,
        VisitDetails,
        lambda asked: f"visit {asked.visit} with its actions",
        get_visit,
        "visits",
    ),
)
