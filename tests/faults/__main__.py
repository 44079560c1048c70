"""``python -m tests.faults [--only WORD]``: try the table on every screen and write ``tests/FAULTS.md``."""

from __future__ import annotations

import argparse
import asyncio
import json
import ssl
import sys
import tempfile
from pathlib import Path

from tests.faults.fields import field_faults, wrong_answers
from tests.faults.live import Outcome, try_live
from tests.faults.program import new_clock, program, serving
from tests.faults.table import FAULTS, Fault
from tests.faults.tls import context, made, tls_faults


async def live_outcomes(faults: list[Fault], tls: ssl.SSLContext | None = None, bundle: str = "") -> list[Outcome]:
    """The table on the live screen; after a fault that needs a new token the program is started again."""
    outcomes, pending = [], list(faults)
    while pending:
        clock = new_clock()
        with serving(clock, tls) as server:
            async with program(server, clock, ca_bundle=bundle) as on:
                while pending:
                    outcome = await try_live(on, pending.pop(0))
                    outcomes.append(outcome)
                    print_line(outcome)
                    if outcome.recovered not in ("by itself", "second poll", "r"):
                        break
    return outcomes


def print_line(outcome: Outcome) -> None:
    """One JSON line for an outcome."""
    line = {
        "line": f"{outcome.fault.group}: {outcome.fault.name}",
        "state": outcome.state,
        "sentence": outcome.sentence,
        "next_in": None if outcome.next_in is None else round(outcome.next_in),
        "tokens": outcome.tokens,
        "recovered": outcome.recovered,
        "seconds": round(outcome.seconds, 2),
        "grown": round(outcome.grown),
        "problems": outcome.problems,
        "kept": not outcome.problems,
    }
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--only", default="", help="faults whose group or name contains this word")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        certificates = made(Path(folder))

        def chosen(*faults: Fault) -> list[Fault]:
            return [fault for fault in faults if args.only in f"{fault.group}: {fault.name}"]

        asyncio.run(live_outcomes(chosen(*FAULTS, *wrong_answers(), *field_faults())))
        secure = chosen(*tls_faults(certificates))
        asyncio.run(live_outcomes(secure, context(), str(certificates.bundle)))


if __name__ == "__main__":
    main()
