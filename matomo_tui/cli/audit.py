"""``matomo-tui audit``: lists and filters the audit log."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from matomo_tui.cli.errors import stop
from matomo_tui.cli.moments import moment

if TYPE_CHECKING:
    from matomo_tui.admin.audit import AuditEntry, AuditFilter

_OUTCOMES = (
    "done",
    "already",
    "differs",
    "refused",
    "conflict",
    "not done",
    "unknown",
    "not sent",
    "skipped",
    "sending",
    "allowed",
    "denied",
    "failed",
)
_COLORS = {
    **dict.fromkeys(("done", "already", "allowed"), "green"),
    **dict.fromkeys(("refused", "denied"), "red"),
    **dict.fromkeys(("differs", "unknown", "failed"), "yellow"),
}


@click.command("audit")
@click.option(
    "--since", metavar="AGE|TIME", callback=moment, help="Only entries since then: 12h, 7d, 2026-11-24 (UTC)."
)
@click.option("--until", metavar="AGE|TIME", callback=moment, help="Only entries before then.")
@click.option("--site", metavar="ID", type=int, help="Only entries about this site.")
@click.option("--method", metavar="TEXT", default="", help="Only methods whose name contains this, such as goals.")
@click.option("--outcome", type=click.Choice(_OUTCOMES), help="Only entries with this outcome.")
@click.option("--profile", metavar="NAME", default="", help="Only entries of this profile.")
@click.option("--agent", metavar="NAME", default="", help="Only the calls of this AI agent.")
@click.option("--text", metavar="TEXT", default="", help="Only entries that contain this text, in any case.")
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(min=0),
    default=50,
    show_default=True,
    help="Show the newest N entries; 0 shows all.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
def command(as_json: bool, limit: int, outcome: str | None, **filters: Any) -> None:
    """Show the writes that this program sent to a Matomo and the calls of AI agents, oldest first.

    Refused and failed writes and denied calls are included.
    The log never contains a token or a password. The exit code is 0, also if no entry matches.
    """
    import json

    from matomo_tui.admin.audit import AuditError, AuditFilter, AuditLog, as_object
    from matomo_tui.config.paths import audit_file, state_dir

    log = AuditLog(audit_file(state_dir()))
    try:
        entries, unreadable = log.read()
    except AuditError as error:
        stop(str(error))
    wanted = AuditFilter(outcome=outcome or "", **filters)
    found = [entry for entry in entries if wanted.wants(entry)]
    shown = found[-limit:] if limit else found
    if as_json:
        for entry in shown:
            click.echo(json.dumps(as_object(entry)))
    else:
        for line in _lines(shown):
            click.echo(_printable(line))
        click.echo(_summary(wanted, entries, len(found), len(shown), str(log.file)), err=True)
    if unreadable:
        click.echo(f"{unreadable} {'line' if unreadable == 1 else 'lines'} of {log.file} could not be read.", err=True)


def _lines(entries: Sequence[AuditEntry]) -> Iterable[str]:
    from matomo_tui.admin.audit import change_lines, who

    for entry in entries:
        site = "" if entry.site is None else f"  site {entry.site}"
        profile = f"  [{entry.profile}]" if entry.profile else ""
        outcome = click.style(entry.outcome, fg=_COLORS.get(entry.outcome), bold=True)
        yield f"{entry.when}  {outcome}  {entry.method}{site}{profile}"
        yield f"    {entry.what}"
        if by := who(entry):
            yield f"    by {by}"
        if entry.created is not None:
            yield f"    created: id {entry.created}"
        for change in change_lines(entry):
            yield f"    {change}"
        if entry.detail:
            yield f"    {entry.detail}"


def _summary(wanted: AuditFilter, entries: Sequence[AuditEntry], found: int, shown: int, file: str) -> str:
    total = len(entries)
    if not found and wanted.is_set:
        return f"Nothing matches{_other_agents(wanted.agent, entries)}: {_count(total)} in {file}."
    if not total:
        return f"Nothing has been written from this computer yet ({file})."
    return f"{shown} of {found} found, {total} in {file}." if shown < found or found < total else f"{total} in {file}."


def _count(total: int) -> str:
    return "there is no entry" if not total else f"none of {total} {'entry' if total == 1 else 'entries'}"


def _other_agents(agent: str, entries: Sequence[AuditEntry]) -> str:
    """Name the agents that called, if one was asked for that did not."""
    names = sorted({entry.agent for entry in entries if entry.agent})
    if not agent or agent in names:
        return ""
    return f"; no agent {agent} has called" + (f", but {', '.join(names)}" if names else "")


def _printable(line: str) -> str:
    encoding = sys.stdout.encoding or "ascii"
    return line.encode(encoding, "replace").decode(encoding)
