"""Matomo's Actions module: reports of pages, and the main metrics of actions."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from matomo_tui.demo.answers.action_reports import DOWNLOADS, OUTLINKS, SEARCHES, joined
from matomo_tui.demo.api_request import Json
from matomo_tui.demo.engine.pages import BY_TITLE, BY_URL, TIMINGS, PageTally
from matomo_tui.demo.reports.page_rows import Columns, page_tree, title_rows
from matomo_tui.demo.reports.reporting import ReportQuery, report, single
from matomo_tui.demo.reports.rows import Shape, TableRow

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
    """Page views, downloads, outlinks and searches in one row."""
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
