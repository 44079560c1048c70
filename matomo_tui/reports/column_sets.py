"""Sets of columns that answer a question: traffic, engagement, all goals, or one goal."""

from __future__ import annotations

from msgspec import Struct

from matomo_tui.reports.catalogue import Report

_TRAFFIC = (
    "nb_visits",
    "nb_hits",
    "nb_uniq_visitors",
    "nb_users",
    "nb_actions",
    "entry_nb_visits",
    "entry_nb_uniq_visitors",
    "exit_nb_visits",
    "exit_nb_uniq_visitors",
    "nb_events",
    "nb_pages_per_search",
)
_ENGAGEMENT = (
    "nb_actions_per_visit",
    "avg_time_on_site",
    "avg_time_on_page",
    "bounce_rate",
    "entry_bounce_count",
    "exit_rate",
    "max_actions",
)
_LEAST = 2


class ColumnSet(Struct, frozen=True):
    """Columns of a report under a name."""

    name: str
    """Sanitized: ``traffic``, ``goals: all``, ``goals: Newsletter``."""
    columns: tuple[str, ...]
    """The keys of the columns, in order."""


def column_sets(report: Report) -> tuple[ColumnSet, ...]:
    """The sets that ``report`` has columns for."""
    main = report.main_column
    base = (main.key,) if main is not None else ()
    sets = [
        ColumnSet("traffic", _among(report, _TRAFFIC)),
        ColumnSet("engagement", tuple(dict.fromkeys((*base, *_among(report, _ENGAGEMENT))))),
    ]
    found = [one for one in sets if len(one.columns) >= _LEAST]
    goals: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for column in report.goal_columns:
        goal = "" if column.goal == "all" else column.goal
        goals.setdefault(goal, []).append(column.key)
        names[goal] = column.name.removesuffix(f": {column.short_name}") if goal else "all"
    return (*found, *(ColumnSet(f"goals: {names[goal]}", (*base, *keys)) for goal, keys in goals.items()))


def set_name(report: Report, columns: tuple[str, ...]) -> str:
    """The name of the set that ``columns`` are; ``""`` if they are none."""
    return next((one.name for one in column_sets(report) if one.columns == columns), "") if columns else ""


def _among(report: Report, keys: tuple[str, ...]) -> tuple[str, ...]:
    own = {column.key for column in report.columns}
    return tuple(key for key in keys if key in own)
