"""``matomo-tui check``: tests everything that the live screen needs, line by line."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from matomo_tui.cli.options import NoTokenOption, connection_options

if TYPE_CHECKING:
    from matomo_tui.cli.diagnosis import CheckResult, Diagnosis

_MARKS = {"ok": "✓", "note": "–", "warning": "!", "failed": "✗"}
_ASCII_MARKS = {"ok": "ok", "note": "--", "warning": "!!", "failed": "no"}
_COLORS = {"ok": "green", "note": None, "warning": "yellow", "failed": "red"}
_SITES_SHOWN = 20


@click.command("check", cls=NoTokenOption)
@connection_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(ctx: click.Context, /, as_json: bool, **flags: Any) -> None:
    """Test the connection and print the results line by line.

    Exit code 0: the live screen works. 1: it does not; the line marked with a cross has the reason. 2: wrong usage.
    """
    import json

    from matomo_tui.cli.diagnosis import diagnose
    from matomo_tui.cli.running import reader_may_end, run_until_signal
    from matomo_tui.cli.startup import prepare

    outer: Mapping[str, Any] = ctx.obj or {}
    start = prepare({**outer, **{key: value for key, value in flags.items() if value is not None}})
    start.need_matomo("No address to check.")
    diagnosis = run_until_signal(diagnose(start))
    with reader_may_end():
        if as_json:
            click.echo(json.dumps(as_object(diagnosis), indent=2))
        else:
            for line in render(diagnosis, marks=_MARKS if _can_print("".join(_MARKS.values())) else _ASCII_MARKS):
                click.echo(_printable(line))
    ctx.exit(0 if diagnosis.works else 1)


def as_object(diagnosis: Diagnosis) -> dict[str, Any]:
    """Convert to the object that ``--json`` prints. ``clock_offset`` is server minus local time, in seconds."""
    return {
        "works": diagnosis.works,
        "address": diagnosis.address,
        "profile": diagnosis.profile or None,
        "version": diagnosis.version or None,
        "clock_offset": diagnosis.clock_offset,
        "role": diagnosis.role,
        "site": diagnosis.site and {"id": diagnosis.site.id, "name": diagnosis.site.name},
        "sites_total": diagnosis.sites_total,
        "sites": [{"id": site.id, "name": site.name, "role": site.role} for site in diagnosis.sites],
        "checks": [{"name": line.name, "state": line.state, "detail": line.detail} for line in diagnosis.results],
    }


def render(diagnosis: Diagnosis, *, marks: Mapping[str, str]) -> Iterable[str]:
    """Yield the lines to print, coloured; click removes the colours if the output is not a terminal."""
    yield f"matomo-tui check: {diagnosis.address}" + (f", profile {diagnosis.profile}" if diagnosis.profile else "")
    width = max(len(result.label) for result in diagnosis.results)
    for result in diagnosis.results:
        yield _line(result, marks, width)
        if result.name == "role":
            yield from _site_lines(diagnosis, width)
    yield click.style(diagnosis.verdict, bold=True)


def _line(result: CheckResult, marks: Mapping[str, str], width: int) -> str:
    mark = click.style(marks[result.state], fg=_COLORS[result.state], bold=result.state != "note")
    return f"{mark} {result.label:<{width}}  {result.detail}"


def _site_lines(diagnosis: Diagnosis, width: int) -> Iterable[str]:
    shown = diagnosis.sites[:_SITES_SHOWN]
    indent = " " * (width + 4)
    for site in shown:
        yield f"{indent}{site.role:<9}  {site.name} (id {site.id})"
    if diagnosis.sites_total > len(shown):
        yield f"{indent}and {diagnosis.sites_total - len(shown):,} more"


def _can_print(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _printable(line: str) -> str:
    encoding = sys.stdout.encoding or "ascii"
    return line.encode(encoding, "replace").decode(encoding)
