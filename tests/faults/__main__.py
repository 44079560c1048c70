"""Try the table of faults: a JSON line for each outcome. ``--write`` makes ``tests/FAULTS.md`` of such lines."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.faults.parts import parts
from tests.faults.report import write
from tests.faults.table import Fault


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--only", default="", help="faults whose group or name contains this word")
    parser.add_argument("--part", action="append", help="the name of a part; all without it, those of --list")
    parser.add_argument("--jobs", type=int, default=2, help="parts tried at the same time, each in its own process")
    parser.add_argument("--list", action="store_true", help="print the names of the parts")
    parser.add_argument("--write", nargs="+", metavar="FILE", help="write tests/FAULTS.md from lines printed before")
    args = parser.parse_args()
    every = parts()
    if args.list:
        sys.stdout.write("".join(f"{name}\n" for name in every))
    elif args.write:
        write([json.loads(line) for file in args.write for line in Path(file).read_text("utf-8").splitlines()])
    elif args.part and len(args.part) == 1:

        def chosen(faults: Iterable[Fault]) -> list[Fault]:
            return [fault for fault in faults if args.only in f"{fault.group}: {fault.name}"]

        every[args.part[0]](chosen)
    else:
        sys.exit(_each_alone(args.part or list(every), args.only, args.jobs))


def _each_alone(names: Sequence[str], only: str, jobs: int) -> int:
    """Try each part in a process of its own, as none may need the memory of another. Returns the exit code."""

    def alone(name: str) -> int:
        command = [sys.executable, "-m", "tests.faults", "--part", name, "--only", only]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        sys.stdout.write(done.stdout)
        sys.stdout.flush()
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:]
            line = {"line": f"{name}: it ended", "where": name, "problems": last, "kept": False}
            sys.stdout.write(json.dumps(line) + "\n")
        return int(done.returncode != 0 or '"kept": false' in done.stdout)

    with ThreadPoolExecutor(jobs) as pool:
        return max(pool.map(alone, names), default=0)


if __name__ == "__main__":
    main()
