"""What the commands that list something have in common: one connection, one table, a note if it is empty."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import click

from matomo_tui.cli.options import EXIT_CODES, NoTokenOption, connection_options, format_options

if TYPE_CHECKING:
    from matomo_tui.headless.connection import ReadConnection
    from matomo_tui.headless.formats import OutputFormat

ListedRows = list[dict[str, Any]]


def listing(name: str, examples: Sequence[str]) -> Callable[[Callable[..., None]], click.Command]:
    """Return a decorator that makes a command called ``name``, with the options of a connection and of a format."""
    epilog = "\b\nExamples:\n" + "".join(f"  {example}\n" for example in examples) + EXIT_CODES

    def decorate(function: Callable[..., None]) -> click.Command:
        with_options = format_options(connection_options(click.pass_context(function)))
        return click.command(name, cls=NoTokenOption, epilog=epilog)(with_options)

    return decorate


def print_listing(
    ctx: click.Context,
    flags: Mapping[str, Any],
    read: Callable[[ReadConnection], Awaitable[ListedRows]],
    *,
    nothing: str,
) -> None:
    """Print the rows that ``read`` returns in the format of ``flags``; ``nothing`` is the note if there are none."""
    from matomo_tui.cli.output import Output, print_rows
    from matomo_tui.cli.running import run, start_from
    from matomo_tui.headless.connection import ReadConnection

    connecting = dict(flags)
    kind = cast("OutputFormat", connecting.pop("output_format"))
    columns, quiet = connecting.pop("columns"), connecting.pop("quiet")
    start = start_from(ctx, connecting)
    output = Output(start.settings, json=kind in ("json", "ndjson"), quiet=quiet)

    async def show() -> None:
        async with ReadConnection(start.settings, start.token) as connection:
            rows = await read(connection)
        print_rows(output, kind, columns, rows)
        if not rows:
            output.note(nothing)

    run(show())
