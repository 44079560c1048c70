"""What is wrong with the bytes of an output: each check returns sentences, none for a good output."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable

from tests.hostile.scanner import bad_characters, is_stacked

_BOLD = re.compile(r"\x1b\[(?:0|1|3[0-7]|9[0-7])m")
_PROGRESS = re.compile(r"\r|\x1b\[K")
_FIGURE = re.compile(r"[-+]?[0-9.,]+(?:[eE][-+]?[0-9]+)?%?")
_RUN = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")
csv.field_size_limit(10_000_000)
_UNESCAPED = re.compile(r"(?<!\\)(?:\\\\)*\|")
_SAMPLE = re.compile(
    r"[a-zA-Z_:][a-zA-Z0-9_:]*"
    r'(?:\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\\\|\\"|\\n)*",?)*\})?'
    r" (?:NaN|[+-]?Inf|[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)(?: [0-9]+)?"
)
_COMMENT = re.compile(r"# (?:HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* .*")
Check = Callable[[str], list[str]]


def text(output: str, *, kept: str = "\n") -> list[str]:
    """Lines for a terminal. ``kept`` are the control characters of the program's own."""
    output = _BOLD.sub("", output)
    found = []
    for line in output.split("\n"):
        if bad := bad_characters(line) - set(kept):
            found.append(f"characters {sorted(map(ascii, bad))} in {line[:80]!a}")
        if is_stacked(line):
            found.append(f"combining marks in {line[:80]!a}")
    return found


def remarks(output: str) -> list[str]:
    """Standard error: lines, and the progress of a long answer."""
    return text(_PROGRESS.sub("", output))


def table(output: str) -> list[str]:
    """A table, with tabs between the cells in a pipe."""
    return text(output, kept="\t")


def json_document(output: str) -> list[str]:
    """JSON, in as many lines as it likes."""
    found = _raw(output)
    try:
        json.loads(output)
    except ValueError as error:
        found.append(f"no JSON: {error}")
    return found


def json_lines(output: str) -> list[str]:
    """A JSON object a line."""
    found = _raw(output)
    for line in output.removesuffix("\n").split("\n"):
        try:
            if line and not isinstance(json.loads(line), dict):
                found.append(f"no object: {line[:80]!a}")
        except ValueError:
            found.append(f"no JSON: {line[:80]!a}")
    if len(output.splitlines()) != output.count("\n"):
        found.append("a line break within a line")
    return found


def _raw(output: str) -> list[str]:
    bad = bad_characters(output) - {"\n"}
    return [f"characters {sorted(map(ascii, bad))}"] if bad else []


def csv_file(output: str) -> list[str]:
    """CSV with commas."""
    return text(output, kept="\r") + _spreadsheet(output, ",")


def tsv_file(output: str) -> list[str]:
    """CSV with tabs."""
    return text(output, kept="\t\r") + _spreadsheet(output, "\t")


def _spreadsheet(output: str, delimiter: str) -> list[str]:
    """Spreadsheets of some countries and settings separate by semicolons, commas or tabs, whatever the file says."""
    rows = [row for row in csv.reader(io.StringIO(output), delimiter=delimiter, strict=True) if row]
    found = [] if len({len(row) for row in rows}) <= 1 else ["rows of different lengths"]
    for separator in (",", ";", "\t"):
        for row in csv.reader(io.StringIO(output), delimiter=separator):
            run = [cell for cell in row if cell.lstrip().startswith(_RUN) and not _FIGURE.fullmatch(cell)]
            found += [f"a spreadsheet separating by {separator!r} runs {cell[:60]!a}" for cell in run]
    return found


def markdown(output: str) -> list[str]:
    """A table of Markdown."""
    lines = output.splitlines()
    found = text(output)
    if len({len(_UNESCAPED.findall(line)) for line in lines}) > 1:
        found.append("rows of different lengths")
    return found + [f"no row: {line[:60]!a}" for line in lines if not (line.startswith("| ") and line.endswith(" |"))]


def metrics(output: str) -> list[str]:
    """The text format of Prometheus."""
    lines = output.removesuffix("\n").split("\n")
    return text(output) + [
        f"no sample: {line[:80]!a}" for line in lines if not _SAMPLE.fullmatch(line) and not _COMMENT.fullmatch(line)
    ]


FORMATS: dict[str, Check] = {
    "table": table,
    "json": json_document,
    "ndjson": json_lines,
    "csv": csv_file,
    "tsv": tsv_file,
    "markdown": markdown,
    "md": markdown,
}
"""The check of each format of the commands and of the dialog for exports."""
