"""``matomo-tui --plain``: the live screen as lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def run_plain(flags: Mapping[str, Any]) -> None:
    """Print the live screen as lines until interrupted. Needs no terminal."""
    from matomo_tui.cli.output import Output
    from matomo_tui.cli.running import run
    from matomo_tui.cli.startup import prepare
    from matomo_tui.headless.connection import ReadConnection
    from matomo_tui.headless.plain_lines import PlainScreen
    from matomo_tui.headless.watch_loop import Watching, watch_snapshots

    start = prepare(flags)
    output = Output(start.settings)

    def check_reader() -> None:
        if output.reader_is_gone():
            raise BrokenPipeError

    watching = Watching(start.settings.interval, on_note=output.note, on_wait=check_reader)

    async def work() -> None:
        screen = PlainScreen()
        async with ReadConnection(start.settings, start.token) as connection:
            session = await connection.session()
            for warning in session.warnings:
                output.note(warning)
            async for snapshot in watch_snapshots(connection, session.site, "", watching):
                output.write("".join(f"{line}\n" for line in screen.lines(snapshot)))

    run(work())
