"""``tests/FAULTS.md``: what the program did under each fault."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PATH = Path(__file__).parents[1] / "FAULTS.md"
_PRIVATE = re.compile(r"(port |localhost:|127\.0\.0\.1:|\[::1\]:)\d+", re.IGNORECASE)
"""Ports differ in each run."""
_INTRODUCTION = """# Faults and outcomes

Written by `python -m tests.faults`: each fault answers on a real loopback socket in place of a good server, while the
program runs. `--list` names the parts; `--write FILE` makes this page of the lines that they print.

- **Live** lists every fault on the live screen: its state, the sentence on the screen, the seconds until the next
  request, how often the same request was sent with the token, and how the screen recovered once the server was good
  again. While polls fail, the visits stay on the screen.
- **Other places** ask again under each fault: the sentence is shown, the figures stay, a rejected token is sent twice
  at the most, and once the server is good everything comes back within 105 s: on a screen by itself, in a dialog when
  it is opened again, after a rejected token with `r`. A key pressed while the server holds its answer is answered, no
  step of the event loop takes over 0.2 s of the processor's, and no fault needs over 100 MB. *Wrong fields* are the
  good answers of the place with each field in turn replaced by values of every type. *Upgrade* is a server that is
  upgraded from 5.0 to 5.8, and *own clock* this computer's clock in the years 1 to 9999, when the place is opened.
- **Writes**: the fault comes before the write or in place of its answer, whether it was carried out or not. It is sent
  once, and the outcome on the screen is what the server has.
- **For days**: `watch`, `metrics` and the tools of AI agents (`mcp`) say so and go on.
- **Commands** end with a sentence and an exit code, here one column for each, without a traceback.

Each cell counts the faults without a finding among those that were tried.
"""


Line = Mapping[str, Any]


def write(lines: Sequence[Line], parts: Sequence[str] = ()) -> None:
    """Write the file from the lines that the runner printed. Of ``parts`` those without a line are named."""
    missing = [part for part in parts if part not in {line.get("part") for line in lines}]
    live = [line for line in lines if line["where"] == "live"]
    commands = [line for line in lines if "code" in line]
    kiosk = [line for line in lines if line["where"] == "kiosk"]
    writes = [line for line in lines if "stored" in line and "screen" in line]
    places = [line for line in lines if "screen" in line and "stored" not in line] + kiosk
    connects = [line for line in lines if "connecting" in line or "login" in line]
    replays = [line for line in lines if "replay" in line]
    days = [line for line in lines if "watch" in line or "tool" in line]
    untried = [f"Not tried this time: {'; '.join(missing)}.", ""] if missing else []
    text = [_INTRODUCTION, *untried, "## Live", "", *_live(live), ""]
    for title, group in (
        ("Other places", places),
        ("Writes", writes),
        ("Connecting", connects),
        ("Replays", replays),
        ("For days", days),
    ):
        text += [f"## {title}", "", *_counted(group), ""]
    text += ["## Commands", "", *_commands(commands), ""]
    PATH.write_text(_PRIVATE.sub(r"\1…", "\n".join(text)), encoding="utf-8")


def _live(lines: Sequence[Line]) -> list[str]:
    rows = ["| | fault | state | sentence | next | sent | recovery |", "|---|---|---|---|---:|---:|---|"]
    for one in lines:
        wait = "" if one["next_in"] is None else f"{one['next_in']:.0f} s"
        end = "; ".join([one["recovered"], *one["problems"]])
        sent = str(one["tokens"])
        rows.append(_row([one["group"], one["fault"], one["state"], one["sentence"], wait, sent, end]))
    return rows


def _counted(lines: Sequence[Line]) -> list[str]:
    def name(one: Line) -> str:
        return str(one.get("screen", one["where"]))

    names = list(dict.fromkeys(map(name, lines)))
    groups = list(dict.fromkeys(str(one["group"]) for one in lines))
    rows = [_row(["", *groups]), "|---|" + "---:|" * len(groups)]
    for each in names:
        cells = [each]
        for group in groups:
            tried = [one for one in lines if name(one) == each and one["group"] == group]
            cells.append(f"{sum(one['kept'] for one in tried)} of {len(tried)}" if tried else "")
        rows.append(_row(cells))
    found = [one for one in lines if one["problems"]]
    return [*rows, "", *(f"- {one['line'][:200]}: {'; '.join(map(str, one['problems']))}" for one in found)]


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
    plain = (cell.replace("|", "\\|").replace("\n", " ") for cell in cells)
    return f"| {' | '.join(plain)} |"
