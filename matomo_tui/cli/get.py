"""``matomo-tui get``: the answer of any API method that reads, in any format."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any, cast

import click

from matomo_tui.cli.options import EXIT_CODES, NoTokenOption, connection_options, format_options

if TYPE_CHECKING:
    from matomo_tui.cli.output import Output, ProgressBar
    from matomo_tui.headless.all_pages import Params
    from matomo_tui.headless.answer_rows import RowGroup
    from matomo_tui.headless.connection import ReadConnection
    from matomo_tui.headless.formats import FlatWriter, OutputFormat

_DEFAULT_ROWS = 100
"""Rows that Matomo sends if nothing is said."""
_TIMEOUT = 120.0
"""Seconds for an answer at least: Matomo may have to build a report first."""


@click.command(
    "get",
    cls=NoTokenOption,
    epilog="""\b
Examples:
  matomo-tui get API.getMatomoVersion
  matomo-tui get VisitsSummary.get idSite=1 period=day date=last7 --format csv
  matomo-tui get Actions.getPageUrls idSite=1 period=month date=today flat=1 --all --format ndjson
  matomo-tui get Live.getLastVisitsDetails idSite=1 period=week date=today --all --format ndjson > visits
  matomo-tui get Goals.getGoals --site Shop --columns idgoal,name,pattern

Methods that write are refused. Matomo lists its methods at https://developer.matomo.org/api-reference
"""
    + EXIT_CODES,
)
@click.argument("method")
@click.argument("parameters", nargs=-1, metavar="[KEY=VALUE]...")
@format_options
@click.option(
    "--all", "every", is_flag=True, help="Read all rows page by page; filter_limit=N sets the size of a page."
)
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(min=1),
    help="Read N rows; short for filter_limit=N.  [default: 100 by Matomo]",
)
@connection_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    method: str,
    parameters: Sequence[str],
    output_format: str,
    columns: Sequence[str],
    quiet: bool,
    every: bool,
    limit: int | None,
    **flags: Any,
) -> None:
    """Print the answer of an API METHOD that reads, such as VisitsSummary.get.

    Parameters are Matomo's, such as idSite=1 period=day date=today. JSON is the answer as it came; the other formats
    have a line for each row, with dotted names for nested values (goals.idgoal=1.revenue).
    """
    from matomo_tui.cli.errors import stop
    from matomo_tui.cli.output import Output, ProgressBar
    from matomo_tui.cli.running import run, start_from
    from matomo_tui.headless.connection import ReadConnection
    from matomo_tui.headless.formats import FlatWriter

    params = _params(parameters)
    if limit is not None and (every or "filter_limit" in params):
        stop(f"--limit contradicts {'--all' if every else 'filter_limit'}: leave one of them out.")
    if limit is not None:
        params.setdefault("filter_limit", limit)
    kind = cast("OutputFormat", output_format)
    if columns and kind in ("json", "ndjson"):
        stop(f"--columns chooses the columns of tables; {kind} has whole rows. Matomo's showColumns=… cuts those.")
    start = start_from(ctx, flags)
    output = Output(start.settings, json=kind in ("json", "ndjson"), quiet=quiet)
    writer = FlatWriter(kind, columns=columns, width=output.width, emphasize=output.bold)
    progress = ProgressBar(quiet=quiet)
    site_given = (flags.get("site") or (ctx.obj or {}).get("site")) is not None

    async def work() -> None:
        async with ReadConnection(start.settings, start.token) as connection:
            if site_given and "idSite" not in params:
                params["idSite"] = (await connection.session()).site.id
            timeout = max(_TIMEOUT, start.settings.timeout)
            if every:
                pages = _pages(connection, method, params, timeout, output, progress)
                await _stream(pages, kind, writer, output, progress, levels=_has_levels(params))
            else:
                await _once(connection, method, params, timeout, kind, writer, output)

    try:
        run(work())
    finally:
        progress.end()
    _explain_columns(writer, output)


def _params(parameters: Sequence[str]) -> dict[str, str | int]:
    from matomo_tui.cli.errors import stop
    from matomo_tui.sanitize import sanitize

    found: dict[str, str | int] = {}
    for text in parameters:
        name, equals, value = text.partition("=")
        if not equals or not name:
            stop(f"{sanitize(text, 80)!r} is not a parameter: write KEY=VALUE, such as period=day.")
        if name in found:
            stop(f"The parameter {sanitize(name, 80)} is given twice.")
        found[name] = value
    return found


def _has_levels(params: Params) -> bool:
    return str(params.get("expanded", "")) == "1" and str(params.get("flat", "")) != "1"


async def _once(
    connection: ReadConnection,
    method: str,
    params: Params,
    timeout: float,
    kind: OutputFormat,
    writer: FlatWriter,
    output: Output,
) -> None:
    from matomo_tui.api.errors import AnswerTooLong
    from matomo_tui.headless.all_pages import groups_in
    from matomo_tui.headless.formats import json_document, written_answer
    from matomo_tui.headless.read_calls import read_call

    try:
        answer = await connection.call(read_call(method, params, timeout=timeout))
    except AnswerTooLong as error:
        raise error.reworded(f"{error} --all reads it page by page.") from None
    groups = groups_in(answer, params)
    if kind == "json":
        output.write(json_document(answer))
    else:
        output.write(written_answer(groups, kind, writer, levels=_has_levels(params)))
    if "filter_limit" not in params and any(len(group.entries) == _DEFAULT_ROWS for group in groups):
        output.note(f"these are the first {_DEFAULT_ROWS} rows; --all reads the rest, --limit N more or fewer.")
    elif kind != "json" and not any(group.entries for group in groups):
        output.note("the answer is empty.")


async def _pages(
    connection: ReadConnection, method: str, params: Params, timeout: float, output: Output, progress: ProgressBar
) -> AsyncIterator[RowGroup]:
    from matomo_tui.api.errors import BadRequest
    from matomo_tui.headless import visit_days
    from matomo_tui.headless.all_pages import AllPages
    from matomo_tui.headless.answer_rows import RowGroup

    if method != visit_days.METHOD:
        async for group in AllPages(connection, method, params, timeout, on_note=output.note).pages():
            yield group
        return
    if "period" not in params or "date" not in params:
        raise BadRequest(f"{method} needs period=… and date=… for --all: without them Matomo looks far back.")
    for site in await visit_days.sites_of(connection, params):
        one = {**params, "idSite": site}
        async for visits in visit_days.visits_by_day(connection, one, timeout=timeout, on_part=progress.part):
            yield RowGroup((), visits)


async def _stream(
    pages: AsyncIterator[RowGroup],
    kind: OutputFormat,
    writer: FlatWriter,
    output: Output,
    progress: ProgressBar,
    *,
    levels: bool,
) -> None:
    """Write the pages as they come. What is no list of rows is written as without ``--all``."""
    from matomo_tui.api.errors import MatomoError
    from matomo_tui.headless.answer_rows import flat_rows
    from matomo_tui.headless.formats import JsonStream, json_document, json_line, written_answer

    stream = JsonStream()
    try:
        async for group in pages:
            if not group.keys and type(group.answer) is not list:
                output.write(
                    json_document(group.answer)
                    if kind == "json"
                    else written_answer([group], kind, writer, levels=levels)
                )
                return
            if kind == "json":
                keys = tuple(key for _, key in group.keys)
                is_list = type(group.answer) is list
                output.write(stream.rows(keys, group.answer) if is_list else stream.value(keys, group.answer))
            elif kind == "ndjson":
                output.write("".join(json_line(group, entry) for entry in group.entries))
            else:
                output.write(writer.rows(list(flat_rows(group, levels=levels, brief=writer.brief))))
            progress.add(len(group.entries))
    except MatomoError:
        progress.end()
        if progress.rows:
            output.note(f"stopped after {progress.rows:,} rows; the output is not complete.")
        raise
    if kind == "json":
        output.write(stream.end())
    elif not progress.rows:
        progress.end()
        output.note("the answer is empty.")


def _explain_columns(writer: FlatWriter, output: Output) -> None:
    from matomo_tui.cli.output import explain_columns
    from matomo_tui.sanitize import sanitize

    explain_columns(output, len(writer.columns), writer.left_out)
    if writer.has_begun and writer.unseen:
        output.note(f"no row has {sanitize(', '.join(list(writer.unseen)[:10]), 300)}.")
    if writer.missed:
        names = sanitize(", ".join(list(writer.missed)[:10]), 300)
        output.note(f"columns that only later rows have are left out: {names}; --columns chooses them.")
