"""``tests/FAULTS.md``: what the program did under each fault."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PATH = Path(__file__).parents[1] / "FAULTS.md"
_PRIVATE = re.compile(r"(port |localhost:)\d+")
"""Ports differ in each run."""
_INTRODUCTION = """# Faults and outcomes

Written by `python -m tests.faults`: each fault answers on a real loopback socket in place of a good server, while the
program runs.

- **Live** lists every fault on the live screen: its state, the sentence on the screen, the seconds until the next
  request, how often the same request was sent with the token, and how the screen recovered once the server was good
  again. While polls fail, the visits stay on the screen.
- **Other screens** reload under each fault: the sentence is shown, the figures stay, and the next reload brings
  everything back. The table counts the faults that were tried, and those that led to no finding.
- **Commands** end with a sentence and an exit code, here one column for each, without a traceback.
"""


Line = Mapping[str, Any]


def write(lines: Sequence[Line]) -> None:
    """Write the file from the lines that the runner printed."""
    live = [line for line in lines if line["where"] == "live"]
    screens = [line for line in lines if "screen" in line]
    commands = [line for line in lines if "code" in line]
    parts = [_INTRODUCTION, "## Live", "", *_live(live), "", "## Other screens", "", *_screens(screens), ""]
    parts += ["## Commands", "", *_commands(commands), ""]
    PATH.write_text("\n".join(parts), encoding="utf-8")


def _live(lines: Sequence[Line]) -> list[str]:
    rows = ["| | fault | state | sentence | next | sent | recovery |", "|---|---|---|---|---:|---:|---|"]
    for one in lines:
        wait = "" if one["next_in"] is None else f"{one['next_in']:.0f} s"
        end = "; ".join([one["recovered"], *one["problems"]])
        sent = str(one["tokens"])
        rows.append(_row([one["group"], one["fault"], one["state"], one["sentence"], wait, sent, end]))
    return rows


def _screens(lines: Sequence[Line]) -> list[str]:
    names = list(dict.fromkeys(one["screen"] for one in lines))
    groups = list(dict.fromkeys(one["group"] for one in lines))
    rows = [_row(["screen", *groups]), "|---|" + "---|" * len(groups)]
    for name in names:
        cells = [name]
        for group in groups:
            tried = [one for one in lines if one["screen"] == name and one["group"] == group]
            cells.append(f"{sum(one['kept'] for one in tried)} of {len(tried)}")
        rows.append(_row(cells))
    found = [one for one in lines if one["problems"]]
    return [*rows, "", *(f"- {one['line']}: {'; '.join(map(str, one['problems']))}" for one in found)]


def _commands(lines: Sequence[Line]) -> list[str]:
    names = list(dict.fromkeys(one["where"] for one in lines))
    rows = [
        _row(["", "fault", *(f"{name}" for name in names), "sentence"]),
        "|---|---|" + "---:|" * len(names) + "---|",
    ]
    faults = list(dict.fromkeys((one["group"], one["fault"]) for one in lines))
    by_place = {(one["group"], one["fault"], one["where"]): one for one in lines}
    for group, fault in faults:
        each = [by_place[group, fault, name] for name in names if (group, fault, name) in by_place]
        sentence = next((one["sentence"] for one in each if one["code"]), "")
        rows.append(_row([group, fault, *(str(one["code"]) for one in each), sentence]))
    found = [one for one in lines if one["problems"]]
    return [*rows, "", *(f"- {one['line']}: {'; '.join(one['problems'])}" for one in found)]


def _row(cells: Sequence[str]) -> str:
    plain = (_PRIVATE.sub(r"\1…", cell).replace("|", "\\|").replace("\n", " ") for cell in cells)
    return f"| {' | '.join(plain)} |"
