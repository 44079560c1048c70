"""Reports of actions; AssetWatch is a fictional plug-in whose assets are derived from the page views."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple
from urllib.parse import quote_plus, unquote, urlsplit

from matomo_tui.demo.api_request import Json
from matomo_tui.demo.data import load
from matomo_tui.demo.engine.by_action import (
    BY_TITLE,
    BY_URL,
    TIMINGS,
    ActionGrouping,
    ActionTally,
    Added,
    PageTally,
    by_steps,
    summed_up,
)
from matomo_tui.demo.engine.by_visit import Key
from matomo_tui.demo.engine.columns import DIMENSIONS, Dimension
from matomo_tui.demo.engine.journey_stats import JourneyStats
from matomo_tui.demo.errors import refuse_if
from matomo_tui.demo.formats import number
from matomo_tui.demo.reports.page_rows import Columns, page_tree, title_rows, twice
from matomo_tui.demo.reports.report_table import TABLE
from matomo_tui.demo.reports.reporting import ReportQuery, report, single
from matomo_tui.demo.reports.rows import Shape, TableRow, two_level_rows
from matomo_tui.demo.traffic.visit import VisitStep

_SLOW_MS, _CACHED_MS = 190, 4
FigureColumns = Callable[[ActionTally, ReportQuery], dict[str, Json]]


class _Family(NamedTuple):
    """The actions of one kind: the contribution of a step, the columns of a row, and the label of an empty name."""

    kind: str
    added: Callable[[VisitStep], Added]
    columns: FigureColumns
    unnamed: str


def _event(step: VisitStep) -> Added:
    value = step.value
    return Added((1, 0, 0)) if value is None else Added((1, 1, value), value, value)


def _event_columns(tally: ActionTally, query: ReportQuery) -> dict[str, Json]:
    events, valued, total = tally.sums
    return {
        query.uniques: tally.visitors,
        "nb_visits": tally.visits,
        "nb_events": int(events),
        "nb_events_with_value": int(valued),
        "sum_event_value": number(total),
        "min_event_value": number(tally.least) if valued else 0,
        "max_event_value": number(tally.most) if valued else 0,
        "avg_event_value": number(total / valued) if valued else 0,
    }


def _content_columns(tally: ActionTally, query: ReportQuery) -> dict[str, Json]:
    shown, clicked = (int(value) for value in tally.sums)
    text = str if query.daily else int
    return {
        query.uniques: tally.visitors,
        "nb_visits": text(tally.visits),
        "nb_impressions": text(shown),
        "nb_interactions": clicked,
        "interaction_rate": clicked / shown if shown else 0.0,
    }


_FAMILIES = {
    "Events": _Family("event", _event, _event_columns, "Event Name not defined"),
    "Contents": _Family("content", lambda step: Added((0, 1) if step.action else (1, 0)), _content_columns, ""),
}


async def _two_levels(query: ReportQuery, family: _Family, outer: Dimension, inner: Dimension) -> list[TableRow]:
    values = attrgetter(outer.attribute), attrgetter(inner.attribute)
    grouping = ActionGrouping(f"{outer.name} {inner.name}", by_steps(family.kind, *values, family.added))

    def row(dimension: Dimension, label: str, tally: ActionTally, below: list[TableRow] | None = None) -> TableRow:
        segment = f"{dimension.name}=={quote_plus(label)}"
        return TableRow(label or family.unnamed, family.columns(tally, query), {"segment": segment}, below)

    return two_level_rows(
        await query.rows(grouping),
        lambda label, tally, below: row(outer, label, tally, below),
        lambda label, tally: row(inner, label, tally),
    )


def _by_dimension(module: str, actions: Mapping[str, bool], outer: Dimension, inner: Dimension, shape: Shape) -> None:
    """Register a report under each action (→ subtables only); ``secondaryDimension`` may name another second level."""
    family = _FAMILIES[module]

    async def rows(query: ReportQuery) -> list[TableRow]:
        wanted = query.call.params.get("secondaryDimension", "") if shape.named else ""
        second = DIMENSIONS[wanted] if wanted in ("eventCategory", "eventAction", "eventName") else inner
        refuse_if(second is outer, "secondary dimension", name=second.name, method=query.call.params["method"])
        return await _two_levels(query, family, outer, second)

    for action, below in actions.items():
        report(f"{module}.{action}", shape, below=below)(rows)


def _levels(*names: str) -> Shape:
    return Shape(named=lambda labels: dict(zip(names, labels, strict=False)))


for _entry in TABLE:
    if _entry.module in _FAMILIES:
        _outer, _inner = (level.dimension for level in _entry.groupings)
        if _outer and _inner:
            _opened = {_entry.opens: True} if _entry.levels else {}
            _shape = _levels(*_entry.levels) if _entry.levels else Shape()
            _by_dimension(_entry.module, {_entry.action: False, **_opened}, _outer, _inner, _shape)
for _action, _outer_name, _inner_name in (
    ("getNameFromCategoryId", "eventCategory", "eventName"),
    ("getCategoryFromActionId", "eventAction", "eventCategory"),
    ("getCategoryFromNameId", "eventName", "eventCategory"),
):
    # The other subtables, by the dimension that is not the default second one.
    _by_dimension("Events", {_action: True}, DIMENSIONS[_outer_name], DIMENSIONS[_inner_name], Shape())


def joined(dimension: str, lead: str = "") -> Callable[[Sequence[str]], Mapping[str, Json]]:
    """The additional column of a flat row that has its labels as a path."""
    return lambda labels: {dimension: lead + "/".join(label.strip("/") for label in labels)}


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc or url
    except ValueError:
        return url


def _linked(action: str, kind: str, dimension: str, column: str) -> ActionGrouping:
    """Register a report by host (of files or outlinks), with the URLs as subtable rows."""
    grouping = ActionGrouping(
        f"{kind}s", by_steps(kind, lambda step: _host(step.url), lambda step: step.url, lambda _: Added((1,)))
    )

    @report(f"Actions.{action}", Shape(joint="/", narrows_below=True, named=joined(column)))
    async def rows(query: ReportQuery) -> list[TableRow]:
        def columns(tally: ActionTally, visits: int, own: dict[str, Json]) -> dict[str, Json]:
            return {"nb_visits": visits, **own, "nb_hits": int(tally.sums[0]), "sum_time_spent": 0}

        def host_row(host: str, tally: ActionTally, below: list[TableRow] | None) -> TableRow:
            # A host's visits are the sum of its URLs' visits, as with folders.
            visits = sum(int(row.columns["nb_visits"]) for row in below or ())
            return TableRow(host, columns(tally, visits, {}), {}, below)

        def address_row(url: str, tally: ActionTally) -> TableRow:
            label = unquote(url.partition(_host(url))[2]) or "/"
            meta: dict[str, Json] = {"url": url, "segment": f"{dimension}=={twice(url)}"}
            return TableRow(label, columns(tally, tally.visits, {query.uniques: tally.visitors}), meta)

        return two_level_rows(await query.rows(grouping), host_row, address_row)

    return grouping


DOWNLOADS = _linked("getDownloads", "download", "downloadUrl", "Actions_DownloadUrl")
OUTLINKS = _linked("getOutlinks", "outlink", "outlinkUrl", "Actions_ClickedUrl")


def _searched(facts: JourneyStats) -> Mapping[Key, Added]:
    """Per keyword, keyword without results and category: searches, seconds on the results page, exits from it."""
    found: dict[Key, list[Added]] = {}
    for index, step in enumerate(facts.steps):
        if step.kind != "search":
            continue
        last = not any(after.kind in ("action", "search") for after in facts.steps[index + 1 :])
        keys = [("keyword", step.name)]
        keys += [("nothing", step.name)] if step.value == 0 else []
        keys += [("category", step.category)] if step.category else []
        for key in keys:
            found.setdefault(key, []).append(Added((1, facts.spent(index), int(last))))
    return summed_up(found)


SEARCHES = ActionGrouping("searches", _searched)


def _search_columns(tally: ActionTally, query: ReportQuery) -> dict[str, Json]:
    searches, seconds, exits = (int(value) for value in tally.sums)
    exits = min(exits, tally.visits)
    columns: dict[str, Json] = {"nb_visits": tally.visits, "nb_hits": searches, "sum_time_spent": seconds}
    if exits:
        columns["exit_nb_visits"] = str(exits) if query.daily else exits
    return columns | {
        "nb_pages_per_search": number(searches / tally.visits, 1),
        "avg_time_on_page": round(seconds / searches),
        "bounce_rate": 0.0,
        "exit_rate": exits / tally.visits,
    }


def _category_columns(tally: ActionTally, _: ReportQuery) -> dict[str, Json]:
    searches = int(tally.sums[0])
    pages = number(searches / tally.visits, 1)
    return {"nb_visits": tally.visits, "nb_actions": searches, "nb_pages_per_search": pages}


def _searches(action: str, wanted: str, dimension: str, columns: FigureColumns) -> None:
    @report(f"Actions.{action}")
    async def rows(query: ReportQuery) -> list[TableRow]:
        return [
            TableRow(label, columns(tally, query), {"segment": f"{dimension}=={quote_plus(label)}"})
            for (kind, label), tally in (await query.rows(SEARCHES)).items()
            if kind == wanted
        ]


_searches("getSiteSearchKeywords", "keyword", "siteSearchKeyword", _search_columns)
_searches("getSiteSearchNoResultKeywords", "nothing", "siteSearchKeyword", _search_columns)
_searches("getSiteSearchCategories", "category", "siteSearchCategory", _category_columns)


def _loaded(facts: JourneyStats) -> Mapping[Key, Added]:
    """Requests, bytes, cache hits and milliseconds, by kind of asset and by asset; some of these are cached."""
    found: dict[Key, list[Added]] = {}
    for view in range(len(facts.pages)):
        for kind, name, size, kept in load("assets"):
            cached = kept and view > 0
            waited = _CACHED_MS if cached else _SLOW_MS + size // 4096
            added = Added((1, 0 if cached else size, int(cached), waited), size, size)
            for key in ((kind, None), (kind, name)):
                found.setdefault(key, []).append(added)
    return summed_up(found)


_ASSETS = ActionGrouping("assets", _loaded)


def _asset_columns(tally: ActionTally) -> dict[str, Json]:
    requests, sent, cached, waited = tally.sums
    return {
        "nb_requests": int(requests),
        "bytes_sent": int(sent),
        "max_bytes": int(tally.most),
        "cache_hit_rate": cached / requests,
        "avg_first_byte": number(waited / requests, 1),
    }


_ASSET_SHAPE = Shape(sort="bytes_sent", named=_levels("AssetWatch_FileType", "AssetWatch_File").named)


@report("AssetWatch.getFileTypes", _ASSET_SHAPE)
@report("AssetWatch.getFilesFromTypeId", _ASSET_SHAPE, below=True)
async def get_file_types(query: ReportQuery) -> list[TableRow]:
    return two_level_rows(
        await query.rows(_ASSETS),
        lambda kind, tally, below: TableRow(kind, _asset_columns(tally), {}, below),
        lambda name, tally: TableRow(name, _asset_columns(tally)),
    )


_LOAD_TIMES = frozenset({*(f"avg_time_{name}" for name in TIMINGS), "avg_page_load_time"})


def _page_report(action: str, dimension: str, counted: Callable[[PageTally], int]) -> None:
    """Register a report of pages; those whose count is 0 have no row."""
    segment = dimension[0].lower() + dimension[1:]
    by_url = dimension.endswith("Url")
    shape = Shape()
    if by_url:
        named = joined(f"Actions_{dimension}", "/")
        shape = Shape(joint="/", lead="/", named=named, narrows_below=True, unsaid_below=_LOAD_TIMES)

    @report(f"Actions.{action}", shape)
    async def rows(query: ReportQuery) -> list[TableRow]:
        archive = query.page_archive
        if archive is not None and action == "getPageUrls":
            return archive.top(query.units, Columns(query.daily, {}))
        tallies = await query.rows(BY_URL if by_url else BY_TITLE)
        pages = {key: tally for key, tally in tallies.items() if counted(tally)}
        reached = {goal: conversions.count for goal, conversions in (await query.whole()).goals.items()}
        columns = Columns(query.daily, reached, segment)
        return page_tree(pages, columns) if by_url else title_rows(pages, columns)


for _kind in ("Url", "Title"):
    _page_report(f"getPage{_kind}s", f"Page{_kind}", lambda tally: tally.visits)
    _page_report(f"getEntryPage{_kind}s", f"EntryPage{_kind}", lambda tally: tally.entries)
    _page_report(f"getExitPage{_kind}s", f"ExitPage{_kind}", lambda tally: tally.exits)
    _page_report(f"getPage{_kind}sFollowingSiteSearch", f"Page{_kind}", lambda tally: tally.followed)


@single("Actions.get")
async def main_metrics(query: ReportQuery) -> dict[str, Json]:
    archive = query.page_archive
    if archive is not None:
        pages: Iterable[PageTally] = [archive.tally(range(archive.count), query.units)]
    else:
        pages = (await query.rows(BY_URL)).values()
    found: dict[str, Json] = {
        "nb_pageviews": sum(page.hits for page in pages),
        "nb_uniq_pageviews": sum(page.visits for page in pages),
    }
    for name, grouping in (("downloads", DOWNLOADS), ("outlinks", OUTLINKS)):
        tallies = await query.rows(grouping)
        each = [tally for (_, url), tally in tallies.items() if url is not None]
        found[f"nb_{name}"] = int(sum(tally.sums[0] for tally in each))
        found[f"nb_uniq_{name}"] = sum(tally.visits for tally in each)
    searches = [tally for (kind, _), tally in (await query.rows(SEARCHES)).items() if kind == "keyword"]
    found["nb_searches"] = int(sum(tally.sums[0] for tally in searches))
    found["nb_keywords"] = len(searches)
    if query.call.options.matomo.has_ai:
        found["hits"] = sum(found[name] for name in ("nb_pageviews", "nb_downloads", "nb_outlinks", "nb_searches"))
    return found
