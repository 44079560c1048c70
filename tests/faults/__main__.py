"""Try the table of faults: a JSON line for each outcome. ``--write`` makes ``tests/FAULTS.md`` of such lines.

The whole table takes about two hours of the processor's; ``--into FILE --missing`` goes on where a run was ended."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any

from tests.faults.parts import parts
from tests.faults.report import write
from tests.faults.table import Fault

Line = dict[str, Any]
ENDED = "it ended"
"""The line of a part whose process ended with an error."""


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="faults whose group or name contains this word")
    parser.add_argument("--part", action="append", help="the name of a part; all without it, those of --list")
    parser.add_argument("--jobs", type=int, default=2, help="parts tried at the same time, each in its own process")
    parser.add_argument("--list", action="store_true", help="print the names of the parts")
    parser.add_argument("--into", metavar="FILE", help="keep the lines: those of a part take the place of older ones")
    parser.add_argument("--missing", action="store_true", help="only the parts that FILE has no lines of")
    parser.add_argument("--found", action="store_true", help="print the lines of FILE that are not kept, and end")
    parser.add_argument("--write", nargs="+", metavar="FILE", help="write tests/FAULTS.md from lines of before")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    every = parts()
    if args.list:
        sys.stdout.write("".join(f"{name}\n" for name in every))
    elif args.write:
        write([line for file in args.write for line in lines_of(file)], list(every))
    elif args.found:
        sys.stdout.writelines(f"{json.dumps(line)}\n" for line in lines_of(args.into) if not line["kept"])
    elif args.alone:

        def chosen(faults: Iterable[Fault]) -> list[Fault]:
            return [fault for fault in faults if args.only in f"{fault.group}: {fault.name}"]

        every[args.part[0]](chosen)
    else:
        names = args.part or list(every)
        if args.missing:
            names = [name for name in names if name not in {line["part"] for line in lines_of(args.into)}]
        sys.exit(_Runner(args.only, args.into).run(names, args.jobs))


def lines_of(file: str) -> list[Line]:
    """The lines kept in ``file``, none if there is no such file."""
    path = Path(file)
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


class _Runner:
    """Tries each part in a process of its own, as none may need the memory of another."""

    def __init__(self, only: str, into: str | None) -> None:
        self._only, self._into, self._lock = only, into, Lock()

    def run(self, names: Sequence[str], jobs: int) -> int:
        """Try the parts called ``names``. Returns the exit code: 1 if a line is not kept."""
        with ThreadPoolExecutor(jobs) as pool:
            return max(pool.map(self._alone, names), default=0)

    def _alone(self, name: str) -> int:
        command = [sys.executable, "-m", "tests.faults", "--alone", "--part", name, "--only", self._only]
        lines: list[Line] = []
        with (
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process,
            ThreadPoolExecutor(1) as reader,
        ):
            assert process.stdout is not None
            assert process.stderr is not None
            errors = reader.submit(process.stderr.read)
            lines += (self._print({"part": name} | json.loads(text)) for text in process.stdout)
            last = errors.result().strip().splitlines()[-1:]
        if process.returncode:
            line = {"part": name, "line": f"{name}: {ENDED}", "where": name, "group": "", "fault": ENDED}
            lines.append(self._print(line | {"problems": last, "kept": False}))
        if self._into is not None:
            self._keep(name, lines)
        return int(not all(line["kept"] for line in lines))

    def _print(self, line: Line) -> Line:
        with self._lock:
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()
        return line

    def _keep(self, name: str, lines: Sequence[Line]) -> None:
        """Put ``lines`` in the place of those of the same part, and of the same faults if only some were tried."""
        assert self._into is not None
        with self._lock:
            tried = {line["line"] for line in lines}

            def is_older(line: Line) -> bool:
                return line["part"] == name and (not self._only or line["line"] in tried or line["fault"] == ENDED)

            kept = [line for line in lines_of(self._into) if not is_older(line)]
            text = "".join(f"{json.dumps(line)}\n" for line in [*kept, *lines])
            Path(self._into).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
