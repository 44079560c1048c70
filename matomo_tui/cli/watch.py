"""``matomo-tui watch``: visits, page views or counters as they happen, one JSON object a line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import click

from matomo_tui.cli.moments import age, moment
from matomo_tui.cli.options import EXIT_CODES, NoTokenOption, connection_options, interval_option

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from matomo_tui.headless.connection import ReadConnection
    from matomo_tui.headless.watch_lines import Line
    from matomo_tui.headless.watch_loop import Watching

_CURSOR = re.compile(r"\d{9,11}")


class _Since(NamedTuple):
    """Where a watch begins: ``seconds`` are a UTC epoch, of a time or a cursor, or an age."""

    kind: Literal["time", "cursor", "age"]
    seconds: float

    def begin(self, now: float) -> int:
        """The epoch at which it begins; ``now`` is the epoch by the server's clock, from which an age is counted."""
        if self.kind == "age":
            return int(now - self.seconds)
        from matomo_tui.headless.visit_stream import REPEATED

        return int(self.seconds) - (REPEATED if self.kind == "cursor" else 0)


def _since(ctx: click.Context, param: click.Parameter, value: str | None) -> _Since | None:
    """Parse ``--since``."""
    if value is None or not value.strip():
        return None  # as from an empty file at the first start
    if _CURSOR.fullmatch(value.strip()):
        return _Since("cursor", float(value))
    if (ago := age(value)) is not None:
        return _Since("age", ago)
    found = moment(ctx, param, value)
    return None if found is None else _Since("time", found)


@click.command(
    "watch",
    cls=NoTokenOption,
    epilog="""\b
Examples:
  matomo-tui watch | jq -r '.at + " " + .country + " " + .page'
  matomo-tui watch pages --site Shop --segment countryCode==de
  matomo-tui watch counters --interval 60 >> counters.ndjson
  matomo-tui watch --since 2h | head -3
  matomo-tui watch --since "$(tail -n 1 visits.ndjson | jq .cursor)" >> visits.ndjson

\b
What is printed:
  visits    a line when a visit begins and when it goes on, with its new actions
  pages     a line for each page view
  counters  a line after each poll, with the counters of the live screen
Visits and pages have a cursor. A watch that is started again with the cursor of its last line
prints all that happened since, and the three minutes before it once more: drop the ids (of
visits: those in new_actions) that you have. Hits that reach Matomo more than two minutes late
may be missing.

\b
Outages are reported on standard error, and the watch goes on by itself; if the first connection
fails, it ends. A rejected token, lost access or a lockout ends it.
"""
    + EXIT_CODES,
)
@click.argument("what", type=click.Choice(["visits", "pages", "counters"]), default="visits", metavar="[WHAT]")
@click.option(
    "--since",
    metavar="CURSOR|AGE|TIME",
    callback=_since,
    help="Begin there: the cursor of a line, 90m, 2h, or a time in UTC such as 2026-11-24T08:30.  [default: now]",
)
@click.option("--segment", metavar="EXPRESSION|NAME", default="", help="Which visits count: a segment or a saved one.")
@interval_option
@click.option("--fail-fast", is_flag=True, help="End at the first failed poll instead of trying again.")
@click.option("--quiet", "-q", is_flag=True, help="Print only data and errors: no remarks.")
@connection_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    what: str,
    since: _Since | None,
    segment: str,
    fail_fast: bool,
    quiet: bool,
    **flags: Any,
) -> None:
    """Print what happens on a site as it happens, one JSON object a line, until interrupted.

    WHAT is visits (the default), pages or counters.
    """
    from matomo_tui.cli.errors import stop
    from matomo_tui.cli.output import Output
    from matomo_tui.cli.running import run, start_from
    from matomo_tui.headless.connection import ReadConnection
    from matomo_tui.headless.formats import json_text
    from matomo_tui.headless.watch_loop import Watching
    from matomo_tui.sanitize import sanitize

    if what == "counters" and since is not None:
        stop("Counters have no past: --since is for visits and pages.")
    start = start_from(ctx, flags)
    output = Output(start.settings, json=True, quiet=quiet)

    def check_reader() -> None:
        if output.reader_is_gone():
            raise BrokenPipeError

    watching = Watching(start.settings.interval, fail_fast, output.note, check_reader)

    async def work() -> None:
        async with ReadConnection(start.settings, start.token) as connection:
            name = sanitize((await connection.session()).site.name, 100)
            output.note(f"{what} of {name}; ctrl+c ends.", only_to_terminal=True)
            async for line in _lines(connection, what, since, segment, watching):
                output.write(f"{json_text(line)}\n")

    run(work())


async def _lines(
    connection: ReadConnection, what: str, since: _Since | None, segment: str, watching: Watching
) -> AsyncIterator[Line]:
    from matomo_tui.headless.choices import choose_segment
    from matomo_tui.headless.visit_stream import VisitStream
    from matomo_tui.headless.watch_lines import counters_line, page_lines, visit_line
    from matomo_tui.headless.watch_loop import watch_snapshots, watch_visits

    session = await connection.session()
    site = session.site
    expression = (await choose_segment(connection, site.id, segment)).expression
    if what == "counters":
        async for snapshot in watch_snapshots(connection, site, expression, watching):
            yield counters_line(snapshot)
        return
    now = watching.clock.now() + session.client.server_offset
    begin = int(now) if since is None else since.begin(now)
    async for update in watch_visits(connection, VisitStream(site, expression, begin), watching):
        if what == "visits":
            yield visit_line(update, site)
        else:
            for line in page_lines(update, site):
                yield line
