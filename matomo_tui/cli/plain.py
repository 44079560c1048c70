"""``matomo-tui --plain`` and ``matomo-tui replay --plain``: the live screen as lines."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matomo_tui.api.client import Client
    from matomo_tui.api.site import Site
    from matomo_tui.cli.output import Output
    from matomo_tui.config.settings import Settings
    from matomo_tui.headless.watch_loop import Watchable, Watching
    from matomo_tui.recording.player import Player
    from matomo_tui.session import Session


def run_plain(flags: Mapping[str, Any]) -> None:
    """Print the live screen as lines until interrupted. Needs no terminal."""
    from matomo_tui.cli.output import Output
    from matomo_tui.cli.running import run
    from matomo_tui.cli.startup import prepare
    from matomo_tui.headless.connection import ReadConnection

    start = prepare(flags)
    start.need_matomo()
    output = Output(start.settings)

    async def work() -> None:
        async with ReadConnection(start.settings, start.token) as connection:
            session = await connection.session()
            for warning in session.warnings:
                output.note(warning)
            await _print(connection, session.site, _watching(output, start.settings.interval), output)

    run(work())


def run_plain_replay(settings: Settings, player: Player, opened: Callable[[], Awaitable[Session]]) -> None:
    """Print the screen of a replay as lines up to the end of the recording. ``opened`` returns its session."""
    from matomo_tui.cli.output import Output
    from matomo_tui.cli.running import run

    output = Output(settings)

    async def work() -> None:
        session = await opened()
        for warning in session.warnings:
            output.note(warning)
        watching = _watching(output, settings.interval)
        watching.clock, watching.on_polled = player, player.poll_shown
        printing = asyncio.ensure_future(_print(_Replay(session.client), session.site, watching, output))
        ending = asyncio.ensure_future(player.finished())
        try:
            await asyncio.wait({printing, ending}, return_when=asyncio.FIRST_COMPLETED)
            # The polls of the replay fall between those that were recorded: one at the end has all that is left.
            watching.end()
            await printing
        finally:
            ending.cancel()
            await session.client.aclose()

    run(work())


@dataclass(frozen=True, slots=True)
class _Replay:
    """The client of a replay, whose token is never rejected."""

    replaying: Client

    async def client(self) -> Client:
        return self.replaying

    async def renew(self) -> bool:
        return False


def _watching(output: Output, interval: float) -> Watching:
    from matomo_tui.headless.watch_loop import Watching

    def check_reader() -> None:
        if output.reader_is_gone():
            raise BrokenPipeError

    return Watching(interval, on_note=output.note, on_wait=check_reader)


async def _print(connection: Watchable, site: Site, watching: Watching, output: Output) -> None:
    """Print what is new after each poll."""
    from matomo_tui.headless.plain_lines import PlainScreen
    from matomo_tui.headless.watch_loop import watch_snapshots

    screen = PlainScreen()
    async for snapshot in watch_snapshots(connection, site, "", watching):
        output.write("".join(f"{line}\n" for line in screen.lines(snapshot)))
