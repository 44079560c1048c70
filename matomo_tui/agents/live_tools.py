"""Tools for what happens now, over the last 30 minutes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from matomo_tui.agents.answers import Figure, Listing, RankedLine, VisitLine
from matomo_tui.agents.tool import PagedArguments, SiteArguments, Tool, ToolContext, iso, page_of, sentences
from matomo_tui.api import goals, visits_summary
from matomo_tui.api.goals import GoalsSummary
from matomo_tui.api.visits_summary import VisitsSummary
from matomo_tui.live.snapshot import Count, CounterRow, Kind, LiveSnapshot, Presence, Ranking, VisitRow
from matomo_tui.reports.periods import Period
from matomo_tui.reports.query import Query

_EVENTS = frozenset({Kind.EVENT, Kind.SEARCH})


class PresenceArguments(PagedArguments, frozen=True, kw_only=True):
    """Arguments of ``who_is_here``."""

    minutes: Annotated[Literal[3, 30], Meta(description="Visitors with an action in the last 3 or 30 minutes.")] = 3


class PagesArguments(PagedArguments, frozen=True, kw_only=True):
    """Arguments of ``pages_now``."""

    by_path: Annotated[bool, Meta(description="Count pages that differ only in query or fragment as one.")] = True


class AudienceArguments(PagedArguments, frozen=True, kw_only=True):
    """Arguments of ``audience_now``."""

    by: Literal["country", "device"] = "country"


async def who_is_here(context: ToolContext, arguments: PresenceArguments) -> Listing[VisitLine]:
    """The visits whose last action is at most ``minutes`` old, newest action first."""
    snapshot = await context.desk.live.snapshot(context.site)
    _need(snapshot, "visits")
    wanted = {Presence.ACTIVE} if arguments.minutes == 3 else {Presence.ACTIVE, Presence.IDLE}
    found = [row for row in snapshot.feed.visits if row.presence in wanted]
    page = page_of(found, arguments)
    page["rows"] = tuple(visit_line(row, context) for row in page["rows"])
    cut = ""
    if snapshot.feed.truncated or (arguments.minutes == 30 and snapshot.pages.of_newest is not None):
        cut = f"Only the newest {len(snapshot.feed.visits):,} visits are known; list_visits has all of today."
    return Listing[VisitLine](site=context.site_ref, **_noted(page, cut, *visit_notes(context)))


async def pages_now(context: ToolContext, arguments: PagesArguments) -> Listing[RankedLine]:
    """The pages that visitors are on."""
    snapshot = await context.desk.live.snapshot(context.site)
    _need(snapshot, "visits")
    if arguments.by_path:
        return _ranking(snapshot.paths, arguments, context, by_path=True)
    return _ranking(snapshot.pages, arguments, context)


async def sources_now(context: ToolContext, arguments: PagedArguments) -> Listing[RankedLine]:
    """The sources that visitors came from."""
    snapshot = await context.desk.live.snapshot(context.site)
    _need(snapshot, "visits")
    return _ranking(snapshot.sources, arguments, context)


async def audience_now(context: ToolContext, arguments: AudienceArguments) -> Listing[RankedLine]:
    """The countries or devices of visitors."""
    snapshot = await context.desk.live.snapshot(context.site)
    _need(snapshot, "visits")
    return _ranking(snapshot.countries if arguments.by == "country" else snapshot.devices, arguments, context)


async def events_now(context: ToolContext, arguments: PagedArguments) -> Listing[RankedLine]:
    """Events and searches, and conversions if goals are granted."""
    snapshot = await context.desk.live.snapshot(context.site)
    _need(snapshot, "visits")
    ranking = snapshot.happenings
    if not context.reads("goals"):
        ranking = Ranking(tuple(row for row in ranking.rows if row.kind in _EVENTS), of_newest=ranking.of_newest)
    return _ranking(ranking, arguments, context, context.withheld("goals"))


_FIGURES = {
    "active": "Visitors whose last action is at most 3 minutes old",
    "visits_3": "Visits in the last 3 minutes; before: in the 3 minutes before",
    "actions_3": "Actions in the last 3 minutes; before: in the 3 minutes before",
    "visits_30": "Visits in the last 30 minutes; before: in the 30 minutes before",
    "actions_30": "Actions in the last 30 minutes; before: in the 30 minutes before",
    "today": "Visits since midnight in the site's time zone; before: yesterday until the same time of day",
}
_ARCHIVED = "rebuilt by Matomo every 15 minutes"


async def counters(context: ToolContext, arguments: SiteArguments) -> Listing[Figure]:
    """The live counters, and figures of today's report."""
    del arguments
    snapshot = await context.desk.live.snapshot(context.site)
    _need(snapshot, "counters")
    rows = [_figure(name, snapshot.counters, meaning) for name, meaning in _FIGURES.items()]
    trouble = [f"Today's visits are unknown: {snapshot.parts.today}"] if snapshot.parts.today else []
    site = context.site
    query = Query(site, Period.containing("day", context.desk.today(site)))
    summary, conversions = await context.desk.loader.request_each(
        [visits_summary.get(site.id, "day", query.period.api_date), goals.get(site.id, "day", query.period.api_date)],
        query,
    )
    if isinstance(summary, VisitsSummary):
        rows += _of_summary(summary)
    else:
        trouble.append(f"Today's report is unknown: {summary}")
    if context.reads("goals") and isinstance(conversions, GoalsSummary):
        rows += _of_goals(conversions)
    note = sentences(context.withheld("goals"), *trouble)
    return Listing[Figure](site=context.site_ref, rows=tuple(rows), total=len(rows), note=note)


def _of_summary(summary: VisitsSummary) -> list[Figure]:
    return [
        Figure(name="unique", value=summary.nb_uniq_visitors, meaning=f"Unique visitors today, {_ARCHIVED}"),
        Figure(
            name="bounce_rate",
            value=summary.bounce_rate,
            meaning=f"Share of today's visits with one action, as a fraction, {_ARCHIVED}",
        ),
        Figure(
            name="avg_time",
            value=summary.avg_time_on_site,
            meaning=f"Average duration of today's visits in seconds, {_ARCHIVED}",
        ),
    ]


def _of_goals(found: GoalsSummary) -> list[Figure]:
    return [
        Figure(name="conversions", value=found.nb_conversions, meaning=f"Conversions and orders today, {_ARCHIVED}"),
        Figure(name="revenue", value=found.revenue, meaning=f"Revenue today in the site's currency, {_ARCHIVED}"),
    ]


def visit_line(row: VisitRow, context: ToolContext) -> VisitLine:
    """A visit, with what is granted, masked."""
    mask = context.masker
    referrers, pages = context.reads("referrers"), context.reads("pages")
    return VisitLine(
        visit=row.id_visit,
        visitor=mask.pseudonym("visitor", row.visitor_id),
        first_action_at=iso(row.first_action_at),
        last_action_at=iso(row.last_action_at),
        is_here=row.presence is Presence.ACTIVE,
        duration=row.duration,
        actions=row.actions,
        visitor_type=row.visitor_type,
        visit_number=row.visit_count,
        country=row.country,
        place=row.place,
        device=row.device,
        browser=row.browser,
        operating_system=row.operating_system,
        ip=mask.hide(row.ip),
        user_id=mask.pseudonym("user", row.user_id) or None,
        source=mask.text(row.source) if referrers else None,
        keyword=mask.text(row.keyword) if referrers else None,
        referrer_url=mask.text(row.referrer_url) if referrers else None,
        page=mask.text(row.page) if pages else None,
        page_title=mask.text(row.page_title) if pages else None,
        page_url=mask.text(row.page_url) if pages else None,
        revenue=row.revenue if context.reads("goals") else None,
        currency=row.currency,
    )


def visit_notes(context: ToolContext) -> tuple[str, str]:
    """Sentences about what is withheld and masked of visits."""
    return context.withheld("pages", "referrers", "goals"), context.masked


def _figure(name: str, row: CounterRow, meaning: str) -> Figure:
    count: Count = getattr(row, name)
    return Figure(name=name, value=count.value, before=count.before, meaning=meaning)


def _ranking(
    ranking: Ranking, arguments: PagedArguments, context: ToolContext, withheld: str = "", *, by_path: bool = False
) -> Listing[RankedLine]:
    rows = [
        RankedLine(
            label=context.masker.text(row.label if by_path else f"{row.label}{row.variant}"),
            here=row.here,
            recent=row.recent,
            kind="" if row.kind is None else row.kind.value,
            revenue=row.revenue,
            currency=row.currency,
        )
        for row in ranking.rows
    ]
    page = page_of(rows, arguments)
    kept = max(ranking.total, len(rows))
    lost = "" if kept == len(rows) else f"Only the highest {len(rows)} of {kept:,} rows are kept."
    partial = "" if ranking.of_newest is None else f"Counted over the newest {ranking.of_newest:,} visits only."
    return Listing[RankedLine](site=context.site_ref, **_noted(page, lost, partial, withheld))


def _noted(page: dict[str, Any], *notes: str) -> dict[str, Any]:
    return {**page, "note": sentences(page["note"], *notes)}


def _need(snapshot: LiveSnapshot, part: Literal["counters", "visits"]) -> None:
    """Raise the error of a part that failed while the poll succeeded otherwise."""
    error = getattr(snapshot.parts, part)
    if error is not None:
        raise error


TOOLS: tuple[Tool[Any], ...] = (
    Tool(
        "who_is_here",
        "Who is here now",
        "Visits with an action in the last 3 minutes (or 30), newest first: country, device, source, page.",
        PresenceArguments,
        Listing[VisitLine],
        lambda asked: f"the visitors of the last {asked.minutes} minutes",
        who_is_here,
        "live",
    ),
    Tool(
        "counters",
        "Live counters",
        "Visits and actions of the last 3 and 30 minutes and today's figures, with the values that they compare with.",
        SiteArguments,
        Listing[Figure],
        lambda _: "the live counters",
        counters,
        "live",
    ),
    Tool(
        "audience_now",
        "Countries or devices now",
        "Visitors of the last 30 minutes by country or device.",
        AudienceArguments,
        Listing[RankedLine],
        lambda asked: f"visitors now by {asked.by}",
        audience_now,
        "live",
    ),
    Tool(
        "pages_now",
        "Pages now",
        "Pages that visitors are on now, and their views in the last 30 minutes.",
        PagesArguments,
        Listing[RankedLine],
        lambda _: "the pages that visitors are on now",
        pages_now,
        "pages",
    ),
    Tool(
        "sources_now",
        "Sources now",
        "Where the visitors of the last 30 minutes came from: search engines, sites, campaigns, direct.",
        PagedArguments,
        Listing[RankedLine],
        lambda _: "the sources of visitors now",
        sources_now,
        "referrers",
    ),
    Tool(
        "events_now",
        "Events now",
        "Events, searches, goals and orders of the last 30 minutes.",
        PagedArguments,
        Listing[RankedLine],
        lambda _: "the events of the last 30 minutes",
        events_now,
        "events",
    ),
)
