"""``matomo-tui report``: a report by the name that Matomo shows, in any format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import click
from click.core import ParameterSource

from matomo_tui.cli.options import EXIT_CODES, NoTokenOption, connection_options, format_options

if TYPE_CHECKING:
    from datetime import date

    from matomo_tui.api.calls import PeriodKind
    from matomo_tui.cli.output import Output, ProgressBar
    from matomo_tui.headless.choices import ChosenReport
    from matomo_tui.headless.connection import ReadConnection
    from matomo_tui.headless.formats import OutputFormat
    from matomo_tui.reports.loader import ReportLoader
    from matomo_tui.reports.pages import ReportPage
    from matomo_tui.reports.query import Query, ReportRequest


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the command line says about the report."""

    name: str
    period: PeriodKind | None
    date: str
    segment: str
    compare: str
    rows: tuple[str, ...]
    flat: bool
    search: str
    sort: str
    ascending: bool
    limit: int
    every: bool
    columns: Sequence[str]


@click.command(
    "report",
    cls=NoTokenOption,
    epilog="""\b
Examples:
  matomo-tui report pages --site Shop
  matomo-tui report visits summary --date yesterday --compare week
  matomo-tui report countries --date "last month" --segment deviceType==smartphone --format csv
  matomo-tui report websites --period week --date 2026-11-20 --sort nb_actions --limit 10
  matomo-tui report page urls --row products --columns nb_hits,bounce_rate
  matomo-tui report page urls --flat --all --date 2026 --format ndjson
  matomo-tui report --list referrers
"""
    + EXIT_CODES,
)
@click.argument("name", nargs=-1, metavar="NAME")
@click.option("--list", "listed", is_flag=True, help="List the reports of the site, those that match NAME.")
@click.option("--date", metavar="DATE", default="", help="A day, month, week, year or range.  [default: today]")
@click.option(
    "--period", type=click.Choice(["day", "week", "month", "year", "range"]), help="The period around the date."
)
@click.option("--segment", metavar="EXPRESSION|NAME", default="", help="Which visits count: a segment or a saved one.")
@click.option(
    "--compare",
    metavar="WITH",
    default="",
    help="Compare with: previous, week (the same weekday before), year, year-weekday, or a date.",
)
@click.option("--row", "rows", metavar="LABEL", multiple=True, help="Open this row; again for the level below it.")
@click.option("--flat", is_flag=True, help="All levels in one list.")
@click.option("--search", metavar="TEXT", default="", help="Only rows whose label contains this.")
@click.option("--sort", metavar="COLUMN", default="", help="Sort by this column, highest first.")
@click.option("--ascending", is_flag=True, help="Sort with the lowest first.")
@click.option("--limit", metavar="N", type=click.IntRange(1, 10_000), default=100, show_default=True, help="Rows.")
@click.option("--all", "every", is_flag=True, help="All rows, read page by page.")
@format_options
@connection_options
@click.pass_context
def command(
    ctx: click.Context, /, name: Sequence[str], listed: bool, output_format: str, quiet: bool, **flags: Any
) -> None:
    """Print a report by its NAME, such as pages, countries, or visits summary.

    The names are those that Matomo shows in English or in your language, plug-ins' included; words of a name are
    enough, or their beginnings of four letters or more. DATE is 2026-11-22, 2026-11, 2026-W47, 2026,
    2026-11-01,2026-11-10, yesterday, last30, "last month" and the like.
    """
    from matomo_tui.cli.errors import stop
    from matomo_tui.cli.output import Output, ProgressBar
    from matomo_tui.cli.running import run, start_from
    from matomo_tui.headless.connection import ReadConnection

    own = {key: flags.pop(key) for key in _Asked.__slots__ if key != "name"}
    asked = _Asked(name=" ".join(name), **own)
    if not asked.name.strip() and not listed:
        stop("Which report? matomo-tui report --list has all names.")
    if asked.rows and asked.flat:
        stop("--row and --flat exclude each other: in a list of all levels no row opens.")
    if asked.every and ctx.get_parameter_source("limit") is ParameterSource.COMMANDLINE:
        stop("--limit contradicts --all: leave one of them out.")
    kind = cast("OutputFormat", output_format)
    start = start_from(ctx, flags)
    output = Output(start.settings, json=kind in ("json", "ndjson"), quiet=quiet)
    progress = ProgressBar(quiet=quiet)

    async def work() -> None:
        async with ReadConnection(start.settings, start.token) as connection:
            if listed:
                await _print_list(connection, asked, kind, output)
            else:
                await _print_report(connection, asked, kind, output, progress)

    try:
        run(work())
    finally:
        progress.end()


async def _print_list(connection: ReadConnection, asked: _Asked, kind: OutputFormat, output: Output) -> None:
    from matomo_tui.cli.output import print_rows
    from matomo_tui.headless.catalogues import load_catalogue

    catalogue = await load_catalogue(connection, (await connection.session()).site.id)
    found = [
        {
            "name": report.name,
            "category": report.category,
            "subcategory": report.subcategory,
            "method": report.method,
            "id": report.id,
        }
        for report in catalogue.search(asked.name)
    ]
    print_rows(output, kind, asked.columns, found)
    if not found:
        output.note("no report matches.")


async def _print_report(
    connection: ReadConnection, asked: _Asked, kind: OutputFormat, output: Output, progress: ProgressBar
) -> None:
    from matomo_tui.api.errors import MatomoError
    from matomo_tui.cli.output import explain_columns
    from matomo_tui.headless.report_printer import ReportPrinter, heading
    from matomo_tui.headless.report_rows import all_rows, first_rows
    from matomo_tui.reports.empty_reason import Emptiness, emptiness
    from matomo_tui.reports.whole_levels import limit_words, written_words

    try:
        loader, request, chosen = await _request(connection, asked)
        output.note("; ".join(heading(request)) + _also(chosen))
        printer = ReportPrinter(request, kind, width=output.width, emphasize=output.bold)
        if asked.every:
            async for page in all_rows(loader, request):
                output.write(printer.page(page))
                progress.add(len(page.rows))
            cut = written_words(request, printer.rows)
        else:
            page = await first_rows(loader, request, asked.limit)
            output.write(printer.page(page))
            if why := emptiness(page):
                if why is Emptiness.NO_VISITS:
                    why = emptiness(page, await _live_visits(connection, page)) or why
                output.note(why.value)
            elif not page.complete:
                output.note(f"these are the first {asked.limit:,} rows; --all reads the rest, --limit N more or fewer.")
            cut = limit_words(request, page.among)
        output.write(printer.end())
        if cut:
            output.note(f"{cut}.")
        if printer.rows and (warning := _unfinished(request.query, loader.today(request.query))):
            output.note(warning)
    except MatomoError:
        progress.end()
        if progress.rows:
            output.note(f"stopped after {progress.rows:,} rows; the output is not complete.")
        raise
    explain_columns(output, printer.columns, printer.left_out)


async def _live_visits(connection: ReadConnection, page: ReportPage) -> int:
    """The site's visits of the last 30 minutes if the period of ``page`` is not over; 0 if Matomo does not say."""
    from matomo_tui.api import live
    from matomo_tui.api.errors import MatomoError

    if not page.growing:
        return 0
    try:
        return (await connection.call(live.get_counters(page.request.query.site.id, 30))).visits or 0
    except MatomoError:  # such as a live log that is switched off: the report has come
        return 0


def _unfinished(query: Query, today: date) -> str:
    """Warns that one of two periods compared is not over."""
    if query.before is None:
        return ""
    if query.period.last >= today:
        other = "those of a whole one" if query.before.last < today else "others so far"
        return f"the period is not over: its figures so far are compared with {other}."
    if query.before.last >= today:
        return "the comparison period is not over: its figures so far are compared with those of a whole one."
    return ""


async def _request(connection: ReadConnection, asked: _Asked) -> tuple[ReportLoader, ReportRequest, ChosenReport]:
    from matomo_tui.api.errors import BadRequest
    from matomo_tui.headless.catalogues import load_report, report_loader, site_today
    from matomo_tui.headless.choices import choose_segment
    from matomo_tui.headless.report_query import QueryWords, build_query
    from matomo_tui.headless.report_rows import find_columns, find_sort, open_rows
    from matomo_tui.reports.query import ReportRequest, Sort

    session = await connection.session()
    loader = report_loader(session)
    words = QueryWords(asked.period, asked.date, asked.compare)
    segment = await choose_segment(connection, session.site.id, asked.segment)
    try:
        query = build_query(session.site, words, segment, site_today(session)(session.site))
    except ValueError as error:
        raise BadRequest(str(error)) from None
    chosen = await load_report(connection, session.site.id, asked.name)
    request = ReportRequest(query, chosen.report, flat=asked.flat, pattern=asked.search)
    sort = find_sort(request, asked.sort, chosen.english) if asked.sort else ""
    columns = tuple(column.key for column in find_columns(request, asked.columns, chosen.english))
    request = ReportRequest(
        query,
        chosen.report,
        flat=asked.flat,
        pattern=asked.search,
        sort=Sort(sort, asked.ascending) if sort else None,
        columns=columns,
    )
    if asked.rows:
        request = await open_rows(loader, request, asked.rows)
    return loader, request, chosen


def _also(chosen: ChosenReport) -> str:
    """The other reports that match the name."""
    if not chosen.others:
        return ""
    names = list(dict.fromkeys(report.name for report in chosen.others if report.name != chosen.report.name))[:3]
    return f". Other matches: {', '.join(names)}" if names else ""
