"""Matomo's Actions module: pages, downloads, outlinks and searches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote_plus, unquote, urlsplit

from matomo_tui.demo.api_request import Json
from matomo_tui.demo.engine.by_action import ActionGrouping, ActionTally, Added, by_steps, summed_up
from matomo_tui.demo.engine.by_visit import WHOLE, Key, Tally
from matomo_tui.demo.engine.journey_stats import JourneyStats
from matomo_tui.demo.engine.pages import BY_TITLE, BY_URL, TIMINGS, PageTally
from matomo_tui.demo.number_formats import number
from matomo_tui.demo.reports.page_rows import Columns, page_tree, title_rows, twice
from matomo_tui.demo.reports.reporting import ReportQuery, report, single
from matomo_tui.demo.reports.rows import Shape, TableRow, two_level_rows

_LOAD_TIMES = frozenset({*(f"avg_time_{name}" for name in TIMINGS), "avg_page_load_time"})


def _named(dimension: str, lead: str = "") -> Callable[[Sequence[str]], Mapping[str, Json]]:
    return lambda labels: {dimension: lead + "/".join(label.strip("/") for label in labels)}


def _tree(dimension: str) -> Shape:
    return Shape(joint="/", lead="/", named=_named(dimension, "/"), narrows_below=True, unsaid_below=_LOAD_TIMES)


_PAGE_REPORTS: tuple[tuple[str, str, Callable[[PageTally], int]], ...] = (
    ("getPageUrls", "PageUrl", lambda tally: tally.visits),
    ("getPageTitles", "PageTitle", lambda tally: tally.visits),
    ("getEntryPageUrls", "EntryPageUrl", lambda tally: tally.entries),
    ("getEntryPageTitles", "EntryPageTitle", lambda tally: tally.entries),
    ("getExitPageUrls", "ExitPageUrl", lambda tally: tally.exits),
    ("getExitPageTitles", "ExitPageTitle", lambda tally: tally.exits),
    ("getPageUrlsFollowingSiteSearch", "PageUrl", lambda tally: tally.followed),
    ("getPageTitlesFollowingSiteSearch", "PageTitle", lambda tally: tally.followed),
)
"""Action, dimension, and the count that must not be 0 for a page to have a row."""


def _page_report(action: str, dimension: str, counted: Callable[[PageTally], int]) -> None:
    segment = dimension[0].lower() + dimension[1:]
    by_url = dimension.endswith("Url")

    async def rows(query: ReportQuery) -> list[TableRow]:
        archive = query.page_archive
        if archive is not None and action == "getPageUrls":
            return archive.top(query.units, Columns(query.daily, {}))
        tallies = await query.pages_by(BY_URL if by_url else BY_TITLE)
        pages = {key: tally for key, tally in tallies.items() if counted(tally)}
        every = (await query.visits_by(WHOLE)).get(0, Tally())
        reached = {goal: conversions.count for goal, conversions in every.goals.items()}
        if by_url:
            return page_tree(pages, Columns(query.daily, reached, url=segment))
        return title_rows(pages, Columns(query.daily, reached, title=segment))

    report(f"Actions.{action}", _tree(f"Actions_{dimension}") if by_url else Shape())(rows)


for _report in _PAGE_REPORTS:
    _page_report(*_report)


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc or url
    except ValueError:
        return url


DOWNLOADS, OUTLINKS = (
    ActionGrouping(
        f"{kind}s", by_steps(kind, lambda step: _host(step.url), lambda step: step.url, lambda _: Added((1,)))
    )
    for kind in ("download", "outlink")
)


async def _linked(query: ReportQuery, grouping: ActionGrouping, dimension: str) -> list[TableRow]:
    """Rows by host (of files or outlinks), with the URLs as subtable rows."""

    def host_row(host: str, tally: ActionTally, below: list[TableRow] | None) -> TableRow:
        # A host's visits are the sum of its URLs' visits, as with folders.
        visits = sum(int(row.columns["nb_visits"]) for row in below or ())
        return TableRow(host, _link_columns(tally, query, leaf=False) | {"nb_visits": visits}, {}, below)

    def address_row(url: str, tally: ActionTally) -> TableRow:
        label = unquote(url.partition(_host(url))[2]) or "/"
        meta: dict[str, Json] = {"url": url, "segment": f"{dimension}=={twice(url)}"}
        return TableRow(label, _link_columns(tally, query, leaf=True), meta)

    return two_level_rows(await query.actions_by(grouping), host_row, address_row)


def _link_columns(tally: ActionTally, query: ReportQuery, *, leaf: bool) -> dict[str, Json]:
    visitors = "nb_uniq_visitors" if query.daily else "sum_daily_nb_uniq_visitors"
    own: dict[str, Json] = {visitors: tally.visitors} if leaf else {}
    return {"nb_visits": tally.visits, **own, "nb_hits": int(tally.sums[0]), "sum_time_spent": 0}


@report("Actions.getDownloads", Shape(joint="/", narrows_below=True, named=_named("Actions_DownloadUrl")))
async def get_downloads(query: ReportQuery) -> list[TableRow]:
    return await _linked(query, DOWNLOADS, "downloadUrl")


@report("Actions.getOutlinks", Shape(joint="/", narrows_below=True, named=_named("Actions_ClickedUrl")))
async def get_outlinks(query: ReportQuery) -> list[TableRow]:
    return await _linked(query, OUTLINKS, "outlinkUrl")


async def main_metrics(query: ReportQuery) -> dict[str, Json]:
    """Page views, downloads, outlinks and searches in one row."""
    # Site search is a separate module.
    from matomo_tui.demo.answers.actions import KEYWORDS

    archive = query.page_archive
    if archive is not None:
        pages: Iterable[PageTally] = [archive.tally(range(archive.count), query.units)]
    else:
        pages = (await query.pages_by(BY_URL)).values()
    found: dict[str, Json] = {
        "nb_pageviews": sum(page.hits for page in pages),
        "nb_uniq_pageviews": sum(page.visits for page in pages),
    }
    for name, grouping in (("downloads", DOWNLOADS), ("outlinks", OUTLINKS)):
        tallies: Mapping[Any, ActionTally] = await query.actions_by(grouping)
        each = [tally for (_, url), tally in tallies.items() if url is not None]
        found[f"nb_{name}"] = int(sum(tally.sums[0] for tally in each))
        found[f"nb_uniq_{name}"] = sum(tally.visits for tally in each)
    searches = [tally for (kind, _), tally in (await query.actions_by(KEYWORDS)).items() if kind == "keyword"]
    found["nb_searches"] = int(sum(tally.sums[0] for tally in searches))
    found["nb_keywords"] = len(searches)
    if query.ask.options.matomo.has_ai:
        found["hits"] = sum(found[name] for name in ("nb_pageviews", "nb_downloads", "nb_outlinks", "nb_searches"))
    return found


single("Actions.get")(main_metrics)


def _searches(facts: JourneyStats) -> Mapping[Key, Added]:
    """Per keyword, keyword without results and category: searches, seconds on the results page, exits from it."""
    found: dict[Key, list[Added]] = {}
    for index, step in enumerate(facts.steps):
        if step.kind != "search":
            continue
        last = not any(after.kind in ("action", "search") for after in facts.steps[index + 1 :])
        added = Added((1, facts.spent(index), int(last)))
        found.setdefault(("keyword", step.name), []).append(added)
        if step.value == 0:
            found.setdefault(("nothing", step.name), []).append(added)
        if step.category:
            found.setdefault(("category", step.category), []).append(added)
    return summed_up(found)


KEYWORDS = ActionGrouping("searches", _searches)


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


async def _rows(query: ReportQuery, wanted: str) -> list[TableRow]:
    return [
        TableRow(keyword, _search_columns(tally, query), {"segment": f"siteSearchKeyword=={quote_plus(keyword)}"})
        for (kind, keyword), tally in (await query.actions_by(KEYWORDS)).items()
        if kind == wanted
    ]


@report("Actions.getSiteSearchKeywords")
async def get_site_search_keywords(query: ReportQuery) -> list[TableRow]:
    return await _rows(query, "keyword")


@report("Actions.getSiteSearchNoResultKeywords")
async def get_site_search_no_result_keywords(query: ReportQuery) -> list[TableRow]:
    return await _rows(query, "nothing")


@report("Actions.getSiteSearchCategories")
async def get_site_search_categories(query: ReportQuery) -> list[TableRow]:
    rows = []
    for (kind, category), tally in (await query.actions_by(KEYWORDS)).items():
        if kind == "category":
            searches = int(tally.sums[0])
            columns: dict[str, Json] = {
                "nb_visits": tally.visits,
                "nb_actions": searches,
                "nb_pages_per_search": number(searches / tally.visits, 1),
            }
            rows.append(TableRow(category, columns, {"segment": f"siteSearchCategory=={quote_plus(category)}"}))
    return rows
