"""Rows of pages: URLs as a tree of folders, titles as a flat list, with the columns of Matomo's Actions module."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote_plus, unquote, urlsplit

from matomo_tui.demo.api_request import Json
from matomo_tui.demo.engine.journey_stats import ORDER
from matomo_tui.demo.engine.pages import TIMINGS, PageGoal, PageTally
from matomo_tui.demo.number_formats import number
from matomo_tui.demo.reports.rows import TableRow
from matomo_tui.demo.traffic.steps import GoalKey

_DEEPEST = 10


@dataclass(frozen=True, slots=True)
class Columns:
    """Variants of page columns: ``daily`` writes figures of a leaf as texts, ``goals`` has the total conversions of
    each goal, ``segment`` is the dimension in the segments of pages.
    """

    daily: bool
    goals: Mapping[GoalKey, int]
    segment: str = "pageUrl"


def page_columns(tally: PageTally, columns: Columns, *, leaf: bool) -> dict[str, Json]:
    text = str if columns.daily and leaf else int
    daily = "" if columns.daily else "sum_daily_"
    found: dict[str, Json] = {"nb_visits": tally.visits}
    if leaf:
        found[f"{daily}nb_uniq_visitors"] = tally.visitors
    found |= {"nb_hits": tally.hits, "sum_time_spent": tally.spent}
    found |= _timing_columns(tally, as_text=columns.daily and leaf)
    if tally.entries:
        if leaf:
            found[f"{daily}entry_nb_uniq_visitors"] = tally.entry_visitors
        found |= {
            "entry_nb_visits": text(tally.entries),
            "entry_nb_actions": text(tally.entry_actions),
            "entry_sum_visit_length": text(tally.entry_length),
            "entry_bounce_count": text(tally.entry_bounces),
        }
    if tally.exits:
        if leaf:
            found[f"{daily}exit_nb_uniq_visitors"] = tally.exit_visitors
        found["exit_nb_visits"] = text(tally.exits)
    if tally.goals:
        found["goals"] = {
            f"idgoal={goal}": _goal(tally, goal, columns)
            for goal in sorted(tally.goals, key=lambda goal: (goal == ORDER, str(goal)))
        }
    if tally.followed:
        found["nb_hits_following_search"] = text(tally.followed)
    return found | _averages(tally)


def _timing_columns(tally: PageTally, *, as_text: bool) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for name, (_, least, most) in zip(TIMINGS, tally.timings, strict=True):
        found[f"nb_hits_with_time_{name}"] = str(tally.hits) if as_text else tally.hits
        found[f"min_time_{name}"] = f"{least:.4f}" if as_text else number(least, 4)
        found[f"max_time_{name}"] = f"{most:.4f}" if as_text else number(most, 4)
    return found


def _goal(tally: PageTally, key: GoalKey, columns: Columns) -> dict[str, Json]:
    goal: PageGoal = tally.goals[key]
    every = columns.goals.get(key, 0)
    found: dict[str, Json] = {
        "nb_conversions": goal.count,
        "revenue": number(goal.revenue),
        "nb_conv_pages_before": goal.before,
        "nb_conversions_attrib": number(goal.share, 4),
        "nb_conversions_page_rate": number(goal.count / every, 3) if every else 0,
        "nb_conversions_page_uniq": goal.count,
        "revenue_attrib": number(goal.revenue_share),
    }
    if goal.entry_count and tally.entries:
        found |= {
            "revenue_entry": number(goal.entry_revenue),
            "nb_conversions_entry_rate": number(goal.entry_count / tally.entries, 3),
            "revenue_per_entry": number(goal.entry_revenue / tally.entries, 3),
            "nb_conversions_entry": goal.entry_count,
        }
    return found


def _averages(tally: PageTally) -> dict[str, Json]:
    hits = max(1, tally.hits)
    means = [number(total / hits, 3) for total, _, _ in tally.timings]
    found: dict[str, Json] = {f"avg_time_{name}": mean for name, mean in zip(TIMINGS, means, strict=True)}
    return found | {
        "avg_page_load_time": number(sum(means), 3),
        "avg_time_on_page": round(tally.spent / hits),
        "bounce_rate": tally.entry_bounces / tally.entries if tally.entries else 0.0,
        "exit_rate": tally.exits / tally.visits if tally.visits else 0.0,
    }


def twice(text: str) -> str:
    """URL-encode twice, as Matomo does with URLs and titles in the segments of rows."""
    return quote_plus(quote_plus(text))


@dataclass(slots=True)
class _Folder:
    url: str
    tally: PageTally = field(default_factory=PageTally)
    folders: dict[str, _Folder] = field(default_factory=dict)
    pages: dict[str, tuple[str, PageTally]] = field(default_factory=dict)


def path_of(url: str) -> tuple[str, list[str], str]:
    """Split a URL into origin, folders, and page name with its leading slash."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url, [], "/"
    folders = [part for part in parts.path.split("/")[:-1] if part]
    name = parts.path.rpartition("/")[2] or "index"
    page = f"/{name}?{parts.query}" if parts.query else f"/{name}"
    if len(folders) >= _DEEPEST:
        page = "/" + "/".join([*folders[_DEEPEST - 1 :], page[1:]])
        folders = folders[: _DEEPEST - 1]
    return f"{parts.scheme}://{parts.netloc}", folders, page


def page_tree(tallies: Mapping[str, PageTally], columns: Columns) -> list[TableRow]:
    """Pages in their folders; a folder's figures are the sums of its contents."""
    root = _Folder("")
    for url, tally in tallies.items():
        begin, folders, page = path_of(url)
        here = root
        for name in folders:
            begin = f"{begin}/{name}"
            here = here.folders.setdefault(name, _Folder(begin))
            here.tally.merge(tally)
        label = unquote(page)
        known = here.pages.get(label)
        if known is not None:
            # The same page under another scheme or host.
            known[1].merge(tally)
        else:
            merged = PageTally()
            merged.merge(tally)
            here.pages[label] = (url, merged)
    return _rows(root, columns)


def _rows(folder: _Folder, columns: Columns) -> list[TableRow]:
    rows = [
        TableRow(
            unquote(name),
            page_columns(inner.tally, columns, leaf=False),
            {"segment": f"pageUrl=^{twice(inner.url)}"},
            _rows(inner, columns),
        )
        for name, inner in folder.folders.items()
    ]
    for label, (url, tally) in folder.pages.items():
        meta: dict[str, Json] = {"url": url, "segment": f"{columns.segment}=={twice(url)}"}
        rows.append(TableRow(label, page_columns(tally, columns, leaf=True), meta))
    return rows


def title_rows(tallies: Mapping[str, PageTally], columns: Columns) -> list[TableRow]:
    """Pages by title, with the leading blank that Matomo adds."""
    return [
        TableRow(
            f" {title}" if title else "Page Name not defined",
            page_columns(tally, columns, leaf=True),
            {"segment": f"{columns.segment}=={twice(title)}"},
        )
        for title, tally in tallies.items()
    ]
