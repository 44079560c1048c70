"""``python -m tests.real URL TOKENS.json``: compares what the program shows and writes with a real Matomo."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from matomo_tui.api.address import Address
from matomo_tui.api.errors import MatomoError
from tests.real import agents, calls, live, reports, roles, screen, writes
from tests.real.raw import Refused, Rejected
from tests.real.stage import Judge, Stage, Write
from tests.real.tokens import Tokens, Unusable, read_tokens

CHECKS: Mapping[str, Callable[[Stage], Awaitable[None]]] = {
    "roles": roles.check,
    "live": live.check,
    "screen": screen.check,
    "reports": reports.check,
    "calls": calls.check,
    "agents": agents.check,
    "writes": writes.check,
}


async def run(stage: Stage, kinds: Sequence[str] = tuple(CHECKS)) -> int:
    """Run all checks, or those of some kinds. Returns 0 if nothing differs, else 1."""
    judge = stage.judge
    async with stage:
        for kind in kinds:
            try:
                await CHECKS[kind](stage)
            except Rejected as error:
                judge.differs(f"{kind}: the remaining checks were skipped", "stopped", str(error))
                break
            except (MatomoError, Refused, httpx.HTTPError, TimeoutError) as error:
                judge.differs(
                    f"{kind}: the remaining checks were skipped", f"{type(error).__name__}: {error}", "an answer"
                )
                if isinstance(error, MatomoError) and error.stops_polling:
                    break
            except (ValueError, LookupError, TypeError, AttributeError) as error:
                # An answer of unknown shape: report it, and continue with the other kinds.
                judge.differs(f"{kind}: the remaining checks were skipped", "", f"unreadable: {_where(error)}")
    return 1 if judge.counts["differs"] else 0


def _where(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    here = next((frame for frame in reversed(frames) if "real" in Path(frame.filename).parts), frames[-1])
    return f"{type(error).__name__}: {error} (in {Path(here.filename).name}, {here.name})"


def _line(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None, write: Write = _line) -> int:
    """The command line. Returns 0 if nothing differs, 1 if anything does, 2 for unusable arguments."""
    parser = argparse.ArgumentParser(prog="python -m tests.real", description=__doc__)
    parser.add_argument("url", metavar="URL", help="address of the Matomo")
    parser.add_argument("tokens", metavar="TOKENS.json", type=Path, help="file with a token for each role")
    parser.add_argument(
        "--site", type=int, default=0, help="id of the site whose figures are compared; the first site by default"
    )
    parser.add_argument("--only", choices=[*CHECKS], action="append", help="run only this kind of check; repeatable")
    chosen = parser.parse_args(arguments)
    try:
        address = Address.parse(chosen.url)
        tokens: Tokens = read_tokens(chosen.tokens)
    except (ValueError, Unusable) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    judge = Judge(write, tokens.secrets)
    stage = Stage(address.base, tokens, judge, site_id=chosen.site)
    try:
        ended = asyncio.run(_interruptible(run(stage, chosen.only or tuple(CHECKS))))
    except (KeyboardInterrupt, asyncio.CancelledError):
        judge.differs("the remaining checks were skipped", "interrupted", "")
        ended = 1
    write(judge.closing)
    return ended


async def _interruptible(work: Coroutine[Any, Any, int]) -> int:
    """Run ``work``, cancelled by SIGTERM as by ctrl+c, so that it removes everything it created on the server."""
    task = asyncio.ensure_future(work)
    with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


if __name__ == "__main__":
    sys.exit(main())
