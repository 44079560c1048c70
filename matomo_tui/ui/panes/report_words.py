"""What the title of a report's table says: how many rows, and what is to be known about them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from matomo_tui.api.errors import MatomoError
from matomo_tui.reports.table import ReportTable

AGAIN = "failed, r tries again"
"""What stands in place of rows that did not come."""


@dataclass(frozen=True, slots=True)
class Failures:
    """What went wrong while rows stand on the screen: a page or a level that did not come, or the report asked again
    (what is shown is what came before)."""

    part: MatomoError | None = None
    renewal: MatomoError | None = None


def details(table: ReportTable, marked: Collection[object], failures: Failures) -> tuple[str, ...]:
    """The details for the title over ``table``; those that may lack come last."""
    found = []
    if failures.renewal is not None:
        found.append(f"asked again in vain: {_short(failures.renewal)}")
    if failures.part is not None:
        found.append(f"not all came: {_short(failures.part)}")
    found.append(rows_words(table, len(marked)))
    return tuple(found)


def rows_words(table: ReportTable, marked: int) -> str:
    """``100 of 2,500 rows``, with what was searched for and how many are marked."""
    loaded, total = table.loaded, table.total
    if table.is_filtered:
        return f"{len(table):,} of the {loaded:,} rows at hand"
    found = f' with "{table.request.pattern}"' if table.request.pattern else ""
    if marked:
        found += f", {marked} marked"
    if total is not None and loaded >= total:
        return f"{total:,} row{'' if total == 1 else 's'}{found}"
    return f"{loaded:,} of {f'{total:,}' if total is not None else 'more'} rows{found}"


def _short(error: MatomoError) -> str:
    """The first sentence of an error, without its full stop."""
    return str(error).split("\n", 1)[0].split(". ", 1)[0].removesuffix(".")
