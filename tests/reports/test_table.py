"""What a report's table shows: lines as they load, opened levels, shares, changes, and why nothing is there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from matomo_tui.api.reports import ReportRow
from matomo_tui.reports.empty_reason import Emptiness, emptiness
from matomo_tui.reports.lines import absence, metrics
from matomo_tui.reports.pages import PAGE, ReportPage
from matomo_tui.reports.periods import Period
from matomo_tui.reports.query import Comparison, ReportRequest
from matomo_tui.reports.table import TableModel
from matomo_tui.reports.table_level import MOST_PAGES
from tests.recorded import load
from tests.reports.matomo import NOW, REPORT, ReportMatomo, catalogue, loader, query

REQUEST = ReportRequest(query(), REPORT)


def row(label: str, hits: int, subtable: int | None = None) -> ReportRow:
    return ReportRow(label=label, values={"nb_hits": hits}, subtable=subtable)


def page(request: ReportRequest, rows: list[ReportRow], offset: int = 0, **more: Any) -> ReportPage:
    return ReportPage(
        request, offset, tuple(rows), **{"complete": len(rows) < PAGE, "asked_at": NOW, "growing": False, **more}
    )


def table(*rows: ReportRow, **more: Any) -> TableModel:
    made = TableModel(REQUEST)
    made.add(page(REQUEST, list(rows), **more))
    return made


def labels(made: TableModel) -> list[str]:
    return ["…" if line is None else "  " * line.indent + line.label for line in made.lines(0, len(made))]


def opened() -> TableModel:
    """docs (opened: api, install) and products, closed."""
    made = table(row("docs", 6, 1), row("products", 3, 2))
    wanted = made.toggle(0)
    assert wanted is not None
    made.add(page(wanted.request, [row("api", 4, 3), row("/install", 2)]))
    return made


def test_lines_load_as_they_come_into_sight() -> None:
    made = TableModel(REQUEST)
    assert labels(made) == ["…"]
    assert [(wanted.request, wanted.offset) for wanted in made.wanted(0, 40)] == [(REQUEST, 0)]
    made.add(page(REQUEST, [row(f"/{n}", 1000 - n) for n in range(PAGE)]))
    assert (len(made), made.loaded, made.total) == (PAGE + 1, PAGE, None)
    assert made.wanted(0, 40) == []
    assert [wanted.offset for wanted in made.wanted(60, 200)] == [PAGE]
    made.add(page(REQUEST, [row("/last", 1)], PAGE))
    assert (len(made), made.total) == (PAGE + 1, PAGE + 1)
    assert made.wanted(0, 500) == []


def test_a_long_report_is_jumped_through_with_holes() -> None:
    made = TableModel(REQUEST)
    made.add(page(REQUEST, [row(f"/{n}", 9) for n in range(PAGE)]))
    made.set_total(500_000)
    assert len(made) == 500_000
    assert made.line(499_999) is None
    assert [wanted.offset for wanted in made.wanted(499_950, 500_000)] == [499_900]
    made.add(page(REQUEST, [row(f"/{n}", 1) for n in range(PAGE)], 499_900))
    line = made.line(499_999)
    assert line is not None
    assert line.label == "/99"
    assert made.line(250_000) is None


def test_pages_not_looked_at_become_holes_again() -> None:
    made = TableModel(REQUEST)
    for number in range(MOST_PAGES + 5):
        made.add(page(REQUEST, [row(f"/{n}", 1) for n in range(PAGE)], number * PAGE))
    assert made.loaded == MOST_PAGES * PAGE
    assert made.line(0) is None
    assert made.wanted(0, 1)[0].offset == 0


def test_a_report_that_ends_at_a_pages_end() -> None:
    made = TableModel(REQUEST)
    made.add(page(REQUEST, [row(f"/{n}", 1) for n in range(PAGE)]))
    made.add(page(REQUEST, [], PAGE, complete=True))
    assert (len(made), made.total) == (PAGE, PAGE)


def test_rows_open_in_place_level_by_level() -> None:
    made = opened()
    assert labels(made) == ["docs", "  api", "  /install", "products"]
    assert made.path(2) == ("docs", "/install")
    assert [made.parent(number) for number in range(4)] == [None, 0, 0, None]
    wanted = made.toggle(1)
    assert wanted is not None
    assert [step.subtable for step in wanted.request.path] == [1, 3]
    assert labels(made) == ["docs", "  api", "…", "  /install", "products"]
    assert made.wanted(0, 5) == [wanted]
    made.add(page(wanted.request, [row("/reference", 4)]))
    assert labels(made) == ["docs", "  api", "    /reference", "  /install", "products"]
    assert made.parent(2) == 1
    assert made.path(2) == ("docs", "api", "/reference")
    assert made.toggle(0) is None
    assert labels(made) == ["docs", "products"]


def test_what_does_not_open() -> None:
    made = opened()
    assert made.toggle(2) is None
    assert made.step(2) is None
    flat = TableModel(replace(REQUEST, flat=True))
    flat.add(page(flat.request, [row("a", 1, 7)]))
    line = flat.line(0)
    assert line is not None
    assert not line.expandable
    assert flat.toggle(0) is None


def test_a_page_that_comes_too_late_is_dropped() -> None:
    made = table(row("docs", 6, 1))
    wanted = made.toggle(0)
    assert wanted is not None
    made.toggle(0)
    version = made.version
    made.add(page(wanted.request, [row("api", 4)]))
    assert (labels(made), made.version) == (["docs"], version)


def test_the_level_that_opens_under_a_search_is_searched_too() -> None:
    searched = replace(REQUEST, pattern="inst")
    made = TableModel(searched)
    made.add(page(searched, [row("docs", 6, 1), row("instruments", 2, 2)]))
    below, found = made.toggle(1), made.toggle(0)
    assert below is not None
    assert found is not None
    assert (found.request.pattern, below.request.pattern) == ("inst", "")
    made.add(page(found.request, [row("/install", 2)]))
    assert labels(made) == ["docs", "  /install", "instruments", "…"]


def test_a_level_shown_by_itself_begins_at_the_left() -> None:
    made = opened()
    step = made.step(0)
    assert step is not None
    below = REQUEST.below(step)
    alone = TableModel(below)
    alone.add(page(below, [row("api", 4, 3)]))
    wanted = alone.toggle(0)
    assert wanted is not None
    alone.add(page(wanted.request, [row("/reference", 4)]))
    assert labels(alone) == ["api", "  /reference"]
    assert alone.path(1) == ("docs", "api", "/reference")
    assert alone.opened() == [(0, ("docs", "api"))]
    assert alone.find(("docs", "api", "/reference")) == 1


def test_what_is_opened_is_told_from_above_to_below() -> None:
    made = opened()
    made.toggle(3)
    made.toggle(1)
    assert made.opened() == [(0, ("docs",)), (0, ("docs", "api")), (1, ("products",))]


def test_loaded_lines_are_those_on_the_screen_without_the_holes() -> None:
    made = opened()
    made.toggle(1)
    made.set_total(500_000)
    assert [line.label for line in made.loaded_lines()] == ["docs", "api", "/install", "products"]
    made.filter("inst")
    assert [line.label for line in made.loaded_lines()] == ["docs", "/install"]


def test_a_server_that_gives_all_rows_whatever_is_asked_for_is_not_asked_for_them_again() -> None:
    made = TableModel(REQUEST)
    made.add(page(REQUEST, [row(f"/{n}", 9) for n in range((MOST_PAGES + 5) * PAGE)], complete=True))
    assert made.loaded == made.total == (MOST_PAGES + 5) * PAGE
    assert made.wanted(0, len(made)) == []


def test_the_number_of_rows_is_corrected_by_what_comes() -> None:
    made = TableModel(REQUEST)
    made.add(page(REQUEST, [row(f"/{n}", 9) for n in range(PAGE)]))
    made.set_total(PAGE + 20)
    made.add(page(REQUEST, [row(f"/{n}", 9) for n in range(PAGE)], PAGE))
    assert made.total == 2 * PAGE
    made.set_total(500)
    made.add(page(REQUEST, [row("/last", 9)], 3 * PAGE))
    assert made.total == 3 * PAGE + 1


def test_lines_outside_are_none_of_it() -> None:
    with pytest.raises(IndexError):
        opened().line(4)
    assert opened().lines(3, 99) == [opened().line(3)]


@given(st.data())
def test_every_line_is_there_once_whatever_is_opened(data: st.DataObject) -> None:
    made = TableModel(REQUEST)
    made.add(page(REQUEST, [row(f"{n}", n, n) for n in range(data.draw(st.integers(1, 6)))]))
    for _ in range(data.draw(st.integers(0, 8))):
        wanted = made.toggle(data.draw(st.integers(0, len(made) - 1)))
        if wanted is not None:
            inner = [row(f"{n}", n, n) for n in range(data.draw(st.integers(0, 4)))]
            made.add(page(wanted.request, inner))
    paths = [made.path(number) for number in range(len(made))]
    assert len(set(paths)) == len(paths)
    assert all(paths)
    for number, path in enumerate(paths):
        parent = made.parent(number)
        assert path[:-1] == (paths[parent] if parent is not None else ())
        assert parent is None or parent < number


def test_bars() -> None:
    made = opened()
    assert [made.bar(number, "nb_hits") for number in range(4)] == pytest.approx([1.0, 4 / 6, 2 / 6, 0.5])
    assert made.bar(0, "bounce_rate") == 0.0


def test_rows_are_compared_with_themselves() -> None:
    request = replace(REQUEST, query=query(comparison=Comparison.PREVIOUS))
    made = TableModel(request)
    before = {"a": row("a", 50, 9)}
    made.add(page(request, [row("a", 54, 4), row("b", 2, 5)], before=before, before_complete=True))
    new = made.step(1)
    assert new is not None
    assert new.before == 0
    a, b = made.lines(0, 2)
    assert a is not None
    assert b is not None
    change = a.change("nb_hits")
    assert change is not None
    assert (change.difference, change.ratio, change.good) == (4, 0.08, 1)
    assert (b.is_new, b.value_before("nb_hits")) == (True, 0)
    rated = structs.replace(b, row=structs.replace(b.row, values={"bounce_rate": 0.3, "avg_time_on_site": 7}))
    assert (rated.value_before("bounce_rate"), rated.value_before("avg_time_on_site")) == (None, None)
    assert rated.change("bounce_rate") is None
    step = made.step(0)
    assert step is not None
    assert (step.subtable, step.before) == (4, 9)


def test_a_row_not_among_the_first_of_the_period_before_is_not_called_new() -> None:
    request = replace(REQUEST, query=query(comparison=Comparison.PREVIOUS))
    made = TableModel(request)
    made.add(page(request, [row("b", 2, 5)], before={}, before_complete=False))
    step, line = made.step(0), made.line(0)
    assert step is not None
    assert step.before is None
    assert line is not None
    assert (line.is_new, line.change("nb_hits")) == (False, None)


def test_what_is_loaded_is_filtered_at_once_with_what_is_above_and_below() -> None:
    made = opened()
    made.filter("INST")
    assert labels(made) == ["docs", "  /install"]
    assert made.parent(1) == 0
    made.filter("docs")
    assert labels(made) == ["docs", "  api", "  /install"]
    assert made.wanted(0, 50) == []
    made.filter("nothing")
    assert len(made) == 0
    made.filter("")
    assert len(made) == 4


def test_labels_are_clean_and_never_empty() -> None:
    made = table(row(" Home\x1b[2J\u202e", 3), row("", 1))
    assert labels(made) == ["Home[2J", "(not set)"]
    assert made.path(0) == (" Home\x1b[2J\u202e",)


@pytest.mark.parametrize(
    ("report_id", "more", "why"),
    [
        ("Actions_getPageUrls", {"visits": 0}, Emptiness.NO_VISITS),
        ("Actions_getPageUrls", {"visits": 7}, Emptiness.NOT_ARCHIVED),
        ("Actions_getOutlinks", {"visits": 7}, Emptiness.NONE_OF_THIS),
        ("Actions_getOutlinks", {"visits": 7, "growing": True}, Emptiness.NOT_YET),
        ("Actions_getOutlinks", {}, Emptiness.UNKNOWN),
    ],
)
def test_why_nothing_is_there(report_id: str, more: dict[str, Any], why: Emptiness) -> None:
    report = catalogue().get(report_id)
    assert report is not None
    request = ReportRequest(query(), report)
    assert emptiness(page(request, [], **more)) is why
    assert emptiness(page(replace(request, pattern="x"), [], **more)) is Emptiness.NOT_FOUND
    assert emptiness(page(request, [row("a", 0)], **more)) is None


def test_a_single_row_of_nothing_is_nothing() -> None:
    report = catalogue().get("VisitsSummary_get")
    assert report is not None
    request = ReportRequest(query(), report)
    nothing = ReportRow(values={"nb_visits": 0, "bounce_rate": 0.0})
    assert emptiness(page(request, [nothing], single=True)) is Emptiness.NO_VISITS
    assert emptiness(page(request, [ReportRow(values={"nb_visits": 1})], single=True)) is None


async def test_unique_visitors_of_a_range_are_said_to_be_absent() -> None:
    report = catalogue().get("VisitsSummary_get")
    assert report is not None
    exchange = next(e for e in load("visits") if e.params["period"] == "range" and e.method == "VisitsSummary.get")
    period = Period.days_between(date(2026, 11, 1), date(2026, 11, 10))
    request = ReportRequest(query(period=period), report)
    shown = metrics(await loader(ReportMatomo(VisitsSummary__get=exchange.json)).page(request))
    by_key = {metric.column.key: metric for metric in shown}
    assert (by_key["nb_uniq_visitors"].value, by_key["nb_visits"].value) == (None, 753)
    assert by_key["nb_uniq_visitors"].absence == "Unique visitors are not counted for a range."
    assert by_key["nb_visits"].absence == ""
    assert absence("nb_uniq_visitors", Period.containing("day", date(2026, 11, 1))) == ""


async def test_a_summary_is_compared() -> None:
    report = catalogue().get("VisitsSummary_get")
    assert report is not None

    def answer(call: dict[str, str]) -> Any:
        return {"nb_visits": 50 if call["date"] == "2026-11-22" else 40, "bounce_rate": 0.4}

    request = ReportRequest(query(comparison=Comparison.PREVIOUS), report)
    shown = metrics(await loader(ReportMatomo(VisitsSummary__get=answer)).page(request))
    visits = next(metric for metric in shown if metric.column.key == "nb_visits")
    assert visits.change is not None
    assert (visits.before, visits.change.ratio, visits.change.direction) == (40, 0.25, 1)


async def test_recorded_page_urls_are_walked_through() -> None:
    report = catalogue().get("Actions_getPageUrls")
    assert report is not None
    first = next(e for e in load("actions") if e.method == "Actions.getPageUrls" and "filter_limit" in e.params)
    made = TableModel(ReportRequest(query(), report))
    made.add(await loader(ReportMatomo(Actions__getPageUrls=first.json)).page(made.request))
    assert [line.label for line in made.loaded_lines()] == [raw["label"].strip() for raw in first.json]
    assert [line.expandable for line in made.loaded_lines()] == ["idsubdatatable" in raw for raw in first.json]


def test_a_report_that_describes_no_column_shows_the_figures_that_come() -> None:
    report = structs.replace(REPORT, columns=())
    request = ReportRequest(query(), report)
    made = TableModel(request)
    made.add(page(request, [ReportRow(label="a", values={"nb_stripes": 3, "exit_rate": 0.5, "code": "x"})]))
    assert [(column.key, column.name, column.type) for column in made.columns] == [
        ("nb_stripes", "nb stripes", "number"),
        ("exit_rate", "Exit Rate", "percent"),
    ]


def test_a_summary_of_today_that_knows_nothing_of_those_who_are_here_is_not_archived() -> None:
    report = catalogue().get("VisitsSummary_get")
    assert report is not None
    nothing = page(ReportRequest(query(), report), [ReportRow(values={"nb_visits": 0})], single=True, growing=True)
    assert emptiness(nothing) is Emptiness.NO_VISITS
    assert emptiness(nothing, live_visits=4) is Emptiness.NOT_ARCHIVED
    assert emptiness(structs.replace(nothing, growing=False), live_visits=4) is Emptiness.NO_VISITS


def test_a_row_is_found_again_by_its_labels_wherever_it_stands() -> None:
    made = opened()
    for number in range(len(made)):
        assert made.find(made.path(number)) == number
    assert made.find(("nowhere",)) is None
    assert made.find((made.path(0)[0], "nowhere")) is None
    assert made.find(()) is None
    made.filter(made.path(len(made) - 1)[-1])
    for number in range(len(made)):
        assert made.find(made.path(number)) == number


def test_a_column_without_a_figure_in_any_row_takes_no_room_until_it_has_one() -> None:
    request = ReportRequest(query(), REPORT)
    made = TableModel(request)
    made.add(page(request, [ReportRow(label="a", values={"nb_hits": 3})]))
    assert [column.key for column in made.filled_columns] == ["nb_hits"]
    made.add(page(request, [ReportRow(label="b", values={"nb_hits": 2, "bounce_rate": 0.0})]))
    assert [column.key for column in made.filled_columns] == ["nb_hits", "bounce_rate"]
    chosen = TableModel(replace(request, columns=("bounce_rate",)))
    chosen.add(page(chosen.request, [ReportRow(label="a", values={"nb_hits": 3})]))
    assert [column.key for column in chosen.filled_columns] == ["bounce_rate"]


def found_below() -> TableModel:
    """A tree searched for ``tent``: found in a folder, and in a page below another one."""
    request = ReportRequest(query(), REPORT, pattern="tent")
    below = (ReportRow(label="/tent", values={"nb_hits": 2}), ReportRow(label="/big-tent", values={"nb_hits": 1}))
    made = TableModel(request)
    made.add(
        page(
            request,
            [
                ReportRow(label="shop", values={"nb_hits": 9}, subtable=4, rows=below),
                ReportRow(label="tents", values={"nb_hits": 5}, subtable=5),
            ],
        )
    )
    return made


def test_what_a_search_finds_below_stands_open_and_nothing_is_asked_for_it() -> None:
    made = found_below()
    lines = [line for line in made.lines(0, len(made)) if line is not None]
    assert [(line.indent, line.label) for line in lines] == [
        (0, "shop"),
        (1, "/tent"),
        (1, "/big-tent"),
        (0, "tents"),
    ]
    assert (made.total, made.matches) == (2, 3)
    assert made.wanted(0, 10) == []
    wanted = made.toggle(3)  # the folder itself was found: all that is below it
    assert wanted is not None
    assert wanted.request.pattern == ""
